"""Drafts a status report: recorded work, the plan and open matters become a frozen snapshot."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Client, Contact, ContactRole, Project, Stage
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.delivery.reports.facts import build_snapshot
from acctflows.delivery.reports.job import KIND
from acctflows.delivery.reports.policy import ReportPolicy, period_key
from acctflows.delivery.reports.snapshot import OpenInvoice, ReportSnapshot
from acctflows.delivery.reports.terms import NO_WORDS, ReportWords
from acctflows.delivery.reports.wording import period_name
from acctflows.delivery.subject import Period
from acctflows.dispatch.letters import mail_language
from acctflows.dispatch.parties import active_contacts
from acctflows.documents import register
from acctflows.documents.text import clean
from acctflows.errors import InputError

SETTLED = (VersionState.APPROVED, VersionState.SENT)
"""States in which a report goes to the client as it is, or went."""


def active_projects(session: Session, period: Period) -> list[int]:
    """Ids of the projects that are reported on, by number: active, and begun in the period."""
    begun = sa.or_(Project.starts_on.is_(None), Project.starts_on <= period.last)
    query = sa.select(Project.id).where(Project.stage == Stage.ACTIVE, begun)
    return list(session.scalars(query.order_by(Project.number)))


def report_key(project: Project, period: Period) -> str:
    """The business key: one report per project and period, however often it is asked for."""
    return f"report/{project.number}/{period_key(period)}"


def find_report(session: Session, project: Project, period: Period) -> DocumentVersion | None:
    """The newest version of that report."""
    query = (
        sa.select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(Document.key == report_key(project, period))
        .order_by(DocumentVersion.version.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def draft_report(
    session: Session,
    *,
    agency: AgencyProfile,
    project: Project,
    period: Period,
    policy: ReportPolicy,
    invoices: Sequence[OpenInvoice],
    words: ReportWords = NO_WORDS,
    again: bool = False,
    actor: str,
    now: datetime,
    today: date,
    asked: datetime | None = None,
) -> DocumentVersion:
    """The report of a project on a period, numbered and frozen; one that exists is found.

    Args:
        session: Open transaction.
        agency: Who reports.
        project: Of the client who reads it.
        period: Whose work is listed.
        policy: How far ahead it looks, and what is a risk.
        invoices: What the client has not paid, soonest due first.
        words: What the manager adds.
        again: A person asks for this report: unless it is approved or sent, it is drafted anew
            from the records of today, also when it was rejected or is to be reworked.
        actor: Who drafts, for the audit trail.
        now: The present moment.
        today: The agency's date, whose plan and risks it tells.
        asked: When it was asked for, if that may be earlier than now.

    Raises:
        InputError: When nobody at the client can be written to, or services are priced in several
            currencies.
    """
    before = find_report(session, project, period)
    if before is not None and (before.state in SETTLED or not again):
        return before
    recipient = find_recipient(project.client)
    language = mail_language(project.client.language, agency.language)
    week = period_name(period.first, period.last, language)
    title = f"{KIND.title(language)} · {project.title} · {week}"
    document = register.open_document(
        session,
        kind=KIND.name,
        key=report_key(project, period),
        client=project.client,
        project=project,
        language=language,
        title=title,
        actor=actor,
        now=now,
        year=today.year,
    )
    document.language, document.title = language, title  # a later draft may be in another one
    snapshot = build_snapshot(
        session,
        project,
        period,
        agency=agency,
        policy=policy,
        recipient=recipient,
        language=language,
        number=document.number,
        invoices=invoices,
        words=_kept(words, before),
        now=now,
        today=today,
    )
    return register.add_version(
        session,
        document,
        snapshot=clean(snapshot.model_dump(mode="json")),
        template_name=KIND.template_name(language),
        actor=actor,
        now=now,
        asked=asked,
    )


def find_recipient(client: Client) -> Contact:
    """Who reads the reports: the first contact for projects, else the first who may sign.

    Raises:
        InputError: When there is neither, or the client is archived.
    """
    if client.archived_at is not None:
        raise InputError(
            "the client is archived",
            where=f"client {client.number}",
            todo="close its projects, or take the client back",
        )
    for role in (ContactRole.PROJECT, ContactRole.SIGNER):
        found = active_contacts(client, role)
        if found:
            return found[0]
    raise InputError(
        "nobody can be written to",
        where=f"client {client.number}",
        todo="give one of its contacts the role “project” or “signer”",
    )


def _kept(words: ReportWords, before: DocumentVersion | None) -> ReportWords:
    """What is given, and where nothing is, what the version before said."""
    if before is None:
        return words
    said = ReportSnapshot.model_validate(before.snapshot)
    return ReportWords(
        risks=words.risks.strip() or "\n".join(said.risk_words),
        next_steps=words.next_steps.strip() or "\n".join(said.next_words),
    )
