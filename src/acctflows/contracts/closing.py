"""Follows up the client's decision: copies to both sides, the project's stage, or a task."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.letters import (
    attach,
    facts,
    greeting,
    local_moment,
    mail_key,
    mail_language,
    matter,
    read_snapshot,
    responsible_manager,
)
from acctflows.db.models.agency import Stage
from acctflows.db.models.documents import ClientDecision, Document, DocumentVersion, Outcome
from acctflows.db.models.mail import OutboxMail
from acctflows.documents import work_items
from acctflows.documents.versions import lock_version, record_event
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.sender import agency_sender

BEFORE_WORK = (Stage.LEAD, Stage.PROPOSAL, Stage.CONTRACT)
"""Stages an accepted contract ends."""

COPY = "contract_accepted"
NEWS = {Outcome.ACCEPTED: "contract_accepted_news", Outcome.DECLINED: "contract_declined"}
"""Mail that tells the manager of each outcome."""

HELLO = {"de": "Hallo", "en": "Hello"}


def decisions_to_close(session: Session) -> list[int]:
    """Ids of the clients' decisions about contracts that still want following up, oldest first."""
    query = (
        sa.select(ClientDecision.id)
        .join(ClientDecision.version)
        .join(DocumentVersion.document)
        .where(ClientDecision.closed_at.is_(None), Document.kind == "contract")
        .order_by(ClientDecision.id)
    )
    return list(session.scalars(query))


def close_decision(
    session: Session,
    decision: ClientDecision,
    *,
    agency: AgencyProfile,
    templates: Path,
    portal_url: str,
    pdf: bytes | None,
    now: datetime,
) -> list[OutboxMail]:
    """The mails about a decision, after everything it leads to was done once.

    Accepted: a copy to the client and to the manager, and the project becomes active. Declined: a
    mail and a task for the manager; the project stays where it is.

    Args:
        session: Open transaction.
        decision: Of the client, about a contract.
        agency: Whom the mails are from.
        templates: The installation's templates folder.
        portal_url: Address of the portal, without a trailing slash.
        pdf: The accepted PDF; attached when it is not too large.
        now: The present moment.
    """
    version = decision.version
    lock_version(session, version)
    session.refresh(decision)
    if decision.closed_at is not None:
        return _queued(session, version, decision.outcome)
    if decision.outcome is Outcome.ACCEPTED:
        _activate(session, decision, now=now)
        mails = [
            _copy_for_client(
                session, decision, agency=agency, templates=templates, pdf=pdf, now=now
            ),
            _tell_manager(
                session,
                decision,
                agency=agency,
                templates=templates,
                portal_url=portal_url,
                pdf=pdf,
                now=now,
            ),
        ]
    else:
        _open_task(session, decision, agency=agency, now=now)
        mails = [
            _tell_manager(
                session,
                decision,
                agency=agency,
                templates=templates,
                portal_url=portal_url,
                pdf=None,
                now=now,
            )
        ]
    decision.closed_at = now
    record_event(
        session,
        version,
        "decision.closed",
        actor="acctflows",
        now=now,
        mails=[mail.dedup_key for mail in mails],
    )
    return mails


def _queued(session: Session, version: DocumentVersion, outcome: Outcome) -> list[OutboxMail]:
    prefix = mail_key(version, f"{outcome}/")
    query = sa.select(OutboxMail).where(OutboxMail.dedup_key.startswith(prefix, autoescape=True))
    return list(session.scalars(query.order_by(OutboxMail.id)))


def _copy_for_client(
    session: Session,
    decision: ClientDecision,
    *,
    agency: AgencyProfile,
    templates: Path,
    pdf: bytes | None,
    now: datetime,
) -> OutboxMail:
    version, contact = decision.version, decision.link.contact
    manager = responsible_manager(version)
    language = mail_language(contact.language, read_snapshot(version).language)
    sender = agency_sender(
        agency, language=language, name=manager.full_name, phone=manager.phone, email=manager.email
    )
    attachments = attach(version, pdf)
    context = _facts(decision, agency, language) | {
        "sender": sender,
        "greeting": greeting(contact, language),
        "manager": manager.full_name,
        "attached": bool(attachments),
    }
    return outbox.enqueue(
        session,
        key=mail_key(version, f"accepted/client/{contact.id}"),
        template=COPY,
        matter=matter(version),
        sender=sender,
        recipient=(contact.full_name, contact.email),
        message=compose(COPY, language=language, context=context, templates=templates),
        attachments=attachments,
        now=now,
        reply_to=(manager.full_name, manager.email),
    )


def _tell_manager(
    session: Session,
    decision: ClientDecision,
    *,
    agency: AgencyProfile,
    templates: Path,
    portal_url: str,
    pdf: bytes | None,
    now: datetime,
) -> OutboxMail:
    version, contact = decision.version, decision.link.contact
    manager, language = responsible_manager(version), agency.language
    project = version.document.project
    template = NEWS[decision.outcome]
    sender = agency_sender(agency, language=language)
    attachments = attach(version, pdf)
    context = _facts(decision, agency, language) | {
        "sender": sender,
        "greeting": f"{HELLO[language]} {manager.given_name or manager.full_name}",
        "active": project is not None and project.stage is Stage.ACTIVE,
        "link": f"{portal_url}/desk/documents/{version.document_id}",
        "attached": bool(attachments),
    }
    return outbox.enqueue(
        session,
        key=mail_key(version, f"{decision.outcome}/manager/{manager.id}"),
        template=template,
        matter=matter(version),
        sender=sender,
        recipient=(manager.full_name, manager.email),
        message=compose(template, language=language, context=context, templates=templates),
        attachments=attachments,
        now=now,
        reply_to=(contact.full_name, contact.email),
    )


def _facts(decision: ClientDecision, agency: AgencyProfile, language: str) -> dict[str, Any]:
    return facts(decision.version, language) | {
        "decided_by": ", ".join(filter(None, (decision.name, decision.function))),
        "decided_at": local_moment(decision.decided_at, agency, language),
        "reason": decision.reason,
        "sha256": decision.sha256,
    }


def _activate(session: Session, decision: ClientDecision, *, now: datetime) -> None:
    project = decision.version.document.project
    if project is not None and project.stage in BEFORE_WORK:
        project.stage = Stage.ACTIVE
        project.changed_at = now
        session.flush()


def _open_task(
    session: Session, decision: ClientDecision, *, agency: AgencyProfile, now: datetime
) -> None:
    version = decision.version
    work_items.open_item(
        session,
        key=f"declined/{version.document.number}/v{version.version}",
        kind="declined",
        detail=decision.reason,
        version=version,
        owner_id=responsible_manager(version).id,
        due_on=decision.decided_at.astimezone(ZoneInfo(agency.timezone)).date(),
        now=now,
    )
