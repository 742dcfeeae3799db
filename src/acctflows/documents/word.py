"""A Word template and the document's data to a Word file: strict, sandboxed, reproducible."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from acctflows.documents.composing import composed
from acctflows.documents.package import TemplateError
from acctflows.documents.placing import Values
from acctflows.documents.properties import Properties
from acctflows.documents.saying import said
from acctflows.documents.text import clean

__all__ = ["RenderedWord", "TemplateError", "fill_word", "render_word"]

NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class RenderedWord:
    """A finished Word file and what proves where it came from (SHA-256, hexadecimal)."""

    content: bytes
    sha256: str
    template_sha256: str


def render_word(
    template: Path,
    context: Mapping[str, Any],
    *,
    created: datetime,
    title: str,
    author: str,
    pictures: Mapping[str, bytes] = NO_PICTURES,
) -> RenderedWord:
    """Fill a Word template that is a file; otherwise as `fill_word`."""
    return fill_word(
        _read(template),
        template.name,
        context,
        created=created,
        title=title,
        author=author,
        pictures=pictures,
    )


def fill_word(
    source: bytes,
    file: str,
    context: Mapping[str, Any],
    *,
    created: datetime,
    title: str,
    author: str,
    pictures: Mapping[str, bytes] = NO_PICTURES,
) -> RenderedWord:
    """Fill a Word template; identical input gives identical bytes, in any thread.

    Args:
        source: Bytes of a ``.docx`` with Jinja tags as docxtpl understands them.
        file: What errors call it.
        context: The data: plain types, whose texts arrive literally, whatever they contain; and
            values that are more than text (`acctflows.documents.values`).
        created: The document's own moment, aware; written as its creation and change date.
        title: Shown by Word and by PDF readers.
        author: Shown in the file's properties.
        pictures: PNG files we made, which take the place of the template's pictures of these names
            (``chart.png``) and keep their size.

    Raises:
        TemplateError: With file, part and paragraph: the template is damaged or hostile, names a
            value that the data lack, has no picture of a name, or makes XML that Word could not
            read.
        TypeError: The context holds something else.
    """
    properties = Properties(title, author, created)
    values = Values()
    data = clean(context, values.take)
    ready = composed(source, file, values.documents())
    content = ready.fill(data, properties, pictures, values)
    return RenderedWord(content, sha256(content).hexdigest(), sha256(source).hexdigest())


def _read(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except OSError as error:
        raise TemplateError(
            said("file_unreadable", reason=error.strerror), file=str(template)
        ) from error
