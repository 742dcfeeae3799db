"""Takes the changes tracked in a Word file as accepted (ECMA-376 part 1, 17.13.5)."""

from collections.abc import Iterator
from itertools import islice

from lxml import etree

from acctflows.documents.tags import W

_GONE = {
    W + name
    for name in (
        "del", "moveFrom", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblGridChange",
        "trPrChange", "tcPrChange", "tblPrExChange", "numberingChange", "cellIns", "cellMerge",
        "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd",
        "customXmlInsRangeStart", "customXmlInsRangeEnd", "customXmlDelRangeStart",
        "customXmlDelRangeEnd", "customXmlMoveFromRangeStart", "customXmlMoveFromRangeEnd",
        "customXmlMoveToRangeStart", "customXmlMoveToRangeEnd",
    )
}  # fmt: skip
_KEPT = {W + "ins", W + "moveTo"}
_OF_PARAGRAPH_END = (W + "rPr", W + "pPr", W + "p")
"""What a mark stands in, from inside out, when it is about a paragraph's end."""


def accept_changes(body: etree._Element) -> None:
    """Leave the text as it is once all tracked changes are accepted."""
    _remove(body, W + "tr", f"{W}trPr/{W}del")
    _remove(body, W + "tc", f"{W}tcPr/{W}cellDel")
    for table in list(body.iter(W + "tbl")):
        if next(table.iter(W + "tr"), None) is None:
            _detach(table)
    joined = [ended for mark in body.iter(W + "del", W + "moveFrom") for ended in _ended(mark)]
    for element in list(body.iter(*_GONE)):
        _detach(element)
    for element in list(body.iter(*_KEPT)):
        _unwrap(element)
    for paragraph in joined:
        _join_next(paragraph)


def _remove(body: etree._Element, tag: str, mark: str) -> None:
    for element in [each for each in body.iter(tag) if each.find(mark) is not None]:
        _detach(element)


def _ended(mark: etree._Element) -> Iterator[etree._Element]:
    """The paragraph whose end the mark is about, if it is."""
    around = list(islice(mark.iterancestors(), len(_OF_PARAGRAPH_END)))
    if tuple(each.tag for each in around) == _OF_PARAGRAPH_END:
        yield around[-1]


def _detach(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _unwrap(element: etree._Element) -> None:
    for child in list(element):
        element.addprevious(child)
    _detach(element)


def _join_next(paragraph: etree._Element) -> None:
    """What is left of a paragraph whose end is deleted begins the next one."""
    left = [child for child in paragraph if child.tag != W + "pPr"]
    following = paragraph.getnext()
    if following is not None and following.tag == W + "p":
        properties = following.find(W + "pPr")
        at = 0 if properties is None else 1
        following[at:at] = left
        _detach(paragraph)
    elif not left:
        _detach(paragraph)
