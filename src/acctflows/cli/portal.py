"""`acctflows portal`: serves the clients' pages and the desk."""

from dataclasses import replace

import uvicorn

from acctflows.app import App, load_app
from acctflows.clockwork.api import PrefectApi
from acctflows.db.session import Database
from acctflows.portal.server import OPTIONS
from acctflows.portal.web import create_portal

DATABASE_PATIENCE = 5
"""Seconds a page waits for a locked database before it says “back in a moment”."""

PREFECT_PATIENCE = 3.0
"""Seconds the desk waits for Prefect."""


def portal() -> None:
    """Serve the clients' pages and the desk until interrupted (portal_host and portal_port)."""
    app = load_app()
    print(f"Clients' pages and desk: {app.portal_url}/desk/ (Ctrl-C stops)", flush=True)
    prefect = PrefectApi(app.prefect_api_url, timeout=PREFECT_PATIENCE)
    uvicorn.run(
        create_portal(impatient(app), prefect),
        host=app.settings.portal_host,
        port=app.settings.portal_port,
        log_level="warning",
        **OPTIONS,
    )


def impatient(app: App) -> App:
    """The same application with a database that people at a page do not wait a minute for."""
    url = app.database.engine.url
    if url.get_backend_name() == "sqlite":
        url = url.update_query_dict({"timeout": str(DATABASE_PATIENCE)})
    return replace(app, database=Database(url.render_as_string(hide_password=False)))
