"""What a run of issuing invoices tells: a table of what was issued, sent and left, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from acctflows.app import load_app


class Told(StrEnum):
    """What became of an item, as the report heads it."""

    ISSUED = "Issued"
    SENT = "On its way to the client"
    WAITING = "Waits for approval on the desk"
    LATER = "Charged later"
    NOTHING = "Nothing to charge"
    KEPT = "On file only, as the client never got what it cancels"
    REFUSED = "Needs a person"


@dataclass(frozen=True)
class Line:
    """One item of the report.

    Args:
        told: What became of it.
        number: Of the invoice; of the act or fee where none was issued.
        client: Whom it charges.
        title: What it is about.
        address: Its page below the desk; empty for none.
        amount: The total, ready to read.
        due: When it falls due.
        why: Reasons and warnings.
    """

    told: Told
    number: str
    client: str
    title: str
    address: str = ""
    amount: str = ""
    due: str = ""
    why: str = ""


def report(lines: Sequence[Line], *, day: date, dry_run: bool) -> State[Any]:
    """The run's last state, with the table beside it."""
    lines = merged(lines)
    sentence = summary(lines, dry_run=dry_run)
    text = markdown(lines, sentence, portal_url=load_app().portal_url)
    create_markdown_artifact(text, key=f"invoices-{day}", description=sentence)
    refused = any(line.told is Told.REFUSED for line in lines)
    return Completed(
        name="Tried" if dry_run else "Open points" if refused else "Completed", message=sentence
    )


def merged(lines: Sequence[Line]) -> list[Line]:
    """Each invoice once: what became of it at last, with all that was said about it."""
    last: dict[str, Line] = {}
    for line in lines:
        before = last.get(line.address) if line.address else None
        why = "; ".join(dict.fromkeys(filter(None, (before.why if before else "", line.why))))
        last[line.address or line.number + line.due] = replace(line, why=why)
    return list(last.values())


def summary(lines: Sequence[Line], *, dry_run: bool) -> str:
    """The counts in a sentence."""
    said = {
        Told.ISSUED: "would be issued" if dry_run else "issued",
        Told.SENT: "issued and sent",
        Told.WAITING: "waiting for approval",
        Told.LATER: "to be charged later",
        Told.NOTHING: "with nothing to charge",
        Told.KEPT: "filed",
        Told.REFUSED: "that need a person",
    }
    counts = {told: sum(line.told is told for line in lines) for told in Told}
    words = [f"{count} {said[told]}" for told, count in counts.items() if count]
    return f"Invoices: {', '.join(words)}" if words else "No invoice was due."


def markdown(lines: Sequence[Line], sentence: str, *, portal_url: str) -> str:
    """The report: a table under each heading, what needs a person first."""
    parts = [f"## {sentence}"]
    for told in sorted(Told, key=lambda each: each is not Told.REFUSED):
        rows = [line for line in lines if line.told is told]
        if rows:
            parts += ["", f"### {told.value}", "", *_table(rows, portal_url)]
    parts += ["", f"[All receivables on the desk]({portal_url}/desk/receivables)"]
    return "\n".join(parts)


def _table(rows: Sequence[Line], portal_url: str) -> list[str]:
    return [
        "| Number | Client | About | Amount | Due | Remarks |",
        "|---|---|---|---:|---|---|",
        *(
            f"| {_link(line, portal_url)} | {_cell(line.client)} | {_cell(line.title)} "
            f"| {line.amount} | {line.due} | {_cell(line.why)} |"
            for line in rows
        ),
    ]


def _link(line: Line, portal_url: str) -> str:
    number = _cell(line.number)
    return f"[{number}]({portal_url}/desk/{line.address})" if line.address else number


def _cell(text: str) -> str:
    # Client data must stay text inside the Markdown table: no markup, no line break.
    return re.sub(r"([\\`*_{}\[\]<>|#!~])", r"\\\1", " ".join(text.split()))
