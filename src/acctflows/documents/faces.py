"""The typefaces a Word file prints in, and those this machine has."""

import subprocess
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from shutil import which

from lxml import etree

from acctflows.documents.package import strict_parser
from acctflows.documents.tags import W, read_parts

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_STYLES, _THEME = "word/styles.xml", "word/theme/theme1.xml"
_NAMED_IN = ("pStyle", "rStyle", "tblStyle")


def named_faces(content: bytes) -> set[str]:
    """The typefaces its text is set in.

    Styles count where they are used: Word's own templates name dozens that nobody prints.

    Raises:
        lxml.etree.XMLSyntaxError: A part is damaged.
    """
    found: set[str] = set()
    used: set[str] = set()
    theme = _theme(_member(content, _THEME))
    for _, tree in read_parts(content):
        used |= {each.get(W + "val", "") for name in _NAMED_IN for each in tree.iter(W + name)}
        found |= set(_faces(tree, theme))
    styles = _member(content, _STYLES)
    for element in () if styles is None else _printing(styles, used):
        found |= set(_faces(element, theme))
    return found


@lru_cache(maxsize=1)
def machine_faces() -> frozenset[str]:
    """The typefaces fontconfig finds on this machine; none where it cannot be asked."""
    program = which("fc-list")
    if program is None:
        return frozenset()
    listed = subprocess.run(  # noqa: S603 — a program of the system, without input of others
        [program, ":", "family"], capture_output=True, text=True, check=False
    )
    lines = listed.stdout.splitlines()
    return frozenset(name.strip() for line in lines for name in line.split(","))


def _member(content: bytes, name: str) -> etree._Element | None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if name not in archive.namelist():
            return None
        return etree.fromstring(archive.read(name), strict_parser())


def _theme(tree: etree._Element | None) -> dict[str, str]:
    """The faces of ``minorHAnsi`` and ``majorHAnsi``, the theme's for text and headings."""
    if tree is None:
        return {}
    latin = {kind: tree.find(f".//{_DRAWING}{kind}Font/{_DRAWING}latin") for kind in _KINDS}
    return {kind: face.get("typeface", "") for kind, face in latin.items() if face is not None}


_KINDS = ("minor", "major")


def _faces(tree: etree._Element, theme: dict[str, str]) -> Iterator[str]:
    for fonts in tree.iter(W + "rFonts"):
        by_theme = fonts.get(W + "asciiTheme", "")
        face = theme.get(by_theme[:5], "") if by_theme else fonts.get(W + "ascii", "")
        if face:
            yield face


def _printing(styles: etree._Element, used: set[str]) -> Iterator[etree._Element]:
    """The defaults, and the styles that are used, with those they are based on."""
    yield from styles.iter(W + "docDefaults")
    by_id = {style.get(W + "styleId", ""): style for style in styles.iter(W + "style")}
    wanted = list(used) + [key for key, each in by_id.items() if each.get(W + "default") == "1"]
    seen: set[str] = set()
    while wanted:
        key = wanted.pop()
        if key in seen or key not in by_id:
            continue
        seen.add(key)
        yield by_id[key]
        wanted += [each.get(W + "val", "") for each in by_id[key].iter(W + "basedOn")]
