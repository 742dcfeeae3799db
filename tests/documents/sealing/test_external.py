"""PDFs that a client had signed elsewhere, by an authority made for the test."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from asn1crypto import keys
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.ades.qualified_asn1 import QcStatement, QcStatements
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from acctflows.documents.sealing.external import (
    Covers,
    ExternalSignature,
    check_external_signature,
    report,
)
from acctflows.documents.sealing.foreign import inspect_foreign
from acctflows.documents.sealing.roots import read_roots
from acctflows.documents.sealing.seal import for_pyhanko
from acctflows.errors import ConfigurationError, InputError
from tests.documents.sealing.samples import accepted_pdf, certificate_for, key_usage

ORIGINAL = accepted_pdf()
QUALIFIED = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"),
    QcStatements(
        [
            QcStatement({"statement_id": "qc_compliance"}),
            QcStatement({"statement_id": "qc_sscd"}),
            QcStatement({"statement_id": "qc_type", "statement_info": ["qct_esign"]}),
        ]
    ).dump(),
)


@dataclass(frozen=True)
class Authority:
    """Issues certificates to people who sign."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def signer(self, name: str) -> SimpleSigner:
        key = ec.generate_private_key(ec.SECP256R1())
        usage = key_usage("digital_signature", "content_commitment")
        certificate = certificate_for(
            key, name, issuer=(self.certificate, self.key), extensions=(usage, QUALIFIED)
        )
        secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return SimpleSigner(
            for_pyhanko(certificate), keys.PrivateKeyInfo.load(secret), SimpleCertificateStore()
        )


@pytest.fixture(scope="module")
def authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    extensions = (
        x509.BasicConstraints(ca=True, path_length=None),
        key_usage("key_cert_sign", "crl_sign"),
    )
    return Authority(key, certificate_for(key, "Vertrauensdienst", extensions=extensions))


@pytest.fixture
def roots(tmp_path: Path, authority: Authority) -> Path:
    folder = tmp_path / "roots"
    folder.mkdir()
    (folder / "root.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (folder / "readme.txt").write_text("no certificate")
    return folder


def sign(pdf: bytes, signer: SimpleSigner, field: str = "Client") -> bytes:
    metadata = PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES)
    signing = PdfSigner(metadata, signer=signer)
    written = asyncio.run(signing.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))))
    content: bytes = written.getvalue()
    return content


def with_other_words(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    words = generic.StreamObject(stream_data=b"BT /F1 12 Tf 90 600 Td (und 5000 Euro) Tj ET")
    writer.add_stream_to_page(1, writer.add_object(words))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def with_other_picture(pdf: bytes) -> bytes:
    """A line drawn through the words: the text stays the same."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    line = generic.StreamObject(stream_data=b"2 w 90 703 m 250 703 l S")
    writer.add_stream_to_page(0, writer.add_object(line))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def saved_anew(pdf: bytes) -> bytes:
    target = io.BytesIO()
    pypdf.PdfWriter(clone_from=io.BytesIO(pdf)).write(target)
    return target.getvalue()


def check(content: bytes, roots: Path | None = None) -> ExternalSignature:
    """As `check_external_signature`, in this process: another one takes a second to start."""
    trusted = [each.public_bytes(Encoding.DER) for each in read_roots(roots)]
    said = inspect_foreign(content, ORIGINAL, trusted, datetime.now(UTC).isoformat())
    return report(content, ORIGINAL, said)


def test_a_signature_of_a_trusted_service_is_told_with_its_trust(
    authority: Authority, roots: Path
) -> None:
    signed = sign(ORIGINAL, authority.signer("Anna Möwe"))

    found = check_external_signature(signed, original=ORIGINAL, roots=roots, now=datetime.now(UTC))

    (signature,) = found.signatures
    assert found.grown
    assert found.differences == ()
    assert found.is_ours
    assert found.trusted_by == (signature.trust,)
    assert "Vertrauensdienst" in signature.trust
    assert (signature.name, signature.organisation) == ("Anna Möwe", "Testdienste")
    assert "Vertrauensdienst" in signature.issuer
    assert (signature.intact, signature.covers, signature.problem) == (True, Covers.FILE, "")
    assert signature.claims == ("qc_compliance", "qc_sscd", "qct_esign")
    assert signature.signed_at
    assert signature.stamped_at is None


def test_without_the_root_it_holds_but_is_trusted_by_nobody(authority: Authority) -> None:
    found = check(sign(ORIGINAL, authority.signer("Anna Möwe")))
    assert found.is_ours
    assert found.trusted_by == ()
    assert found.signatures[0].claims == ("qc_compliance", "qc_sscd", "qct_esign")


def test_what_was_saved_anew_before_signing_says_and_shows_the_same(
    authority: Authority,
) -> None:
    found = check(sign(saved_anew(ORIGINAL), authority.signer("Anna Möwe")))
    assert (found.grown, found.differences, found.is_ours) == (False, (), True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (with_other_words, "page 2 differs"),
        (with_other_picture, "page 1 differs"),
        (lambda _pdf: accepted_pdf(pages=3), "3 pages instead of 2"),
        (lambda _pdf: accepted_pdf(text="Anderes {}"), "page 1 differs"),
    ],
    ids=["words added", "words struck out", "a page more", "another document"],
)
def test_a_document_that_is_not_ours_is_seen_although_signed(
    authority: Authority, change: Callable[[bytes], bytes], said: str
) -> None:
    found = check(sign(change(ORIGINAL), authority.signer("Anna Möwe")))
    assert said in found.differences
    assert found.signatures[0].holds
    assert not found.is_ours


def test_a_change_after_signing_is_seen(authority: Authority, roots: Path) -> None:
    found = check(with_other_words(sign(ORIGINAL, authority.signer("Anna Möwe"))), roots)
    assert found.signatures[0].covers is Covers.PART
    assert not found.is_ours
    assert found.trusted_by == ()


def test_a_byte_changed_after_signing_is_seen(authority: Authority, roots: Path) -> None:
    signed = bytearray(sign(ORIGINAL, authority.signer("Anna Möwe")))
    place = signed.index(b"ReportLab Generated")
    signed[place] ^= 1
    found = check(bytes(signed), roots)
    assert not found.signatures[0].intact
    assert not found.is_ours


def test_two_people_may_sign_one_after_the_other(authority: Authority, roots: Path) -> None:
    first = sign(ORIGINAL, authority.signer("Anna Möwe"))
    found = check(sign(first, authority.signer("Boris Möwe"), field="Second"), roots)
    assert [each.name for each in found.signatures] == ["Anna Möwe", "Boris Möwe"]
    assert [each.covers for each in found.signatures] == [Covers.REVISION, Covers.FILE]
    assert len(found.trusted_by) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ORIGINAL, "nobody has signed"),
        (b"", "cannot be read"),
        (b"<html>", "cannot be read"),
        (ORIGINAL[:600], "cannot be read|nobody has signed"),
    ],
)
def test_what_nobody_signed_or_can_read_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check(content)


def test_a_broken_root_is_named(roots: Path) -> None:
    (roots / "b.crt").write_bytes(b"rubbish")
    with pytest.raises(ConfigurationError, match=r"b\.crt: the file holds no certificate"):
        check(ORIGINAL, roots)


def test_roots_are_read_in_both_forms(roots: Path, authority: Authority) -> None:
    (roots / "same.DER").write_bytes(authority.certificate.public_bytes(Encoding.DER))
    assert read_roots(roots) == [authority.certificate] * 2
    assert read_roots(roots / "none") == []
    assert read_roots(None) == []
