"""``acctflows up``: start server, worker and portal, and look after them until told to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from acctflows.app import App, load_app
from acctflows.clockwork.installation import Installation
from acctflows.clockwork.supervisor import Supervisor
from acctflows.documents.convert.libreoffice import stop_libreoffice
from acctflows.errors import AcctflowsError


def installation_of(app: App, *, mailbox: bool) -> Installation:
    """What the supervisor needs to know, from the application's settings."""
    settings = app.settings
    values = settings.model_dump(mode="json", exclude_none=True)
    values["smtp_password"] = settings.smtp_password.get_secret_value()
    values |= {"home": str(app.home), "root": str(settings.root.resolve())}
    return Installation(
        root=settings.root.resolve(),
        home=app.home.resolve(),
        timezone=app.agency.timezone,
        prefect_host=settings.prefect_host,
        prefect_port=settings.prefect_port,
        prefect_database_url=settings.prefect_database_url,
        portal_host=settings.portal_host,
        portal_port=settings.portal_port,
        mailbox=(settings.mailbox_port, settings.smtp_port) if mailbox else None,
        worker_concurrency=settings.worker_concurrency,
        settings={f"ACCTFLOWS_{name.upper()}": str(value) for name, value in values.items()},
    )


@contextmanager
def office_at_hand(app: App, console: Console) -> Iterator[None]:
    """Keep LibreOffice warm for all flow runs as long as the block lasts (ADR 3)."""
    converter = app.converter()
    if converter is None:
        yield
        return
    try:
        converter.hold()
    except AcctflowsError as error:  # each run tries again by itself, only slower
        console.print(f"{converter.name} could not be kept at hand: {error}")
    try:
        yield
    finally:
        converter.close()
        stop_libreoffice(app.home)


def up(
    *,
    mailbox: Annotated[bool, Parameter(negative="")] = False,
    grace: Annotated[float, Parameter(help="Seconds running flows get to finish.")] = 60,
) -> None:
    """Start everything and keep it running until Ctrl-C or SIGTERM.

    Args:
        mailbox: Also start the local mailbox, which shows every mail in the browser.
        grace: Seconds running flows get to finish when stopping.
    """
    app = load_app()
    console = Console()
    stop = threading.Event()
    supervisor = Supervisor(
        installation_of(app, mailbox=mailbox),
        app.database,
        report=lambda part, words: console.print(f"[bold]{part:16}[/] {words}", highlight=False),
    )
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    supervisor.start()
    console.print(f"\nPrefect  {app.prefect_ui_url}\nDesk     {app.portal_url}/desk/")
    if mailbox:
        console.print(f"Mailbox  http://127.0.0.1:{app.settings.mailbox_port}/")
    console.print("\nCtrl-C stops everything; running flows may finish.\n")
    with office_at_hand(app, console):
        supervisor.watch(stop.is_set)
        console.print("Stopping …")
        supervisor.stop(grace=grace)
