"""Follows up the client's decision: copies to both sides and what its kind adds, or a task."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Contact, Stage
from acctflows.db.models.documents import ClientDecision, DocumentVersion, Outcome
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.signing import Objection
from acctflows.dispatch import manager_tasks
from acctflows.dispatch.jobs import DocumentJob
from acctflows.dispatch.letters import (
    Office,
    attach,
    facts,
    local_moment,
    mail_key,
    mail_language,
    matter,
    responsible_manager,
    write_to_client,
)
from acctflows.documents import acceptance, work_items
from acctflows.documents.objections import clause_name
from acctflows.documents.versions import lock_version, record_event
from acctflows.errors import ConflictError
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.sender import agency_sender

TASKS = {
    Outcome.ACCEPTED: "reserved_defects",
    Outcome.DECLINED: "declined",
    Outcome.OBJECTED: manager_tasks.OBJECTIONS,
}
"""What a decision leaves to the manager: kinds of work items."""

HELLO = {"de": "Hallo", "en": "Hello"}


def decisions_to_close(session: Session) -> list[int]:
    """Ids of the clients' decisions that still want following up, oldest first."""
    query = sa.select(ClientDecision.id).where(ClientDecision.closed_at.is_(None))
    return list(session.scalars(query.order_by(ClientDecision.id)))


def close_decision(
    session: Session,
    decision: ClientDecision,
    *,
    job: DocumentJob,
    office: Office,
    pdf: bytes | None,
    now: datetime,
) -> list[OutboxMail]:
    """The mails about a decision, after everything it leads to was done once.

    Accepted: a copy to each signer and to the manager, and what the kind adds (an accepted contract
    makes its project active). Declined or objected to: a mail to the manager. What was declined or
    objected to, and defects that were named either way, become a task for the manager.

    Args:
        session: Open transaction.
        decision: Of the client.
        job: Of the kind of document it is about.
        office: Who writes.
        pdf: The accepted PDF, sealed; attached when it is not too large.
        now: The present moment.
    """
    version = decision.version
    lock_version(session, version)
    session.refresh(decision)
    if decision.closed_at is not None:
        return _queued(session, version, decision.outcome)
    if decision.outcome is Outcome.ACCEPTED:
        job.accepted(session, version, now)
        mails = [
            *(
                _copy_for(session, contact, decision, job=job, office=office, pdf=pdf, now=now)
                for contact in signers(session, decision, job)
            ),
            _tell_manager(session, decision, job=job, office=office, pdf=pdf, now=now),
        ]
    else:
        mails = [_tell_manager(session, decision, job=job, office=office, pdf=None, now=now)]
    if decision.outcome is not Outcome.ACCEPTED or decision.defects:
        _open_task(session, decision, agency=office.agency, now=now)
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


def close_silence(
    session: Session,
    version: DocumentVersion,
    *,
    job: DocumentJob,
    by: str,
    reason: str,
    now: datetime,
) -> None:
    """Treat a version nobody answered in time as accepted, because a person judged so.

    What the kind adds follows as after an acceptance; the task about the silence is settled. No
    mail goes out: what to tell the client is the manager's to write.

    Raises:
        InputError: When the reason is missing or too long.
        ConflictError: When silence accepts nothing of this kind, or it is not silence (yet).
    """
    if not job.silence_accepts(version):
        raise ConflictError(
            "silence accepts nothing here", where=version.document.number, todo="ask the client"
        )
    acceptance.record_silence(session, version, by=by, reason=reason, now=now)
    job.accepted(session, version, now)
    manager_tasks.settle_silence(session, version, by=by, outcome=reason, now=now)


def signers(session: Session, decision: ClientDecision, job: DocumentJob) -> list[Contact]:
    """Who signed, in order; on paper, whoever was to."""
    links = [consent.link for consent in decision.version.consents]
    if decision.link is not None:
        contacts = [link.contact for link in (*links, decision.link)]
    else:
        asked = (session.get(Contact, each.contact_id) for each in job.signers(decision.version))
        contacts = [contact for contact in asked if contact is not None]
    return list(dict.fromkeys(contacts))


