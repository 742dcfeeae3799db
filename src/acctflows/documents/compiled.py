"""A Word template made ready once, and filled by any thread as often as documents need it.

docxtpl reads tags out of Word's XML; it does so for every document anew, parses and compresses all
parts each time, and keeps the document it works on in the template's object. Here its reading is
done once: each part with tags becomes a compiled Jinja template, all other parts stay compressed.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from io import BytesIO
from itertools import count
from types import MappingProxyType
from typing import Any

import jinja2
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from lxml import etree

from acctflows.documents.archive import Member, in_order, write_archive
from acctflows.documents.budget import limited
from acctflows.documents.fields import ask_for_update, wants_update
from acctflows.documents.package import TemplateError, check_package, strict_parser
from acctflows.documents.placing import MisplacedValueError, Outline, Placing
from acctflows.documents.properties import Properties, with_properties
from acctflows.documents.reading import (
    DAMAGES,
    DECLARATION,
    Part,
    as_jinja,
    core_member,
    member_of,
    next_id,
    other_parts,
    pictures_of,
    with_breaks,
    with_columns_and_numbers,
)
from acctflows.documents.sandbox import TemplateSandbox, template_line
from acctflows.documents.saying import explain, said
from acctflows.documents.soundness import (
    declares_prefixes,
    is_well_formed,
    may_break,
    may_change_columns,
    may_stray,
    stray_text,
)
from acctflows.documents.tags import WHOLE_TAG, part_name, tags_elsewhere
from acctflows.documents.values import SubDocument

MOST_KEPT = 32
"""Templates kept ready; an installation has a dozen."""

_SANDBOX = TemplateSandbox()
_PARAGRAPH = re.compile(r"<w:p([ >])")
_BREAKS = "\n\t\a\f"
_NO_DOCUMENTS: Mapping[SubDocument, str] = MappingProxyType({})


class CompiledTemplate:
    """One template, ready to be filled; nothing in it changes, so threads may share it.

    Args:
        source: The bytes of the ``.docx``.
        file: Its name, for errors.
        documents: XML of the sub-documents whose styles and files are merged into it.

    Raises:
        TemplateError: It is damaged or hostile, or a tag is wrong.
    """

    def __init__(
        self, source: bytes, file: str, documents: Mapping[SubDocument, str] = _NO_DOCUMENTS
    ) -> None:
        check_package(source, file=file)
        _refuse_tags_elsewhere(source, file)
        self._file = file
        self._documents = documents
        try:
            reader = DocxTemplate(BytesIO(source))
            reader.render_init()
            self._parts = tuple(self._read_parts(reader))
            self._pictures = dict(pictures_of(reader))
            self._core_member = core_member(reader)
            if any(
                map(wants_update, (*(part.source for part in self._parts), *documents.values()))
            ):
                ask_for_update(reader.docx.settings.element)
            packed = BytesIO()
            reader.docx.save(packed)
        except (PackageNotFoundError, etree.XMLSyntaxError, *DAMAGES) as error:
            raise self._damaged(error) from error
        with zipfile.ZipFile(packed) as archive:
            read = {name: archive.read(name) for name in in_order(archive.namelist())}
        self._members = {name: Member.of(name, content) for name, content in read.items()}
        self._core = etree.fromstring(read[self._core_member], strict_parser())
        self._outline = Outline.of(read, member_of(reader.docx.part))

    def fill(
        self,
        context: Mapping[str, Any],
        properties: Properties,
        pictures: Mapping[str, bytes],
        values: Sequence[Any] = (),
    ) -> bytes:
        """The finished Word file; equal input gives equal bytes.

        Args:
            context: The data, cleaned.
            properties: What the file says of itself.
            pictures: Files that take the place of the body's pictures of these names.
            values: What the marks in the data stand for.

        Raises:
            TemplateError: With part and paragraph: the data lack a value, there is no picture of a
                name, a value does not fit its tag, or Word could not read the result.
        """
        replaced = {self._picture(name): content for name, content in pictures.items()}
        placing = Placing(values, self._outline, self._documents, replaced) if values else None
        with limited():
            changed = {part.member: self._fill(part, context, placing) for part in self._parts}
        changed[self._core_member] = with_properties(self._core, properties)
        changed |= replaced
        if placing:
            changed |= placing.files()
        return write_archive(
            Member.of(name, changed[name]) if name in changed else self._members[name]
            for name in dict.fromkeys((*self._members, *changed))
        )

    def _read_parts(self, reader: DocxTemplate) -> Iterator[Part]:
        if reader.docx._element.body is None:
            raise KeyError("w:body")
        body = reader.get_xml()
        root = reader.xml_to_string(reader.docx._element)
        begin, end = root.index("<w:body"), root.rindex("</w:body>") + len("</w:body>")
        source = as_jinja(reader.patch_xml(body))
        member = member_of(reader.docx.part)
        yield Part(
            member,
            source,
            self._compile(source, member),
            before=DECLARATION + root[:begin],
            after=root[end:],
            opening=body[: body.index(">") + 1],
            is_table_open=may_change_columns(source, reader.docx._element.body),
            has_drawings="<wp:docPr" in source,
            may_stray=may_stray(source),
            may_break=may_break(_SANDBOX.read(source)),
            declares=declares_prefixes(source),
            next_id=reader.docx.part.next_id,
        )
        for part in other_parts(reader):
            member = member_of(part)
            tree = etree.fromstring(part.blob, strict_parser())
            source = as_jinja(reader.patch_xml(etree.tostring(tree, encoding="unicode")))
            yield Part(
                member,
                source,
                self._compile(source, member),
                may_stray=may_stray(source),
                may_break=may_break(_SANDBOX.read(source)),
                declares=declares_prefixes(source),
                next_id=next_id(tree),
            )

    def _compile(self, source: str, member: str) -> jinja2.Template:
        try:
            return _SANDBOX.prepare(source)
        except jinja2.TemplateError as error:
            raise self._placed(error, source, member, {}) from error
        except (RecursionError, SyntaxError) as error:  # of Python, which compiles Jinja's code
            raise TemplateError(
                said("too_deep"), file=self._file, part=part_name(member)
            ) from error

    def _fill(self, part: Part, context: Mapping[str, Any], placing: Placing | None) -> bytes:
        try:
            xml = part.filled.render(context)
        except _FAULTS as error:
            raise self._placed(error, part.source, part.member, context) from error
        is_sound = placing is None and not (part.may_stray or part.may_break or part.declares)
        if has_values := placing is not None and "<?" in xml:
            xml = self._with_values(xml, part, context, placing)
        if any(each in xml for each in _BREAKS):
            xml, is_sound = with_breaks(xml), False
        if part.is_table_open or part.has_drawings or (has_values and part.opening):
            self._check(xml.encode(), part)
            try:
                xml, is_sound = with_columns_and_numbers(xml), False
            except DAMAGES as error:  # a table without columns, or a cell over no number of them
                raise self._damaged(error) from error
        if part.opening:
            xml = xml.replace(part.opening, "<w:body>", 1)
        whole = f"{part.before}{xml}{part.after}".encode()
        if not is_sound:
            self._check(whole, part, is_open=has_values)
        return whole

    def _with_values(
        self, xml: str, part: Part, context: Mapping[str, Any], placing: Placing
    ) -> str:
        """The part with its pictures, rich text and sub-documents; breaks in them are to come."""
        xml = with_breaks(xml)
        self._check(xml.encode(), part)
        try:
            return placing.place(xml, part.member, part.next_id)
        except MisplacedValueError as error:
            tag, paragraph = _tag_of(error.mark, part.source, context)
            raise TemplateError(
                said(error.said.code, **error.said.facts, **({"tag": tag} if tag else {})),
                file=self._file,
                part=part_name(part.member),
                paragraph=paragraph,
            ) from error

    def _placed(
        self, error: Exception, source: str, member: str, context: Mapping[str, Any]
    ) -> TemplateError:
        """The error with its paragraph: filled again with each on a line of its own, lines tell."""
        marked = _PARAGRAPH.sub(r"\n<w:p\1", source)
        paragraph = ""
        try:
            with limited():
                _SANDBOX.prepare(marked).render(context)
        except _FAULTS as again:
            error, paragraph = again, _paragraph(marked, again)
        return TemplateError(
            explain(error), file=self._file, part=part_name(member), paragraph=paragraph
        )

    def _check(self, xml: bytes, part: Part, *, is_open: bool = False) -> None:
        """Refuse XML that Word would repair by dropping text; ``is_open``: values came into it."""
        if not part.may_stray and not is_open and is_well_formed(xml, prefixes=part.declares):
            return
        try:
            tree = etree.fromstring(xml, strict_parser())
        except etree.XMLSyntaxError as error:
            raise TemplateError(
                said("structure", reason=error.msg),
                file=self._file,
                part=part_name(part.member),
            ) from error
        if stray := stray_text(tree):
            raise TemplateError(
                said("stray_text"),
                file=self._file,
                part=part_name(part.member),
                paragraph=_shorten(stray),
            )

    def _damaged(self, error: Exception) -> TemplateError:
        return TemplateError(said("damaged", reason=error), file=self._file)

    def _picture(self, name: str) -> str:
        try:
            return self._pictures[name]
        except KeyError:
            because = said("no_picture", name=name)
            raise TemplateError(because, file=self._file, part="body") from None


_FAULTS = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    RecursionError,
)
"""What a faulty tag or a missing value raises."""


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
        raise TemplateError(said("damaged", reason=error), file=file) from error
    if found is not None:
        raise TemplateError(
            said("tag_elsewhere"),
            file=file,
            part=found[0],
            paragraph=found[1],
        )


def _paragraph(source: str, error: Exception) -> str:
    """The text of the template's paragraph in which the error arose."""
    line = template_line(error)
    lines = source.split("\n")
    if line is None or not 0 < line <= len(lines):
        return ""
    return _shorten(_text(lines[line - 1]))


def _text(xml: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", xml))


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 160 else f"{words[:159]}…"


def _tag_of(mark: str, source: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """The tag a mark came out of, and the template's text of its paragraph.

    Filled again with a number before each tag that prints, the last number before the mark tells.
    """
    numbers = count()
    places = [found.span() for found in WHOLE_TAG.finditer(source) if found[0].startswith("{{")]
    marked = WHOLE_TAG.sub(
        lambda tag: f"<?tag {next(numbers)}?>{tag[0]}" if tag[0].startswith("{{") else tag[0],
        source,
    )
    with limited():
        filled = _SANDBOX.prepare(marked).render(context)
    before = re.findall(r"<\?tag (\d+)\?>", filled[: filled.lower().find(mark)])
    if not before:
        return "", ""
    begin, end = places[int(before[-1])]
    opens, ends = source.rfind("<w:p>", 0, begin), source.rfind("</w:p>", 0, begin)
    opens = max(opens, source.rfind("<w:p ", 0, begin))
    stop = source.find("</w:p>", end)
    around = source[opens:stop] if opens > ends else source[begin:end]
    return source[begin:end], _shorten(_text(around))
