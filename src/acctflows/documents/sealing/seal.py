"""Seals a PDF: a signature with the agency's certificate over the whole file, which then is final.

PAdES (ETSI EN 319 142-1), level B-B; B-T when a time-stamp service answers in time. The seal allows
no change at all, and whatever is done to the file afterwards breaks it.
"""

import asyncio
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from acctflows.documents.sealing.certificate import SealKey
from acctflows.documents.sealing.integrity import look_at
from acctflows.documents.sealing.timestamps import TimestampService
from acctflows.errors import AcctflowsError, ConflictError, InputError

FIELD = "Seal"
"""Name of the signature field, as readers list it."""

_ROOM, _STAMP_ROOM = 4_096, 16_384
"""Bytes kept free for the signature and for a time stamp. PyHanko would make a specimen of each to
learn its size, which doubles the time."""


@dataclass(frozen=True)
class Sealed:
    """A sealed file, never to be changed again."""

    pdf: bytes
    sha256: str
    timestamped: bool
    note: str
    """Why there is no time stamp although a service is set; else empty."""


def seal(
    pdf: bytes, *, seal_key: SealKey, reason: str, timestamps: TimestampService | None = None
) -> Sealed:
    """Seal a PDF that nobody has signed yet; safe in any thread, beside an event loop or within.

    The signature tells this machine's time of sealing; when the client accepted belongs into the
    reason, since sealing may come later.

    Args:
        pdf: The file, complete.
        seal_key: With what.
        reason: Shown by readers: what was accepted, by whom and when.
        timestamps: Where a trusted time is asked for; its failure is noted and keeps nothing up.

    Raises:
        InputError: The bytes are no PDF that can be signed.
        ConflictError: It is signed already: a seal would change a file that must stay as it is.
    """
    with ThreadPoolExecutor(1) as thread:  # pyHanko needs an event loop of its own
        return thread.submit(asyncio.run, _seal(pdf, seal_key, reason, timestamps)).result()


def is_signed(pdf: bytes) -> bool:
    """Whether a PDF of ours carries a signature; files of strangers are for `external`.

    Raises:
        InputError: The bytes are no PDF that can be read.
    """
    try:
        return bool(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)
    except (PdfError, ValueError, TypeError, KeyError) as error:
        raise _not_sealable(error) from error


async def _seal(
    pdf: bytes, seal_key: SealKey, reason: str, timestamps: TimestampService | None
) -> Sealed:
    if is_signed(pdf):
        raise ConflictError(
            "the PDF is signed already, and must stay as it is",
            todo="keep it beside a sealed page of evidence that names its SHA-256",
        )
    note = ""
    if timestamps is not None:
        try:
            return await _sign(pdf, seal_key, reason, _stamper(timestamps))
        except Exception as error:  # whatever the service answers must not keep us up
            note = f"no time stamp from {timestamps.url}: {_words(error)}"
    try:
        sealed = await _sign(pdf, seal_key, reason, None)
    except (PdfError, ValueError, TypeError, KeyError) as error:
        raise _not_sealable(error) from error
    return Sealed(sealed.pdf, sealed.sha256, timestamped=False, note=note)


async def _sign(pdf: bytes, seal_key: SealKey, reason: str, stamper: TimeStamper | None) -> Sealed:
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
        name=seal_key.holder,
        signer_key_usage=set(),  # looked at when the key was loaded
    )
    signer = PdfSigner(
        metadata,
        signer=_Signer(seal_key),
        timestamper=stamper,
        # On the last page, which is ours: the accepted pages are not touched.
        new_field_spec=SigFieldSpec(FIELD, on_page=-1),
    )
    written = await signer.async_sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=_room(seal_key, stamper)
    )
    content: bytes = written.getvalue()
    _look_again(content, stamped=stamper is not None)
    return Sealed(content, hashlib.sha256(content).hexdigest(), stamper is not None, "")


def _room(seal_key: SealKey, stamper: TimeStamper | None) -> int:
    """How many characters to keep free: two for each byte."""
    certificates = (seal_key.certificate, *seal_key.chain)
    room = _ROOM + sum(len(each.public_bytes(Encoding.DER)) for each in certificates)
    return 2 * (room + (_STAMP_ROOM if stamper else 0))


def _look_again(pdf: bytes, *, stamped: bool) -> None:
    """Check what was made, as any reader will.

    Raises:
        ValueError: The seal does not hold, or the time stamp is of something else.
    """
    (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    proved = look_at(found)
    if not (proved.intact and proved.whole):
        raise ValueError("the seal that was made does not hold")
    if stamped and proved.stamped_at is None:
        raise ValueError("the time stamp does not hold")


class _Signer(Signer):
    """Signs with the loaded key; pyHanko's own would load and check it anew each time (0.2 s)."""

    def __init__(self, seal_key: SealKey) -> None:
        chain = SimpleCertificateStore()
        chain.register_multiple([for_pyhanko(each) for each in seal_key.chain])
        super().__init__(signing_cert=for_pyhanko(seal_key.certificate), cert_registry=chain)
        self._key = seal_key.key

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,  # noqa: ARG002 — always ours
        dry_run: bool = False,  # noqa: ARG002 — pyHanko's signature
    ) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def for_pyhanko(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The same certificate as pyHanko takes it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _stamper(service: TimestampService) -> TimeStamper:
    login = (service.user, service.password) if service.user else None
    return HTTPTimeStamper(service.url, timeout=service.seconds, auth=login)


def _words(error: BaseException) -> str:
    """The error and what caused it; time-outs of the network have no words of their own."""
    if isinstance(error, AcctflowsError):
        return error.what
    said = str(error) or type(error).__name__
    return f"{said} ({_words(error.__cause__)})" if error.__cause__ else said


def _not_sealable(error: Exception) -> InputError:
    return InputError(
        f"the file cannot be read as a PDF ({_words(error)})",
        todo="have the document made anew; encrypted and damaged files cannot be sealed",
    )
