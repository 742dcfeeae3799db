"""Python's collector of garbage and SQLite's locks: Prefect's server must not wait for itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def two_writers(folder: Path, made_by: str) -> str:
    command = [sys.executable, "-m", "tests.clockwork.two_writers", str(folder / "x.db"), made_by]
    environment = os.environ | {"PREFECT_HOME": str(folder)}
    return subprocess.check_output(command, env=environment, text=True, timeout=120)


@pytest.mark.prefect
def test_prefects_server_lets_the_second_writer_write(tmp_path: Path) -> None:
    assert two_writers(tmp_path, "prefect").startswith("written")


def test_as_python_leaves_it_the_second_writer_waits_in_vain(tmp_path: Path) -> None:
    assert two_writers(tmp_path, "python").startswith("database is locked")
