"""A Word template and the document's data to a Word file: strict, sandboxed, reproducible."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jinja2
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from lxml import etree

from acctflows.documents.package import TemplateError, check_package, repack, strict_parser
from acctflows.documents.sandbox import TemplateSandbox, template_line
from acctflows.documents.tags import ELSEWHERE_ADVICE, W, part_name, tags_elsewhere
from acctflows.documents.text import clean, clean_text

__all__ = ["RenderedWord", "TemplateError", "render_word"]

NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})
PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_PARAGRAPH = re.compile(r"<w:p([ >])")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_NOTES = ("wordprocessingml.footnotes+xml", "wordprocessingml.endnotes+xml")
_LONGEST_PROPERTY = 255
"""Word's limit for a core property."""


@dataclass(frozen=True)
class RenderedWord:
    """A finished Word file and what proves where it came from (SHA-256, hexadecimal)."""

    content: bytes
    sha256: str
    template_sha256: str


def render_word(
    template: Path,
    context: Mapping[str, Any],
    *,
    created: datetime,
    title: str,
    author: str,
    pictures: Mapping[str, bytes] = NO_PICTURES,
) -> RenderedWord:
    """Fill a Word template; identical input gives identical bytes, in any thread.

    Args:
        template: A ``.docx`` with Jinja tags as docxtpl understands them.
        context: The data, plain types only. Every text arrives literally, whatever it contains.
        created: The document's own moment, aware; written as its creation and change date.
        title: Shown by Word and by PDF readers.
        author: Shown in the file's properties.
        pictures: PNG files we made, which take the place of the template's pictures of these names
            (``chart.png``) and keep their size.

    Raises:
        TemplateError: With file, part and paragraph: the template is damaged or hostile, names a
            value that the data lack, has no picture of a name, or makes XML that Word could not
            read.
        TypeError: The context holds something other than plain data.
    """
    source = _read(template)
    check_package(source, file=template.name)
    _refuse_tags_elsewhere(source, template.name)
    document = _StrictTemplate(source, template.name)
    try:
        document.render(clean(context), TemplateSandbox())
        document.set_properties(created=created, title=title, author=author)
        document.set_pictures(pictures)
        packed = BytesIO()
        document.save(packed)
    except (PackageNotFoundError, etree.XMLSyntaxError, KeyError, AttributeError) as error:
        raise TemplateError(
            f"A part of the file is missing or damaged: {error}", file=template.name
        ) from error
    content = repack(packed.getvalue())
    return RenderedWord(content, sha256(content).hexdigest(), sha256(source).hexdigest())


def _read(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except OSError as error:
        raise TemplateError("The template cannot be read.", file=str(template)) from error


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


class _StrictTemplate(DocxTemplate):  # type: ignore[misc]  # docxtpl has no types
    """docxtpl for one rendering; refuses where the original repairs, and says where it happened."""

    def __init__(self, source: bytes, file: str) -> None:
        super().__init__(BytesIO(source))
        self._file = file

    def render_xml_part(
        self, src_xml: str, part: Any, context: dict[str, Any], jinja_env: TemplateSandbox
    ) -> str:
        """Render one part; each paragraph on a line of its own, so that errors name theirs."""
        source = _PARAGRAPH.sub(r"\n<w:p\1", re.sub(r"\r\n?", "\n", src_xml))
        source = _TAG.sub(lambda tag: tag[0].replace("&amp;", "&"), source)
        name = part_name(str(part.partname))
        try:
            tree = jinja_env.read(source)
            rendered = jinja_env.from_string(tree).render(context)
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise TemplateError(
                _explain(error), file=self._file, part=name, paragraph=_paragraph(source, error)
            ) from error
        xml = self.resolve_listing(rendered.replace("\n<w:p", "<w:p"))
        self._require_sound(xml, name)
        return str(xml)

    def render_footnotes(self, context: dict[str, Any], jinja_env: TemplateSandbox) -> None:
        """Footnotes and endnotes, each part once.

        docxtpl renders no endnotes, and footnotes once per section: the second time, words of a
        client would be read as tags.
        """
        for part in self.docx.part.package.iter_parts():
            if str(part.content_type).endswith(_NOTES) and "/glossary/" not in str(part.partname):
                tree = etree.fromstring(part.blob, strict_parser())
                xml = self.patch_xml(etree.tostring(tree, encoding="unicode"))
                part._blob = self.render_xml_part(xml, part, context, jinja_env).encode()

    def render_properties(self, context: dict[str, Any], jinja_env: TemplateSandbox) -> None:
        """Nothing: the properties are ours, see `set_properties`."""

    def set_properties(self, *, created: datetime, title: str, author: str) -> None:
        """Title, author and dates, as text (docxtpl would escape them twice)."""
        properties = self.docx.core_properties
        moment = created.astimezone(UTC).replace(tzinfo=None)
        properties.title = clean_text(title)[:_LONGEST_PROPERTY]
        properties.author = clean_text(author)[:_LONGEST_PROPERTY]
        properties.last_modified_by = properties.author
        properties.created = moment
        properties.modified = moment
        properties.comments = ""
        properties.revision = 1

    def set_pictures(self, pictures: Mapping[str, bytes]) -> None:
        """Put these files in place of the body's pictures of these names."""
        for name, content in pictures.items():
            if not self._is_there(name):
                raise TemplateError(
                    f"There is no picture named “{name}”.",
                    file=self._file,
                    part="body",
                    todo="Insert a picture of that file name where it shall stand.",
                )
            self.replace_pic(name, BytesIO(content))

    def _is_there(self, picture: str) -> bool:
        properties = self.docx.element.body.iter(f"{PIC}cNvPr")
        return any(element.get("name") == picture for element in properties)

    def _require_sound(self, xml: str, part: str) -> None:
        """Refuse XML that Word would repair by dropping text."""
        try:
            tree = etree.fromstring(xml.encode(), strict_parser())
        except etree.XMLSyntaxError as error:
            raise TemplateError(
                f"The tags break the document's structure ({error.msg}).",
                file=self._file,
                part=part,
                todo="Let every {% if %} and {% for %} begin and end in the same paragraph, or "
                "give each a paragraph of its own with {%p … %}, rows with {%tr … %}.",
            ) from error
        stray = _text_outside_runs(tree)
        if stray:
            raise TemplateError(
                "This text stands where Word does not show any.",
                file=self._file,
                part=part,
                paragraph=_shorten(stray),
                todo="Write {{ value }}; {{r …}}, {{p …}} and {{tr …}} are for other things.",
            )


def _text_outside_runs(tree: etree._Element) -> str:
    """Text between elements that only hold elements: such text is silently lost by readers."""
    for name in ("body", "p", "r", "tbl", "tr", "tc", "hdr", "ftr"):
        for element in tree.iter(W + name):
            for text in (element.text, *(child.tail for child in element)):
                if text and text.strip():
                    return text.strip()
    return ""


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
