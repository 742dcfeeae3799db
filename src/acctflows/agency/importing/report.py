"""What an import did, or would do: counts, each change from old to new, each problem by row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from acctflows.agency.choices import YES_NO, label
from acctflows.agency.importing.words import WORDS
from acctflows.agency.kinds import KINDS
from acctflows.agency.markdown import escape, table
from acctflows.agency.problems import Problem, printable
from acctflows.agency.saving import Change
from acctflows.money import format_number

MOST = 100
"""How many lines of a list a report shows; the rest is counted."""


class Status(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class ReportLine:
    """A row that could be read, and what becomes of its record."""

    kind: str
    place: str
    """File and sheet."""
    row: int
    words: str
    """Number and name of the record."""
    status: Status
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class RowProblem:
    """What is wrong at a place of a file; row 0 means the sheet as a whole."""

    kind: str
    place: str
    row: int
    heading: str
    problem: Problem


@dataclass
class ImportReport:
    """The outcome of an import or its dry run; nothing was saved while there are problems."""

    lines: list[ReportLine] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    notes: list[tuple[str, Problem]] = field(default_factory=list)
    """Place and what a person should know."""
    applied: bool = False

    @property
    def ok(self) -> bool:
        """Whether the files can be saved as they are."""
        return not self.problems

    def count(self, kind: str, status: Status) -> int:
        """How many records of a kind have that status."""
        return sum(line.kind == kind and line.status is status for line in self.lines)

    def table(self, language: str) -> list[tuple[str, int, int, int, int]]:
        """Title of the kind, new, changed, unchanged, rows with problems; kinds that occur only."""
        counts = Counter((line.kind, line.status) for line in self.lines)
        wrong = Counter(kind for kind, _, _ in {(p.kind, p.place, p.row) for p in self.problems})
        found = (
            (
                kind.title(language),
                counts[(kind.name, Status.NEW)],
                counts[(kind.name, Status.CHANGED)],
                counts[(kind.name, Status.UNCHANGED)],
                wrong[kind.name],
            )
            for kind in KINDS.values()
        )
        return [row for row in found if any(row[1:])]

    def summary(self, language: str) -> str:
        """One sentence: what was or would be saved, or that nothing was."""
        words = WORDS[language]
        if not self.ok:
            return words["refused"].format(count=len(self.problems))
        counts = Counter(line.status for line in self.lines)
        facts = {status.value: counts[status] for status in Status}
        if not facts["new"] + facts["changed"]:
            return words["nothing"].format(**facts)
        return words["applied" if self.applied else "planned"].format(**facts)

    def changed_lines(self) -> list[ReportLine]:
        """The records that change, in the order of the files."""
        return [line for line in self.lines if line.status is Status.CHANGED]

    def new_lines(self) -> list[ReportLine]:
        """The records that are new, in the order of the files."""
        return [line for line in self.lines if line.status is Status.NEW]

    def markdown(self, language: str) -> str:
        """The report as Markdown, for an artifact of the Prefect UI or a file."""
        words = WORDS[language]
        parts = [f"# {words['title']}", escape(self.summary(language))]
        if counts := self.table(language):
            header = [words[name] for name in ("kind", "new", "changed", "unchanged", "wrong")]
            parts.append(table(header, counts))
        parts += _section(words["problems"], words, problem_rows(self, language))
        parts += _section(words["changes"], words, change_rows(self, language))
        parts += _section(words["new_records"], words, new_rows(self, language))
        if self.notes:
            notes = [f"- {escape(place)}: {escape(n.text(language))}" for place, n in self.notes]
            parts.append("\n".join([f"## {words['notes']}", "", *notes]))
        return "\n\n".join(parts) + "\n"


def problem_rows(report: ImportReport, language: str) -> list[tuple[str, ...]]:
    """Header and rows: place, row, column heading, what is wrong and what to do."""
    words = WORDS[language]
    header = tuple(words[name] for name in ("place", "row", "column", "problem"))
    return [header] + [
        (wrong.place, str(wrong.row or "–"), wrong.heading or "–", wrong.problem.text(language))
        for wrong in report.problems
    ]


def change_rows(report: ImportReport, language: str) -> list[tuple[str, ...]]:
    """Header and rows: row, record, field, old value, new value; one row per changed field."""
    words = WORDS[language]
    header = tuple(words[name] for name in ("row", "record", "column", "old", "new_value"))
    return [header] + [
        (
            str(line.row),
            line.words,
            _heading(line.kind, change.field, language),
            show(change.old, language),
            show(change.new, language),
        )
        for line in report.changed_lines()
        for change in line.changes
    ]


def new_rows(report: ImportReport, language: str) -> list[tuple[str, ...]]:
    """Header and rows: kind, row, record."""
    words = WORDS[language]
    header = tuple(words[name] for name in ("kind", "row", "record"))
    return [header] + [
        (KINDS[line.kind].title(language), str(line.row), line.words) for line in report.new_lines()
    ]


def show(value: Any, language: str) -> str:
    """A value as a person of that language writes it; ``–`` for nothing."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(show(item, language) for item in value)
    text = printable(_plain(value, language))
    return text if len(text) <= 60 else f"{text[:59]}…"


def _plain(value: Any, language: str) -> str:
    match value:
        case bool():
            return YES_NO[value].de if language == "de" else YES_NO[value].en
        case StrEnum():
            return label(value, language)
        case Decimal():
            return format_number(value, language)
        case date():
            return value.strftime("%d.%m.%Y") if language == "de" else value.isoformat()
    return str(value)


def _heading(kind: str, field: str, language: str) -> str:
    column = KINDS[kind].column(field)
    return column.heading(language) if column else field


def _section(title: str, words: dict[str, str], rows: Sequence[tuple[str, ...]]) -> list[str]:
    header, body = rows[0], rows[1:]
    if not body:
        return []
    more = [words["more"].format(count=len(body) - MOST)] if len(body) > MOST else []
    return [f"## {title}", table(header, body[:MOST]), *more]
