"""How alembic reaches the database: through a given connection, or a URL on the command line."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import acctflows.db.models  # noqa: F401 — makes the whole schema known
from acctflows.db.base import Base, Fixed, UTCDateTime
from acctflows.db.session import Database

DEVELOPER_URL = "sqlite:///var/migrations.db"
"""What `alembic revision` compares with when `-x url=…` names no other database."""


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as what they store: a migration must not change with the code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Fixed):
        return "sa.BigInteger()"
    return False


def run(connection: Connection) -> None:
    """Run the migrations in the connection's transaction, which the caller commits."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url", DEVELOPER_URL)
    database = Database(url)
    with database.engine.begin() as connection:
        run(connection)
    database.close()
