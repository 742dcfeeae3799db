"""How commands open the application: with a database they can use, and LibreOffice at hand."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from acctflows.app import App, load_app
from acctflows.db.migrate import is_current, is_empty, upgrade
from acctflows.documents.convert.libreoffice import stop_libreoffice
from acctflows.errors import AcctflowsError, ConfigurationError


def open_app() -> App:
    """The application with a database of the newest schema; an empty one is set up.

    Raises:
        ConfigurationError: The database has another schema, which only `acctflows up` may change.
    """
    app = load_app()
    if is_empty(app.database):
        upgrade(app.database)
    elif not is_current(app.database):
        raise ConfigurationError(
            "the schema is not the newest",
            where="database",
            todo="make a backup, then “acctflows up” brings it up to date",
        )
    return app


def upgraded_app() -> App:
    """The application with its database brought to the newest schema."""
    app = load_app()
    upgrade(app.database)
    return app


@contextmanager
def office_at_hand(app: App, console: Console) -> Iterator[None]:
    """Keep LibreOffice warm for all flow runs as long as the block lasts (ADR 3)."""
    printer = app.printer()
    try:
        printer.hold()
    except AcctflowsError as error:  # each run tries again by itself, only slower
        console.print(f"No engine for PDF could be kept at hand: {error}")
    try:
        yield
    finally:
        printer.close()
        stop_libreoffice(app.home)
