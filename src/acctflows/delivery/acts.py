"""Drafts an act: recorded work and the agency's records become a frozen snapshot."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Milestone, Project
from acctflows.db.models.contracts import Contract
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import Defect, Document, DocumentVersion, VersionState
from acctflows.delivery.defects import named_defects
from acctflows.delivery.readiness import find_problems
from acctflows.delivery.snapshot import ActSnapshot, NamedDefect
from acctflows.delivery.subject import Subject, kind_of, subject_key
from acctflows.delivery.terms import ActTerms
from acctflows.delivery.wording import subject_words
from acctflows.delivery.work import add_up, claim_work, find_work, list_work
from acctflows.dispatch.parties import agency_party, client_party, person, possible_signers
from acctflows.documents import register
from acctflows.documents.kinds import find_kind
from acctflows.documents.text import clean
from acctflows.documents.versions import UNDECIDED
from acctflows.errors import InputError

USUAL_DAYS = 14
"""Days to examine and answer where no contract says otherwise: reasonable for § 640 (2) BGB."""
ACT_KINDS = ("acceptance", "activity")


def draft_act(
    session: Session,
    *,
    agency: AgencyProfile,
    project: Project,
    subject: Subject,
    terms: ActTerms,
    actor: str,
    now: datetime,
    today: date,
    asked: datetime | None = None,
) -> DocumentVersion:
    """The draft of the act of a milestone or period, numbered and frozen; its work is claimed.

    Drafting again with the same records finds the same version while it is undecided; anything
    changed, or a refusal, makes the next version. What was drafted and decided about since it was
    asked for is the answer: asked for twice at once, the second may come here that late.

    Args:
        session: Open transaction.
        agency: The agency as a party.
        project: Whose work is reported.
        subject: The finished milestone, or the period.
        terms: The manager's choices.
        actor: Who drafts, for the audit trail.
        now: The present moment.
        today: The agency's date; its year is in the number.
        asked: When the draft was asked for, if that may be earlier than now.

    Raises:
        InputError: Naming everything that is missing or contradictory, all at once.
        ConflictError: When the act was accepted already.
    """
    language = project.client.language if terms.language == "client" else terms.language
    key = subject_key(project, subject)
    decided = _decided_since(session, key, asked)
    if decided is not None:
        return decided
    defects = named_defects(session, key)
    problems = find_problems(
        project,
        subject,
        terms,
        language=language,
        records=find_work(session, project, subject, key),
        defects=defects,
        today=today,
    )
    if problems:
        raise InputError(
            "; ".join(problems),
            where=f"act for project {project.number}",
            todo="complete the records or the form, then issue it again",
        )
    document = _open(
        session, project, subject, language=language, actor=actor, now=now, year=today.year
    )
    snapshot = build_snapshot(
        project,
        subject,
        terms,
        agency=agency,
        language=language,
        number=document.number,
        contract=accepted_contract(session, project),
        records=claim_work(session, project, subject, document),
        defects=defects,
    )
    return register.add_version(
        session,
        document,
        snapshot=clean(snapshot.model_dump(mode="json")),
        template_name=find_kind(document.kind).template_name(language),
        actor=actor,
        now=now,
        asked=asked,
    )


def _decided_since(session: Session, key: str, asked: datetime | None) -> DocumentVersion | None:
    """The newest version of the act, if it was drafted after ``asked`` and waits no more."""
    query = sa.select(DocumentVersion).join(DocumentVersion.document).where(Document.key == key)
    newest = session.scalars(query.order_by(DocumentVersion.version.desc())).first()
    if newest is None or asked is None or newest.created_at < asked or newest.state in UNDECIDED:
        return None
    return newest


def _open(
    session: Session,
    project: Project,
    subject: Subject,
    *,
    language: str,
    actor: str,
    now: datetime,
    year: int,
) -> Document:
    kind = find_kind(kind_of(subject)[0])
    title = " · ".join((kind.title(language), subject_words(subject, language), project.title))
    document = register.open_document(
        session,
        kind=kind.name,
        key=subject_key(project, subject),
        client=project.client,
        project=project,
        language=language,
        title=title[:300],
        actor=actor,
        now=now,
        year=year,
    )
    # A later draft may be in another language, or of a project renamed since.
    document.language, document.title = language, title[:300]
    return document


def accepted_contract(session: Session, project: Project) -> DocumentVersion | None:
    """The version of the project's contract the client has accepted; of several, the main one."""
    query = (
        sa.select(DocumentVersion)
        .join(Contract, Contract.document_id == DocumentVersion.document_id)
        .where(Contract.project_id == project.id, DocumentVersion.state == VersionState.ACCEPTED)
        .order_by(Contract.reference != "main", Contract.id)
    )
    return session.scalars(query).first()


def build_snapshot(
    project: Project,
    subject: Subject,
    terms: ActTerms,
    *,
    agency: AgencyProfile,
    language: str,
    number: str,
    contract: DocumentVersion | None,
    records: list[WorkRecord],
    defects: list[Defect],
) -> ActSnapshot:
    """The facts of the act, frozen; the records must be ready (``find_problems``)."""
    client = project.client
    signer = possible_signers(client, terms.signer)[0]
    currencies = {record.service.currency for record in records if record.service}
    return ActSnapshot.model_validate(
        {
            "number": number,
            "nature": kind_of(subject)[1],
            "language": language,
            "law": client.law,
            "currency": min(currencies, default=client.currency),
            "project_number": project.number,
            "project_title": project.title,
            "contract_number": contract.document.number if contract else "",
            "agency": agency_party(agency),
            "client": client_party(client, signer),
            "signer": person(signer, signer.function),
            "manager": person(project.manager, ""),
            **_about(subject),
            "lines": add_up(records, project, language),
            "records": list_work(records, language),
            "acceptance_days": terms.acceptance_days or _agreed_days(contract),
            "defects": [_named(defect) for defect in defects],
        }
    )


def _about(subject: Subject) -> dict[str, Any]:
    empty = {"milestone_id": None, "milestone": "", "completed_on": None}
    if isinstance(subject, Milestone):
        done = {"milestone_id": subject.id, "milestone": subject.title}
        return done | {"completed_on": subject.done_on, "period_from": None, "period_to": None}
    return empty | {"period_from": subject.first, "period_to": subject.last}


def _agreed_days(contract: DocumentVersion | None) -> int:
    return int(contract.snapshot["terms"]["acceptance_days"]) if contract else USUAL_DAYS


def _named(defect: Defect) -> NamedDefect:
    return NamedDefect(
        place=defect.place,
        description=defect.description,
        cured_on=defect.cured_on,
        cured_note=defect.cured_note,
    )


def accepted_acts(session: Session) -> list[DocumentVersion]:
    """The versions of acts that clients have accepted, oldest first: each wants its invoice."""
    query = (
        sa.select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(Document.kind.in_(ACT_KINDS), DocumentVersion.state == VersionState.ACCEPTED)
        .order_by(DocumentVersion.id)
    )
    return list(session.scalars(query))
