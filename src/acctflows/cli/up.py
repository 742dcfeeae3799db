"""``acctflows up``: start server, worker and portal, and look after them until told to stop."""

import signal
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from acctflows.agency.profile import load_agency
from acctflows.clockwork.installation import Installation
from acctflows.clockwork.supervisor import Supervisor
from acctflows.settings import Settings, read_settings, unknown_settings


def installation_of(settings: Settings, *, mailbox: bool) -> Installation:
    """What the supervisor needs to know; the home is made."""
    home = settings.make_home()
    values = settings.model_dump(mode="json", exclude_none=True)
    values["smtp_password"] = settings.smtp_password.get_secret_value()
    values |= {"home": str(home), "root": str(settings.root.resolve())}
    return Installation(
        root=settings.root.resolve(),
        home=home,
        timezone=load_agency(settings.path(settings.agency)).timezone,
        prefect_host=settings.prefect_host,
        prefect_port=settings.prefect_port,
        prefect_database_url=settings.prefect_database_url,
        portal_host=settings.portal_host,
        portal_port=settings.portal_port,
        mailbox=(settings.mailbox_port, settings.smtp_port) if mailbox else None,
        worker_concurrency=settings.worker_concurrency,
        settings={f"ACCTFLOWS_{name.upper()}": str(value) for name, value in values.items()},
    )


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
    settings = read_settings()
    console = Console()
    for name in unknown_settings():
        console.print(f"[yellow]unknown setting[/]  {name}: it has no effect", highlight=False)
    stop = threading.Event()
    supervisor = Supervisor(
        installation_of(settings, mailbox=mailbox),
        meanwhile=lambda: _opening().upgraded_app(),
        report=lambda part, words: console.print(f"[bold]{part:16}[/] {words}", highlight=False),
    )
    on_signals(sys.exit)  # until all is ready; what runs by then is stopped
    supervisor.start()
    on_signals(lambda _: stop.set())
    app = _opening().open_app()
    console.print(f"\nPrefect  {app.prefect_ui_url}\nDesk     {app.portal_url}/desk/")
    if mailbox:
        console.print(f"Mailbox  http://127.0.0.1:{app.settings.mailbox_port}/")
    console.print("\nCtrl-C stops everything; running flows may finish.\n")
    with _opening().office_at_hand(app, console):
        try:
            supervisor.watch(stop.is_set)
        finally:
            console.print("Stopping …")
            supervisor.stop(grace=grace)


def on_signals(act: Callable[[int], object]) -> None:
    """On Ctrl-C and SIGTERM, call ``act`` with the code to exit with (128 and the signal)."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda number, _: act(128 + number))


def _opening() -> ModuleType:
    # Prefect's server must not wait until the whole application is loaded.
    from acctflows.cli import opening  # noqa: PLC0415 — see above

    return opening
