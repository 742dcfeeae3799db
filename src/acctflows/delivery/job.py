"""Acts as printing, mailing and following up need them: both kinds go one way."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.db.models.agency import Milestone, MilestoneState
from acctflows.db.models.documents import DocumentVersion
from acctflows.delivery import presenting
from acctflows.delivery.snapshot import ActSnapshot
from acctflows.dispatch.jobs import Addressed, DocumentJob
from acctflows.documents.kinds import find_kind
from acctflows.money import Money


def read_snapshot(version: DocumentVersion) -> ActSnapshot:
    """The facts the version was made from."""
    return ActSnapshot.model_validate(version.snapshot)


def _addressed(version: DocumentVersion) -> Addressed:
    snapshot = read_snapshot(version)
    return Addressed(
        contact_id=snapshot.signer.id,
        name=snapshot.signer.name,
        language=snapshot.language,
        # §§ 187, 188 BGB: the day of receipt does not count, and the last day counts to its end.
        answer_days=snapshot.acceptance_days + 1,
    )


def _word_context(version: DocumentVersion) -> dict[str, Any]:
    return presenting.word_context(read_snapshot(version), version=version.version)


def _must_appear(version: DocumentVersion) -> list[str]:
    return presenting.must_appear(read_snapshot(version))


def _summary(version: DocumentVersion) -> str:
    return presenting.summary_markdown(read_snapshot(version))


def _mail_facts(version: DocumentVersion, language: str) -> dict[str, Any]:
    snapshot = read_snapshot(version)
    return {
        "title": find_kind(version.document.kind).title(language),
        "about": presenting.about(snapshot, language),
        "milestone": bool(snapshot.milestone),
        "project": snapshot.project_title,
        "client": snapshot.client.legal_name,
        "consumer": snapshot.consumer,
        "deemed": presenting.deemed_accepted(snapshot),
        "cured": len(snapshot.defects),
        "total": snapshot.money(snapshot.net_minor).format(language) if snapshot.priced else "",
    }


def _amount(version: DocumentVersion) -> Money | None:
    snapshot = read_snapshot(version)
    return snapshot.money(snapshot.net_minor) if snapshot.priced else None


def _accepted(session: Session, version: DocumentVersion, _now: datetime) -> None:
    milestone_id = read_snapshot(version).milestone_id
    milestone = session.get(Milestone, milestone_id) if milestone_id else None
    if milestone is not None:
        milestone.state = MilestoneState.ACCEPTED
        session.flush()


def _job(kind: str) -> DocumentJob:
    return DocumentJob(
        kind=find_kind(kind),
        mails="act",
        addressed=_addressed,
        word_context=_word_context,
        must_appear=_must_appear,
        summary=_summary,
        mail_facts=_mail_facts,
        accepted=_accepted,
        amount=_amount,
        silence_accepts=lambda version: presenting.deemed_accepted(read_snapshot(version)),
    )


ACCEPTANCE, ACTIVITY = _job("acceptance"), _job("activity")
