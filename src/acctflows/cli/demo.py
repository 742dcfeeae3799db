"""``acctflows demo``: everything on embedded defaults, and the story of a contract told on it."""

import secrets
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from sqlalchemy import select

from acctflows.agency.importing import apply_import, read_file
from acctflows.app import App
from acctflows.cli.opening import office_at_hand
from acctflows.cli.records import print_report
from acctflows.cli.story.stage import Login, Story
from acctflows.cli.story.told import tell
from acctflows.cli.up import installation_of, on_signals
from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.supervisor import Supervisor
from acctflows.db.migrate import upgrade
from acctflows.db.models.agency import Client
from acctflows.db.models.desk import Role, User
from acctflows.portal.desk.passwords import matches
from acctflows.portal.desk.users import add_user, set_password
from acctflows.settings import read_settings

LOGIN_FILE = "desk-login.txt"
MANAGER = ("Lena Hansen", "lena.hansen@nordlicht-digital.example")


def demo_app() -> App:
    """The demo's application: its own home, its own documents, the local mailbox, no ``.env``.

    Ports may still be chosen by environment variables; nothing here can reach a real mail server.
    """
    fresh = read_settings(env_file=None)
    return App.from_settings(
        fresh.model_copy(
            update={
                "home": Path("var/demo"),
                "docs_out": Path("docs_out/demo"),
                "agency": Path("templates/agency/agency.yaml"),
                "database_url": "",
                "prefect_database_url": "",
                "bank_inbox": None,
                "portal_url": "",
                "smtp_host": "127.0.0.1",
                "smtp_security": "none",
                "smtp_user": "",
                "smtp_ca_file": None,
                "simulate_days": True,
            }
        )
    )


def demo(
    *,
    leave: Annotated[bool, Parameter(name="--exit", negative="")] = False,
) -> None:
    """Set up the demo agency and tell the story of its first contract; Ctrl-C stops everything.

    Args:
        leave: Stop everything and return when the story is told.
    """
    console = Console(highlight=False, soft_wrap=True)
    stopped = threading.Event()
    on_signals(sys.exit)  # until all is ready; what runs by then is stopped
    app = demo_app()
    supervisor = Supervisor(
        installation_of(app.settings, mailbox=True),
        meanwhile=lambda: upgrade(app.database),
        report=lambda part, words: console.print(f"  [dim]{part:15} {words}[/]"),
    )
    console.print("[bold]Starting Prefect, its worker, the portal and a local mailbox[/]")
    supervisor.start()
    on_signals(lambda _: stopped.set())
    with office_at_hand(app, console), ThreadPoolExecutor(1, "story") as background:
        # The children end with the thread that started them, so this one watches them.
        told = background.submit(_perform, app, supervisor.api, console, stopped, leave)
        try:
            supervisor.watch(lambda: stopped.is_set() or (told.done() and _over(told, leave)))
        finally:
            stopped.set()
            console.print("Stopping …")
            supervisor.stop()
    told.result()


def _over(told: "Future[None]", leave: bool) -> bool:
    return leave or told.exception() is not None


def _perform(
    app: App, api: PrefectApi, console: Console, stopped: threading.Event, leave: bool
) -> None:
    load_records(app, console)
    manager = Login(*MANAGER, manager_login(app))
    story = Story(app=app, api=api, console=console, manager=manager, stopped=stopped.is_set)
    with closing(story):
        tell(story)
    if stopped.is_set():
        return
    _show_links(app, console, manager)
    if not leave:
        console.print(
            "\nEverything keeps running. [bold]Ctrl-C[/] stops it; `make demo` goes on with what "
            "is there."
        )


def load_records(app: App, console: Console) -> None:
    """Import the demo agency, once: later starts keep what the reader has changed since."""
    with app.database.transaction() as session:
        if session.scalar(select(Client.id).limit(1)):
            return
        files = sorted((app.templates / "examples" / "demo-agency").glob("*.csv"))
        sheets = [sheet for file in files for sheet in read_file(file)]
        report = apply_import(session, sheets, now=app.clock.now())
    console.print("\n[bold]The agency's records, imported from CSV files[/]")
    print_report(report, "en", console=console, details=False)
    console.print(f"  [cyan]{app.portal_url}/desk/clients[/]")


def manager_login(app: App) -> str:
    """The manager's password for the desk: made on the first start, kept in the demo's home.

    What the file says is the password: killed between file and user, the next start goes on.
    """
    password = _kept_password(app.home / LOGIN_FILE)
    name, email = MANAGER
    with app.database.transaction() as session:
        user = session.scalar(select(User).where(User.email == email))
        if user is None:
            add_user(
                session,
                email=email,
                name=name,
                role=Role.ADMIN,
                language=app.agency.language,
                password=password,
                now=app.clock.now(),
            )
        elif not matches(user.password_hash, password):
            set_password(session, user, password)
    return password


def _kept_password(file: Path) -> str:
    if not file.exists():
        beside = file.with_suffix(".part")
        beside.touch(mode=0o600)
        beside.write_text(secrets.token_urlsafe(9), encoding="utf-8")
        beside.replace(file)
    return file.read_text(encoding="utf-8")


def _show_links(app: App, console: Console, manager: Login) -> None:
    console.print("\n[bold]Look around[/]")
    for what, where in (
        ("Prefect UI", f"{app.prefect_ui_url}/v2/dashboard"),
        ("Desk", f"{app.portal_url}/desk/   (sign in: {manager.email}, {manager.password})"),
        ("Mailbox", f"http://127.0.0.1:{app.settings.mailbox_port}/"),
        ("Documents", str(app.docs_out)),
    ):
        console.print(f"  {what:11} [cyan]{where}[/]", soft_wrap=True)
    console.print(
        "[bold]Try next[/]: approve the contract that waits on the desk, open its mail in the "
        "mailbox\nand answer as the client; or draft another one: Prefect UI → Deployments → "
        "Draft a contract."
    )
