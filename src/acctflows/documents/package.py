"""The zip behind a Word file, checked before anything opens it."""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from lxml import etree

from acctflows.documents.archive import READ_FIRST
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

OUTSIDE_ADVICE = {
    "image": "Insert the picture or object into the file instead of linking to it.",
    "attachedTemplate": "In Word: Developer, Document Template, Attach “Normal”; then save.",
}
"""What to do about a relationship of that kind that points outside the file."""

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class TemplateError(AcctflowsError):
    """A Word template cannot be used as it is.

    Args:
        what: What is wrong, in the words of someone who edits templates.
        file: The template's file name.
        part: ``body``, ``header``, ``footer`` or the member's name; empty for the whole file.
        paragraph: The text of the paragraph, tags included, where it is known.
        todo: What to do about it.
    """

    def __init__(
        self, what: str, *, file: str, part: str = "", paragraph: str = "", todo: str = ""
    ) -> None:
        self.file = file
        self.part = part
        self.paragraph = paragraph
        quoted = f"“{paragraph}”" if paragraph else ""
        super().__init__(what, where=", ".join(filter(None, (file, part, quoted))), todo=todo)


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
        raise TemplateError(
            f"It points to something outside the file ({kind}: {target}).",
            file=file,
            part=member,
            todo=OUTSIDE_ADVICE.get(kind, OUTSIDE_ADVICE["image"]),
        )


def check_archive(content: bytes, *, file: str) -> None:
    """Refuse what is no Word file or unpacks to an absurd size.

    Raises:
        TemplateError: Saying which of these it is.
    """
    if len(content) > _MAX_FILE:
        raise TemplateError(f"The file is larger than {_MAX_FILE // 1_000_000} MB.", file=file)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_directory(archive, file)
            if archive.testzip() is not None:
                raise zipfile.BadZipFile("a part is damaged")
    except _UNREADABLE as error:
        raise TemplateError(
            "This is not a readable Word file (.docx).",
            file=file,
            todo="Open it in Word, save it as .docx and try again.",
        ) from error


def _check_directory(archive: zipfile.ZipFile, file: str) -> None:
    """Sizes and names, as the zip directory declares them (reading never exceeds them)."""
    members = archive.infolist()
    names = [member.filename for member in members]
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MAX_MEMBERS or unpacked > _MAX_UNPACKED:
        raise TemplateError(
            f"The file unpacks to {unpacked // 1_000_000} MB in {len(members)} parts; "
            f"allowed are {_MAX_UNPACKED // 1_000_000} MB in {_MAX_MEMBERS} parts.",
            file=file,
            todo="Make the pictures smaller.",
        )
    if len(set(names)) != len(names):
        raise TemplateError("The file holds the same part twice.", file=file)
    if any("vbaproject" in name.lower() for name in names):
        raise TemplateError("The file holds macros.", file=file, todo="Save it as .docx.")
    for required in READ_FIRST:
        if required not in names:
            raise TemplateError(f"The part {required} is missing.", file=file)


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
        raise TemplateError(f"The part is damaged: {error}", file=file, part=member) from error
    for relationship in tree.iter(_RELATIONSHIP):
        kind = relationship.get("Type", "").rsplit("/", 1)[-1]
        if relationship.get("TargetMode") == "External" and kind != "hyperlink":
            yield member, kind, relationship.get("Target", "")
