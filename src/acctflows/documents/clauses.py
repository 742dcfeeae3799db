"""The clauses of a Word document: read with their numbers, and given other words."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from docx import Document

from acctflows.errors import InputError


@dataclass(frozen=True)
class Clause:
    """A clause."""

    number: str
    heading: str
    text: str
    index: int


@dataclass(frozen=True)
class AgreedWording:
    """Agreed words."""

    heading: str
    original: str
    text: str


def read_clauses(docx: bytes) -> tuple[Clause, ...]:
    """All clauses."""
    found, heading, section, item = [], "", 0, 0
    for index, paragraph in enumerate(Document(BytesIO(docx)).paragraphs):
        style = paragraph.style.name if paragraph.style else ""
        if style == "Heading 1":
            heading, section, item = paragraph.text, section + 1, 0
        elif style.startswith("Clause") and paragraph.text.strip():
            item += 1
            found.append(Clause(f"§ {section} ({item})", heading, paragraph.text, index))
    return tuple(found)


def replace_wording(docx: bytes, wordings: Sequence[AgreedWording]) -> bytes:
    """Other words."""
    document = Document(BytesIO(docx))
    for wording in wordings:
        found = [p for p in document.paragraphs if p.text == wording.original]
        if not found:
            raise InputError("the clause is not there", where=wording.heading)
        found[0].text = wording.text
    out = BytesIO()
    document.save(out)
    return out.getvalue()
