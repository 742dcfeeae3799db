"""Approval by the manager: bound to what was shown, decided once."""

import pytest
from sqlalchemy.orm import Session

from acctflows.db.models.documents import ApprovalDecision, DocumentVersion, VersionState
from acctflows.db.session import Database
from acctflows.documents import approval, audit
from acctflows.errors import ConflictError, NotFoundError
from tests.documents.stories import (
    MANAGER,
    approved,
    draft,
    file_version,
    in_approval,
    sent,
    sha256,
)
from tests.factories import NOW
from tests.racing import race

APPROVE, REJECT, REWORK = ApprovalDecision


def decide(
    session: Session,
    version: DocumentVersion,
    decision: ApprovalDecision = APPROVE,
    *,
    shown: str = "",
    comment: str = "",
) -> approval.Approval:
    return approval.decide_approval(
        session,
        version,
        decision=decision,
        sha256=shown or version.shown_sha256,
        by=MANAGER,
        comment=comment,
        now=NOW,
    )


def test_a_printed_draft_is_put_before_the_manager(session: Session) -> None:
    version = draft(session)
    file_version(session, version)
    asked = approval.ask_approval(session, version, actor=MANAGER, now=NOW)
    assert (asked.sha256, asked.decision) == (version.pdf_sha256, None)
    assert version.state is VersionState.IN_APPROVAL
    assert approval.open_approvals(session) == [asked]


def test_asking_again_finds_the_question(session: Session) -> None:
    version = in_approval(session)
    assert approval.ask_approval(session, version, actor=MANAGER, now=NOW) is version.approval


def test_asking_again_after_the_decision_finds_the_answer(session: Session) -> None:
    version = approved(session)
    asked = approval.ask_approval(session, version, actor=MANAGER, now=NOW)
    assert asked.decision is APPROVE
    assert version.state is VersionState.APPROVED


def test_nothing_can_be_approved_before_it_is_printed(session: Session) -> None:
    with pytest.raises(ConflictError, match="nothing to show yet"):
        approval.ask_approval(session, draft(session), actor=MANAGER, now=NOW)


def test_an_overtaken_draft_is_not_put_before_the_manager(session: Session) -> None:
    old = draft(session)
    file_version(session, old)
    draft(session, old.document, fee_minor=2)
    with pytest.raises(ConflictError, match="superseded"):
        approval.ask_approval(session, old, actor=MANAGER, now=NOW)


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        (APPROVE, VersionState.APPROVED),
        (REJECT, VersionState.REJECTED),
        (REWORK, VersionState.REWORK),
    ],
)
def test_the_decision_moves_the_version_on(
    session: Session, decision: ApprovalDecision, state: VersionState
) -> None:
    version = in_approval(session)
    decided = decide(session, version, decision, comment="Frist bitte 14 Tage")
    assert version.state is state
    assert (decided.decided_by, decided.decided_at) == (MANAGER, NOW)
    assert approval.open_approvals(session) == []
    entry = audit.trail(session, f"document/{version.document.number}")[-1]
    assert (entry.event, entry.actor, entry.at) == (f"approval.{state}", MANAGER, NOW)
    assert entry.data == {
        "version": 1,
        "sha256": version.shown_sha256,
        "comment": "Frist bitte 14 Tage",
    }


def test_a_decision_about_other_bytes_is_refused(session: Session) -> None:
    version = in_approval(session)
    with pytest.raises(ConflictError, match="what was shown is not what is filed"):
        decide(session, version, shown=sha256("an older file"))
    assert version.state is VersionState.IN_APPROVAL


def test_a_comment_is_kept_without_what_no_database_can_hold(session: Session) -> None:
    decided = decide(session, in_approval(session), REWORK, comment="§ 4\0\ud800 </w:t> {{ 1 }} 😀")
    assert decided.comment == "§ 4 </w:t> {{ 1 }} 😀"


def test_the_same_decision_again_changes_nothing(session: Session) -> None:
    version = in_approval(session)
    first = decide(session, version, REWORK, comment="Frist")
    again = decide(session, version, REWORK, comment="something else")
    assert again is first
    assert again.comment == "Frist"


def test_another_decision_afterwards_is_refused(session: Session) -> None:
    version = approved(session)
    with pytest.raises(ConflictError, match="approved"):
        decide(session, version, REJECT)
    assert version.state is VersionState.APPROVED


def test_the_same_decision_after_the_version_was_sent_is_found(session: Session) -> None:
    version, _token = sent(session)
    assert decide(session, version).decision is APPROVE
    assert version.state is VersionState.SENT


def test_a_decision_about_an_overtaken_version_is_refused(session: Session) -> None:
    old = in_approval(session)
    draft(session, old.document, fee_minor=2)
    with pytest.raises(ConflictError, match="superseded"):
        decide(session, old)
    assert approval.open_approvals(session) == []


def test_a_decision_nobody_asked_for_is_refused(session: Session) -> None:
    with pytest.raises(NotFoundError, match="no approval was asked for"):
        decide(session, draft(session), shown=sha256("x"))


def test_managers_at_once_make_one_decision(database: Database) -> None:
    with database.transaction() as session:
        version_id = in_approval(session).id

    def work(caller: int) -> ApprovalDecision | None:
        with database.transaction() as session:
            version = session.get_one(DocumentVersion, version_id)
            return decide(session, version, list(ApprovalDecision)[caller % 3]).decision

    done, failed = race(12, work)
    assert (len(done), len(set(done))) == (4, 1)  # those who said the same as the first
    assert {type(error) for error in failed} == {ConflictError}
    with database.reading() as session:
        number = session.get_one(DocumentVersion, version_id).document.number
        events = [entry.event for entry in audit.trail(session, f"document/{number}")]
    assert len([event for event in events if event.startswith("approval.")]) == 2  # asked, decided
