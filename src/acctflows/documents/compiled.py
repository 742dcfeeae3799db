"""A Word template made ready once, and filled by any thread as often as documents need it.

docxtpl reads tags out of Word's XML; it does so for every document anew, parses and compresses all
parts each time, and keeps the document it works on in the template's object. Here its reading is
done once: each part with tags becomes a compiled Jinja template, all other parts stay compressed.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from io import BytesIO
from typing import Any

import jinja2
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from lxml import etree

from acctflows.documents.archive import Member, in_order, write_archive
from acctflows.documents.package import TemplateError, check_package, strict_parser
from acctflows.documents.properties import Properties, with_properties
from acctflows.documents.sandbox import TemplateSandbox, template_line
from acctflows.documents.soundness import (
    declares_prefixes,
    is_well_formed,
    may_change_columns,
    may_stray,
    stray_text,
)
from acctflows.documents.tags import ELSEWHERE_ADVICE, WHOLE_TAG, part_name, tags_elsewhere

MOST_KEPT = 32
"""Templates kept ready; an installation has a dozen."""

_SANDBOX = TemplateSandbox()
_DECLARATION = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
_PARAGRAPH = re.compile(r"<w:p([ >])")
_BREAKS = "\n\t\a\f"
_NOTES = ("wordprocessingml.footnotes+xml", "wordprocessingml.endnotes+xml")
# docxtpl's way to write braces that are no tag; made an expression, so that no client's words can.
_LITERAL = {"{_{": "{{ '{{' }}", "}_}": "{{ '}}' }}", "{_%": "{{ '{%' }}", "%_}": "{{ '%}' }}"}
_LITERAL_MARK = re.compile("|".join(map(re.escape, _LITERAL)))
_DRAWINGS = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PICTURES = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_EMBEDDED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


@dataclass(frozen=True)
class _Part:
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
        declares: Whether elements inside declare prefixes, which may be left out with them.
    """

    member: str
    source: str
    filled: jinja2.Template
    before: str = _DECLARATION
    after: str = ""
    opening: str = ""
    is_table_open: bool = False
    has_drawings: bool = False
    may_stray: bool = True
    declares: bool = True


