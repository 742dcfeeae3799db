"""Prefect's server behind the guard against other web pages; `uvicorn --factory` loads it."""

import os

from prefect.server.api.server import create_app as create_prefect
from prefect.settings import get_current_settings

from acctflows.clockwork.garbage import collect_aside
from acctflows.clockwork.installation import PREFECT_URL
from acctflows.clockwork.page_guard import Application, PageGuard


def create_app() -> Application:
    """Prefect as its own settings in the environment have it."""
    collect_aside()
    port = get_current_settings().server.api.port
    return PageGuard(create_prefect(), port=port, address=os.environ.get(PREFECT_URL, ""))
