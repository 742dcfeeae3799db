"""The text of a paragraph as a reader sees it, and the runs it stands in."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

from lxml import etree

from acctflows.documents.tags import W
from acctflows.documents.wordml.file import children

CELL_BETWEEN = " | "
"""Stands between the cells of a row written as text."""

_AROUND_RUNS = {
    W + name
    for name in (
        "hyperlink", "smartTag", "customXml", "sdt", "sdtContent", "fldSimple", "bdo", "dir"
    )
}  # fmt: skip
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_OFF = ("0", "false", "off")
_NO_TEXT = {*range(0x20), *range(0xD800, 0xF900)}
"""Controls, halves of characters, and those of picture fonts, which mean nothing elsewhere."""


class RunText(NamedTuple):
    """A run, and what of it is shown: nothing of a field's code, of pictures or hidden text."""

    run: etree._Element
    text: str


def read_runs(paragraph: etree._Element) -> list[RunText]:
    """The paragraph's runs in their order; note marks, pictures and formulas are no text."""
    found: list[RunText] = []
    fields: list[bool] = []  # the open ones, and whether still in their code
    for run in _runs(paragraph):
        hidden = is_on(run.find(f"{W}rPr/{W}vanish"))
        shown = []
        for child in run:
            if child.tag == W + "fldChar":
                _follow(fields, child.get(W + "fldCharType", ""))
            elif not hidden and not any(fields):
                shown.append(_shown(child))
        found.append(RunText(run, "".join(shown)))
    return found


def paragraph_text(paragraph: etree._Element) -> str:
    """All text of the paragraph, tabs and line breaks included."""
    return "".join(each.text for each in read_runs(paragraph))


def row_text(row: etree._Element) -> str:
    """The cells of a row in one line."""
    return CELL_BETWEEN.join(cell_text(cell) for cell in children(row, "tc"))


def cell_text(cell: etree._Element) -> str:
    """A cell in one line, with the tables in it."""
    texts = (
        paragraph_text(each) if each.tag == W + "p" else table_text(each)
        for each in children(cell, "p", "tbl")
    )
    return plain(" ".join(texts))


def table_text(table: etree._Element) -> str:
    """The rows of a table, a line each."""
    return "\n".join(row_text(row) for row in children(table, "tr"))


def plain(text: str) -> str:
    """The text with single ordinary spaces alone, to compare what reads alike."""
    return " ".join(text.replace("\u00ad", "").split())


def is_on(switch: etree._Element | None) -> bool:
    """Whether a property such as ``w:b`` is there and not switched off."""
    return switch is not None and switch.get(W + "val", "1") not in _OFF


def split_run(run: etree._Element, offset: int) -> etree._Element:
    """Cut a run after that many shown characters; what follows them becomes the run after it."""
    rest = etree.Element(run.tag)
    properties = run.find(W + "rPr")
    if properties is not None:
        rest.append(deepcopy(properties))
    moving = False
    for child in list(run):
        length = len(_shown(child))
        if moving:
            rest.append(child)
        elif length <= offset:
            offset -= length
        else:
            moving = True
            rest.append(_cut(child, offset) if offset else child)
    run.addnext(rest)
    return rest


def new_run(text: str, properties: etree._Element | None, *, name: str = "t") -> etree._Element:
    """A run that shows the text; ``name`` is ``t``, or ``delText`` for what is deleted."""
    run = etree.Element(W + "r")
    if properties is not None:
        run.append(deepcopy(properties))
    written = ""
    for character in [*text, ""]:
        if character in ("\t", "\n", ""):
            if written:
                run.append(text_element(written, name=name))
            if character:
                run.append(etree.Element(W + ("tab" if character == "\t" else "br")))
            written = ""
        else:
            written += character
    return run


def text_element(text: str, *, name: str = "t") -> etree._Element:
    """The element with the text, whose spaces count."""
    element = etree.Element(W + name)
    element.text = text
    element.set(_SPACE, "preserve")
    return element


def _runs(holder: etree._Element) -> Iterator[etree._Element]:
    for child in holder:
        if child.tag == W + "r":
            yield child
        elif child.tag in _AROUND_RUNS:
            yield from _runs(child)


def _cut(text: etree._Element, offset: int) -> etree._Element:
    whole = text.text or ""
    text.text = whole[:offset]
    text.set(_SPACE, "preserve")
    return text_element(whole[offset:])


def _follow(fields: list[bool], mark: str) -> None:
    if mark == "begin":
        fields.append(True)
    elif fields and mark == "separate":
        fields[-1] = False
    elif fields and mark == "end":
        fields.pop()


def _shown(child: etree._Element) -> str:
    """What an element of a run shows."""
    if child.tag == W + "t":
        return child.text or ""
    if child.tag == W + "br":
        return "" if child.get(W + "type") in ("page", "column") else "\n"
    if child.tag == W + "sym":
        return _symbol(child.get(W + "char", ""))
    return _SIGNS.get(str(child.tag), "")


def _symbol(code: str) -> str:
    """The character of that hexadecimal code, unless it means something in its font alone."""
    if not re.fullmatch("[0-9A-Fa-f]{4}", code) or int(code, 16) in _NO_TEXT:
        return ""
    return chr(int(code, 16))


_SIGNS = {W + "tab": "\t", W + "ptab": "\t", W + "cr": "\n", W + "noBreakHyphen": "\u2011"}
