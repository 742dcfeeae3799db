"""A contract's clauses as its reader names them, and agreed wording put in their place."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml import etree

from acctflows.documents.tags import W
from acctflows.documents.text import clean_text
from acctflows.documents.wordml.blocks import Block, read_blocks
from acctflows.documents.wordml.file import WordFile
from acctflows.documents.wordml.text import new_run, plain, read_runs
from acctflows.errors import InputError

CLOSEST = 0.75
"""Likeness (difflib) from which a paragraph is the one meant though values in it changed."""
LEAD = 0.1
"""How much more alike it must be than the next one."""
_ELSEWHERE = "Look the clause up in the draft and change it there, or in the contract's data."
_SHORT = 80


@dataclass(frozen=True)
class Clause:
    """A paragraph of text, or a table.

    Args:
        number: As a reader names it: ``§ 7 (2)``, ``§ 10 (3) a)``. Text or a table without a number
            has that of the clause or heading above; empty where there is none.
        heading: The nearest heading above, without its number; empty before the first.
        text: What it says, without the number; rows of a table as lines.
        index: Position among the paragraphs and tables of the body, empty ones counted.
        is_table: Whether it is a table, whose wording cannot be replaced.
    """

    number: str
    heading: str
    text: str
    index: int
    is_table: bool = False


@dataclass(frozen=True)
class AgreedWording:
    """What a clause shall say.

    Args:
        heading: Of the clause, as ``read_clauses`` gave it.
        original: Its text then.
        text: The agreed text; each line becomes a paragraph; empty to take the clause out.
    """

    heading: str
    original: str
    text: str


def read_clauses(docx: bytes) -> tuple[Clause, ...]:
    """The clauses of a Word file that anybody made.

    Numbers are worked out from Word's lists, or taken from where they are typed. Headings are
    paragraphs with an outline level or a heading's style, the title, and short numbered paragraphs
    that are bold or begin with “§” or “Article”. Tracked changes are taken as accepted.

    Args:
        docx: The file's bytes.

    Returns:
        In their order, headings and empty paragraphs left out.

    Raises:
        InputError: It is no readable Word file.
    """
    return tuple(
        Clause(block.number, block.heading, block.text, index, block.kind == "table")
        for index, block in enumerate(read_blocks(WordFile(docx)))
        if block.kind != "heading" and block.text.strip()
    )


def replace_wording(docx: bytes, wordings: Sequence[AgreedWording]) -> bytes:
    """Put agreed texts in the place of clauses.

    A paragraph keeps its properties, its number and the look of its first text. Further lines
    become paragraphs of the same kind, which Word numbers on; a typed number is not repeated.
    The place is the paragraph of the original text under its heading, or else the one most alike
    (``CLOSEST``, ``LEAD``): values in it may have changed since.

    Args:
        docx: The file's bytes.
        wordings: What was agreed.

    Returns:
        The new file; all parts but the body keep their content, equal input gives equal bytes.

    Raises:
        InputError: A place is not found or not clear, two texts are meant for one place, or the
            file is no readable Word file; nothing is replaced then.
    """
    file = WordFile(docx)
    blocks = [
        block for block in read_blocks(file) if block.kind != "heading" and block.text.strip()
    ]
    places = [_find(blocks, wording) for wording in wordings]
    _refuse_shared(places, wordings)
    for block, wording in zip(places, wordings, strict=True):
        _replace(block, clean_text(wording.text))
    return file.packed()


def _find(blocks: Sequence[Block], wording: AgreedWording) -> Block:
    under = [block for block in blocks if plain(block.heading) == plain(wording.heading)]
    if not under:
        raise _unplaced("This document has no clause under this heading.", wording)
    meant = plain(wording.original)
    exact = [block for block in under if plain(block.text) == meant]
    if len(exact) > 1:
        raise _unplaced("This text stands under this heading more than once.", wording)
    found = exact[0] if exact else _most_alike(under, wording)
    if found.kind == "table":
        raise _unplaced("A table's wording cannot be replaced.", wording)
    return found


def _most_alike(blocks: Sequence[Block], wording: AgreedWording) -> Block:
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(plain(wording.original))
    ranked: list[tuple[float, int]] = []
    for position, block in enumerate(blocks):
        matcher.set_seq1(plain(block.text))
        ranked.append((matcher.ratio(), position))
    ranked.sort(reverse=True)
    (first, position), second = ranked[0], ranked[1][0] if len(ranked) > 1 else 0
    if first < CLOSEST:
        raise _unplaced(
            "No clause under this heading reads like the one that was agreed on.", wording
        )
    if first - second < LEAD:
        raise _unplaced("Several clauses under this heading read like the one agreed on.", wording)
    return blocks[position]


def _refuse_shared(places: Sequence[Block], wordings: Sequence[AgreedWording]) -> None:
    taken: set[etree._Element] = set()
    for block, wording in zip(places, wordings, strict=True):
        if block.element in taken:
            raise InputError(
                f"Two agreed wordings are meant for {_named(block.number, block.heading)}.",
                where=_quoted(wording.original),
                todo="Keep one of them, or write both into one text.",
            )
        taken.add(block.element)


def _unplaced(what: str, wording: AgreedWording) -> InputError:
    return InputError(
        f"{what} Looked for: {_quoted(wording.original)}.",
        where=_named("", wording.heading),
        todo=_ELSEWHERE,
    )


def _named(number: str, heading: str) -> str:
    return " ".join(filter(None, (number, _quoted(heading) if heading else ""))) or "No heading"


def _quoted(text: str) -> str:
    words = plain(text)
    return f"“{words}”" if len(words) <= _SHORT else f"“{words[: _SHORT - 1]}…”"


def _replace(block: Block, text: str) -> None:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        _take_out(block.element)
        return
    paragraph = block.element
    look, number_look = _look_at(paragraph, len(block.typed)), _look_at(paragraph, 0)
    following = [_sibling(paragraph, new_run(line, look)) for line in lines[1:]]
    _empty(paragraph)
    if block.typed:
        paragraph.append(new_run(block.typed, number_look))
    paragraph.append(new_run(lines[0], look))
    for each in reversed(following):
        paragraph.addnext(each)
    if following:
        _move_section_end(paragraph, following[-1])


def _look_at(paragraph: etree._Element, position: int) -> etree._Element | None:
    """The look of the text at a position."""
    at = 0
    for run, text in read_runs(paragraph):
        at += len(text)
        if at > position:
            return run.find(W + "rPr")
    return None


def _sibling(paragraph: etree._Element, run: etree._Element) -> etree._Element:
    """A new paragraph of the same kind."""
    sibling = etree.Element(W + "p")
    properties = paragraph.find(W + "pPr")
    if properties is not None:
        copy = deepcopy(properties)
        for section in copy.findall(W + "sectPr"):
            copy.remove(section)
        sibling.append(copy)
    sibling.append(run)
    return sibling


def _move_section_end(first: etree._Element, last: etree._Element) -> None:
    """A section ends after the last of the new paragraphs, where it ended with the old one."""
    section = first.find(f"{W}pPr/{W}sectPr")
    if section is not None:
        properties = last.find(W + "pPr")
        if properties is not None:
            properties.append(section)


def _marks(paragraph: etree._Element) -> Iterator[etree._Element]:
    """What other places point to: bookmarks."""
    yield from paragraph.iter(W + "bookmarkStart", W + "bookmarkEnd")


def _empty(paragraph: etree._Element) -> None:
    """Leave properties and bookmarks alone."""
    marks = list(_marks(paragraph))
    for child in list(paragraph):
        if child.tag != W + "pPr":
            paragraph.remove(child)
    paragraph.extend(marks)


def _take_out(paragraph: etree._Element) -> None:
    """Remove a paragraph; an empty one stays where Word needs one."""
    before, after = paragraph.getprevious(), paragraph.getnext()
    is_alone = before is None and after is None  # in a content control
    parts_tables = before is not None and before.tag == W + "tbl" and not _is_paragraph(after)
    if is_alone or parts_tables or paragraph.find(f"{W}pPr/{W}sectPr") is not None:
        _empty(paragraph)
        _strip(paragraph)
        return
    for mark in list(_marks(paragraph)):
        paragraph.addprevious(mark)
    parent = paragraph.getparent()
    if parent is not None:
        parent.remove(paragraph)


def _is_paragraph(element: etree._Element | None) -> bool:
    return element is not None and element.tag == W + "p"


def _strip(paragraph: etree._Element) -> None:
    """Take style and number from an empty paragraph, so that none is shown."""
    properties = paragraph.find(W + "pPr")
    if properties is not None:
        for child in list(properties):
            if child.tag != W + "sectPr":
                properties.remove(child)
