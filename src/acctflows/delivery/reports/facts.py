"""Collects the facts of a status report from the agency's records."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Contact, Project
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import AccessLink, Document, DocumentVersion, VersionState
from acctflows.delivery.reports import sums
from acctflows.delivery.reports.policy import ReportPolicy
from acctflows.delivery.reports.risks import find_risks
from acctflows.delivery.reports.snapshot import (
    OpenInvoice,
    ReportSnapshot,
    WaitingDocument,
    used_share,
)
from acctflows.delivery.reports.terms import ReportWords
from acctflows.delivery.subject import Period
from acctflows.dispatch.parties import agency_party, client_party, person


def build_snapshot(
    session: Session,
    project: Project,
    period: Period,
    *,
    agency: AgencyProfile,
    policy: ReportPolicy,
    recipient: Contact,
    language: str,
    number: str,
    invoices: Sequence[OpenInvoice],
    words: ReportWords,
    now: datetime,
    today: date,
) -> ReportSnapshot:
    """The facts of the report as the records have them now, frozen."""
    plan = [line.service.currency for line in project.services]
    currency = plan[0] if plan else project.client.currency
    records = _work_until(session, project, period.last)
    until = today + timedelta(weeks=policy.weeks_ahead)
    steps = sums.coming(project.milestones, as_of=today, until=until)
    budget = sums.budget_of(project, records, period, language=language, currency=currency)
    time_percent = sums.time_gone(project.starts_on, project.ends_on, today)
    risks = find_risks(
        steps=steps,
        worked_on=frozenset(each.milestone.title for each in records if each.milestone),
        budget=budget,
        used_percent=used_share(budget),
        time_percent=time_percent,
        ends_on=project.ends_on,
        as_of=today,
        policy=policy,
    )
    return ReportSnapshot.model_validate(
        {
            "number": number,
            "language": language,
            "currency": currency,
            "project_number": project.number,
            "project_title": project.title,
            "agency": agency_party(agency),
            "client": client_party(project.client, recipient),
            "recipient": person(recipient, recipient.function),
            "manager": person(project.manager, ""),
            "period_from": period.first,
            "period_to": period.last,
            "as_of": today,
            "done": sums.done_in(records, period, language),
            "reached": sums.reached_in(project.milestones, period),
            "next": steps,
            "budget": budget,
            "time_percent": time_percent,
            "risks": risks,
            "risk_words": _paragraphs(words.risks),
            "next_words": _paragraphs(words.next_steps),
            "documents": waiting_documents(session, project, agency=agency, now=now),
            "invoices": invoices,
            "sources": [record.reference for record in records],
        }
    )


def _work_until(session: Session, project: Project, last: date) -> list[WorkRecord]:
    """All work of the project up to that day, oldest first."""
    query = (
        sa.select(WorkRecord)
        .where(WorkRecord.project_id == project.id, WorkRecord.done_on <= last)
        .options(
            joinedload(WorkRecord.service),
            joinedload(WorkRecord.specialist),
            joinedload(WorkRecord.milestone),
        )
        .order_by(WorkRecord.done_on, WorkRecord.id)
    )
    return list(session.scalars(query))


def waiting_documents(
    session: Session, project: Project, *, agency: AgencyProfile, now: datetime
) -> list[WaitingDocument]:
    """The project's documents the client can still answer, the soonest first."""
    until = sa.func.max(AccessLink.expires_at)
    query = (
        sa.select(Document, until)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(AccessLink, AccessLink.version_id == DocumentVersion.id)
        .where(
            Document.project_id == project.id,
            DocumentVersion.state == VersionState.SENT,
            AccessLink.revoked_at.is_(None),
            AccessLink.expires_at > now,
        )
        .group_by(Document.id)
        .order_by(until, Document.id)
    )
    zone = ZoneInfo(agency.timezone)
    return [
        WaitingDocument(
            kind=document.kind,
            number=document.number,
            answer_by=expires_at.astimezone(zone).date(),
        )
        for document, expires_at in session.execute(query)
    ]


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
