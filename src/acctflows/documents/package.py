"""The zip behind a Word file, checked before anything opens it."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from lxml import etree

from acctflows.documents.archive import READ_FIRST
from acctflows.documents.saying import Said, said
from acctflows.documents.values import MAX_PIXELS, pixels
from acctflows.errors import AcctflowsError

_MAX_FILE = 25_000_000
_MAX_UNPACKED = 120_000_000
_MAX_MEMBERS = 2_000

_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What the standard library raises for damaged, encrypted or strangely packed archives."""

_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
"""How the files of Word begin until 2003, and all that Word encrypts ([MS-CFB], 2.2)."""
_TEMPLATE = re.compile(
    rb"wordprocessingml\.template\.main\+xml"
    rb"|ms-word\.(document\.macroEnabled|template\.macroEnabledTemplate)\.main\+xml"
)
"""Kinds of main part that are not a document's."""
_STRICT = b"http://purl.oclc.org/ooxml/"
"""Beginning of the namespaces of strict files (ISO/IEC 29500-1, annex A)."""
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class TemplateError(AcctflowsError):
    """A Word template cannot be used as it is.

    Args:
        said: What is wrong and what to do, in the words of someone who edits templates.
        file: The template's file name.
        part: ``body``, ``header``, ``footer`` or the member's name; empty for the whole file.
        paragraph: The text of the paragraph, tags included, where it is known.
    """

    def __init__(self, said: Said, *, file: str, part: str = "", paragraph: str = "") -> None:
        self.said = said
        self.file = file
        self.part = part
        self.paragraph = paragraph
        quoted = f"“{paragraph}”" if paragraph else ""
        where = ", ".join(filter(None, (file, part, quoted)))
        super().__init__(said.sentence("en"), where=where, todo=said.todo("en"))


def strict_parser() -> etree.XMLParser:
    """A parser that neither repairs, fetches nor expands anything."""
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def check_package(content: bytes, *, file: str) -> None:
    """Refuse what is no Word file, unpacks to an absurd size, or points outside itself.

    Only the zip directory and the small relationship parts are read.

    Raises:
        TemplateError: Saying which of these it is.
    """
    check_archive(content, file=file)
    for member, kind, target in outside_targets(content, file=file):
        raise TemplateError(points_outside(kind, target), file=file, part=member)


def points_outside(kind: str, target: str) -> Said:
    """That a relationship of that kind points outside the file."""
    code = "template_outside" if kind == "attachedTemplate" else "points_outside"
    return said(code, kind=kind, target=target)


def check_archive(content: bytes, *, file: str) -> None:
    """Refuse what is no Word file or unpacks to an absurd size.

    Raises:
        TemplateError: Saying which of these it is.
    """
    if content.startswith(_COMPOUND):
        raise TemplateError(said("old_word_file"), file=file)
    if len(content) > _MAX_FILE:
        raise TemplateError(said("file_too_large", limit=_MAX_FILE // 1_000_000), file=file)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_directory(archive, file)
            if archive.testzip() is not None:
                raise zipfile.BadZipFile("a part is damaged")
            _check_kind(archive, file)
            _check_pictures(archive, file)
    except _UNREADABLE as error:
        raise TemplateError(said("no_word_file"), file=file) from error


def _check_kind(archive: zipfile.ZipFile, file: str) -> None:
    """Refuse what Word saves beside documents and what looks like one."""
    types, relationships = map(archive.read, READ_FIRST)
    if _TEMPLATE.search(types):
        raise TemplateError(said("word_template"), file=file)
    if _STRICT in relationships:
        raise TemplateError(said("strict_word_file"), file=file)


def _check_pictures(archive: zipfile.ZipFile, file: str) -> None:
    """How large the pictures would be unpacked, as their headers say."""
    for member in archive.namelist():
        size = pixels(archive.read(member)) if "/media/" in member else None
        if size and size[0] * size[1] > MAX_PIXELS:
            facts = {"width": size[0], "height": size[1], "limit": MAX_PIXELS // 1_000_000}
            raise TemplateError(said("picture_too_large", **facts), file=file, part=member)


def _check_directory(archive: zipfile.ZipFile, file: str) -> None:
    """Sizes and names, as the zip directory declares them (reading never exceeds them)."""
    members = archive.infolist()
    names = [member.filename for member in members]
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MAX_MEMBERS or unpacked > _MAX_UNPACKED:
        too_large = said(
            "unpacks_too_large",
            size=unpacked // 1_000_000,
            count=len(members),
            limit=_MAX_UNPACKED // 1_000_000,
            parts=_MAX_MEMBERS,
        )
        raise TemplateError(too_large, file=file)
    if len(set(names)) != len(names):
        raise TemplateError(said("part_twice"), file=file)
    if any("vbaproject" in name.lower() for name in names):
        raise TemplateError(said("macros"), file=file)
    if not {*READ_FIRST} & {*names}:
        raise zipfile.BadZipFile("it is another kind of zip")
    for required in READ_FIRST:
        if required not in names:
            raise TemplateError(said("part_missing", name=required), file=file)


def outside_targets(content: bytes, *, file: str) -> Iterator[tuple[str, str, str]]:
    """Member, kind and target of everything a reader would fetch by itself.

    Hyperlinks are not among them: they are followed by a reader's click alone.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for member in archive.namelist():
            if member.endswith(".rels"):
                yield from _outside(archive.read(member), file, member)


def _outside(content: bytes, file: str, member: str) -> Iterator[tuple[str, str, str]]:
    try:
        tree = etree.fromstring(content, strict_parser())
    except etree.XMLSyntaxError as error:
        raise TemplateError(said("part_damaged", reason=error), file=file, part=member) from error
    for relationship in tree.iter(_RELATIONSHIP):
        kind = relationship.get("Type", "").rsplit("/", 1)[-1]
        if relationship.get("TargetMode") == "External" and kind != "hyperlink":
            yield member, kind, relationship.get("Target", "")
