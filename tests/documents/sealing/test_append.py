import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pypdf
import pytest
from docx import Document
from pypdf.generic import DictionaryObject

from acctflows.documents.convert import ARCHIVAL_PDF
from acctflows.documents.convert.choose import find_soffice
from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.convert.libreoffice import LibreOfficeConverter, stop_libreoffice
from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdf.faces import Faces
from acctflows.documents.pdfcheck import check_pdf
from acctflows.documents.sealing.append import (
    Attachment,
    append_evidence,
    evidence_alone,
)
from acctflows.documents.sealing.certificate import SealKey
from acctflows.documents.sealing.evidence_pdf import evidence_pages
from acctflows.documents.sealing.inspecting import inspect_pdf
from acctflows.documents.sealing.marks import marker
from acctflows.documents.sealing.seal import seal
from acctflows.errors import InputError
from tests.conftest import missing
from tests.documents.pdf.reading import read_pages
from tests.documents.sealing.samples import CONSENT, accepted_pdf, evidence, house


def headed_word_file() -> bytes:
    document, packed = Document(), io.BytesIO()
    document.add_heading("Vertrag über Möwen", 1)
    document.add_paragraph("Erster Absatz")
    document.save(packed)
    return packed.getvalue()


WORD = headed_word_file()


def with_evidence(pdf: bytes, faces: Faces) -> bytes:
    told = evidence(pdf=pdf)
    pages = evidence_pages(told, language="de", house=house(faces))
    return append_evidence(pdf, pages, mark=told.mark, language="de")


def read_tags(element: DictionaryObject) -> Iterator[tuple[str, int]]:
    """Kind and page number (-1: none) of each element below one, in reading order."""
    kids = element.get("/K")
    for kid in kids if isinstance(kids, list) else [kids]:
        below = kid.get_object() if kid is not None else None
        if isinstance(below, DictionaryObject) and "/S" in below:
            yield below["/S"], below.raw_get("/Pg").idnum if "/Pg" in below else -1
            yield from read_tags(below)


def test_the_file_begins_with_the_accepted_one_and_keeps_its_outline(faces: Faces) -> None:
    pdf = accepted_pdf()

    added = with_evidence(pdf, faces)

    assert added.startswith(pdf)
    assert sha256(added[: len(pdf)]).hexdigest() in read_pages(added)[2]
    read = pypdf.PdfReader(io.BytesIO(added))
    assert [each.title for each in read.outline] == ["Teil 1", "Teil 2"]
    assert read_pages(added)[:2] == read_pages(pdf)
    assert len(read.pages) == 4
    assert check_pdf(added, must_appear=[CONSENT["de"]]).problems == (
        "The typeface Helvetica is not embedded.",  # the accepted page's own
    )


def test_pages_of_evidence_share_their_typefaces(faces: Faces) -> None:
    pdf = accepted_pdf()
    told = evidence(pdf=pdf)
    pages = evidence_pages(told, language="de", house=house(faces))
    added = append_evidence(pdf, pages, mark=told.mark, language="de")
    assert len(added) < len(pdf) + len(pages) + 5_000


def test_the_mark_stands_in_every_place_that_a_tool_may_keep(faces: Faces) -> None:
    pdf = accepted_pdf()
    mark = evidence(pdf=pdf).mark

    added = with_evidence(pdf, faces)

    read = pypdf.PdfReader(io.BytesIO(added))
    assert read.metadata
    assert read.metadata["/acctflows"] == mark
    assert read.xmp_metadata
    assert read.xmp_metadata.dc_identifier == mark
    assert all(
        page["/PieceInfo"]["/acctflows"]["/Private"] == mark for page in list(read.pages)[2:]
    )
    assert mark in read_pages(added)[-1].replace("\n", "")


def test_a_tagged_pdf_stays_tagged_on_the_added_pages(faces: Faces, tmp_path: Path) -> None:
    fonts = install_fonts(tmp_path)
    pdf = DxpdfConverter(fonts).convert(WORD)

    added = with_evidence(pdf, faces)

    assert_read_aloud(pdf, added)


@pytest.mark.libreoffice
def test_what_libreoffice_printed_stays_as_it_was(
    faces: Faces, seal_key: SealKey, tmp_path: Path
) -> None:
    program = find_soffice(None) or missing("LibreOffice")
    office = LibreOfficeConverter(program, home=tmp_path, fonts=install_fonts(tmp_path))
    try:
        pdf = office.convert(WORD, ARCHIVAL_PDF)
    finally:
        office.close()
        stop_libreoffice(tmp_path)

    added = with_evidence(pdf, faces)
    sealed = seal(added, seal_key=seal_key, reason="x").pdf

    assert_read_aloud(pdf, sealed)
    assert check_pdf(sealed, must_appear=["Vertrag über Möwen", CONSENT["de"]]).problems == ()
    (found,) = inspect_pdf(sealed)["signatures"]
    assert (found["intact"], found["whole"]) == (True, True)
    xmp = pypdf.PdfReader(io.BytesIO(sealed)).xmp_metadata
    assert xmp
    assert xmp.pdfaid_part == "2"


def assert_read_aloud(pdf: bytes, added: bytes) -> None:
    """Every page of the second file is in its structure, the first file's in the same order."""
    before, after = pypdf.PdfReader(io.BytesIO(pdf)), pypdf.PdfReader(io.BytesIO(added))
    assert after.root_object["/MarkInfo"]["/Marked"] == before.root_object["/MarkInfo"]["/Marked"]
    tags = list(read_tags(after.root_object["/StructTreeRoot"]))
    own = list(read_tags(before.root_object["/StructTreeRoot"]))
    new = [page.indirect_reference.idnum for page in list(after.pages)[len(before.pages) :]]
    assert tags == [*own, *(("/P", page) for page in new)]
    keys = [page["/StructParents"] for page in after.pages]
    assert len(set(keys)) == len(keys)


def test_evidence_of_a_word_file_carries_it(faces: Faces, seal_key: SealKey) -> None:
    told = evidence()
    pages = evidence_pages(told, language="de", house=house(faces))
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    alone = evidence_alone(
        pages, mark=told.mark, attachment=Attachment("V-2026-0001-v2.docx", WORD, kind)
    )
    sealed = seal(alone, seal_key=seal_key, reason="x").pdf

    read = pypdf.PdfReader(io.BytesIO(sealed))
    assert read.attachments == {"V-2026-0001-v2.docx": [WORD]}
    assert inspect_pdf(sealed)["marks"] == [told.mark]


@pytest.mark.parametrize("pdf", [b"", b"rubbish", accepted_pdf()[:500]])
def test_what_cannot_be_added_to_is_said(faces: Faces, pdf: bytes) -> None:
    with pytest.raises(InputError, match="cannot be added"):
        append_evidence(pdf, accepted_pdf(), mark=evidence().mark, language="de")


@pytest.mark.parametrize(
    ("number", "sha256"),
    [("V 1", "ab" * 32), ("", "ab" * 32), ("V-1", "AB"), ("V" * 61, "ab" * 32)],
)
def test_a_mark_is_plain(number: str, sha256: str) -> None:
    with pytest.raises(InputError, match="cannot be marked"):
        marker(number, 1, sha256)
