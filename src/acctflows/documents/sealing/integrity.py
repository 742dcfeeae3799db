"""What a signature in a PDF proves by mathematics alone, whoever made it.

Whether its certificate deserves trust is another question: for our own seals the certificate itself
is known, for others `external` asks a list of roots.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, core, tsp, x509
from pyhanko.sign.general import extract_certificate_info, extract_signer_info
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter, validate_sig_integrity


@dataclass(frozen=True)
class Integrity:
    """What a signature proves.

    Args:
        certificate: Of who signed.
        intact: Whether the signed bytes are those that were signed, with that certificate's key.
        coverage: How much of the file these bytes are.
        stamped_at: The time in an intact time stamp over the signature; None without one.
    """

    certificate: x509.Certificate
    intact: bool
    coverage: SignatureCoverageLevel
    stamped_at: datetime | None

    @property
    def whole(self) -> bool:
        """Whether the signature covers the entire file, with nothing after it."""
        return self.coverage is SignatureCoverageLevel.ENTIRE_FILE

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal."""
        return hashlib.sha256(self.certificate.dump()).hexdigest()


def look_at(found: EmbeddedPdfSignature) -> Integrity:
    """What this signature proves.

    Raises:
        Exception: Whatever pyHanko raises where the signature cannot be read.
    """
    certificate = found.signer_cert
    digest_matches, signature_holds = validate_sig_integrity(
        found.signer_info, certificate, "data", found.compute_digest()
    )
    return Integrity(
        certificate=certificate,
        intact=digest_matches and signature_holds,
        coverage=found.evaluate_signature_coverage(),
        stamped_at=_time_stamp(found.signer_info),
    )


def _time_stamp(signer_info: cms.SignerInfo) -> datetime | None:
    """The time of the first intact stamp over this very signature (RFC 3161, appendix A)."""
    for stamp in extract_tst_data_iter(signer_info, signed=False):
        content = stamp["encap_content_info"]["content"]
        told = content.parsed if isinstance(content, core.ParsableOctetString) else None
        if not isinstance(told, tsp.TSTInfo) or not _is_of(told, signer_info):
            continue
        signer = extract_signer_info(stamp)
        digest = _hash(signer["digest_algorithm"]["algorithm"].native, bytes(content))
        stamper = extract_certificate_info(stamp).signer_cert
        if all(validate_sig_integrity(signer, stamper, "tst_info", digest)):
            moment: datetime = told["gen_time"].native
            return moment
    return None


def _is_of(told: tsp.TSTInfo, signer_info: cms.SignerInfo) -> bool:
    imprint = told["message_imprint"]
    name = imprint["hash_algorithm"]["algorithm"].native
    return bool(imprint["hashed_message"].native == _hash(name, signer_info["signature"].native))


def _hash(name: str, content: bytes) -> bytes:
    return hashlib.new(name, content).digest()
