"""Our faster way to Prefect's database ends at the very same schema."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

PREFECT = "import asyncio\nfrom prefect.server.database import provide_database_interface\n"
THEIRS = PREFECT + "asyncio.run(provide_database_interface().create_db())"
OURS = "from acctflows.clockwork.prefect_database import migrate\nmigrate()"


def _migrate(home: Path, code: str) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"PREFECT_HOME": str(home)}
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], env=environment)


def _schema(home: Path) -> tuple[dict[str, list[str]], list[tuple[str]], str]:
    database = sqlite3.connect(home / "prefect.db")
    objects = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    found = (
        # Alembic writes the constraints of a table it copies in any order.
        {name: sorted(re.split(r",?\s*\n", sql)) for name, sql in database.execute(objects)},
        database.execute("SELECT version_num FROM alembic_version").fetchall(),
        database.execute("PRAGMA journal_mode").fetchone()[0],
    )
    database.close()
    return found


@pytest.mark.prefect
def test_the_same_tables_indexes_and_revision_as_prefects_own_way(tmp_path: Path) -> None:
    homes = {name: tmp_path / name for name in ("ours", "theirs")}
    running = [_migrate(homes["ours"], OURS), _migrate(homes["theirs"], THEIRS)]
    assert [process.wait(120) for process in running] == [0, 0]
    assert _schema(homes["ours"]) == _schema(homes["theirs"])

    assert _migrate(homes["ours"], OURS).wait(60) == 0  # again: nothing to do
