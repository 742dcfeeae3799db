"""A Word file taken apart: its body, and the parts the body refers to."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from io import BytesIO

from lxml import etree

from acctflows.documents.archive import Member, in_order, write_archive
from acctflows.documents.package import TemplateError, check_archive, strict_parser
from acctflows.documents.tags import W, read_parts
from acctflows.documents.wordml.accepted import accept_changes
from acctflows.errors import InputError

_FILE = "Word file"
_SAVE_AGAIN = "Open it in Word, save it as a Word document (.docx) and try again."
_HOLDERS = {W + name for name in ("sdt", "sdtContent", "customXml")}
"""What may stand around blocks, rows and cells without being one."""


class WordFile:
    """The main part as a tree that may be changed; changes tracked in it are taken as accepted.

    Args:
        content: The bytes of the ``.docx``.

    Raises:
        InputError: It is no Word file, is damaged, or has no body.
    """

    def __init__(self, content: bytes) -> None:
        try:
            check_archive(content, file=_FILE)
        except TemplateError as error:
            raise InputError(error.what, where=_FILE, todo=error.todo or _SAVE_AGAIN) from error
        self._content = content
        with zipfile.ZipFile(BytesIO(content)) as archive:
            self._members = {name: archive.read(name) for name in archive.namelist()}
        self._main = self._related("", "officeDocument") or "word/document.xml"
        self._root = self._required(self._main)
        self.styles = self._part("styles")
        self.numbering = self._part("numbering")
        body = self._root.find(W + "body")
        if body is None:
            raise InputError(
                "This file has no text that we can read.", where=_FILE, todo=_SAVE_AGAIN
            )
        accept_changes(body)
        self.body = body

    def packed(self) -> bytes:
        """The file with the body as it is now; all other members keep their content."""
        changed = etree.tostring(
            self._root, xml_declaration=True, encoding="UTF-8", standalone=True
        )
        members = {**self._members, self._main: changed}
        return write_archive(Member.of(name, members[name]) for name in in_order(members))

    def filled_parts(self) -> Iterator[tuple[str, etree._Element]]:
        """Member name and XML of body, headers, footers and notes, tracked changes accepted."""
        try:
            for name, tree in read_parts(self._content):
                accept_changes(tree)
                yield name, tree
        except etree.XMLSyntaxError as error:
            raise InputError("A part is damaged.", where=_FILE, todo=_SAVE_AGAIN) from error

    def _part(self, kind: str) -> etree._Element | None:
        name = self._related(self._main, kind)
        return self._required(name) if name in self._members else None

    def _required(self, name: str) -> etree._Element:
        try:
            return etree.fromstring(self._members[name], strict_parser())
        except (KeyError, etree.XMLSyntaxError) as error:
            raise InputError(
                "A part is missing or damaged.", where=f"{_FILE}, {name}", todo=_SAVE_AGAIN
            ) from error

    def _related(self, part: str, kind: str) -> str:
        """The member a part refers to as its ``kind``; empty where it does not."""
        folder, file = posixpath.split(part)
        name = posixpath.join(folder, "_rels", f"{file}.rels")
        if name not in self._members:
            return ""
        for each in self._required(name):
            if each.get("Type", "").endswith(f"/{kind}"):
                target = posixpath.join("/", folder, each.get("Target", ""))
                return posixpath.normpath(target).lstrip("/")
        return ""


def children(holder: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The holder's own children of these names (``p``, ``tbl``), also those in content controls."""
    wanted = {W + name for name in names}
    for child in holder:
        if child.tag in wanted:
            yield child
        elif child.tag in _HOLDERS:
            yield from children(child, *names)


def value(element: etree._Element | None, way: str) -> str | None:
    """The ``w:val`` of a descendant named as ``pPr/numPr/numId``, or None."""
    if element is None:
        return None
    found = element.find(_path(way))
    return None if found is None else found.get(W + "val", "")


def whole_number(element: etree._Element | None, way: str) -> int | None:
    """The ``w:val`` as a whole number; None also where it is none."""
    said = value(element, way) or ""
    return int(said) if re.fullmatch(r"-?\d{1,9}", said, re.ASCII) else None


@cache
def _path(way: str) -> str:
    return "/".join(W + name for name in way.split("/"))
