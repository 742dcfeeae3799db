"""Reports as Markdown, for the artifacts of the Prefect UI: tables, and texts shown as they are."""

from collections.abc import Iterable
from typing import Any

from acctflows.agency.problems import printable


def escape(text: str) -> str:
    """Text that Markdown shows as it is: nothing in a client's name becomes markup or HTML."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_[]|#~$":
        plain = plain.replace(sign, f"\\{sign}")
    return printable(plain)


def table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table with its row of headings; every cell is escaped."""
    cells = [list(map(str, header)), *(list(map(str, row)) for row in rows)]
    lines = ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in cells]
    rule = "|" + " --- |" * len(cells[0])
    return "\n".join([lines[0], rule, *lines[1:]])
