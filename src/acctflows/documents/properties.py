"""What a Word file says of itself: title, author and dates (ECMA-376 part 2, core properties)."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from acctflows.documents.text import clean_text

_LONGEST = 255
"""Word's limit for a property."""
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True)
class Properties:
    """What a file says of itself.

    Args:
        title: Shown by Word and by PDF readers.
        author: Also the one who changed it last.
        moment: Aware; its creation and its last change.
    """

    title: str
    author: str
    moment: datetime


def with_properties(core: etree._Element, properties: Properties) -> bytes:
    """The part with these, as text; docxtpl would read them as tags and escape them twice.

    Args:
        core: The template's own part; it stays as it is.
        properties: What to write.
    """
    tree = deepcopy(core)
    author = clean_text(properties.author)[:_LONGEST]
    moment = properties.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    texts = {
        f"{_DUBLIN}title": clean_text(properties.title)[:_LONGEST],
        f"{_DUBLIN}creator": author,
        f"{_PACKAGE}lastModifiedBy": author,
        f"{_TERMS}created": moment,
        f"{_TERMS}modified": moment,
        f"{_DUBLIN}description": "",
        f"{_PACKAGE}revision": "1",
    }
    for tag, text in texts.items():
        element = tree.find(tag)
        if element is None:
            element = etree.SubElement(tree, tag)
        element.text = text
        if tag.startswith(_TERMS):
            element.set(_TYPE, "dcterms:W3CDTF")
    return etree.tostring(tree, encoding="UTF-8", standalone=True)
