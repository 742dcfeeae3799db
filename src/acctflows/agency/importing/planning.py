"""The import itself: sheets in the order of their kinds, dry or for good, whole or not at all."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from acctflows.agency.importing.headings import Layout, recognise
from acctflows.agency.importing.report import ImportReport, ReportLine, RowProblem, Status
from acctflows.agency.importing.rows import RowReader
from acctflows.agency.importing.sheets import Sheet
from acctflows.agency.kinds import KINDS
from acctflows.agency.messages import Message
from acctflows.agency.problems import Problem, ProblemsError, printable, problems_of
from acctflows.agency.records import Records
from acctflows.agency.references import other_name
from acctflows.agency.rules import fold
from acctflows.agency.saving import Saved, missing_for_new
from acctflows.errors import InputError

Progress = Callable[[int, int], None]
"""Told how many rows are done, and of how many."""


class ImportRefusedError(InputError):
    """Files that cannot be saved; ``report`` says why, row by row."""

    def __init__(self, report: ImportReport) -> None:
        self.report = report
        super().__init__(report.summary("en"), todo="see the report for each row")


def _silent(_done: int, _total: int) -> None:
    """No progress shown."""


def plan_import(
    session: Session, sheets: Sequence[Sheet], *, now: datetime, progress: Progress = _silent
) -> ImportReport:
    """The dry run: what `apply_import` would do, found by doing it in a session thrown away.

    Args:
        session: Open transaction; not changed, not even flushed into.
        sheets: What `read_file` gave, of one or several files.
        now: The moment the records would be dated with.
        progress: Called now and then.
    """
    with Session(session.connection(), autoflush=False) as scratch:
        return _run(scratch, sheets, now=now, progress=progress)


def apply_import(
    session: Session, sheets: Sequence[Sheet], *, now: datetime, progress: Progress = _silent
) -> ImportReport:
    """Save every row of every sheet, or nothing; twice the same files changes nothing.

    Raises:
        ImportRefusedError: When any row has a problem; the caller's transaction must roll back.
    """
    Records(session).lock()
    with session.no_autoflush:
        report = _run(session, sheets, now=now, progress=progress)
        if not report.ok:
            session.expunge_all()
            raise ImportRefusedError(report)
    session.flush()
    report.applied = True
    return report


def _run(
    session: Session, sheets: Sequence[Sheet], *, now: datetime, progress: Progress
) -> ImportReport:
    report = ImportReport()
    readers = _readers(sheets, report)
    run = _Run(Records(session), report, now=now)
    run.reserve(readers)
    total, done = sum(len(reader) for reader in readers), 0
    for reader in readers:
        for number, said, problems in reader.rows():
            run.save(reader, number, said, problems)
            done += 1
            if done % 250 == 0:
                progress(done, total)
    progress(total, total)
    return report


def _readers(sheets: Iterable[Sheet], report: ImportReport) -> list[RowReader]:
    """The sheets whose kind is known, in the order in which kinds depend on each other."""
    readers = []
    for sheet in sheets:
        try:
            layout = recognise(sheet)
        except ProblemsError as error:
            report.problems += [_of_sheet(sheet, problem) for problem in error.problems]
            continue
        report.notes += [(sheet.label, note) for note in (*sheet.notes, *_unknown(layout))]
        readers.append(RowReader(sheet, layout))
    order = list(KINDS)
    return sorted(readers, key=lambda reader: order.index(reader.layout.kind.name))


def _of_sheet(sheet: Sheet, problem: Problem) -> RowProblem:
    """A problem of a sheet whose kind is not known, at the place it names if it does."""
    row, column = problem.facts.get("row", 0), problem.facts.get("column", "")
    return RowProblem(sheet.kind, sheet.label, row, column, problem)


def _unknown(layout: Layout) -> list[Problem]:
    """What of the list is not read, or not always."""
    said = {
        "unknown_headings": layout.unknown,
        "spare_headings": tuple(layout.texts[index] for index in layout.spares),
    }
    notes = [Problem("", code, {"headings": found}) for code, found in said.items() if found]
    for name, headings in layout.others.items():
        facts = {"headings": headings, "kind": Message(KINDS[name].en, KINDS[name].de)}
        notes.append(Problem("", "also_fits", facts | {"name": name}))
    return notes


class _Run:
    """One pass over the files: what is on file, what was seen, and the report being written."""

    def __init__(self, records: Records, report: ImportReport, *, now: datetime) -> None:
        self.records = records
        self.report = report
        self.now = now
        self._seen: dict[int, tuple[str, int]] = {}
        """Identity of a saved record to the place and row that said it first."""
        self._failed: dict[str, tuple[str, int]] = {}
        """Folded key of a record that could not be saved to the place and row."""

    def reserve(self, readers: Iterable[RowReader]) -> None:
        """Keep numbers that a later row gives from being given to an earlier row without one."""
        for reader in readers:
            if reader.layout.kind.name in ("clients", "projects"):
                self.records.reserved.update(map(str.casefold, reader.texts("number")))

    def save(
        self, reader: RowReader, number: int, said: dict[str, Any], unread: list[Problem]
    ) -> None:
        """Save one row into the session, or note its problems."""
        try:
            saved = self._put(reader, said, unread + self._contradictions(reader, number, said))
            self._note(reader, number, saved)
        except ProblemsError as error:
            self._refuse(reader, number, said, error.problems)

    def _contradictions(
        self, reader: RowReader, number: int, said: dict[str, Any]
    ) -> list[Problem]:
        """Names that stand beside the number of something else."""
        found = []
        for field, name, heading in reader.names(number):
            key = said.get(field, name)
            problem = None if key == name else other_name(self.records, field, key, name)
            if problem:
                found.append(Problem(field, problem.code, {**problem.facts, "heading": heading}))
        return found

    def _put(self, reader: RowReader, said: dict[str, Any], unread: list[Problem]) -> Saved[Any]:
        kind, problems = reader.layout.kind, list(unread)
        try:
            form = kind.form.model_validate(said)
        except ValidationError as error:
            problems += _others(problems_of(error), problems)
        if not problems:
            return kind.put(self.records, form, now=self.now)
        if not (
            said.get("number") or said.get("reference")
        ):  # a record that is on file already keeps what is not said
            problems += _others(missing_for_new(kind.form, said), problems)
        raise ProblemsError(problems)

    def _note(self, reader: RowReader, number: int, saved: Saved[Any]) -> None:
        kind, place = reader.layout.kind, reader.sheet.label
        first = self._seen.setdefault(id(saved.row), (place, number))
        if first != (place, number) and saved.changes:
            raise ProblemsError([Problem("", "repeated", {"row": first[1], "label": first[0]})])
        line = ReportLine(
            kind.name, place, number, kind.words(saved.row), _status(saved), saved.changes
        )
        self.report.lines.append(line)

    def _refuse(
        self, reader: RowReader, number: int, said: dict[str, Any], problems: list[Problem]
    ) -> None:
        place = reader.sheet.label
        for name in ("number", "legal_name", "code", "email"):
            self._failed.setdefault(fold(str(said.get(name, ""))), (place, number))
        for problem in map(self._cause, problems):
            heading = _heading(reader, problem)
            self.report.problems.append(
                RowProblem(reader.layout.kind.name, place, number, heading, problem)
            )

    def _cause(self, problem: Problem) -> Problem:
        """A record that is missing only because its own row has problems is told as that."""
        failed = self._failed.get(fold(str(problem.facts.get("value", ""))))
        if problem.code != "not_found" or failed is None:
            return problem
        facts = {**problem.facts, "label": failed[0], "row": failed[1]}
        return Problem(problem.field, "depends", facts)


def _status(saved: Saved[Any]) -> Status:
    if saved.created:
        return Status.NEW
    return Status.CHANGED if saved.changes else Status.UNCHANGED


def _others(found: list[Problem], known: list[Problem]) -> list[Problem]:
    """Those of fields about which nothing was said yet: an unreadable cell is not also missing."""
    fields = {problem.field for problem in known}
    return [problem for problem in found if problem.field not in fields]


def _heading(reader: RowReader, problem: Problem) -> str:
    """The heading as the file has it, or ours where the column is missing."""
    if "heading" in problem.facts:
        return printable(str(problem.facts["heading"]))
    field = problem.field.split(".")[0]
    column = reader.layout.kind.column(field)
    ours = f"{column.de} / {column.en}" if column else ""
    return printable(reader.layout.headings.get(field, ours))
