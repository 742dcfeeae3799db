"""What docxtpl and python-docx read in a template, and the repairs docxtpl makes afterwards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import jinja2
from docxtpl import DocxTemplate
from lxml import etree

from acctflows.documents.tags import WHOLE_TAG

DECLARATION = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
_NOTES = ("wordprocessingml.footnotes+xml", "wordprocessingml.endnotes+xml")
# docxtpl's way to write braces that are no tag; made an expression, so that no client's words can.
_LITERAL = {"{_{": "{{ '{{' }}", "}_}": "{{ '}}' }}", "{_%": "{{ '{%' }}", "%_}": "{{ '%}' }}"}
# As Word opens quotations in German; how it closes them and the English ones docxtpl reads.
_LOW_QUOTES = str.maketrans({"„": '"', "‚": "'"})
_LITERAL_MARK = re.compile("|".join(map(re.escape, _LITERAL)))
_DRAWINGS = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PICTURES = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_EMBEDDED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


@dataclass(frozen=True)
class Part:
    """A part with tags.

    Args:
        member: Its name in the zip.
        source: Its XML with the tags as Jinja reads them.
        filled: What fills it.
        before: What stands before what is filled, and after it.
        after: Likewise.
        opening: The filled element's opening tag, with names declared that ``before`` declares too.
        is_table_open: Whether its tables may change their number of columns.
        has_drawings: Whether it shows drawings, whose numbers must differ.
        may_stray: Whether text may come out where Word shows none.
        may_break: Whether plain data may make it malformed.
        declares: Whether elements inside declare prefixes, which may be left out with them.
        next_id: The number of the next drawing in it.
    """

    member: str
    source: str
    filled: jinja2.Template
    before: str = DECLARATION
    after: str = ""
    opening: str = ""
    is_table_open: bool = False
    has_drawings: bool = False
    may_stray: bool = True
    may_break: bool = True
    declares: bool = True
    next_id: int = 1


def other_parts(reader: DocxTemplate) -> Iterator[Any]:
    """Headers, footers, footnotes and endnotes, each once (docxtpl leaves endnotes out)."""
    for uri in (reader.HEADER_URI, reader.FOOTER_URI):
        yield from (part for _key, part in reader.get_headers_footers(uri))
    for part in reader.docx.part.package.iter_parts():
        if str(part.content_type).endswith(_NOTES) and "/glossary/" not in str(part.partname):
            yield part


def as_jinja(xml: str) -> str:
    """The tags as docxtpl reads them, made so that nothing in a client's words is one."""
    lines = re.sub(r"\r\n?", "\n", xml)
    written = _LITERAL_MARK.sub(lambda mark: _LITERAL[mark[0]], lines)
    return WHOLE_TAG.sub(lambda tag: tag[0].replace("&amp;", "&").translate(_LOW_QUOTES), written)


def with_breaks(xml: str) -> str:
    """Line ends, tabs and page breaks in values as Word writes them."""
    return str(_tools().resolve_listing(xml))


def with_columns_and_numbers(xml: str) -> str:
    """Tables that declare the columns they have, and drawings of different numbers."""
    tools = _tools()
    tree = tools.fix_tables(xml)
    tools.fix_docpr_ids(tree)
    return etree.tostring(tree, encoding="unicode")


def _tools() -> DocxTemplate:
    """The repairs docxtpl makes, on an object of one's own: it counts in it."""
    tools = DocxTemplate(BytesIO())
    tools.docx_ids_index = 1000  # where docxtpl begins
    return tools


def pictures_of(reader: DocxTemplate) -> Iterator[tuple[str, str]]:
    """The body's pictures: the file name in Word, and the member that holds it."""
    for picture in reader.docx.element.body.iter(f"{_PICTURES}pic"):
        named = picture.find(f".//{_PICTURES}cNvPr")
        shown = picture.find(f".//{_DRAWINGS}blip")
        key = None if shown is None else shown.get(_EMBEDDED)
        if named is not None and key in reader.docx.part.rels:
            yield named.get("name", ""), member_of(reader.docx.part.rels[key].target_part)


def core_member(reader: DocxTemplate) -> str:
    """The member with the file's properties, which python-docx makes where there is none."""
    package = reader.docx.part.package
    return member_of(package._core_properties_part)


def member_of(part: Any) -> str:
    """The zip member that holds a part."""
    return str(part.partname).lstrip("/")


def next_id(tree: etree._Element) -> int:
    """The number python-docx gives a part's next drawing."""
    ids = (element.get("id", "") for element in tree.iter(etree.Element))
    used = [int(each) for each in ids if each.isdecimal()]
    return max(used, default=0) + 1


DAMAGES = (KeyError, AttributeError, ValueError)
"""What docxtpl and python-docx raise where something is missing that Word always writes."""