def _queued(session: Session, version: DocumentVersion, outcome: Outcome) -> list[OutboxMail]:
    prefix = mail_key(version, f"{outcome}/")
    query = sa.select(OutboxMail).where(OutboxMail.dedup_key.startswith(prefix, autoescape=True))
    return list(session.scalars(query.order_by(OutboxMail.id)))


def _copy_for(
    session: Session,
    contact: Contact,
    decision: ClientDecision,
    *,
    job: DocumentJob,
    office: Office,
    pdf: bytes | None,
    now: datetime,
) -> OutboxMail:
    version = decision.version
    language = mail_language(contact.language, version.document.language)
    attachments = attach(version, pdf)
    context = _facts(job, decision, office.agency, language) | {
        "manager": responsible_manager(version).full_name,
        "attached": bool(attachments),
        "verify_url": f"{office.portal_url}/verify",
    }
    return write_to_client(
        session,
        version,
        contact,
        template=job.copy,
        key=mail_key(version, f"accepted/client/{contact.id}"),
        language=language,
        context=context,
        job=job,
        office=office,
        now=now,
        attachments=attachments,
    )


def _tell_manager(
    session: Session,
    decision: ClientDecision,
    *,
    job: DocumentJob,
    office: Office,
    pdf: bytes | None,
    now: datetime,
) -> OutboxMail:
    version, contact = decision.version, signers(session, decision, job)[-1]
    manager, language = responsible_manager(version), office.agency.language
    project = version.document.project
    template = job.news(decision)
    sender = agency_sender(office.agency, language=language)
    attachments = attach(version, pdf)
    context = _facts(job, decision, office.agency, language) | {
        "sender": sender,
        "greeting": f"{HELLO[language]} {manager.given_name or manager.full_name}",
        "active": project is not None and project.stage is Stage.ACTIVE,
        "link": f"{office.portal_url}/desk/{_page(decision)}",
        "attached": bool(attachments),
    }
    return outbox.enqueue(
        session,
        key=mail_key(version, f"{decision.outcome}/manager/{manager.id}"),
        template=template,
        matter=matter(version),
        sender=sender,
        recipient=(manager.full_name, manager.email),
        message=compose(template, language=language, context=context, templates=office.templates),
        attachments=attachments,
        now=now,
        reply_to=(contact.full_name, contact.email),
    )


def _page(decision: ClientDecision) -> str:
    version = decision.version
    objected = decision.outcome is Outcome.OBJECTED
    return f"objections/{version.id}" if objected else f"documents/{version.document_id}"


def _facts(
    job: DocumentJob, decision: ClientDecision, agency: AgencyProfile, language: str
) -> dict[str, Any]:
    return facts(job, decision.version, language) | {
        "decided_by": ", ".join(filter(None, (decision.name, decision.function))),
        "decided_at": local_moment(decision.decided_at, agency, language),
        "reason": decision.reason,
        "defects": [
            {"place": defect.place, "description": defect.description}
            for defect in decision.defects
        ],
        "objections": [_objection(each) for each in decision.objections],
        "sha256": decision.sha256,
    }


def _objection(objection: Objection) -> dict[str, str]:
    return {
        "clause": clause_name(objection),
        "proposal": objection.proposal,
        "reason": objection.reason,
    }


def _open_task(
    session: Session, decision: ClientDecision, *, agency: AgencyProfile, now: datetime
) -> None:
    version, kind = decision.version, TASKS[decision.outcome]
    defects = [f"{defect.place}: {defect.description}" for defect in decision.defects]
    objections = [f"{clause_name(each)}: {each.reason}" for each in decision.objections]
    work_items.open_item(
        session,
        key=f"{kind}/{version.document.number}/v{version.version}",
        kind=kind,
        detail="\n".join(filter(None, (decision.reason, *defects, *objections))),
        version=version,
        owner_id=responsible_manager(version).id,
        due_on=decision.decided_at.astimezone(ZoneInfo(agency.timezone)).date(),
        now=now,
    )
