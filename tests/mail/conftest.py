"""Parts every test of the mail room uses: mails, servers that misbehave, certificates."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.orm import Session

from acctflows.db.models.mail import OutboxMail
from acctflows.mail.message import ComposedMail, Sender
from acctflows.mail.outbox import enqueue
from acctflows.mail.smtp import Mailer
from tests.factories import NOW
from tests.smtp_server import SmtpServer

SENDER = Sender(
    name="Lena Hansen, Nordlicht Digital",
    address="hallo@nordlicht-digital.example",
    domain="nordlicht-digital.example",
    agency="Nordlicht Digital",
    person=("Lena Hansen", "Nordlicht Digital"),
    legal=("Nordlicht Digital GmbH · Speicherstraße 14 · 20457 Hamburg",),
)
MESSAGE = ComposedMail(
    subject="Ihr Vertrag V-2026-0001",
    text="Guten Tag,\n.\nbitte ansehen.\n",
    html="<p>Guten Tag, bitte ansehen.</p>\n",
)


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def move(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


def queue(
    session: Session, key: str, *, now: datetime = NOW, to: str = "", sender: Sender = SENDER
) -> OutboxMail:
    """A mail that waits to be sent."""
    return enqueue(
        session,
        key=key,
        template="contract_invitation",
        matter="document/V-2026-0001",
        sender=sender,
        recipient=("Käthe Brünning", to or f"kaethe+{key}@moewe.example"),
        message=MESSAGE,
        now=now,
    )


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server without TLS."""
    with SmtpServer() as server:
        yield server


@pytest.fixture
def mailer(server: SmtpServer) -> Iterator[Mailer]:
    """A connection to that server that loses patience after half a second."""
    with plain_mailer(server) as mailer:
        yield mailer


def plain_mailer(server: SmtpServer, *, login: str = "", password: str = "") -> Mailer:
    return Mailer(
        SENDER.address,
        host="127.0.0.1",
        port=server.port,
        security="none",
        login=login,
        password=password,
        timeout=0.5,
    )


@dataclass(frozen=True)
class Certificates:
    """What a server shows, and what a client trusts."""

    server: ssl.SSLContext
    trusted: ssl.SSLContext


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate for 127.0.0.1 that only ``trusted`` knows."""
    folder = tmp_path_factory.mktemp("certificates")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return Certificates(server=_server_context(pem), trusted=_client_context(pem))


def _server_context(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def _client_context(pem: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=pem)
