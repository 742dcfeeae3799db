"""Reads a PDF that a client had signed elsewhere, such as with a qualified electronic signature.

We say what we saw, and by which trust. Whether a signature is qualified, only a validation service
with the trusted lists of the Union decides (Art. 32, 33 eIDAS regulation).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from acctflows.documents.sealing.apart import read_apart
from acctflows.documents.sealing.roots import read_roots
from acctflows.documents.sealing.verify import LARGEST
from acctflows.errors import InputError


class NotSignedError(InputError):
    """Nobody has signed the file."""


class Covers(StrEnum):
    """How much of the file a signature covers."""

    FILE = "file"
    """All of it."""
    REVISION = "revision"
    """All there was when it was made; only other signatures and data for checking came after."""
    PART = "part"
    """Less, or something else was changed afterwards."""


@dataclass(frozen=True)
class ForeignSignature:
    """A signature in a PDF and what it proves.

    Args:
        name: Who signed, as the certificate says.
        organisation: For whom, as the certificate says; may be empty.
        issuer: Who issued the certificate.
        signed_at: When, as the signer's machine claims.
        stamped_at: When, by an intact time stamp whose issuer was not asked for.
        intact: Whether the signed bytes are as they were.
        covers: How much of the file these are.
        claims: What the certificate says of itself, in the words of ETSI EN 319 412-5:
            ``qc_compliance`` (qualified), ``qc_sscd`` (key in a secure device), ``qct_esign``, ….
        trust: The root of our list that stands behind the certificate; empty: none of them does.
        problem: Why it could not be checked to the end; else empty.
    """

    name: str
    organisation: str
    issuer: str
    signed_at: datetime | None
    stamped_at: datetime | None
    intact: bool
    covers: Covers
    claims: tuple[str, ...]
    trust: str
    problem: str

    @property
    def holds(self) -> bool:
        """Whether nothing was changed since; says nothing about who signed."""
        return self.intact and self.covers is not Covers.PART and not self.problem


@dataclass(frozen=True)
class ExternalSignature:
    """What was seen in a PDF signed elsewhere.

    Args:
        sha256: Of the file.
        grown: Whether it begins with the very bytes of ours, as signing programs write it.
        differences: How its pages differ from ours in what they say or show; empty: they do not.
        signatures: All of them, the oldest first.
    """

    sha256: str
    grown: bool
    differences: tuple[str, ...]
    signatures: tuple[ForeignSignature, ...]

    @property
    def is_ours(self) -> bool:
        """Whether what was signed is our document and every signature holds, whoever signed."""
        return not self.differences and all(each.holds for each in self.signatures)

    @property
    def trusted_by(self) -> tuple[str, ...]:
        """The roots of our list behind signatures that hold; empty: none, or another's issuer.

        No list of revoked certificates was asked.
        """
        return tuple(each.trust for each in self.signatures if each.holds and each.trust)


def check_external_signature(
    content: bytes, *, original: bytes, roots: Path | None, now: datetime
) -> ExternalSignature:
    """What can be said of a PDF that was signed elsewhere.

    Args:
        content: The file as it was uploaded.
        original: The PDF that was to be signed.
        roots: The folder of certificates to trust (PEM or DER); None: nobody is trusted.
        now: The moment for which certificates are checked.

    Raises:
        NotSignedError: Nobody signed it.
        InputError: It is no PDF that can be read, or too large.
        ConfigurationError: A file in the folder of roots is no certificate.
    """
    if len(content) > LARGEST:
        raise InputError(
            f"the file has more than {LARGEST // 1_000_000} MB", todo="upload the signed PDF alone"
        )
    said = read_apart(
        "acctflows.documents.sealing.foreign.inspect_foreign",
        content=content,
        original=original,
        roots=[each.public_bytes(Encoding.DER) for each in read_roots(roots)],
        now=now.isoformat(),
    )
    return report(content, original, said)


def report(content: bytes, original: bytes, said: Mapping[str, Any]) -> ExternalSignature:
    """What follows from what `foreign.inspect_foreign` saw in a PDF.

    Raises:
        NotSignedError: Nobody signed it.
        InputError: It cannot be read.
    """
    if said["problem"]:
        raise InputError(
            f"the file cannot be read as a PDF ({said['problem']})",
            todo="upload the signed PDF as the signing program saved it",
        )
    if not said["signatures"]:
        raise NotSignedError(
            "nobody has signed this PDF",
            todo="upload the file that the signing program saved; printing it again loses "
            "the signature",
        )
    return ExternalSignature(
        sha256=hashlib.sha256(content).hexdigest(),
        grown=content.startswith(original),
        differences=tuple(said["differences"]),
        signatures=tuple(_signature(each) for each in said["signatures"]),
    )


def _signature(said: dict[str, Any]) -> ForeignSignature:
    moments = {
        name: datetime.fromisoformat(said[name]) if said[name] else None
        for name in ("signed_at", "stamped_at")
    }
    kinds = {"covers": Covers(said["covers"]), "claims": tuple(said["claims"])}
    return ForeignSignature(**{**said, **moments, **kinds})
