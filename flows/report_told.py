"""What a run of reports tells: a table of what was sent, what waits, and a chart."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from acctflows.agency.markdown import escape
from acctflows.app import App
from acctflows.db.models.documents import VersionState
from acctflows.delivery.reports.chart import budget_chart, projects_chart
from acctflows.delivery.reports.presenting import glance
from acctflows.delivery.reports.snapshot import ReportSnapshot
from acctflows.delivery.reports.wording import asks, chart_sentence, risk_sentences
from acctflows.documents.fonts import install_fonts


class Fate(StrEnum):
    """What became of a report, as the run heads it."""

    FAILED = "Needs a person"
    WAITING = "Waits for approval on the desk"
    REWORK = "Sent back for rework"
    APPROVED = "Approved, goes out with the next sweep"
    SENT = "Sent to the client"
    REJECTED = "Rejected, nothing is sent"
    BEFORE = "Sent before this run"


FATES = {
    VersionState.DRAFT: Fate.WAITING,
    VersionState.IN_APPROVAL: Fate.WAITING,
    VersionState.REWORK: Fate.REWORK,
    VersionState.REJECTED: Fate.REJECTED,
    VersionState.APPROVED: Fate.APPROVED,
    VersionState.SENT: Fate.BEFORE,
    VersionState.SUPERSEDED: Fate.WAITING,
}
"""A report's state to what is told of it; the client is never asked to answer one."""


@dataclass(frozen=True)
class Line:
    """A report in the table.

    Args:
        project: Title.
        client: Legal name.
        snapshot: Its facts; None where it could not be drafted.
        fate: What became of it.
        why: Reasons, in sentences.
    """

    project: str
    client: str
    snapshot: ReportSnapshot | None = None
    fate: Fate = Fate.FAILED
    why: str = ""

    @classmethod
    def of(cls, snapshot: ReportSnapshot, fate: Fate, why: str) -> "Line":
        """The line of a report that was drafted."""
        return cls(snapshot.project_title, snapshot.client.legal_name, snapshot, fate, why)

    def with_fate(self, fate: Fate, why: str = "") -> "Line":
        """The same report, further on."""
        return replace(self, fate=fate, why=why)

    @property
    def number(self) -> str:
        """Of the report; empty where there is none."""
        return self.snapshot.number if self.snapshot else ""


def merged(lines: Sequence[Line]) -> list[Line]:
    """Each report once, with what became of it at last."""
    last = {line.number or f"{line.client}/{line.project}": line for line in lines}
    return list(last.values())


def summary(lines: Sequence[Line]) -> str:
    """The counts in a sentence."""
    said = {
        Fate.SENT: "sent",
        Fate.APPROVED: "approved",
        Fate.WAITING: "waiting for approval",
        Fate.REWORK: "to be reworked",
        Fate.REJECTED: "rejected",
        Fate.BEFORE: "sent before",
        Fate.FAILED: "that need a person",
    }
    counts = {fate: sum(line.fate is fate for line in lines) for fate in said}
    words = [f"{count} {said[fate]}" for fate, count in counts.items() if count]
    return f"Reports: {', '.join(words)}." if words else "No project is active."


def markdown(app: App, lines: Sequence[Line], heading: str) -> str:
    """The report on the reports: a table under each heading, what needs a person first; a chart."""
    parts = [f"## {escape(heading)}", "", summary(lines)]
    for fate in Fate:
        rows = [line for line in lines if line.fate is fate]
        if rows:
            parts += ["", f"### {fate.value}", "", *_table(rows, app.portal_url)]
    snapshots = [line.snapshot for line in lines if line.snapshot and line.snapshot.budget]
    if snapshots:
        parts += ["", _picture(app, snapshots)]
    parts += ["", f"[Everything that waits, on the desk]({app.portal_url}/desk/)"]
    return "\n".join(parts)


def _table(rows: Sequence[Line], portal_url: str) -> list[str]:
    """The figures, and below them what is to be said in words: long cells would be cut off."""
    return [
        "| Report | Client | Project | Hours | Budget | Time | Risks |",
        "|---|---|---|--:|--:|--:|--:|",
        *(f"| {' | '.join(_cells(line, portal_url))} |" for line in rows),
        "",
        *(
            f"- {escape(line.number or line.project)}: {said}"
            for line in rows
            for said in _said(line)
        ),
    ]


def _cells(line: Line, portal_url: str) -> list[str]:
    names = [escape(line.client), escape(line.project)]
    if line.snapshot is None:
        return ["–", *names, "", "", "", ""]
    snapshot, figures = line.snapshot, glance(line.snapshot, "en")
    return [
        f"[{snapshot.number}]({portal_url}/desk/documents/{snapshot.number})",
        *names,
        *(figures[name] for name in ("hours_now", "used", "time")),
        str(len(snapshot.risks) + len(snapshot.risk_words)),
    ]


def _said(line: Line) -> list[str]:
    if line.snapshot is None:
        return [escape(line.why)]
    risks = " ".join(risk_sentences(line.snapshot, "en"))
    owed = "; ".join(asks(line.snapshot, "en"))
    said = [line.why, f"Risks: {risks}" if risks else "", f"Owed: {owed}" if owed else ""]
    return [escape(each) for each in said if each]


def _picture(app: App, snapshots: Sequence[ReportSnapshot]) -> str:
    """The chart, in the text itself: Prefect stores no files."""
    fonts = install_fonts(app.home)
    if len(snapshots) == 1:
        picture, words = budget_chart(snapshots[0], fonts=fonts), chart_sentence(snapshots[0], "en")
    else:
        picture = projects_chart(snapshots, language="en", fonts=fonts)
        words = "Hours and the used share of the plan by project"
    return f"![{escape(words)}](data:image/png;base64,{base64.b64encode(picture).decode()})"
