"""Prefect's server behind the guard against other web pages; `uvicorn --factory` loads it."""

import os

from prefect.server.api.server import create_app as create_prefect
from prefect.settings import get_current_settings

from acctflows.clockwork.garbage import collect_aside
from acctflows.clockwork.installation import PREFECT_URL
from acctflows.clockwork.page_guard import Application, PageGuard
from acctflows.clockwork.turns import take_turns


def create_app() -> Application:
    """Prefect as its own settings in the environment have it."""
    collect_aside()
    settings = get_current_settings().server
    if url := settings.database.connection_url:
        take_turns(url.get_secret_value())
    return PageGuard(
        create_prefect(), port=settings.api.port, address=os.environ.get(PREFECT_URL, "")
    )
