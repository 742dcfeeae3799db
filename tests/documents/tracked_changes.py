"""Accepts and rejects tracked changes as Word does, to look at what is left.

The rules are those of ECMA-376 part 1, 17.13.5: a run or row goes or stays; a paragraph whose end
goes is joined with the next one, whose properties win.
"""

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

from lxml import etree

from acctflows.documents.tags import W


def document_xml(content: bytes) -> etree._Element:
    """The main part."""
    with ZipFile(BytesIO(content)) as archive:
        return etree.fromstring(archive.read("word/document.xml"))


def accepted(content: bytes) -> list[str]:
    """The texts that are left once all changes are accepted; see ``texts``."""
    return texts(_settled(document_xml(content), kept="ins", gone="del"))


def rejected(content: bytes) -> list[str]:
    """The texts that are left once all changes are rejected."""
    return texts(_settled(document_xml(content), kept="del", gone="ins"))


def texts(tree: etree._Element) -> list[str]:
    """Paragraphs of the body, and rows with their cells' paragraphs, in their order."""
    return [_text(block) for block in tree.iter(W + "p", W + "tr", W + "tc")]


def without_changes(content: bytes) -> list[str]:
    """The texts of a file in which nothing is tracked."""
    return texts(document_xml(content))


def _text(block: etree._Element) -> str:
    if block.tag != W + "p":
        return f"<{etree.QName(block).localname}>"
    return "".join(_shown(block))


def _shown(paragraph: etree._Element) -> Iterator[str]:
    for element in paragraph.iter(W + "t", W + "delText", W + "tab", W + "br"):
        if next(element.iterancestors(W + "p")) is paragraph:
            yield {W + "tab": "\t", W + "br": "\n"}.get(str(element.tag), element.text or "")


def _settled(tree: etree._Element, *, kept: str, gone: str) -> etree._Element:
    for row in list(tree.iter(W + "tr")):
        if row.find(f"{W}trPr/{W}{gone}") is not None:
            _drop(row)
    for table in list(tree.iter(W + "tbl")):
        if table.find(W + "tr") is None:
            _drop(table)
    ended = [p for p in tree.iter(W + "p") if p.find(f"{W}pPr/{W}rPr/{W}{gone}") is not None]
    for mark in list(tree.iter(W + gone)):
        _drop(mark)
    for mark in list(tree.iter(W + kept)):
        for child in list(mark):
            mark.addprevious(child)
        _drop(mark)
    for paragraph in ended:
        following = paragraph.getnext()
        content = [child for child in paragraph if child.tag != W + "pPr"]
        if following is not None and following.tag == W + "p":
            at = 0 if following.find(W + "pPr") is None else 1
            following[at:at] = content
            _drop(paragraph)
        elif not content:
            _drop(paragraph)
    return tree


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
