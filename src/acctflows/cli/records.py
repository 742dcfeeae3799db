"""``acctflows import`` and ``acctflows export``: the agency's records as lists."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from acctflows.agency.exporting import export_csv, export_xlsx
from acctflows.agency.importing import (
    ImportRefusedError,
    ImportReport,
    apply_import,
    plan_import,
    read_files,
)
from acctflows.agency.importing.report import MOST, change_rows, new_rows, problem_rows
from acctflows.agency.importing.words import WORDS
from acctflows.agency.kinds import KindName
from acctflows.cli.opening import open_app
from acctflows.errors import InputError

Language = Literal["de", "en"]


def import_file(
    *files: Path,
    apply: bool = False,
    language: Language | None = None,
    kind: KindName | None = None,
    markdown: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Import lists of clients, contacts, specialists, services, projects, plans, work and fees.

    Without --apply nothing is saved: the report tells what would be. All files are saved together,
    or none.

    Args:
        files: CSV or XLSX files, in any order.
        apply: Save.
        language: Of the report; the agency's unless given.
        kind: What the files hold, where their headings leave it open.
        markdown: Print the report as Markdown.
    """
    if not files:
        raise InputError("no file was named", todo="acctflows import clients.xlsx contacts.csv")
    app = open_app()
    chosen = language or app.agency.language
    now = app.clock.local(app.clock.now())
    sheets = read_files(files, kind=kind or "")
    with _progress() as progress:
        task = progress.add_task("")

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        if apply:
            try:
                with app.database.transaction() as session:
                    report = apply_import(session, sheets, now=now, progress=show)
            except ImportRefusedError as error:
                report = error.report
        else:
            with app.database.reading() as session:
                report = plan_import(session, sheets, now=now, progress=show)
    if markdown:
        print(report.markdown(chosen))
    else:
        print_report(report, chosen, console=Console())
    if not report.ok:
        sys.exit(1)


def export_file(folder: Path, *, xlsx: bool = False, language: Language | None = None) -> None:
    """Export all records as lists that can be edited and imported again.

    Args:
        folder: Where to write; made when it is missing. Files of the same names are replaced.
        xlsx: One XLSX file with a sheet for each kind, instead of CSV files.
        language: Of headings, dates and numbers; the agency's unless given.
    """
    app = open_app()
    chosen = language or app.agency.language
    with app.database.reading() as session:
        if xlsx:
            name = "Stammdaten.xlsx" if chosen == "de" else "Records.xlsx"
            files = {name: export_xlsx(session, language=chosen)}
        else:
            files = export_csv(session, language=chosen)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _replace(folder / name, content)
            print(folder / name)
    except OSError as error:
        raise InputError(
            f"nothing can be written there: {error.strerror}",
            where=str(folder),
            todo="name a folder in which you may write",
        ) from error


def print_report(
    report: ImportReport, language: str, *, console: Console, details: bool = True
) -> None:
    """Show the report as tables; what stands in the files is never taken for markup."""
    words = WORDS[language]
    counts = report.table(language)
    if counts:
        header = tuple(words[name] for name in ("kind", "new", "changed", "unchanged", "wrong"))
        console.print(_table("", [header, *(tuple(map(str, row)) for row in counts)], numbers=True))
    for name, rows in (
        ()
        if not details
        else (
            ("problems", problem_rows(report, language)),
            ("changes", change_rows(report, language)),
            ("new_records", new_rows(report, language)),
        )
    ):
        if len(rows) > 1:
            console.print(_table(words[name], rows[: MOST + 1]))
        if len(rows) > MOST + 1:
            console.print(Text(words["more"].format(count=len(rows) - 1 - MOST)))
    for place, note in report.notes:
        console.print(Text(f"{words['notes']}: {place}: {note.text(language)}"))
    style = "green" if report.ok else "bold red"
    console.print(Text(report.summary(language), style=style))


def _table(title: str, rows: list[tuple[str, ...]], *, numbers: bool = False) -> Table:
    table = Table(title=title or None, title_justify="left")
    for place, heading in enumerate(rows[0]):
        right = numbers and place > 0
        table.add_column(Text(heading), justify="right" if right else "left", overflow="fold")
    for row in rows[1:]:
        table.add_row(*map(Text, row))
    return table


def _progress() -> Progress:
    """A bar on a terminal, gone when done; nothing where the output goes to a file."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.percentage:>3.0f} %"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _replace(path: Path, content: bytes) -> None:
    """Write beside, then rename: whoever opens the file finds the old one or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
