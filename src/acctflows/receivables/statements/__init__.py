"""Bank statements: files of every format in, booked lines out."""

from acctflows.receivables.statements.model import (
    Note,
    Statement,
    StatementKind,
    StatementLine,
    distinct_lines,
)
from acctflows.receivables.statements.reading import FORMATS, Format, read_statements

__all__ = [
    "FORMATS",
    "Format",
    "Note",
    "Statement",
    "StatementKind",
    "StatementLine",
    "distinct_lines",
    "read_statements",
]
