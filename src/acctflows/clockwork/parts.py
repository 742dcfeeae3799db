"""The programs an installation consists of: how each is started and when it is well."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.installation import WORK_POOL, Installation
from acctflows.clockwork.processes import Child
from acctflows.clockwork.stand_in import short_address
from acctflows.errors import TemporaryError


@dataclass(frozen=True)
class Part:
    """A child process and the question whether it is well."""

    child: Child
    well: Callable[[], bool]


def worker_name() -> str:
    """The name of this machine's worker."""
    return f"acctflows@{socket.gethostname()}"


def server(installation: Installation, api: PrefectApi) -> Part:
    """Prefect's server, started as `prefect server start` does in the end, but loaded earlier.

    Between it and the browsers stands a guard against other web pages.
    """
    arguments = ["--factory", "acctflows.clockwork.prefect_server:create_app"]
    arguments += ["--host", installation.prefect_host, "--port", str(installation.prefect_port)]
    arguments += ["--timeout-keep-alive", "5", "--timeout-graceful-shutdown", "5"]
    child = Child(
        "Prefect server",
        "uvicorn",
        arguments,
        installation.log("prefect-server"),
        preload=("acctflows.clockwork.prefect_server",),
        wait=True,
    )
    return Part(child, api.healthy)


def worker(installation: Installation, api: PrefectApi) -> Part:
    """Prefect's process worker; it waits loaded until the deployments are in place."""
    arguments = ["worker", "start", "--pool", WORK_POOL, "--type", "process"]
    # No --limit: with one, Prefect's worker dies ("already holding one of this CapacityLimiter's
    # tokens") when a run is resumed while its suspended process is still on its way out. The
    # work pool's own limit does the same on the server's side.
    arguments += ["--name", worker_name()]
    arguments += ["--install-policy", "never", "--no-create-pool-if-not-found"]
    child = Child(
        "worker",
        "prefect",
        arguments,
        installation.log("worker"),
        preload=("prefect.cli.worker", "prefect.workers.process"),
        wait=True,
    )

    def online() -> bool:
        wanted = {"workers": {"status": {"any_": ["ONLINE"]}}}
        try:
            found = api.request("POST", f"/work_pools/{WORK_POOL}/workers/filter", wanted)
        except TemporaryError:
            return False
        return any(
            entry["name"] == worker_name()
            and datetime.fromisoformat(entry["last_heartbeat_time"]) >= child.started_at
            for entry in found
        )

    return Part(child, online)


def starter(installation: Installation) -> Part:
    """What begins flow runs by a fork of itself; loaded with all that most runs need."""
    child = Child(
        "starter",
        "acctflows.clockwork.starter",
        [],
        installation.log("starter"),
        preload=(
            "prefect.flow_engine",
            "prefect.deployments.steps.pull",
            "holidays.countries",
            "acctflows.app",
            "acctflows.db.mapped",
            "acctflows.documents.word",
            "acctflows.documents.drawing",
            "acctflows.dispatch.sealing",
        ),
    )
    return Part(child, lambda: listens(installation.starter_socket))


def portal(installation: Installation) -> Part:
    """The clients' pages and the desk."""
    child = Child(
        "portal",
        "acctflows",
        ["portal"],
        installation.log("portal"),
        preload=("acctflows.cli.portal",),
    )
    url = f"http://{installation.portal_host}:{installation.portal_port}/health"
    return Part(child, lambda: answers(url))


def mailbox(installation: Installation, ports: tuple[int, int]) -> Part:
    """The local mail server with its page."""
    child = Child("mailbox", "acctflows", ["mailbox"], installation.log("mailbox"))
    return Part(child, lambda: answers(f"http://127.0.0.1:{ports[0]}/"))


def listens(path: Path) -> bool:
    """Whether someone accepts connections on that socket."""
    with socket.socket(socket.AF_UNIX) as probe, short_address(path) as address:
        return probe.connect_ex(address) == 0


def answers(url: str) -> bool:
    """Whether a web server answers there without an error of its own."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False
