"""Lets the writers of Prefect's SQLite database take turns.

Prefect begins most of its transactions as readers (``BEGIN DEFERRED``) and writes later. When
another has written in between, SQLite refuses at once, whatever the busy timeout, because what was
read is out of date; Prefect answers 503, or leaves a run where it was. Here whoever may write waits
for its turn before it reads (docs/adr/0013-prefects-writers-take-turns.md).
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from prefect.server.database.configurations import SQLITE_BEGIN_MODE, AioSqliteConfiguration
from prefect.server.database.dependencies import set_database_config
from prefect.server.utilities.database import get_dialect
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction


class TurnTakingSqlite(AioSqliteConfiguration):
    """Prefect's SQLite, in which every transaction that may write has the lock from its start."""

    @asynccontextmanager
    async def begin_transaction(
        self,
        session: AsyncSession,
        with_for_update: bool = False,  # noqa: ARG002  # as Prefect calls it; here it always holds
    ) -> AsyncGenerator[AsyncSessionTransaction, None]:
        """Begin with the lock. Sessions opened meanwhile, to read, begin as they always do."""
        async with session.begin() as transaction:
            mode = SQLITE_BEGIN_MODE.set("IMMEDIATE")
            try:
                await session.connection()
            finally:
                SQLITE_BEGIN_MODE.reset(mode)
            yield transaction


def take_turns(database_url: str) -> None:
    """Let Prefect's server in this process use its database so, where that is SQLite."""
    if get_dialect(database_url).name == "sqlite":
        set_database_config(TurnTakingSqlite(connection_url=database_url))
