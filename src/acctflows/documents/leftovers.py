"""What a Word file still carries from its making: traces of editing, tags of other programs.

None of it keeps documents from being made, but whoever gets them would see it.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

from lxml import etree

from acctflows.documents.package import strict_parser
from acctflows.documents.saying import Said, said
from acctflows.documents.tags import COMMENT, WHOLE_TAG, W, paragraph_text, part_name, read_parts

_TRACKED = tuple(
    W + name
    for name in (
        *("ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel", "cellMerge"),
        *("rPrChange", "pPrChange", "tblPrChange", "tblGridChange", "trPrChange", "tcPrChange"),
        *("sectPrChange", "numberingChange"),
    )
)
"""How tracked changes are marked (ISO/IEC 29500-1, 17.13.5)."""
_COMMENTS = "word/comments.xml"
_MERGE_FIELD = re.compile(r"\s*MERGEFIELD\s+(\"[^\"]+\"|\S+)", re.IGNORECASE)
_FOREIGN = re.compile(
    r"""
    (?<![{$]) \{ [#/^]? [A-Za-z_][\w.]* (?: \[ \w* \] [\w.]* )* \} (?!\})  # {name}, {d.lines[i].x}
    | \$ \{ [\w.]+ \}                                                      # ${name}
    | \[\[ \s* [A-Za-z_][\w.]* \s* \]\]                                    # [[name]]
    | << \s* [A-Za-z_][\w.]* \s* >>                                        # <<name>>
    """,
    re.VERBOSE,
)
_MOST = 20
"""So many tags of other programs are named."""

Leftover = tuple[str, str, Said]
"""The part it is in, the text of its paragraph, and what is said of it."""


def leftovers(content: bytes) -> Iterator[Leftover]:
    """Tracked changes and comments, part by part, and the first tags of other programs.

    Args:
        content: The Word file.

    Raises:
        lxml.etree.XMLSyntaxError: A part is damaged.
    """
    foreign: dict[str, Leftover] = {}
    for member, tree in read_parts(content):
        part = part_name(member)
        if tracked := list(tree.iter(*_TRACKED)):
            first = _paragraph_of(tracked[0])
            yield part, first, said("tracked_changes", count=len(tracked))
        for paragraph in tree.iter(W + "p"):
            for tag in _foreign_tags(paragraph):
                text = paragraph_text(paragraph)
                foreign.setdefault(tag, (part, text, said("foreign_tag", tag=tag)))
    if count := _comments(content):
        yield _COMMENTS, "", said("comments", count=count)
    yield from list(foreign.values())[:_MOST]


def _foreign_tags(paragraph: etree._Element) -> Iterator[str]:
    instructions = [
        *(str(field.get(W + "instr", "")) for field in paragraph.iter(W + "fldSimple")),
        "".join(part.text or "" for part in paragraph.iter(W + "instrText")),
    ]
    for instruction in instructions:
        for name in _MERGE_FIELD.findall(instruction):
            yield f"MERGEFIELD {name}"
    text = WHOLE_TAG.sub("", COMMENT.sub("", paragraph_text(paragraph)))
    yield from (found[0] for found in _FOREIGN.finditer(text))


def _paragraph_of(element: etree._Element) -> str:
    """The text of the paragraph around it or in it; empty where there is none."""
    around = next(element.iterancestors(W + "p"), None)
    inside = next(element.iter(W + "p"), None)
    paragraph = around if around is not None else inside
    return "" if paragraph is None else paragraph_text(paragraph)


def _comments(content: bytes) -> int:
    """How many comments somebody has written beside the text."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if _COMMENTS not in archive.namelist():
            return 0
        tree = etree.fromstring(archive.read(_COMMENTS), strict_parser())
    return sum(1 for _ in tree.iter(W + "comment"))
