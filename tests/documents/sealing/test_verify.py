"""Whatever is done to a sealed file: it is never found, and altered where a mark survives."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pypdf
import pypdfium2
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from acctflows.documents.pdf.faces import Faces
from acctflows.documents.sealing import apart
from acctflows.documents.sealing.append import append_evidence
from acctflows.documents.sealing.certificate import SealKey
from acctflows.documents.sealing.evidence_pdf import evidence_pages
from acctflows.documents.sealing.inspecting import inspect_pdf
from acctflows.documents.sealing.seal import seal
from acctflows.documents.sealing.verify import (
    LARGEST,
    Filed,
    Record,
    State,
    Verdict,
    judge,
    verify,
    verify_hash,
)
from acctflows.errors import InputError
from tests.documents.sealing.samples import accepted_pdf, evidence, house

NAME = "V-2026-0001/v2"


@dataclass(frozen=True)
class Office:
    """An installation with one accepted and sealed document."""

    shown: bytes
    unsealed: bytes
    sealed: bytes
    certificates: frozenset[str]
    mark: str

    def known(self, digests: Sequence[str]) -> Record | None:
        files = {Filed.SHOWN: self.shown, Filed.SEALED: self.sealed}
        records = {
            (digest := sha256(pdf).hexdigest()): Record(digest, NAME, as_what)
            for as_what, pdf in files.items()
        }
        return next((records[each] for each in digests if each in records), None)

    def verify(self, content: bytes) -> Verdict:
        return verify(content, known=self.known, certificates=self.certificates)

    def judge(self, content: bytes) -> Verdict:
        """The same in this process: another one takes a second to start."""
        inside = inspect_pdf(content)
        return judge(content, inside, known=self.known, certificates=self.certificates)


@pytest.fixture(scope="module")
def office(faces: Faces, seal_key: SealKey) -> Office:
    shown = accepted_pdf()
    told = evidence(pdf=shown)
    pages = evidence_pages(told, language="de", house=house(faces))
    unsealed = append_evidence(shown, pages, mark=told.mark, language="de")
    sealed = seal(unsealed, seal_key=seal_key, reason="Angenommen von Anna Möwe").pdf
    return Office(shown, unsealed, sealed, frozenset({seal_key.fingerprint}), told.mark)


def flip(pattern: bytes, *, last: bool = False, at: int = 0) -> Callable[[Office], bytes]:
    """Changes one byte: the one so far behind the first (or last) match of the pattern."""

    def change(office: Office) -> bytes:
        found = [*re.finditer(pattern, office.sealed, re.DOTALL)][-1 if last else 0]
        return changed(office.sealed, found.end() + at)

    return change


def changed(pdf: bytes, position: int) -> bytes:
    return pdf[:position] + bytes([pdf[position] ^ 1]) + pdf[position + 1 :]


def saved_by_pypdf(office: Office) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(office.sealed))
    return _written(writer)


def printed_without_metadata(office: Office) -> bytes:
    """As a viewer prints to a file: the pages, and nothing else."""
    writer = pypdf.PdfWriter()
    for page in pypdf.PdfReader(io.BytesIO(office.sealed)).pages:
        copy = writer.add_page(page)
        copy.pop("/PieceInfo", None)
        copy.pop("/Annots", None)
    return _written(writer)


def _written(writer: pypdf.PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def saved_by_pdfium(office: Office) -> bytes:
    document = pypdfium2.PdfDocument(office.sealed)
    target = io.BytesIO()
    document.save(target)
    document.close()
    return target.getvalue()


def updated(office: Office) -> bytes:
    """Other words laid over a page, as an update after the seal."""
    writer = IncrementalPdfFileWriter(io.BytesIO(office.sealed))
    words = generic.StreamObject(stream_data=b"BT /F1 12 Tf 90 600 Td (und 5000 Euro) Tj ET")
    writer.add_stream_to_page(0, writer.add_object(words))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


ALTERATIONS: dict[str, Callable[[Office], bytes]] = {
    # one byte, in every class of positions
    "header": flip(rb"%PDF-1.", at=-4),
    "comment below the header": flip(rb"%PDF-1.\d\n%", at=1),
    "page": flip(rb"/MediaBox"),
    "page's content": flip(rb"stream\r?\n", at=5),
    "typeface": flip(rb"/Length1 \d+.*?stream\r?\n", at=200),
    "table of references": flip(rb"\nxref\n.*?0000", last=True),
    "first table of references": flip(rb"\nxref\n.*?0000"),
    "trailer": flip(rb"trailer\s*<<", last=True, at=3),
    "start of references": flip(rb"startxref\s", last=True),
    "end of file": flip(rb"%%EOF", last=True, at=-1),
    "signature": flip(rb"/Contents <", at=400),
    "certificate in the signature": flip(rb"/Contents <", at=1500),
    "padding of the signature": flip(rb"/Contents <[0-9a-fA-F]+(?=0{20}>)", at=4),
    "range of the signature": flip(rb"/ByteRange \["),
    "reason": flip(rb"/Reason \(", at=8),
    "rules of the seal": flip(rb"/TransformParams"),
    "metadata": flip(rb'dc:identifier="', at=12),
    "first mark": flip(rb"acctflows:", at=2),
    "last mark": flip(rb"acctflows:", last=True, at=2),
    # more than one byte
    "cut within the signature": lambda office: office.sealed[:-2_000],
    "cut at the end": lambda office: office.sealed[:-1],
    "a line end more": lambda office: office.sealed + b"\n",
    "junk at the end": lambda office: office.sealed + b"junk",
    "another file before it": lambda office: b"x" + office.sealed,
    "pages laid over": updated,
    "rolled back to before the seal": lambda office: office.unsealed,
    "saved by pypdf": saved_by_pypdf,
    "saved by PDFium": saved_by_pdfium,
    "printed": printed_without_metadata,
    "its first half twice": lambda office: office.sealed + office.sealed,
}


def test_each_alteration_is_seen(office: Office) -> None:
    copies = {name: alter(office) for name, alter in ALTERATIONS.items()}

    verdicts = {name: office.judge(copy) for name, copy in copies.items()}

    assert all(copy != office.sealed for copy in copies.values())
    wrong = {name: found for name, found in verdicts.items() if found.state is not State.ALTERED}
    assert not wrong
    assert not [name for name, found in verdicts.items() if found.record is None]
    contented = {
        name
        for name, found in verdicts.items()
        if any(seal.intact and seal.whole for seal in found.seals)
    }
    # Here any reader says the signature is good: only our record tells.
    assert contented == {"padding of the signature"}


def test_no_changed_byte_is_ever_found(office: Office) -> None:
    everywhere = range(0, len(office.sealed), 97)
    digests = {sha256(changed(office.sealed, at)).hexdigest() for at in everywhere}
    assert len(digests) == len(everywhere)
    assert not [each for each in digests if verify_hash(each, known=office.known).record]


def test_the_sealed_file_itself_is_found(office: Office) -> None:
    verdict = office.verify(office.sealed)

    assert verdict.state is State.FOUND
    assert verdict.record
    assert (verdict.record.document, verdict.record.filed) == (NAME, Filed.SEALED)
    (found,) = verdict.seals
    assert (found.intact, found.whole, found.problem) == (True, True, "")
    assert found.holder == "Nordlicht Digital GmbH"
    assert found.reason == "Angenommen von Anna Möwe"
    assert found.signed_at
    assert verdict.marks == (office.mark,)


def test_the_file_that_was_shown_is_found_as_what_it_is(office: Office) -> None:
    verdict = office.judge(office.shown)
    assert verdict.record
    assert (verdict.state, verdict.record.filed) == (State.FOUND, Filed.SHOWN)
    assert verdict.seals == ()


def test_another_file_is_unknown(office: Office) -> None:
    assert office.judge(accepted_pdf(text="Etwas anderes {}")).state is State.UNKNOWN


def test_a_document_of_another_installation_is_unknown_although_marked(office: Office) -> None:
    foreign = Office(b"", b"", b"", frozenset(), "")
    verdict = foreign.judge(office.sealed)
    assert (verdict.state, verdict.marks) == (State.UNKNOWN, (office.mark,))
    assert (verdict.record, verdict.seals) == (None, ())


def test_a_seal_of_ours_on_what_nobody_recorded_is_said(office: Office) -> None:
    forgetful = Office(b"", b"", b"", office.certificates, "")
    verdict = forgetful.judge(office.sealed)
    assert (verdict.state, verdict.record) == (State.ALTERED, None)
    assert verdict.seals[0].intact


def test_what_is_no_pdf_or_too_large_is_said(office: Office) -> None:
    assert office.verify(b"").state is State.NO_PDF
    assert office.verify(b"PK\x03\x04 a Word file").state is State.NO_PDF
    assert office.verify(b"%PDF-1.7" + bytes(LARGEST)).state is State.TOO_LARGE


def test_a_pdf_that_cannot_be_read_is_unknown(office: Office) -> None:
    assert office.judge(b"%PDF-1.7 rubbish").state is State.UNKNOWN


def test_a_hash_is_read_as_people_write_it(office: Office) -> None:
    digest = sha256(office.sealed).hexdigest()
    written = " ".join(re.findall("..", digest.upper()))
    verdict = verify_hash(f" {written}\n", known=office.known)
    assert verdict.state is State.FOUND
    assert verify_hash("0" * 64, known=office.known).state is State.UNKNOWN
    with pytest.raises(InputError, match="no SHA-256"):
        verify_hash(digest[:-1], known=office.known)


def test_what_cannot_be_looked_into_is_still_judged_by_what_it_begins_with(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "MEGABYTES", 20)  # too little to read any file
    verdict = office.verify(office.sealed + b"junk")
    assert verdict.state is State.ALTERED
    assert verdict.record
    assert verdict.record.filed is Filed.SEALED
    assert verdict.note.startswith("the file cannot be read (")
