"""How commands open the application: with a database they can use."""

from acctflows.app import App, load_app
from acctflows.db.migrate import is_current, is_empty, upgrade
from acctflows.errors import ConfigurationError


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
