"""What a person decides is never lost with the run: cancelled, tried again, or ended for good."""

import pytest
import sqlalchemy as sa

from acctflows.db.models.desk import WaitingFor, WorkItem
from acctflows.db.models.documents import AccessLink, ApprovalDecision, DocumentVersion
from acctflows.documents import waiting
from tests.flows.test_draft_contract import decide_on_the_desk, sweep_documents
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

SCENES = ("retried", "sent back", "unanswered")


@pytest.fixture(scope="module")
def scenes(house: House) -> dict[str, tuple[str, str]]:
    """Project and run of every scene."""
    started = {}
    for scene in SCENES:
        project = house.project()
        started[scene] = (project, house.draft(project))
    return started


def test_cancelled_and_retried_it_waits_for_the_desk_again(house: House, scenes) -> None:
    project, run = scenes["retried"]
    house.asked(run)
    cancel(house, run)
    sweep_documents(house)
    (version,) = house.versions(project)
    assert waiting_for(house, version) == {}

    house.api.set_state(
        run, state_type="SCHEDULED", name="AwaitingRetry", message="Retry pressed", force=True
    )
    house.asked(run)
    assert waiting_for(house, version) == {run: WaitingFor.APPROVAL}
    decide_on_the_desk(house, version, ApprovalDecision.APPROVE)
    sweep_documents(house)

    house.client_link(project)
    house.eventually(
        lambda: waiting_for(house, version) == {run: WaitingFor.CLIENT}, "the wait for the client"
    )


def test_sent_back_after_the_run_was_cancelled_the_manager_gets_the_comment(
    house: House, scenes
) -> None:
    project, run = scenes["sent back"]
    house.asked(run)
    (version,) = house.versions(project)
    cancel(house, run)
    decide_on_the_desk(house, version, ApprovalDecision.REWORK)

    sweep_documents(house)
    sweep_documents(house)

    [task] = tasks(house, version)
    assert (task.kind, task.detail) == ("contract_rework", "Auf dem Desk")
    assert task.owner_id is not None


def test_nobody_answers_after_the_run_was_cancelled_and_it_becomes_a_task(
    house: House, scenes
) -> None:
    project, run = scenes["unanswered"]
    assert house.answer(run, "approve", approver="Lena\0 Hansen").accepted
    house.client_link(project)
    house.until(run, "Suspended")
    (version,) = house.versions(project)
    cancel(house, run)
    sweep_documents(house)
    assert tasks(house, version) == []
    with house.app.database.transaction() as session:
        links = sa.update(AccessLink).where(AccessLink.version_id == version.id)
        session.execute(links.values(expires_at=house.app.clock.now()))

    sweep_documents(house)
    sweep_documents(house)

    assert [task.kind for task in tasks(house, version)] == ["contract_no_answer"]
    with house.app.database.reading() as session:
        approval = session.get_one(DocumentVersion, version.id).approval
    assert approval
    assert approval.decided_by == "Lena Hansen"


def cancel(house: House, run: str) -> None:
    assert house.api.set_state(run, state_type="CANCELLED", message="by mistake", force=True)


def tasks(house: House, version: DocumentVersion) -> list[WorkItem]:
    with house.app.database.reading() as session:
        query = sa.select(WorkItem).where(WorkItem.version_id == version.id)
        return list(session.scalars(query))


def waiting_for(house: House, version: DocumentVersion) -> dict[str, WaitingFor]:
    with house.app.database.reading() as session:
        runs = waiting.waiting_runs(session, version_id=version.id)
        return {run.flow_run_id: run.waiting_for for run in runs}
