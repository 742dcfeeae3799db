"""The run that reports: all active projects, one broken among them, then one with more words."""

from datetime import date

import pytest
from sqlalchemy import select

from acctflows.db.models.agency import Project, Stage
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import ApprovalDecision, DocumentVersion, VersionState
from acctflows.delivery.reports.job import read_snapshot
from acctflows.documents.approval import decide_approval
from tests.factories import make_client, make_contact, make_project, make_work_record
from tests.flows.people import received
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

REPORT = "report-project/Report project status"
KEY = "report/{}/2026-W47"
AS_OF = {"as_of": "2026-11-23"}


def decide(house: House, version: DocumentVersion, decision: ApprovalDecision) -> None:
    with house.app.database.transaction() as session:
        decide_approval(
            session,
            session.get_one(DocumentVersion, version.id),
            decision=decision,
            sha256=version.shown_sha256,
            by="Lena Hansen",
            comment="Bitte das Risiko nennen",
            now=house.app.clock.now(),
        )


def test_reports_are_drafted_approved_on_the_desk_and_sent_once(house: House) -> None:
    with house.app.database.transaction() as session:
        begun = {"stage": Stage.ACTIVE, "starts_on": date(2026, 11, 1)}
        sent, reworked = (make_project(session, **begun) for _ in range(2))
        for project in (sent, reworked):
            make_work_record(session, project, done_on=date(2026, 11, 20))
        silent = make_client(session, legal_name="Stumm GmbH")
        make_contact(session, silent, roles=[])
        make_project(session, client=silent, **begun)
        numbers = [sent.number, reworked.number]

    ended = house.until(house.api.create_flow_run(REPORT, AS_OF).id, "Failed", "Waits for approval")

    assert ended.state_name == "Failed"
    assert "nobody can be written to" in ended.message
    assert "waiting for approval" in ended.message
    versions = [house.versions(number, KEY) for number in numbers]
    assert [[each.state for each in found] for found in versions] == [
        [VersionState.IN_APPROVAL]
    ] * 2
    assert [house.mails(number, KEY) for number in numbers] == [[], []]

    decide(house, versions[0][0], ApprovalDecision.APPROVE)
    decide(house, versions[1][0], ApprovalDecision.REWORK)
    assert house.sweep("settle-documents/Settle documents").state_name == "Completed"

    (mail,) = house.mails(numbers[0], KEY)
    (arrived,) = [each for each in received(house.app) if each["message-id"] == mail.message_id]
    (attachment,) = arrived.iter_attachments()
    assert attachment.get_content() == (house.app.docs_out / versions[0][0].pdf_path).read_bytes()
    with house.app.database.reading() as session:
        owner = session.scalar(select(Project.manager_id).where(Project.number == numbers[1]))
        task = session.scalars(select(WorkItem).where(WorkItem.version == versions[1][0])).one()
        assert (task.kind, task.owner_id) == ("report_rework", owner)
        assert task.detail == "Bitte das Risiko nennen"

    words = {"words": {"risks": "Die Zugangsdaten fehlen"}}
    run = house.api.create_flow_run(REPORT, AS_OF | {"project": numbers[1]} | words).id
    assert "1 waiting" in house.until(run, "Waits for approval").message

    second = house.versions(numbers[1], KEY)[-1]
    assert read_snapshot(second).risk_words == ("Die Zugangsdaten fehlen",)
    assert len(house.mails(numbers[0], KEY)) == 1
    wanted = {"artifacts": {"flow_run_id": {"any_": [run]}}}
    (told,) = house.api.request("POST", "/artifacts/filter", wanted)
    assert f"/desk/documents/{read_snapshot(second).number}" in told["data"]
    assert "data:image/png;base64," in told["data"]
