"""The status report as its Word template needs it."""

from typing import Any

from acctflows.db.models.documents import DocumentVersion
from acctflows.delivery.reports import presenting
from acctflows.delivery.reports.snapshot import ReportSnapshot
from acctflows.dispatch.jobs import WordJob
from acctflows.documents.fonts import FontSet
from acctflows.documents.kinds import find_kind

KIND = find_kind("report")
CHART = "chart.png"
"""Name of the picture in the Word templates that the chart takes the place of."""


def read_snapshot(version: DocumentVersion) -> ReportSnapshot:
    """The facts the version was made from."""
    return ReportSnapshot.model_validate(version.snapshot)


def _word_context(version: DocumentVersion) -> dict[str, Any]:
    return presenting.word_context(read_snapshot(version), version=version.version)


def _must_appear(version: DocumentVersion) -> list[str]:
    return presenting.must_appear(read_snapshot(version))


def _pictures(version: DocumentVersion, fonts: FontSet) -> dict[str, bytes]:
    from acctflows.delivery.reports.chart import budget_chart  # noqa: PLC0415 — only who prints waits for matplotlib

    snapshot = read_snapshot(version)
    return {CHART: budget_chart(snapshot, fonts=fonts)} if snapshot.budget else {}


JOB = WordJob(
    kind=KIND,
    word_context=_word_context,
    must_appear=_must_appear,
    pictures=_pictures,
)
