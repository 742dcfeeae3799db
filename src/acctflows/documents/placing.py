"""Puts values that are more than text into filled parts, and files beside them into the package.

Such a value is filled in as a mark, a processing instruction, which no client's words can be:
those are escaped. Where the marks came out says whether their tags fit; then Word's XML takes
their place.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape, unescape
from posixpath import basename, dirname, relpath
from typing import Any, cast

import docxtpl
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.shape import CT_Inline
from docx.shared import Emu
from lxml import etree
from markupsafe import Markup

from acctflows.documents.archive import READ_FIRST
from acctflows.documents.package import strict_parser
from acctflows.documents.saying import Said, said
from acctflows.documents.tags import W
from acctflows.documents.text import NotPlainError, clean_text
from acctflows.documents.values import (
    Picture,
    RichParagraphs,
    RichText,
    Run,
    SubDocument,
    picture_size,
    read_image,
)

_TARGET = "acctflows"
_MARK = re.compile(rf"<\?{_TARGET} (\d+)\?>")
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_NO_RELATIONSHIPS = f'<Relationships xmlns="{_RELATIONSHIPS}"/>'.encode()
_BLOCKS = ("body", "tc", "hdr", "ftr", "txbxContent", "footnote", "endnote")

Files = Mapping[str, bytes]
"""Zip members by name."""


class MisplacedValueError(Exception):
    """A value came out where Word cannot show it.

    Args:
        mark: What stood for it.
        said: What is wrong and what to write instead.
    """

    def __init__(self, mark: str, said: Said) -> None:
        super().__init__(said.sentence("en"))
        self.mark = mark
        self.said = said


class Values(list[Any]):
    """The values of one document that are more than text, in the order they were found."""

    def take(self, value: Any) -> str:
        """What stands for a value while its part is filled.

        Raises:
            NotPlainError: It is none of those we know; docxtpl's own rich text is taken too.
        """
        if isinstance(value, docxtpl.Listing):
            return _clean_kept(unescape(value.xml))
        if type(value) not in KINDS:
            raise NotPlainError(value)
        if value not in self:
            self.append(value)
        return Markup(_mark(self.index(value)))  # noqa: S704 — a number

    def documents(self) -> tuple[SubDocument, ...]:
        """The Word files among them."""
        return tuple(value for value in self if isinstance(value, SubDocument))


@dataclass(frozen=True)
class Kind:
    """A kind of values.

    Args:
        place: Where they may stand: in ``text``, as a ``run``, or as a ``block``.
        prefix: Of the tags that give them that place.
        misplaced: Code of the sentence that says another tag does not.
    """

    place: str
    prefix: str
    misplaced: str


_RICH = Kind("run", "r", "wrong_tag_rich")
_PARAGRAPHS = Kind("block", "p", "wrong_tag_paragraphs")
KINDS: dict[type, Kind] = {
    Picture: Kind("text", "", "wrong_tag_picture"),
    RichText: _RICH,
    docxtpl.RichText: _RICH,
    RichParagraphs: _PARAGRAPHS,
    docxtpl.RichTextParagraph: _PARAGRAPHS,
    SubDocument: Kind("block", "p", "wrong_tag_document"),
}
"""By the type of the value."""


@dataclass(frozen=True)
class Outline:
    """What must be known of a template's package to add files to it.

    Args:
        body: The member that holds the body.
        names: All members.
        files: Content types and relationships, which say how to read the others.
        media: Its pictures: SHA-256 to member.
    """

    body: str
    names: frozenset[str]
    files: Files
    media: Mapping[str, str]

    @classmethod
    def of(cls, members: Files, body: str) -> "Outline":
        """The outline of a package of these members."""
        return cls(
            body=body,
            names=frozenset(members),
            files={n: c for n, c in members.items() if n in READ_FIRST or n.endswith(".rels")},
            media={sha256(c).hexdigest(): n for n, c in members.items() if "/media/" in n},
        )


class Placing:
    """The values of one document in the making, and the files they bring.

    Args:
        values: What the marks stand for, in their order.
        outline: Of the template.
        documents: XML of the sub-documents, whose files are in the template already.
        replaced: Members whose pictures give way to others.
    """

    def __init__(
        self,
        values: Sequence[Any],
        outline: Outline,
        documents: Mapping[SubDocument, str],
        replaced: Container[str],
    ) -> None:
        self._values = values
        self._outline = outline
        self._files = outline.files
        self._media = {sha: name for sha, name in outline.media.items() if name not in replaced}
        self._documents = documents
        self._relations: dict[str, etree._Element] = {}
        self._added: dict[str, bytes] = {}
        self._extensions: dict[str, str] = {}

    def place(self, xml: str, member: str, next_id: int) -> str:
        """The part with its values.

        Args:
            xml: Filled, with marks.
            member: Its name in the zip.
            next_id: The number of new drawings in it.

        Raises:
            MisplacedValueError: A value came out where Word cannot show it.
            lxml.etree.XMLSyntaxError: The part is broken.
        """
        tree = etree.fromstring(xml.encode(), strict_parser())
        for instruction in cast("Iterator[etree._ProcessingInstruction]", tree.iter(etree.PI)):
            if str(instruction.target).casefold() == _TARGET:
                self._check_place(instruction)
        return _MARK.sub(lambda found: self._xml(int(found[1]), member, next_id), xml)

    def files(self) -> Files:
        """The members that are new or changed through the values placed so far."""
        changed = {name: _written(tree) for name, tree in self._relations.items()}
        if self._extensions:
            changed[READ_FIRST[0]] = self._content_types()
        return changed | self._added

    def _check_place(self, instruction: etree._ProcessingInstruction) -> None:
        text = str(instruction.text or "")
        if instruction.target != _TARGET or not text.isdecimal():
            raise MisplacedValueError(f"<?{_TARGET}", said("value_filtered"))
        kind = KINDS[type(self._values[int(text)])]
        if _place(instruction) != kind.place:
            raise MisplacedValueError(_mark(int(text)), said(kind.misplaced))

    def _xml(self, number: int, member: str, next_id: int) -> str:
        value = self._values[number]
        if isinstance(value, Picture):
            return self._picture(value, member, next_id)
        if isinstance(value, RichText):
            return self._runs(value, member)
        if isinstance(value, RichParagraphs):
            rich = docxtpl.RichTextParagraph()
            for text, style in value.paragraphs:
                inside = docxtpl.RichText()
                inside.xml = self._runs(text, member)
                rich.add(inside, parastyle=escape(style))
            return str(rich.xml)
        if isinstance(value, SubDocument):
            if value not in self._documents or member != self._outline.body:
                raise MisplacedValueError(_mark(number), said("document_outside_body"))
            return self._documents[value]
        if "r:id=" in value.xml:
            raise MisplacedValueError(_mark(number), said("link_elsewhere"))
        return str(value.xml)

    def _runs(self, text: RichText, member: str) -> str:
        return "".join(self._run(run, member) for run in text.runs)

    def _run(self, run: Run, member: str) -> str:
        rich = docxtpl.RichText()
        rich.add(
            _clean_kept(run.text),
            style=escape(run.style),
            color=run.colour,
            highlight=run.highlight,
            size=round(run.points * 2),
            subscript=run.raised < 0,
            superscript=run.raised > 0,
            bold=run.bold,
            italic=run.italic,
            underline=run.underline,
            strike=run.strike,
            font=escape(run.font),
            url_id=self._link(run.link, member) if run.link else None,
            rtl=run.right_to_left,
            lang=escape(run.language),
        )
        declared = f'<w:hyperlink xmlns:r="{_R}" '
        return str(rich.xml).replace("<w:hyperlink ", declared, 1) if run.link else str(rich.xml)

    def _picture(self, picture: Picture, member: str, next_id: int) -> str:
        image = read_image(picture.content, picture.name)
        name = clean_text(picture.name) or f"image.{image.ext}"
        key = self._relate(member, RELATIONSHIP_TYPE.IMAGE, self._medium(picture.content))
        across, down = picture_size(picture)
        drawing = CT_Inline.new_pic_inline(next_id, key, name, Emu(across), Emu(down))
        if picture.description:
            drawing.docPr.set("descr", clean_text(picture.description))
        if picture.link:
            for properties in drawing.xpath(".//wp:docPr | .//pic:cNvPr"):
                click = OxmlElement("a:hlinkClick")
                click.set(qn("r:id"), self._link(picture.link, member))
                properties.append(click)
        # As docxtpl has it: python-docx indents it, and takes blanks out of headers again.
        shown = drawing.xml if member == self._outline.body else etree.tostring(drawing).decode()
        return (
            f'</w:t></w:r><w:r><w:drawing>{shown}</w:drawing></w:r><w:r><w:t xml:space="preserve">'
        )

    def _medium(self, content: bytes) -> str:
        """The member that holds the picture: the template's, an earlier one, or a new one."""
        digest = sha256(content).hexdigest()
        if digest not in self._media:
            image = read_image(content, "")
            taken = {name.rpartition(".")[0] for name in (*self._outline.names, *self._added)}
            stem = _first_free("word/media/image{}", taken)
            self._media[digest] = name = f"{stem}.{image.ext}"
            self._added[name] = content
            self._extensions[image.ext] = image.content_type
        return self._media[digest]

    def _link(self, address: str, member: str) -> str:
        return self._relate(member, RELATIONSHIP_TYPE.HYPERLINK, address, external=True)

    def _relate(self, member: str, kind: str, target: str, *, external: bool = False) -> str:
        """The part's key for a target; the same one for the same target."""
        tree = self._relations_of(member)
        folder = dirname(member)
        pointing = target if external else relpath(target, folder)
        for relation in tree:
            given = relation.get("Target", "")
            known = relpath(given[1:], folder) if given.startswith("/") else given
            if (relation.get("Type"), known) == (kind, pointing):
                return relation.get("Id", "")
        key = _first_free("rId{}", {relation.get("Id", "") for relation in tree})
        relation = etree.SubElement(tree, f"{{{_RELATIONSHIPS}}}Relationship")
        relation.attrib.update({"Id": key, "Type": kind, "Target": pointing})
        if external:
            relation.set("TargetMode", "External")
        return key

    def _relations_of(self, member: str) -> etree._Element:
        name = f"{dirname(member)}/_rels/{basename(member)}.rels"
        if name not in self._relations:
            source = self._files.get(name, _NO_RELATIONSHIPS)
            self._relations[name] = etree.fromstring(source, strict_parser())
        return self._relations[name]

    def _content_types(self) -> bytes:
        tree = etree.fromstring(self._files[READ_FIRST[0]], strict_parser())
        known = {each.get("Extension", "").lower() for each in tree}
        for extension in sorted(set(self._extensions) - known):
            added = etree.Element(f"{{{_TYPES}}}Default")
            added.set("Extension", extension)
            added.set("ContentType", self._extensions[extension])
            tree.insert(0, added)
        return _written(tree)


_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _place(instruction: etree._Element) -> str:
    """``text``, ``run`` or ``block``, as the elements around it say; otherwise nothing."""
    for around in instruction.iterancestors():
        name = str(around.tag).removeprefix(W)
        if name in ("r", "tr", "tbl") or not str(around.tag).startswith(W):
            return ""
        if name in ("t", "p"):
            return {"t": "text", "p": "run"}[name]
        if name in _BLOCKS:
            return "block"
    return ""


def _clean_kept(text: str) -> str:
    """Cleaned, but for breaks of paragraphs and pages: whoever makes rich text means them."""
    return "".join(each if each in "\a\f" else clean_text(each) for each in _PARTS.split(text))


_PARTS = re.compile("([\a\f])")


def _mark(number: int) -> str:
    return f"<?{_TARGET} {number}?>"


def _first_free(pattern: str, taken: Iterable[str]) -> str:
    used = set(taken)
    return next(
        name for number in range(1, len(used) + 2) if (name := pattern.format(number)) not in used
    )


def _written(tree: etree._Element) -> bytes:
    return etree.tostring(tree, encoding="UTF-8", standalone=True)
