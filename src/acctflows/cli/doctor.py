"""``acctflows doctor``: whether each part is well, and what to do where it is not."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from acctflows.app import App, load_app
from acctflows.cli.health import CHECKS, Finding, State
from acctflows.errors import AcctflowsError

MARKS = {
    State.OK: "[green]ok[/]",
    State.WARNING: "[yellow]warning[/]",
    State.FAILURE: "[red]failure[/]",
}


def doctor(*, as_json: Annotated[bool, Parameter(name="--json", negative="")] = False) -> None:
    """Look at every part of the installation; ends with 1 when something does not work.

    Args:
        as_json: Print a JSON list instead of a table.
    """
    findings = list(examine(load_app))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        _print_table(findings)
    if any(finding.state is State.FAILURE for finding in findings):
        sys.exit(1)


def examine(load: Callable[[], App]) -> Iterator[Finding]:
    """What each check found; one check that breaks does not keep the others from running."""
    try:
        app = load()
    except AcctflowsError as error:
        yield _failure("settings", error)
        return
    yield Finding("agency.yaml", State.OK, app.agency.legal_name)
    for name, check in CHECKS.items():
        try:
            yield check(app)
        except AcctflowsError as error:
            yield _failure(name, error)
        except Exception as error:  # a doctor that faints helps nobody
            yield Finding(
                name, State.FAILURE, f"{type(error).__name__}: {error}", "report it, please"
            )


def _failure(name: str, error: AcctflowsError) -> Finding:
    words = f"{error.where}: {error.what}" if error.where else error.what
    return Finding(name, State.FAILURE, words, error.todo)


def _print_table(findings: list[Finding]) -> None:
    table = Table("Part", "", "What there is, and what to do", box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        advice = f"\n→ {finding.todo}" if finding.todo else ""
        table.add_row(finding.name, MARKS[finding.state], f"{finding.words}{advice}")
    Console(highlight=False).print(table)
