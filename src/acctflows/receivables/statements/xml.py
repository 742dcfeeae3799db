"""Finding elements by local name, in any namespace or none."""

from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element


def _path(path: str) -> str:
    return "/".join(f"{{*}}{step}" for step in path.split("/"))


def find(element: Element, path: str) -> Element | None:
    """The first element at a path such as ``Acct/Id/IBAN``."""
    return element.find(_path(path))


def findall(element: Element, path: str) -> list[Element]:
    """All elements at a path, in the order of the file."""
    return element.findall(_path(path))


def text(element: Element, path: str) -> str:
    """The text of the first element at a path without outer white space; empty where none is."""
    found = find(element, path)
    return _own_text(found) if found is not None else ""


def texts(element: Element, path: str) -> list[str]:
    """The texts of all elements at a path that have one."""
    return [said for found in findall(element, path) if (said := _own_text(found))]


def _own_text(element: Element) -> str:
    """The element's own text, comments and children left out."""
    return ((element.text or "") + "".join(child.tail or "" for child in element)).strip()
