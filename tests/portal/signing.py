"""Acceptances in every way they come to us, with a seal that is made in no time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.db.models.documents import ClientDecision, DocumentVersion, Outcome
from acctflows.db.models.signing import ProofKind
from acctflows.documents import acceptance, access_links, proofs, staging
from acctflows.documents.sealing.certificate import Owner, new_certificate
from tests.documents.sealing.samples import certificate_for, key_usage
from tests.documents.sealing.test_external import Authority, sign
from tests.factories import NOW, TODAY


def with_quick_seal(app: App) -> App:
    """Give the installation a key that is made faster than one of RSA."""
    key, folder = ec.generate_private_key(ec.SECP256R1()), app.home / "seal"
    owner = Owner(app.agency.legal_name, app.agency.country)
    certificate = new_certificate(key, owner=owner, now=datetime.now(UTC))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    folder.mkdir(parents=True)
    (folder / "seal.pem").write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return app


@dataclass(frozen=True)
class Elsewhere:
    """A trust service and the way to sign with it."""

    authority: Authority

    @property
    def root(self) -> bytes:
        """Its certificate, for the folder of those we trust."""
        return self.authority.certificate.public_bytes(Encoding.PEM)

    def sign(self, pdf: bytes, name: str) -> bytes:
        with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in a test's own
            return thread.submit(sign, pdf, self.authority.signer(name)).result()


@cache
def elsewhere() -> Elsewhere:
    key = ec.generate_private_key(ec.SECP256R1())
    extensions = (
        x509.BasicConstraints(ca=True, path_length=None),
        key_usage("key_cert_sign", "crl_sign"),
    )
    certificate = certificate_for(key, "Vertrauensdienst", extensions=extensions)
    return Elsewhere(Authority(key, certificate))


def accept_by_link(session: Session, token: str) -> ClientDecision:
    return acceptance.record_decision(
        session,
        access_links.find_link(session, token, now=NOW),
        outcome=Outcome.ACCEPTED,
        name="Käthe Brünning",
        function="Geschäftsführerin",
        reason="",
        consent_text="Ich nehme an.",
        consent_language="de",
        ip="192.0.2.1",
        user_agent="Browser",
        now=NOW,
    )


def record_signed_pdf(
    session: Session, app: App, version: DocumentVersion, content: bytes
) -> ClientDecision:
    """Recorded, and put aside to be filed."""
    staging.put_aside(app.unfinished, content)
    return proofs.record_outside(
        session,
        version,
        proofs.OutsideSignature(
            name="Käthe Brünning",
            function="",
            signed_on=TODAY,
            received_on=TODAY,
            kind=ProofKind.SIGNED_PDF,
            sha256=sha256(content).hexdigest(),
            findings=("Signiert von Käthe Brünning.", "Die Signatur ist unversehrt."),
        ),
        path=f"K-1/2026/{version.document.number}-v{version.version}.signed.pdf",
        language="de",
        by="Lena Hansen",
        now=NOW,
    )