class CompiledTemplate:
    """One template, ready to be filled; nothing in it changes, so threads may share it.

    Args:
        source: The bytes of the ``.docx``.
        file: Its name, for errors.

    Raises:
        TemplateError: It is damaged or hostile, or a tag is wrong.
    """

    def __init__(self, source: bytes, file: str) -> None:
        check_package(source, file=file)
        _refuse_tags_elsewhere(source, file)
        self._file = file
        try:
            reader = DocxTemplate(BytesIO(source))
            reader.render_init()
            self._parts = tuple(self._read_parts(reader))
            self._pictures = dict(_pictures(reader))
            self._core_member = _core_member(reader)
            packed = BytesIO()
            reader.docx.save(packed)
        except (PackageNotFoundError, etree.XMLSyntaxError, *_DAMAGES) as error:
            raise self._damaged(error) from error
        with zipfile.ZipFile(packed) as archive:
            self._names = tuple(in_order(archive.namelist()))
            self._members = {name: Member.of(name, archive.read(name)) for name in self._names}
            self._core = etree.fromstring(archive.read(self._core_member), strict_parser())

    def fill(
        self, context: Mapping[str, Any], properties: Properties, pictures: Mapping[str, bytes]
    ) -> bytes:
        """The finished Word file; equal input gives equal bytes.

        Args:
            context: The data, cleaned.
            properties: What the file says of itself.
            pictures: Files that take the place of the body's pictures of these names.

        Raises:
            TemplateError: With part and paragraph: the data lack a value, there is no picture of a
                name, or Word could not read the result.
        """
        changed = {part.member: self._fill(part, context) for part in self._parts}
        changed[self._core_member] = with_properties(self._core, properties)
        for name, content in pictures.items():
            changed[self._picture(name)] = content
        return write_archive(
            Member.of(name, changed[name]) if name in changed else self._members[name]
            for name in self._names
        )

    def _read_parts(self, reader: DocxTemplate) -> Iterator[_Part]:
        body = reader.get_xml()
        root = reader.xml_to_string(reader.docx._element)
        begin, end = root.index("<w:body"), root.rindex("</w:body>") + len("</w:body>")
        source = _as_jinja(reader.patch_xml(body))
        member = _member(reader.docx.part)
        yield _Part(
            member,
            source,
            self._compile(source, member),
            before=_DECLARATION + root[:begin],
            after=root[end:],
            opening=body[: body.index(">") + 1],
            is_table_open=may_change_columns(source, reader.docx._element.body),
            has_drawings="<wp:docPr" in source,
            may_stray=may_stray(source),
            declares=declares_prefixes(source),
        )
        for part in _other_parts(reader):
            member = _member(part)
            tree = etree.fromstring(part.blob, strict_parser())
            source = _as_jinja(reader.patch_xml(etree.tostring(tree, encoding="unicode")))
            yield _Part(
                member,
                source,
                self._compile(source, member),
                may_stray=may_stray(source),
                declares=declares_prefixes(source),
            )

    def _compile(self, source: str, member: str) -> jinja2.Template:
        try:
            return _SANDBOX.from_string(_SANDBOX.read(source))
        except jinja2.TemplateError as error:
            raise self._placed(error, source, member, {}) from error
        except (RecursionError, SyntaxError) as error:  # of Python, which compiles Jinja's code
            raise TemplateError(
                "The tags are nested too deeply.", file=self._file, part=part_name(member)
            ) from error

    def _fill(self, part: _Part, context: Mapping[str, Any]) -> bytes:
        try:
            xml = part.filled.render(context)
        except _FAULTS as error:
            raise self._placed(error, part.source, part.member, context) from error
        if any(each in xml for each in _BREAKS):
            xml = _with_breaks(xml)
        if part.is_table_open or part.has_drawings:
            self._check(xml.encode(), part)
            try:
                xml = _with_columns_and_numbers(xml)
            except _DAMAGES as error:  # a table without columns, or a cell over no number of them
                raise self._damaged(error) from error
        if part.opening:
            xml = xml.replace(part.opening, "<w:body>", 1)
        whole = f"{part.before}{xml}{part.after}".encode()
        self._check(whole, part)
        return whole

    def _placed(
        self, error: Exception, source: str, member: str, context: Mapping[str, Any]
    ) -> TemplateError:
        """The error with its paragraph: filled again with each on a line of its own, lines tell."""
        marked = _PARAGRAPH.sub(r"\n<w:p\1", source)
        paragraph = ""
        try:
            _SANDBOX.from_string(_SANDBOX.read(marked)).render(context)
        except _FAULTS as again:
            error, paragraph = again, _paragraph(marked, again)
        return TemplateError(
            _explain(error), file=self._file, part=part_name(member), paragraph=paragraph
        )

    def _check(self, xml: bytes, part: _Part) -> None:
        """Refuse XML that Word would repair by dropping text."""
        if not part.may_stray and is_well_formed(xml, prefixes=part.declares):
            return
        try:
            tree = etree.fromstring(xml, strict_parser())
        except etree.XMLSyntaxError as error:
            raise TemplateError(
                f"The tags break the document's structure ({error.msg}).",
                file=self._file,
                part=part_name(part.member),
                todo="Let every {% if %} and {% for %} begin and end in the same paragraph, or "
                "give each a paragraph of its own with {%p … %}, rows with {%tr … %}.",
            ) from error
        if stray := stray_text(tree):
            raise TemplateError(
                "This text stands where Word does not show any.",
                file=self._file,
                part=part_name(part.member),
                paragraph=_shorten(stray),
                todo="Write {{ value }}; {{r …}}, {{p …}} and {{tr …}} are for other things.",
            )

    def _damaged(self, error: Exception) -> TemplateError:
        return TemplateError(f"A part of the file is missing or damaged: {error}", file=self._file)

    def _picture(self, name: str) -> str:
        try:
            return self._pictures[name]
        except KeyError:
            raise TemplateError(
                f"There is no picture named “{name}”.",
                file=self._file,
                part="body",
                todo="Insert a picture of that file name where it shall stand.",
            ) from None


