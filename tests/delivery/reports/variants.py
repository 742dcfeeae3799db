"""Reports that differ from the sample in a few facts, and their files."""

from typing import Any

from acctflows.delivery.reports.chart import budget_chart
from acctflows.delivery.reports.job import CHART
from acctflows.delivery.reports.presenting import word_context
from acctflows.delivery.reports.sample import sample_snapshot
from acctflows.delivery.reports.snapshot import ReportSnapshot
from acctflows.documents.fonts import FontSet
from acctflows.documents.word import render_word
from tests.contracts.variants import TEMPLATES
from tests.factories import NOW

NOTHING: dict[str, Any] = {
    "done": (),
    "reached": (),
    "next": (),
    "budget": (),
    "time_percent": None,
    "risks": (),
    "risk_words": (),
    "next_words": (),
    "documents": (),
    "invoices": (),
}


def make_report(language: str, **changes: Any) -> ReportSnapshot:
    """The sample report with these facts changed."""
    return ReportSnapshot.model_validate(sample_snapshot(language).model_dump() | changes)


def write_word(snapshot: ReportSnapshot, fonts: FontSet) -> bytes:
    """The Word file of the report, made from the template of the house, with its chart."""
    return render_word(
        TEMPLATES / "documents" / "report" / f"{snapshot.language}.docx",
        word_context(snapshot, version=1),
        created=NOW,
        title=snapshot.number,
        author="Nordlicht",
        pictures={CHART: budget_chart(snapshot, fonts=fonts)} if snapshot.budget else {},
    ).content
