"""Lists with search and filter: one page of rows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends
from sqlalchemy import ColumnElement, Select, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from acctflows.documents.text import clean_text

Row = TypeVar("Row")
Choice = TypeVar("Choice", bound=StrEnum)

PAGE = 50
"""Rows of a page."""

_LAST_PAGE = 100_000


@dataclass(frozen=True)
class Wish:
    """What a list is asked for: words to find, a page, and the choices of its filters."""

    q: str = ""
    page: str = "1"
    state: str = ""
    kind: str = ""
    stage: str = ""

    @property
    def words(self) -> str:
        """The words to find, empty for all."""
        return " ".join(clean_text(self.q).split())[:200]


WishDep = Annotated[Wish, Depends()]


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """One page of a list.

    Args:
        rows: Its rows.
        page: Its number, from 1.
        more: Whether another page follows.
    """

    rows: Sequence[Row]
    page: int
    more: bool


def page_of(session: Session, query: Select[tuple[Row]], page: str) -> Listing[Row]:
    """The rows of that page; anything that is no page number means the first."""
    number = _page_number(page)
    rows = session.scalars(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
    return Listing(rows=rows[:PAGE], page=number, more=len(rows) > PAGE)


def slice_of(found: Sequence[Row], page: str) -> Listing[Row]:
    """A page of rows that were sorted here, because no database can."""
    number = _page_number(page)
    start = (number - 1) * PAGE
    return Listing(found[start : start + PAGE], page=number, more=len(found) > start + PAGE)


def _page_number(page: str) -> int:
    return min(max(int(page), 1), _LAST_PAGE) if page.isascii() and page.isdigit() else 1


def containing(text: str, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether one of the columns contains the text, in capitals or not.

    SQLite knows capitals of ASCII letters only; the usual spellings are tried so that “möwe” finds
    “Möwe Handel” there too.
    """
    spellings = {text, text.lower(), text.upper(), text.capitalize(), text.title()}
    return or_(
        *(column.icontains(form, autoescape=True) for column in columns for form in spellings)
    )


def chosen(kind: type[Choice], text: str) -> Choice | None:
    """The choice of a filter, or None where nothing (or nonsense) was chosen."""
    return next((choice for choice in kind if choice.value == text), None)
