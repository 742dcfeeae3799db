"""What the supervisor must know of an installation: places, ports, the children's environment."""

import errno
import os
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from acctflows.clockwork.stand_in import SOCKET
from acctflows.errors import ConfigurationError

WORK_POOL = "acctflows"
MARK = "ACCTFLOWS_SUPERVISED"
"""Environment variable every child and grandchild carries, so that leftovers can be found."""

PREFECT_URL = "ACCTFLOWS_PREFECT_URL"
"""Environment variable with the address a web server in front of Prefect gives it."""

NOBODY = Path(__file__).with_name("nobody.pem")
"""A certificate that has ended and whose key nobody has."""

INHERITED = ("PREFECT_LOGGING_",)
"""Settings of Prefect that may come from the operator's environment; others belong to a Prefect of
their own, whose database ours must not touch. Our own settings are read once, before."""


@dataclass(frozen=True)
class Installation:
    """Where an installation lives, where it listens and how its processes are configured."""

    root: Path
    """Folder with prefect.yaml and flows; the working directory of every child."""
    home: Path
    """Folder for databases, logs and the lock."""
    timezone: str
    """IANA name of the agency's zone, in which schedules count."""
    prefect_host: str
    prefect_port: int
    prefect_database_url: str
    """SQLAlchemy URL of Prefect's own database; empty: SQLite in the home."""
    portal_host: str
    portal_port: int
    mailbox: tuple[int, int] | None
    """Ports (HTTP, SMTP) of the local mailbox; None: it is not started."""
    worker_concurrency: int
    """Flow runs the worker executes at the same time."""
    settings: Mapping[str, str]
    """``ACCTFLOWS_*`` variables for the children."""

    @property
    def api_url(self) -> str:
        """Address of Prefect's API."""
        return f"http://{self.prefect_host}:{self.prefect_port}/api"

    @property
    def starter_socket(self) -> Path:
        """Where the starter is asked to begin a flow run."""
        return self.home / "starter.sock"

    @property
    def leases(self) -> Path:
        """Where Prefect's server notes who holds the slots of its limits."""
        return self.home / "prefect" / "concurrency_leases"

    def log(self, name: str) -> Path:
        """Where a part writes its log."""
        return self.home / "logs" / f"{name}.log"

    def environment(self) -> dict[str, str]:
        """The environment of every child process."""
        prefect_home = self.home / "prefect"
        given = {name: value for name, value in os.environ.items() if _is_inherited(name)}
        database = self.prefect_database_url
        public = self.settings.get(PREFECT_URL)
        return {
            **given,
            **self.settings,
            "PYTHONUNBUFFERED": "1",
            MARK: str(self.home),
            SOCKET: str(self.starter_socket),
            "ACCTFLOWS_ROOT": str(self.root),
            "ACCTFLOWS_TIMEZONE": self.timezone,
            "PREFECT_HOME": str(prefect_home),
            "PREFECT_API_URL": self.api_url,
            # Prefect makes each of its many clients ready for TLS, which this address never asks
            # for: one authority is read in no time, the world's 140 take a hundred times as long.
            "PREFECT_API_SSL_CERT_FILE": str(NOBODY),
            "PREFECT_SERVER_API_HOST": self.prefect_host,
            "PREFECT_SERVER_API_PORT": str(self.prefect_port),
            **({"PREFECT_SERVER_DATABASE_CONNECTION_URL": database} if database else {}),
            **({"PREFECT_UI_API_URL": f"{public.rstrip('/')}/api"} if public else {}),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            # A person who has started or approved something looks at it.
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            # A run that found another of its kind at work looks again after so many seconds.
            "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "5",
            # In its memory, a server that dies would forget who holds which limit's slots.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
                "prefect.server.concurrency.lease_storage.filesystem"
            ),
            "PREFECT__SERVER_FINAL": "1",
        }

    def ports(self) -> list[tuple[str, str, int, str]]:
        """What listens where: name, host, port and the setting that chooses another port."""
        taken = [
            ("the Prefect server", self.prefect_host, self.prefect_port, "ACCTFLOWS_PREFECT_PORT"),
            ("the portal", self.portal_host, self.portal_port, "ACCTFLOWS_PORTAL_PORT"),
        ]
        if self.mailbox:
            http, smtp = self.mailbox
            taken += [
                ("the mailbox", "127.0.0.1", http, "ACCTFLOWS_MAILBOX_PORT"),
                ("the mailbox's SMTP server", "127.0.0.1", smtp, "ACCTFLOWS_SMTP_PORT"),
            ]
        return taken


def _is_inherited(name: str) -> bool:
    return name.startswith(INHERITED) or not name.startswith(("PREFECT_", "ACCTFLOWS_"))


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now.

    Raises:
        ConfigurationError: It could not, whoever else listens: no such address, or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise ConfigurationError(
                f"nobody can listen on {host}, port {port}: {error.strerror}",
                todo="name an address this machine has, and a port this user may open",
            ) from error
    return True


def check_ports(installation: Installation) -> None:
    """Make sure that nothing else listens on our ports, and no two parts share one.

    Raises:
        ConfigurationError: Names every busy port and the setting that chooses another.
    """
    taken = {port for _, _, port, _ in installation.ports()}
    seen: set[int] = set()
    busy = []
    for name, host, port, setting in installation.ports():
        if port in seen or not port_is_free(host, port):
            other = _free_port(host, beside=port, taken=taken)
            busy.append((f"{name} needs port {port}, which is in use", f"{setting}={other}"))
            taken.add(other)
        seen.add(port)
    if busy:
        settings = " ".join(setting for _, setting in busy)
        raise ConfigurationError(
            "; ".join(words for words, _ in busy),
            todo=f"stop what uses it, or set another port, for example {settings}",
        )


def _free_port(host: str, *, beside: int, taken: Collection[int]) -> int:
    above = range(beside + 1, min(beside + 100, 65536))
    return next((port for port in above if port not in taken and port_is_free(host, port)), beside)
