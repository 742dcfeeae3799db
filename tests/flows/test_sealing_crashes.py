"""kill -9 between any two steps of accepting and sealing: in the end there is one sealed file."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_killed_between_any_two_steps_one_sealed_file_is_made(
    tmp_path: Path, sqlite_file: Path
) -> None:
    command = [sys.executable, "-m", "tests.flows.sealing_crashes", str(tmp_path)]
    done = subprocess.run(
        [*command, f"sqlite:///{sqlite_file}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout
    assert int(done.stdout) >= 12
