"""An act from the form to the client's answer, on the real Prefect: refused, cured, accepted."""

from datetime import date

import pytest
from sqlalchemy import select

from acctflows.agency import find
from acctflows.db.models.agency import MilestoneState
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import VersionState
from acctflows.delivery.acts import accepted_acts
from acctflows.delivery.defects import cure_defect, named_defects
from tests.factories import make_project, make_work_record
from tests.flows.people import received
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

MILESTONE, MONTH = "act/{}/milestone-1", "act/{}/2026-10-01--2026-10-31"
ISSUE = "issue-act/Issue an act"


@pytest.fixture(scope="module")
def project(house: House) -> str:
    """A project with a finished milestone and services of a month, both with recorded work."""
    with house.app.database.transaction() as session:
        project = make_project(session)
        milestone = project.milestones[0]
        milestone.state, milestone.done_on = MilestoneState.DONE, date(2026, 11, 2)
        make_work_record(session, project, milestone=milestone, done_on=date(2026, 10, 30))
        make_work_record(session, project, done_on=date(2026, 10, 12))
        return project.number


def issue(house: House, project: str, **given: str) -> str:
    run = house.api.create_flow_run(ISSUE, {"project": project, **given}).id
    assert house.answer(run, "approve").accepted
    return run


def test_refused_with_defects_cured_and_accepted(house: House, project: str) -> None:
    key = MILESTONE.format(project)
    run = issue(house, project, milestone="Konzept abgenommen")
    defect = {"place-1": "Startseite", "description-1": "Das Bild fehlt."}
    house.client_says(house.client_link(project, key), "decline", **defect)
    ended = house.until(run, "Declined")
    assert "Startseite: Das Bild fehlt." in ended.message
    with house.app.database.reading() as session:
        (first,) = house.versions(project, key)
        item = session.scalars(select(WorkItem).where(WorkItem.version_id == first.id)).one()
        assert (item.kind, item.detail) == ("declined", "Startseite: Das Bild fehlt.")
        assert accepted_acts(session) == []

    early = house.api.create_flow_run(ISSUE, {"project": project, "milestone": "1"}).id
    assert "not marked as cured (Startseite)" in house.until(early, "Failed").message

    app = house.app
    with app.database.transaction() as session:
        (named,) = named_defects(session, key)
        cured = {"cured_on": app.clock.today(), "note": "Bild ergänzt", "by": "Lena Hansen"}
        cure_defect(session, named.id, **cured, today=app.clock.today(), now=app.clock.now())
    run = issue(house, project, milestone="1")
    house.client_says(house.client_link(project, key, version=2), "accept")
    house.until(run, "Accepted")

    states = [version.state for version in house.versions(project, key)]
    assert states == [VersionState.DECLINED, VersionState.ACCEPTED]
    with house.app.database.reading() as session:
        (act,) = [v for v in accepted_acts(session) if v.document.key == key]
        assert act.snapshot["defects"][0]["cured_note"] == "Bild ergänzt"
        assert act.document.project is not None
        assert act.document.project.milestones[0].state is MilestoneState.ACCEPTED
        work = session.scalars(select(WorkRecord).where(WorkRecord.document_id == act.document_id))
        assert len(list(work)) == 1
    assert [mail.template for mail in house.mails(project, key)] == [
        "act_invitation",
        "act_declined",
        "act_invitation",
        "act_accepted",
        "act_accepted_news",
    ]


def test_a_month_is_confirmed_and_prefect_hears_of_it(house: House, project: str) -> None:
    key = MONTH.format(project)
    run = issue(house, project, month="2026-10")
    house.client_says(house.client_link(project, key), "accept")
    house.until(run, "Accepted")

    (version,) = house.versions(project, key)
    with house.app.database.reading() as session:
        number = session.merge(version).document.number
    wanted = {"filter": {"event": {"name": ["acctflows.act.accepted"]}}}

    def told() -> list[dict[str, object]]:
        found = house.api.request("POST", "/events/filter", wanted)["events"]
        return [event for event in found if event["payload"]["number"] == number]

    (event,) = house.eventually(told, "the event that starts the invoice")
    assert event["payload"] == {
        "kind": "activity",
        "number": number,
        "version": 1,
        "project": project,
        "client": version.snapshot["client"]["number"],
    }
    subjects = [str(mail["Subject"]) for mail in received(house.app)]
    assert any(subject.startswith(f"Leistungsnachweis {number}") for subject in subjects)


def test_a_period_from_day_to_day_is_confirmed(house: House, project: str) -> None:
    with house.app.database.transaction() as session:
        make_work_record(session, find.project(session, project), done_on=date(2026, 9, 1))
    key = f"act/{project}/2026-08-15--2026-09-14"
    run = issue(house, project, first_day="2026-08-15", last_day="2026-09-14")
    house.client_says(house.client_link(project, key), "accept")
    house.until(run, "Accepted")
    assert house.api.flow_run(run).name.endswith("2026-08-15 to 2026-09-14")


def test_what_an_act_is_about_must_be_named_once(house: House, project: str) -> None:
    days = {"first_day": "2026-10-15", "last_day": "2026-11-14"}
    for given in ({}, {"milestone": "1", "month": "2026-10"}, {"milestone": "1", **days}):
        run = house.api.create_flow_run(ISSUE, {"project": project, **given}).id
        assert "one milestone, one month, or one period" in house.until(run, "Failed").message
