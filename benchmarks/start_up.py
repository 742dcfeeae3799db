"""From nothing to work that can begin: `acctflows up` beside Prefect's own commands.

Both start on fresh homes and free ports, on SQLite, and have the same to do: Prefect's server, a
work pool, the deployments of prefect.yaml, a worker that is online. Prefect's commands run one
after another, each waited for, as its documentation has them. Ours also makes our own database and
starts the portal, and is ready only when all of it is.
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PATIENCE = 180


def main() -> None:
    ours, peer = [], []
    for number in range(1, ROUNDS + 1):
        peer.append(measure(start_peer))
        ours.append(measure(start_ours))
        print(f"round {number}: ours {ours[-1]:.1f} s, Prefect's commands {peer[-1]:.1f} s")
    mine, theirs = statistics.median(ours), statistics.median(peer)
    ratio = mine / theirs
    print(f"RESULT start_up ours={mine:.1f}s peer={theirs:.1f}s ratio={ratio:.2f} target=0.50")


def measure(start: Callable[[Path, int], list["subprocess.Popen[bytes]"]]) -> float:
    with tempfile.TemporaryDirectory(prefix="start-up-") as folder:
        began = time.monotonic()
        processes = start(Path(folder), free_port())
        seconds = time.monotonic() - began
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    return seconds


def start_peer(home: Path, port: int) -> list["subprocess.Popen[bytes]"]:
    api = f"http://127.0.0.1:{port}/api"
    environment = os.environ | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "ACCTFLOWS_ROOT": str(ROOT),
        "ACCTFLOWS_TIMEZONE": "Europe/Berlin",
    }
    prefect = str(BIN / "prefect")

    def background(*arguments: str) -> "subprocess.Popen[bytes]":
        with (home / "peer.log").open("ab") as log:
            return subprocess.Popen(
                [prefect, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def command(*arguments: str) -> None:
        subprocess.run(
            [prefect, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )

    server = background("server", "start", "--host", "127.0.0.1", "--port", str(port))
    wait_for(lambda: healthy(api))
    command("work-pool", "create", "acctflows", "--type", "process")
    command("--no-prompt", "deploy", "--all")
    worker = background("worker", "start", "--pool", "acctflows", "--type", "process")
    wait_for(lambda: worker_online(api))
    return [server, worker]


def start_ours(home: Path, port: int) -> list["subprocess.Popen[bytes]"]:
    portal = free_port()
    environment = os.environ | {
        "ACCTFLOWS_HOME": str(home),
        "ACCTFLOWS_DOCS_OUT": str(home / "docs_out"),
        "ACCTFLOWS_PREFECT_PORT": str(port),
        "ACCTFLOWS_PORTAL_PORT": str(portal),
    }
    with (home / "ours.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [str(BIN / "acctflows"), "up"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    # Its last line comes when everything is well; the questions are asked of the servers as well.
    wait_for(lambda: b"Ctrl-C" in (home / "ours.log").read_bytes())
    wait_for(lambda: worker_online(f"http://127.0.0.1:{port}/api"))
    wait_for(lambda: httpx.get(f"http://127.0.0.1:{portal}/health", trust_env=False).is_success)
    return [supervisor]


def healthy(api: str) -> bool:
    return httpx.get(f"{api}/health", trust_env=False).json() is True


def worker_online(api: str) -> bool:
    wanted = {"workers": {"status": {"any_": ["ONLINE"]}}}
    path = f"{api}/work_pools/acctflows/workers/filter"
    return bool(httpx.post(path, json=wanted, trust_env=False).json())


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (httpx.HTTPError, ValueError):
            pass  # not there yet
        time.sleep(0.05)
    raise SystemExit("nothing answered in time")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
