"""What a Word file still carries from its making: traces of editing, tags of other programs.

None of it keeps documents from being made, but whoever gets them would see it.
"""

import re
from collections.abc import Iterator

from lxml import etree

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
            yield part, _paragraph_of(tracked[0]), said("tracked_changes", count=len(tracked))
        if comments := list(tree.iter(W + "commentReference")):
            yield part, _paragraph_of(comments[0]), said("comments", count=len(comments))
        for paragraph in tree.iter(W + "p"):
            for tag in _foreign_tags(paragraph):
                text = paragraph_text(paragraph)
                foreign.setdefault(tag, (part, text, said("foreign_tag", tag=tag)))
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