_FAULTS = (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError)
"""What a faulty tag or a missing value raises."""
_DAMAGES = (KeyError, AttributeError, ValueError)
"""What docxtpl and python-docx raise where something is missing that Word always writes."""


@lru_cache(maxsize=MOST_KEPT)
def compiled(source: bytes, file: str) -> CompiledTemplate:
    """The template of these bytes, made ready on first use.

    Raises:
        TemplateError: It cannot be used.
    """
    return CompiledTemplate(source, file)


def _refuse_tags_elsewhere(source: bytes, file: str) -> None:
    """A tag that nobody fills would reach the reader as it is."""
    try:
        found = next(tags_elsewhere(source), None)
    except etree.XMLSyntaxError as error:
        raise TemplateError(f"A part of the file is damaged: {error}", file=file) from error
    if found is not None:
        raise TemplateError(
            "Tags are not filled in this part.",
            file=file,
            part=found[0],
            paragraph=found[1],
            todo=ELSEWHERE_ADVICE,
        )


def _other_parts(reader: DocxTemplate) -> Iterator[Any]:
    """Headers, footers, footnotes and endnotes, each once (docxtpl leaves endnotes out)."""
    for uri in (reader.HEADER_URI, reader.FOOTER_URI):
        yield from (part for _key, part in reader.get_headers_footers(uri))
    for part in reader.docx.part.package.iter_parts():
        if str(part.content_type).endswith(_NOTES) and "/glossary/" not in str(part.partname):
            yield part


def _as_jinja(xml: str) -> str:
    """The tags as docxtpl reads them, made so that nothing in a client's words is one."""
    lines = re.sub(r"\r\n?", "\n", xml)
    written = _LITERAL_MARK.sub(lambda mark: _LITERAL[mark[0]], lines)
    return WHOLE_TAG.sub(lambda tag: tag[0].replace("&amp;", "&"), written)


def _with_breaks(xml: str) -> str:
    """Line ends, tabs and page breaks in values as Word writes them."""
    return str(_tools().resolve_listing(xml))


def _with_columns_and_numbers(xml: str) -> str:
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


def _pictures(reader: DocxTemplate) -> Iterator[tuple[str, str]]:
    """The body's pictures: the file name in Word, and the member that holds it."""
    for picture in reader.docx.element.body.iter(f"{_PICTURES}pic"):
        named = picture.find(f".//{_PICTURES}cNvPr")
        shown = picture.find(f".//{_DRAWINGS}blip")
        key = None if shown is None else shown.get(_EMBEDDED)
        if named is not None and key in reader.docx.part.rels:
            yield named.get("name", ""), _member(reader.docx.part.rels[key].target_part)


def _core_member(reader: DocxTemplate) -> str:
    """The member with the file's properties, which python-docx makes where there is none."""
    package = reader.docx.part.package
    return _member(package._core_properties_part)


def _member(part: Any) -> str:
    return str(part.partname).lstrip("/")


def _explain(error: Exception) -> str:
    """The reason in the words of someone who edits templates."""
    if isinstance(error, jinja2.UndefinedError):
        return f"A value is missing: {error.message}."
    if isinstance(error, jinja2.exceptions.SecurityError):
        return f"The template asks for something that is not allowed: {error.message}."
    if isinstance(error, jinja2.TemplateError):
        return f"A tag is wrong: {error.message}."
    return f"A tag cannot be worked out: {error}."


def _paragraph(source: str, error: Exception) -> str:
    """The text of the template's paragraph in which the error arose."""
    line = template_line(error)
    lines = source.split("\n")
    if line is None or not 0 < line <= len(lines):
        return ""
    return _shorten(unescape(re.sub(r"<[^>]+>", "", lines[line - 1])))


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 160 else f"{words[:159]}…"
