"""Looks into a PDF for our marks and for signatures; run in a process of its own by `verify`."""

import ctypes
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import EmbeddedPdfSignature

from acctflows.documents.sealing.certificate import holder
from acctflows.documents.sealing.integrity import look_at
from acctflows.documents.sealing.marks import find_marks

MOST_SIGNATURES = 20
MOST_PAGES = 10
"""Pages read for a printed mark, from the end, where the evidence stands."""
LONGEST = 300
"""Characters of a text taken from a stranger's file."""


def inspect_pdf(content: bytes) -> dict[str, Any]:
    """The marks and signatures in a PDF, as far as anything can be read of it.

    Returns:
        ``marks``, a list of texts; ``signatures``, each with ``certificate`` (SHA-256), ``holder``,
        ``intact``, ``whole``, ``reason``, ``signed_at`` (as claimed), ``stamped_at`` and
        ``problem``.
    """
    marks = {mark for text in _places(content) for mark in find_marks(text)}
    return {"marks": sorted(marks), "signatures": _signatures(content)}


def _places(content: bytes) -> Iterator[bytes]:
    """Where a mark may stand, however the file was packed since; broken places are skipped."""
    yield content
    with suppress(Exception):  # a hostile file may raise anything
        yield PdfFileReader(io.BytesIO(content), strict=False).root["/Metadata"].data
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return
    try:
        yield _property(document)
        for number in range(max(0, len(document) - MOST_PAGES), len(document)):
            with suppress(pypdfium2.PdfiumError):
                text = document[number].get_textpage().get_text_range()
                yield "".join(text.split()).encode("utf-8", "replace")
    finally:
        document.close()


def _property(document: pypdfium2.PdfDocument) -> bytes:
    """The document's property in which we put the mark."""
    text = ctypes.create_string_buffer(LONGEST * 2)
    size = pdfium.FPDF_GetMetaText(document.raw, b"acctflows", text, len(text))
    return text.raw[: min(size, len(text))].decode("utf-16-le", "replace").encode()


def _signatures(content: bytes) -> list[dict[str, Any]]:
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        found = reader.embedded_regular_signatures[:MOST_SIGNATURES]
    except Exception:  # the same: unreadable is said by what is not there
        return []
    return [_signature(each) for each in found]


def _signature(found: EmbeddedPdfSignature) -> dict[str, Any]:
    said = {"certificate": "", "holder": "", "intact": False, "whole": False}
    texts = {"reason": "", "signed_at": "", "stamped_at": "", "problem": ""}
    try:
        reason = found.sig_object.get("/Reason", "")
        claimed = found.self_reported_timestamp
        certificate = found.signer_cert
        said["certificate"] = certificate.sha256.hex()
        said["holder"] = holder(x509.load_der_x509_certificate(certificate.dump()))[:LONGEST]
        texts["reason"] = str(reason)[:LONGEST]
        texts["signed_at"] = claimed.isoformat() if claimed else ""
        proved = look_at(found)
        said["intact"], said["whole"] = proved.intact, proved.whole
        texts["stamped_at"] = proved.stamped_at.isoformat() if proved.stamped_at else ""
    except Exception as error:  # a broken signature may raise anything
        texts["problem"] = (str(error) or type(error).__name__)[:LONGEST]
    return {**said, **texts}
