"""A made-up acceptance, a PDF that is accepted, and seals that no other installation has."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from reportlab.pdfgen.canvas import Canvas

from acctflows.documents.pdf.faces import Faces
from acctflows.documents.pdf.letterhead import Stationery
from acctflows.documents.sealing.evidence import (
    Event,
    Evidence,
    InternalApproval,
    Placement,
    Round,
    ShownFile,
    SignerEvidence,
    Way,
)
from acctflows.documents.sealing.evidence_pdf import House
from acctflows.documents.sealing.marks import marker

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

NOW = datetime(2026, 11, 24, 12, 5, 9, tzinfo=UTC)
ACCEPTED_SHA256 = "5c" * 32

CONSENT = {
    "de": "Ich nehme den Vertrag V-2026-0001 in der Version 2 für die Möwe Handel GmbH an und bin "
    "dazu berechtigt. Mein Name unten ersetzt meine Unterschrift.",
    "en": "I accept contract V-2026-0001, version 2, on behalf of Möwe Handel GmbH and am entitled "
    "to do so. My name below stands for my signature.",
}


def accepted_pdf(*, pages: int = 2, text: str = "Vertrag, Seite {}") -> bytes:
    """A PDF as it was shown, without anything of ours in it."""
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    for number in range(1, pages + 1):
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(f"Teil {number}", f"p{number}")
        canvas.drawString(100, 700, text.format(number))
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def house(faces: Faces) -> House:
    """The demo agency's look."""
    return House(
        stationery=Stationery(faces, "#1f4e5f", b""),
        name="Nordlicht Digital",
        footer=(
            ("Nordlicht Digital GmbH", "Speicherstraße 14", "20457 Hamburg"),
            ("hallo@nordlicht.example", "+49 40 1234567"),
            ("Amtsgericht Hamburg, HRB 123987",),
        ),
        zone=ZoneInfo("Europe/Berlin"),
    )


def evidence(language: str = "de", *, pdf: bytes = b"") -> Evidence:
    """A contract that two people accepted, one by link and one with a code."""
    digest = sha256(pdf).hexdigest() if pdf else ACCEPTED_SHA256
    return Evidence(
        mark=marker("V-2026-0001", 2, digest),
        kind={"de": "Vertrag", "en": "Contract"}[language],
        number="V-2026-0001",
        version=2,
        title="Website-Relaunch & SEO-Betreuung",
        project="Relaunch 2027 🚀",
        agency="Nordlicht Digital GmbH",
        client="Möwe Handel GmbH",
        shown=ShownFile("PDF", digest, len(pdf) or 182_734, 2),
        placement=Placement.BEFORE,
        approval=InternalApproval("Jana Petersen", NOW - timedelta(days=3)),
        signers=(_signer(1, language, digest), _second_signer(language, digest)),
        events=_events(language),
        rounds=_rounds(language),
        audit_hash="a7" * 32,
        verify_url="https://portal.nordlicht.example/verify",
    )


def _signer(position: int, language: str, digest: str) -> SignerEvidence:
    return SignerEvidence(
        position=position,
        name="Anna Möwe",
        function={"de": "Geschäftsführerin", "en": "Managing director"}[language],
        invited="anna@moewe-handel.example",
        way=Way.LINK,
        consent_text=CONSENT[language],
        consent_language=language,
        decided_at=NOW,
        sha256=digest,
        ip="203.0.113.7",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    )


def _second_signer(language: str, digest: str) -> SignerEvidence:
    reserved = {
        "de": "Startseite, Bildschirm unter 400 px: Menü lässt sich nicht schließen",
        "en": "Front page, screens below 400 px: the menu cannot be closed",
    }
    return replace(
        _signer(2, language, digest),
        name="Олена Шевченко",
        function="",
        invited="olena@moewe-handel.example",
        way=Way.CODE,
        decided_at=NOW + timedelta(days=1, hours=11, minutes=30),
        reservations=(reserved[language],),
        ip="",
        user_agent="",
    )


def _events(language: str) -> tuple[Event, ...]:
    told = {
        "de": ("Freigegeben", "Einladung verschickt", "Seite geöffnet", "Angenommen"),
        "en": ("Approved", "Invitation sent", "Page opened", "Accepted"),
    }[language]
    actors = ("Jana Petersen", "acctflows", "Anna Möwe", "Anna Möwe")
    return tuple(
        Event(NOW - timedelta(hours=3 - number), words, actor)
        for number, (words, actor) in enumerate(zip(told, actors, strict=True))
    )


def _rounds(language: str) -> tuple[Round, ...]:
    said = {
        "de": "§ 4 Zahlungsziel: 14 statt 7 Tage; wurde übernommen",
        "en": "§ 4 payment: 14 instead of 7 days; was taken over",
    }
    return (Round(1, NOW - timedelta(days=6), said[language]),)


def certificate_for(
    key: Key,
    name: str,
    *,
    issuer: tuple[x509.Certificate, Key] | None = None,
    extensions: tuple[x509.ExtensionType, ...] = (),
    begin: datetime = NOW - timedelta(days=400),
    end: datetime = NOW + timedelta(days=4000),
) -> x509.Certificate:
    """A certificate as a test needs it; its key has signed it where no issuer is given."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Testdienste"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    signing_key = issuer[1] if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    own_way = isinstance(signing_key, ed25519.Ed25519PrivateKey)
    return builder.sign(signing_key, None if own_way else hashes.SHA256())


def key_usage(*names: str) -> x509.KeyUsage:
    """A key usage with these purposes and no other."""
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in names for name in every})
