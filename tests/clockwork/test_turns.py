"""Two transactions on Prefect's SQLite at once: the second to write waits, it is not refused."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy.exc import OperationalError

from acctflows.clockwork.turns import TurnTakingSqlite

COUNT = sa.text("SELECT count(*) FROM told")
TELL = sa.text("INSERT INTO told VALUES (1)")


@asynccontextmanager
async def table(
    kind: type[AioSqliteConfiguration], file: Path
) -> AsyncIterator[AioSqliteConfiguration]:
    database = kind(connection_url=f"sqlite+aiosqlite:///{file}")
    engine = await database.engine()
    async with engine.connect() as connection:
        await connection.execute(sa.text("CREATE TABLE told (number INTEGER)"))
        await connection.commit()
    yield database
    await engine.dispose()


async def read_then_write(
    database: AioSqliteConfiguration, between: Callable[[], Awaitable[None]]
) -> int:
    """What it read; ``between`` happens before it writes."""
    async with (
        await database.session(await database.engine()) as session,
        database.begin_transaction(session),
    ):
        read = await session.scalar(COUNT)
        await between()
        await session.execute(TELL)
    return int(read or 0)


async def nothing() -> None:
    """Happens in between."""


async def two_at_once(database: AioSqliteConfiguration) -> list[int]:
    """The second begins and, where it can, ends while the first has read and not yet written."""
    others: list[asyncio.Task[int]] = []

    async def other() -> None:
        others.append(asyncio.create_task(read_then_write(database, nothing)))
        await asyncio.wait(others, timeout=1)

    first = await read_then_write(database, other)
    return [first, *await asyncio.gather(*others)]


def test_in_turns_both_write(tmp_path: Path) -> None:
    async def both() -> list[int]:
        async with table(TurnTakingSqlite, tmp_path / "x.db") as database:
            return await two_at_once(database)

    assert asyncio.run(both()) == [0, 1]


def test_as_prefect_begins_them_the_first_is_refused(tmp_path: Path) -> None:
    async def both() -> list[int]:
        async with table(AioSqliteConfiguration, tmp_path / "x.db") as database:
            return await two_at_once(database)

    with pytest.raises(OperationalError, match="database is locked"):
        asyncio.run(both())


def test_who_reads_meanwhile_waits_for_nobody(tmp_path: Path) -> None:
    read: list[int] = []

    async def once() -> int:
        async with table(TurnTakingSqlite, tmp_path / "x.db") as database:

            async def look() -> None:
                async with await database.session(await database.engine()) as reader:
                    read.append(await asyncio.wait_for(reader.scalar(COUNT), 10))

            return await read_then_write(database, look)

    assert asyncio.run(once()) == 0
    assert read == [0]
