"""From the worker's command to the first line of a flow run's own work: forked or loaded anew.

Both are the same command with the same modules; ours finds a starter, the peer finds none and loads
everything itself, as Prefect's own process worker does for every run.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from acctflows.clockwork.installation import Installation
from acctflows.clockwork.parts import listens, starter
from acctflows.clockwork.stand_in import SOCKET

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
WORK = "print('at work')\n"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="flow-start-") as folder:
        home = Path(folder)
        (home / "work_of_a_run.py").write_text(WORK)
        part = starter(installation(home))
        environment = os.environ | {"PYTHONPATH": folder, SOCKET: str(home / "starter.sock")}
        part.child.log.parent.mkdir()
        part.child.start(cwd=ROOT, environment=environment)
        while not listens(home / "starter.sock"):
            time.sleep(0.05)
        ours, peer = [], []
        for number in range(1, ROUNDS + 1):
            ours.append(begin(environment))
            peer.append(begin(environment | {SOCKET: ""}))
            print(f"round {number}: forked {ours[-1]:.2f} s, loaded anew {peer[-1]:.2f} s")
        part.child.stop(5)
    mine, theirs = statistics.median(ours), statistics.median(peer)
    print(f"RESULT flow_start ours={mine:.2f}s peer={theirs:.2f}s ratio={mine / theirs:.2f}")


def begin(environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "acctflows.clockwork.child", "--signal", "SIGKILL", "--fork"]
    command += ["--preload", "prefect.flow_engine", "--preload", "acctflows.app"]
    began = time.monotonic()
    done = subprocess.run(
        [*command, "--", "work_of_a_run"], env=environment, capture_output=True, check=True
    )
    assert done.stdout == b"at work\n"
    return time.monotonic() - began


def installation(home: Path) -> Installation:
    return Installation(
        root=ROOT,
        home=home,
        timezone="Europe/Berlin",
        prefect_host="127.0.0.1",
        prefect_port=4200,
        prefect_database_url="",
        portal_host="127.0.0.1",
        portal_port=8300,
        mailbox=None,
        worker_concurrency=1,
        settings={},
    )


if __name__ == "__main__":
    main()
