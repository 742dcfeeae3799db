"""Adds the pages of evidence to the accepted PDF, whose own bytes stay as they were.

An incremental update (ISO 32000-1, 7.5.6): the new file begins with the accepted one, byte for
byte, so that whoever has it can cut off what was added and compare the SHA-256. Tags, links,
outlines, typefaces and metadata of any engine stay where they are.
"""

import io
from dataclasses import dataclass
from typing import cast

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, EmbeddedFileParams, FileSpec, embed_file
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.metadata.model import NS, ExpandedName, XmpStructure, XmpValue
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from acctflows.documents.sealing.tagging import tag_page
from acctflows.errors import InputError

_IDENTIFIER = ExpandedName(NS["dc"], "identifier")


@dataclass(frozen=True)
class Attachment:
    """A file laid into a PDF, such as the Word file that was accepted."""

    name: str
    content: bytes
    mime_type: str


def append_evidence(pdf: bytes, evidence: bytes, *, mark: str, language: str) -> bytes:
    """The accepted PDF with the pages of evidence after its own; it begins with its very bytes.

    Args:
        pdf: What was accepted.
        evidence: Pages made by `evidence_pages`.
        mark: What names the version, from `marks.marker`.
        language: ``de`` or ``en``, of the evidence, for those who have pages read to them.

    Raises:
        InputError: The accepted file cannot be added to: it is damaged, encrypted or signed.
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        if writer.prev.embedded_signatures:
            raise PdfError("a page more would break its signatures")  # noqa: TRY301 — said below
        for page in _pages(writer, PdfFileReader(io.BytesIO(evidence))):
            page[pdf_name("/PieceInfo")] = _piece_info(mark)
            reference = writer.insert_page(page)
            tag_page(writer, reference, page, language=language)
        return _finished(writer, mark)
    except (PdfError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise InputError(
            f"pages cannot be added to this PDF ({error})",
            todo="keep the evidence as a PDF of its own",
        ) from error


def evidence_alone(evidence: bytes, *, mark: str, attachment: Attachment) -> bytes:
    """The pages of evidence as a file of its own, with what was accepted laid into it.

    For what was accepted as a Word file, and for PDFs to which no page can be added.

    Args:
        evidence: Pages made by `evidence_pages`.
        mark: What names the version, from `marks.marker`.
        attachment: The accepted file.
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(evidence))
    _attach(writer, attachment)
    return _finished(writer, mark)


def _pages(
    writer: IncrementalPdfFileWriter, source: PdfFileReader
) -> list[generic.DictionaryObject]:
    """Copies of all pages, made at once so that they share their typefaces."""
    pages = []
    for number in range(source.root["/Pages"]["/Count"]):
        page = source.find_page_for_modification(number)[0].get_object()
        pages.append(
            generic.DictionaryObject({key: page.raw_get(key) for key in page if key != "/Parent"})
        )
    together = generic.ArrayObject(pages)
    together.container_ref = source.root.container_ref  # says from which file it comes
    copies = writer.import_object(together)
    return [*cast("generic.ArrayObject", copies)]


def _finished(writer: IncrementalPdfFileWriter, mark: str) -> bytes:
    """The file with its mark in both kinds of metadata: tools that save anew keep one or other."""
    if "/Info" in writer.trailer:
        info = writer.trailer["/Info"]
        info[pdf_name("/acctflows")] = _text(mark)
        writer.update_container(info)
    else:
        writer.set_info(generic.DictionaryObject({pdf_name("/acctflows"): _text(mark)}))
    # Of all identifiers in XMP this one is allowed by PDF/A without a schema of its own.
    writer.document_meta.xmp_extra = [XmpStructure({_IDENTIFIER: XmpValue(mark)})]
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _piece_info(mark: str) -> generic.DictionaryObject:
    """The mark as an application's private data on the page (ISO 32000-1, 14.5)."""
    return generic.DictionaryObject(
        {
            pdf_name("/acctflows"): generic.DictionaryObject(
                {
                    # A fixed day: it must be there, and tells nothing.
                    pdf_name("/LastModified"): _text("D:20260101000000Z"),
                    pdf_name("/Private"): _text(mark),
                }
            )
        }
    )


def _attach(writer: IncrementalPdfFileWriter, attachment: Attachment) -> None:
    data = EmbeddedFileObject.from_file_data(
        writer,
        attachment.content,
        params=EmbeddedFileParams(
            embed_checksum=False
        ),  # MD5 proves nothing; the page names SHA-256
        mime_type=attachment.mime_type,
    )
    embed_file(
        writer,
        FileSpec(attachment.name, file_name=attachment.name, embedded_data=data),
    )


def _text(text: str) -> generic.TextStringObject:
    return generic.TextStringObject(text)
