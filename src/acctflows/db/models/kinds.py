"""How an enumeration becomes a column: its values as text, checked by the database."""

from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Enum
from sqlalchemy.orm import MappedColumn, mapped_column

E = TypeVar("E", bound=StrEnum)


def enum_column(kind: type[E], **options: Any) -> MappedColumn[E]:
    """A text column that holds the values of ``kind`` and refuses others on every database.

    Args:
        kind: The enumeration.
        **options: Passed on to ``mapped_column`` (``default``, ``index`` and the like).
    """
    return mapped_column(
        Enum(
            kind,
            native_enum=False,
            length=40,
            create_constraint=True,
            name=f"{kind.__name__.lower()}_values",
            values_callable=lambda members: [member.value for member in members],
        ),
        **options,
    )
