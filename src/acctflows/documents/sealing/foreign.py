"""Reads signatures of others in a PDF; run in a process of its own by `external`."""

import asyncio
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pypdfium2
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.qualified_asn1 import get_qc_statements
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
)
from pyhanko_certvalidator import ValidationContext

from acctflows.documents.sealing.inspecting import LONGEST, MOST_SIGNATURES
from acctflows.documents.sealing.integrity import look_at

MOST_PAGES = 100
"""Pages compared; more than a contract has."""
_HARMLESS = {ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING}
"""What may follow a signature: other signatures, and what lets it be checked in many years."""


def inspect_foreign(
    content: bytes, original: bytes, roots: Sequence[bytes], now: str
) -> dict[str, Any]:
    """What can be said of the signatures in a PDF and of how it compares with another.

    Args:
        content: The signed PDF.
        original: What was to be signed.
        roots: Certificates to trust, as DER.
        now: The present moment, ISO 8601.

    Returns:
        ``differences``, in words, empty where every page says and shows the same; ``signatures``,
        as `external.ForeignSignature` has them, with moments as text; ``problem``, where the file
        cannot be read.
    """
    try:
        differences = compare(original, content)
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        found = reader.embedded_regular_signatures[:MOST_SIGNATURES]
    except Exception as error:  # a stranger's file may raise anything
        return {"problem": (str(error) or type(error).__name__)[:LONGEST]}
    trusted = [x509.Certificate.load(root) for root in roots]
    moment = datetime.fromisoformat(now)
    said = [asyncio.run(_signature(each, trusted, moment)) for each in found]
    return {"problem": "", "differences": differences, "signatures": said}


def compare(original: bytes, copy: bytes) -> list[str]:
    """How the pages of two PDFs differ in what they say or show, without forms and signatures.

    Raises:
        pypdfium2.PdfiumError: One of them cannot be read.
    """
    first, second = pypdfium2.PdfDocument(original), pypdfium2.PdfDocument(copy)
    if len(first) != len(second):
        return [f"{len(second)} pages instead of {len(first)}"]
    if len(first) > MOST_PAGES:
        return [f"more than {MOST_PAGES} pages, which are not compared"]
    return [
        f"page {number + 1} differs"
        for number in range(len(first))
        if _seen(first[number]) != _seen(second[number])
    ]


def _seen(page: pypdfium2.PdfPage) -> tuple[object, ...]:
    """What stands on a page and how it looks, without what is laid over it."""
    picture = page.render(scale=1, may_draw_forms=False, draw_annots=False, grayscale=True)
    text = page.get_textpage().get_text_range()
    return page.get_size(), text, bytes(picture.buffer)


async def _signature(
    found: EmbeddedPdfSignature, roots: list[x509.Certificate], now: datetime
) -> dict[str, Any]:
    said: dict[str, Any] = {
        **dict.fromkeys(
            ("name", "organisation", "issuer", "signed_at", "stamped_at", "trust", "problem"), ""
        ),
        "intact": False,
        "covers": "part",
        "claims": [],
    }
    try:
        certificate = found.signer_cert
        said |= {
            "name": _name(certificate.subject, "common_name"),
            "organisation": _name(certificate.subject, "organization_name"),
            "issuer": certificate.issuer.human_friendly[:LONGEST],
            "claims": qualified_claims(certificate),
        }
        claimed = found.self_reported_timestamp
        said["signed_at"] = claimed.isoformat() if claimed else ""
        proved = look_at(found)
        said["stamped_at"] = proved.stamped_at.isoformat() if proved.stamped_at else ""
        said["intact"] = proved.intact
        context = ValidationContext(
            trust_roots=roots,
            allow_fetching=False,
            moment=now,
            other_certs=list(found.other_embedded_certs),
        )
        status = await async_validate_pdf_signature(found, context)
        said["covers"] = _covers(status.coverage, status.modification_level)
        if status.trusted and status.validation_path is not None:
            said["trust"] = status.validation_path.first.subject.human_friendly[:LONGEST]
    except Exception as error:  # a broken signature may raise anything
        said["problem"] = (str(error) or type(error).__name__)[:LONGEST]
    return said


def _covers(coverage: SignatureCoverageLevel | None, changes: ModificationLevel | None) -> str:
    if coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return "file"
    if coverage is SignatureCoverageLevel.ENTIRE_REVISION and changes in _HARMLESS:
        return "revision"
    return "part"


def _name(name: x509.Name, part: str) -> str:
    value = name.native.get(part, "")
    return str(value if isinstance(value, str) else ", ".join(value))[:LONGEST]


def qualified_claims(certificate: x509.Certificate) -> list[str]:
    """What a certificate claims of itself by its QCStatements (ETSI EN 319 412-5).

    Whether it is true, only the trusted list of its country tells.
    """
    claims: list[str] = []
    for statement in get_qc_statements(certificate):
        kind = statement["statement_id"].native
        if kind == "qc_type":
            claims += [str(each) for each in statement["statement_info"].native]
        elif kind in ("qc_compliance", "qc_sscd"):
            claims.append(str(kind))
    return claims
