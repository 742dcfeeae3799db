"""The contract as printing, mailing and following up need it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.contracts import life, presenting
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.db.models.agency import Stage
from acctflows.db.models.contracts import Agreement
from acctflows.db.models.documents import DocumentVersion
from acctflows.dispatch.jobs import Addressed, DocumentJob
from acctflows.documents.clauses import AgreedWording
from acctflows.documents.kinds import find_kind
from acctflows.money import Money

BEFORE_WORK = (Stage.LEAD, Stage.PROPOSAL, Stage.CONTRACT)
"""Stages an accepted contract ends."""


def read_snapshot(version: DocumentVersion) -> ContractSnapshot:
    """The facts the version was made from."""
    return ContractSnapshot.model_validate(version.snapshot)


def _addressed(version: DocumentVersion) -> Addressed:
    snapshot = read_snapshot(version)
    return Addressed(
        contact_id=snapshot.signer.id,
        name=snapshot.signer.name,
        language=snapshot.language,
        answer_days=snapshot.terms.answer_days,
    )


def _co_signers(version: DocumentVersion) -> tuple[Addressed, ...]:
    snapshot = read_snapshot(version)
    return tuple(
        Addressed(
            contact_id=person.id,
            name=person.name,
            language=snapshot.language,
            answer_days=snapshot.terms.answer_days,
        )
        for person in snapshot.co_signers
    )


def _wordings(version: DocumentVersion) -> tuple[AgreedWording, ...]:
    return tuple(
        AgreedWording(heading=each.heading, original=each.original, text=each.text)
        for each in read_snapshot(version).wordings
    )


def _word_context(version: DocumentVersion) -> dict[str, Any]:
    return presenting.word_context(read_snapshot(version), version=version.version)


def _must_appear(version: DocumentVersion) -> list[str]:
    return presenting.must_appear(read_snapshot(version))


def _summary(version: DocumentVersion) -> str:
    return presenting.summary_markdown(read_snapshot(version), "en")


def _mail_facts(version: DocumentVersion, language: str) -> dict[str, Any]:
    snapshot = read_snapshot(version)
    return {
        "project": snapshot.project_title,
        "client": snapshot.client.legal_name,
        "total": snapshot.money(snapshot.totals.gross_minor).format(language),
    }


def _amount(version: DocumentVersion) -> Money:
    snapshot = read_snapshot(version)
    return snapshot.money(snapshot.totals.gross_minor)


def _accepted(session: Session, version: DocumentVersion, now: datetime) -> None:
    life.begin(session, version, now=now)
    project = version.document.project
    if read_snapshot(version).agreement is Agreement.FRAMEWORK:
        return  # its orders are the work
    if project is not None and project.stage in BEFORE_WORK:
        project.stage = Stage.ACTIVE
        project.changed_at = now
        session.flush()


JOB = DocumentJob(
    kind=find_kind("contract"),
    mails="contract",
    addressed=_addressed,
    word_context=_word_context,
    must_appear=_must_appear,
    summary=_summary,
    mail_facts=_mail_facts,
    accepted=_accepted,
    co_signers=_co_signers,
    amount=_amount,
    wordings=_wordings,
)
