"""Finds the template tags in a Word file, each with the paragraph a person would look for."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote

from lxml import etree

from acctflows.documents.package import strict_parser
from acctflows.documents.saying import Said, said

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FILLED = re.compile(r"wordprocessingml\.(document\.main|header|footer|footnotes|endnotes)\+xml")
_OURS = re.compile(r"\{.*\}(title|creator|description|lastModifiedBy)")
"""Properties of the file that we write ourselves, whatever the template says there."""

_MARK = re.compile(r"\{\{|\{%|\{#|\}\}|%\}|#\}")
WHOLE_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
"""A value or an instruction, from its opening to its end."""
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
"""What only those who edit the template read."""
_BRACE = re.compile(rb"\{|%7b|&#", re.IGNORECASE)
"""Without one of these, a part has no tag: a brace, in a link or a number of a character too."""
_CLOSED_BY = {"{{": "}}", "{%": "%}", "{#": "#}"}
# docxtpl reads {%tr …%} as a tag for the whole row; likewise p, tc and r. A space must follow.
_PREFIX = re.compile(r"(tr|tc|p|r)\s")
_WIDENED = re.compile(r"\{[{%](tr|tc|p)\s")
"""Takes the place of all that its row, cell or paragraph holds."""
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'"})


@dataclass(frozen=True)
class Paragraph:
    """One paragraph as its editor sees it.

    Args:
        member: The zip member it is in: ``word/header1.xml``.
        text: What is written there, tags included.
        in_row: Whether it lies in a table.
    """

    member: str
    text: str
    in_row: bool

    @property
    def part(self) -> str:
        """``body``, ``header``, ``footer``, ``footnotes`` or ``endnotes``."""
        return part_name(self.member)


@dataclass(frozen=True)
class Tag:
    """One tag.

    Args:
        opening: ``{{`` for a value, ``{%`` for an instruction.
        prefix: What docxtpl widens it to: ``tr``, ``tc``, ``p``, ``r`` or nothing.
        code: What stands inside, with straight quotes.
        paragraph: Where.
    """

    opening: str
    prefix: str
    code: str
    paragraph: Paragraph

    @property
    def keyword(self) -> str:
        """The first word of an instruction: ``if``, ``endfor``; empty for values."""
        words = self.code.split(None, 1)
        return words[0] if self.opening == "{%" and words else ""


class UnclosedTagError(Exception):
    """A tag that is opened and not closed in its paragraph, or the reverse."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.sentence("en"))
        self.said = said


def read_paragraphs(content: bytes) -> Iterator[Paragraph]:
    """Every paragraph of the parts that are filled, in the order of the parts.

    Raises:
        lxml.etree.XMLSyntaxError: A part is damaged.
    """
    for member, tree in read_parts(content):
        for element in tree.iter(W + "p"):
            in_row = next(element.iterancestors(W + "tr"), None) is not None
            yield Paragraph(member, paragraph_text(element), in_row)


def read_parts(content: bytes) -> Iterator[tuple[str, etree._Element]]:
    """Member name and XML of the parts that are filled, the body first."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for member in _filled_members(archive):
            yield member, etree.fromstring(archive.read(member), strict_parser())


def tags_elsewhere(content: bytes) -> Iterator[tuple[str, str]]:
    """Member name and text of the tags where none is filled: comments, properties, links, charts.

    Raises:
        lxml.etree.XMLSyntaxError: A part is damaged.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        filled = _filled_members(archive)
        for member in archive.namelist():
            if member.endswith((".xml", ".rels")) and member not in filled:
                part = archive.read(member)
                tree = etree.fromstring(part, strict_parser())
                if not _BRACE.search(part):  # as in most of them, however long
                    continue
                tags = (tag[0] for text in _texts(tree) for tag in WHOLE_TAG.finditer(text))
                yield from ((member, _short(tag)) for tag in dict.fromkeys(tags))


def torn_tags(content: bytes) -> Iterator[tuple[str, str, str]]:
    """Part, paragraph and text of each tag that does not end in the element it begins in.

    What lies between their ends goes when they are filled: where that opens or closes an element,
    such as a link or a tracked change, the rest is no XML any more.

    Raises:
        lxml.etree.XMLSyntaxError: A part is damaged.
    """
    for member, tree in read_parts(content):
        for paragraph in tree.iter(W + "p"):
            text, around = "", []
            for piece in _pieces(paragraph):
                words = _words(piece)
                text += words
                names = [each.tag for each in piece.iterancestors() if each.tag != W + "r"]
                around += [names] * len(words)
            for tag in WHOLE_TAG.finditer(text):
                if not _WIDENED.match(tag[0]) and around[tag.start()] != around[tag.end() - 1]:
                    yield part_name(member), text, _short(tag[0])


def has_tags_in_notes(content: bytes) -> bool:
    """Whether a foot- or endnote of a Word file has a tag.

    Raises:
        lxml.etree.XMLSyntaxError: A part is damaged.
    """
    return any(
        paragraph.part in ("footnotes", "endnotes") and WHOLE_TAG.search(paragraph.text)
        for paragraph in read_paragraphs(content)
    )


def _filled_members(archive: zipfile.ZipFile) -> list[str]:
    """The parts whose tags are filled, the body first."""
    types = etree.fromstring(archive.read("[Content_Types].xml"), strict_parser())
    kinds = {
        override.get("PartName", "").lstrip("/"): found[1]
        for override in types
        if (found := _FILLED.search(override.get("ContentType", "")))
    }
    filled = [name for name in archive.namelist() if name in kinds and "/glossary/" not in name]
    return sorted(filled, key=lambda name: (kinds[name] != "document.main", name))


def _texts(tree: etree._Element) -> Iterator[str]:
    """What the attributes say, as a link's address does, and each paragraph or single value."""
    for element in tree.iter(etree.Element):
        yield from map(unquote, map(str, element.values()))
        is_paragraph = str(element.tag).endswith("}p")
        if is_paragraph or (len(element) == 0 and not _OURS.fullmatch(str(element.tag))):
            yield "".join(map(str, element.itertext()))


def part_name(member: str) -> str:
    """``/word/header1.xml`` as its editor calls it: header."""
    stem = member.rsplit("/", 1)[-1].removesuffix(".xml").rstrip("0123456789")
    return {"document": "body"}.get(stem, stem)


def read_tags(paragraph: Paragraph) -> Iterator[Tag]:
    """The tags of one paragraph, comments left out.

    Raises:
        UnclosedTagError: After the tags before it.
    """
    opened: re.Match[str] | None = None
    for mark in _MARK.finditer(paragraph.text):
        if opened is None and mark[0] in _CLOSED_BY:
            opened = mark
        elif opened is None:
            raise UnclosedTagError(said("not_opened", mark=mark[0]))
        elif mark[0] == _CLOSED_BY[opened[0]]:
            if opened[0] != "{#":
                yield _tag(opened[0], paragraph.text[opened.end() : mark.start()], paragraph)
            opened = None
        elif mark[0] in _CLOSED_BY and opened[0] != "{#":
            break
    if opened is not None:
        raise UnclosedTagError(said("not_closed", opened=_short(paragraph.text[opened.start() :])))


BLOCKS = {
    "if": "endif", "for": "endfor", "with": "endwith", "filter": "endfilter",
    "macro": "endmacro", "call": "endcall", "set": "endset",
}  # fmt: skip
"""Instructions that begin something, and what ends it; ``set`` with ``=`` ends by itself."""


def block_end(tag: Tag) -> str:
    """What must end the tag's block; empty where it begins none."""
    is_whole = tag.keyword == "set" and "=" in tag.code
    return "" if is_whole else BLOCKS.get(tag.keyword, "")


def tag_alone(tag: Tag) -> str:
    """The tag as a whole template; empty where there is nothing in it to look at."""
    word = tag.keyword
    if tag.opening == "{{":
        return f"{{{{ {tag.code} }}}}"
    if word in ("colspan", "cellbg"):
        return f"{{{{ {tag.code.removeprefix(word)} }}}}"
    if word == "elif":
        return f"{{% if {tag.code.removeprefix(word)} %}}{{% endif %}}"
    if word in BLOCKS:
        end = block_end(tag)
        return f"{{% {tag.code} %}}" + (f"{{% {end} %}}" if end else "")
    return ""


def _tag(opening: str, inside: str, paragraph: Paragraph) -> Tag:
    prefix = _PREFIX.match(inside)
    code = inside[prefix.end() :] if prefix else inside
    code = code.strip().removeprefix("-").removesuffix("-").strip().translate(_QUOTES)
    return Tag(opening, prefix[1] if prefix else "", code, paragraph)


def paragraph_text(paragraph: etree._Element) -> str:
    """The paragraph's own text, without that of text boxes anchored in it."""
    return "".join(map(_words, _pieces(paragraph)))


def _pieces(paragraph: etree._Element) -> Iterator[etree._Element]:
    return (
        element
        for element in paragraph.iter(W + "t", W + "tab", W + "br")
        if next(element.iterancestors(W + "p")) is paragraph
    )


def _words(piece: etree._Element) -> str:
    return (piece.text or "") if piece.tag == W + "t" else " "


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
