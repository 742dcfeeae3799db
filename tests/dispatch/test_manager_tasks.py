"""What is sent back or never answered becomes the manager's task, whatever became of the run."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.app import JOBS, WORD_JOBS
from acctflows.db.models.documents import Approval, DocumentVersion, VersionState
from acctflows.dispatch.manager_tasks import (
    hand_back,
    note_silence,
    settle_silence,
    to_rework,
    unanswered,
)
from acctflows.documents import access_links, work_items
from tests.contracts.stories import approved, draft, invite
from tests.delivery.reports.test_drafting import draft as draft_report
from tests.delivery.stories import OCTOBER, finished, worked
from tests.delivery.stories import draft as draft_act
from tests.factories import NOW, TODAY, make_project

EXPIRED = NOW + timedelta(days=15)
AGAIN = EXPIRED + timedelta(days=1)


def of_kind(session: Session, agency: AgencyProfile, kind: str) -> DocumentVersion:
    """A draft of that kind."""
    if kind == "contract":
        return draft(session, make_project(session), agency)
    if kind == "report":
        return draft_report(session, agency, make_project(session))
    if kind == "activity":
        return draft_act(session, worked(session), OCTOBER, agency)
    project = finished(session)
    return draft_act(session, project, project.milestones[0], agency)


def sent_back(session: Session, version: DocumentVersion, comment: str) -> DocumentVersion:
    version.approval = Approval(sha256="", asked_at=NOW, comment=comment)
    version.state = VersionState.REWORK
    session.flush()
    return version


def silent(session: Session, agency: AgencyProfile, kind: str = "contract") -> DocumentVersion:
    """A version whose link, of 14 days, nobody answered."""
    version = of_kind(session, agency, kind)
    version.state = VersionState.APPROVED
    ask(session, version)
    return version


def ask(session: Session, version: DocumentVersion, *, days: int = 14) -> None:
    contact = version.document.client.contacts[0]
    access_links.invite(session, version, contact, now=NOW, valid_days=days)


@pytest.mark.parametrize("kind", WORD_JOBS)
def test_what_was_sent_back_is_found_until_it_is_somebodys_task(
    session: Session, agency: AgencyProfile, kind: str
) -> None:
    version = sent_back(session, of_kind(session, agency, kind), "Bitte mit Abschlag")
    assert to_rework(session, WORD_JOBS) == [version.id]

    task = hand_back(session, version, today=TODAY, now=NOW)

    assert (task.kind, task.detail, task.due_on) == (f"{kind}_rework", "Bitte mit Abschlag", TODAY)
    assert version.document.project
    assert task.owner_id == version.document.project.manager_id
    assert to_rework(session, WORD_JOBS) == []
    assert hand_back(session, version, today=TODAY, now=AGAIN) is task


def test_a_task_that_is_done_does_not_come_back(session: Session, agency: AgencyProfile) -> None:
    version = sent_back(session, of_kind(session, agency, "contract"), "Frist")
    task = hand_back(session, version, today=TODAY, now=NOW)
    work_items.settle_item(session, task.id, by="Lena", outcome="neu entworfen", now=NOW)
    assert to_rework(session, WORD_JOBS) == []


def test_what_was_drafted_anew_is_reworked_already(session: Session, agency: AgencyProfile) -> None:
    version = sent_back(session, of_kind(session, agency, "contract"), "Frist")
    project = version.document.project
    assert project
    newer = draft(session, project, agency)
    assert newer.document is version.document
    assert to_rework(session, WORD_JOBS) == []


@pytest.mark.parametrize("kind", JOBS)
def test_who_never_answered_is_found_when_the_link_has_expired(
    session: Session, agency: AgencyProfile, kind: str
) -> None:
    version = silent(session, agency, kind)
    last = NOW + timedelta(days=14)
    assert unanswered(session, JOBS, now=last - timedelta(seconds=1)) == []
    assert unanswered(session, JOBS, now=last) == [version.id]

    task = note_silence(session, version, today=TODAY, now=last)

    assert task
    assert (task.kind, task.key) == (
        f"{kind}_no_answer",
        f"no-answer/{version.document.number}/v1",
    )
    assert unanswered(session, JOBS, now=EXPIRED) == []


def test_each_time_nobody_answers_is_a_task_of_its_own(
    session: Session, agency: AgencyProfile
) -> None:
    version = silent(session, agency)
    first = note_silence(session, version, today=TODAY, now=EXPIRED)
    assert first
    ask(session, version, days=30)
    settle_silence(session, version, by="Lena", outcome="noch einmal gefragt", now=AGAIN)
    assert unanswered(session, JOBS, now=AGAIN) == []
    assert note_silence(session, version, today=TODAY, now=AGAIN) is None

    later = NOW + timedelta(days=31)
    assert unanswered(session, JOBS, now=later) == [version.id]
    second = note_silence(session, version, today=TODAY, now=later)

    assert second
    assert (first.settled_by, second.settled_at) == ("Lena", None)
    assert second.key == f"{first.key}/2"
    assert unanswered(session, JOBS, now=later) == []


def test_an_answer_leaves_no_silence(session: Session, agency: AgencyProfile) -> None:
    version = silent(session, agency)
    version.state = VersionState.ACCEPTED
    session.flush()
    assert unanswered(session, JOBS, now=EXPIRED) == []
    assert note_silence(session, version, today=TODAY, now=EXPIRED) is None


def test_a_report_and_what_waits_for_its_invitation_are_not_silent(
    session: Session, agency: AgencyProfile
) -> None:
    report = of_kind(session, agency, "report")
    report.state = VersionState.SENT
    approved(session, agency)
    invite(session, approved(session, agency), agency)
    session.flush()
    assert unanswered(session, JOBS, now=NOW) == []
    assert len(unanswered(session, JOBS, now=EXPIRED)) == 1
