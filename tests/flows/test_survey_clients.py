"""The survey as Prefect runs it: a happy and an unhappy client, and one who may not be asked."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from acctflows.db.models.agency import Project
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.surveys import Survey
from tests.house import House
from tests.satisfaction.stories import closed_project, mails_of, token_in

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

DEPLOYMENT = "survey-clients/Survey clients"


def run(house: House, **given: object) -> tuple[str, str, str]:
    """Run it now; name of its state, its message and its report."""
    started = house.api.create_flow_run(DEPLOYMENT, given)
    ended = house.until(started.id, "Completed", "Tried", "Failed")
    found = house.api.request("POST", "/artifacts/filter", {"sort": "CREATED_DESC", "limit": 20})
    [report] = [each["data"] for each in found if each["flow_run_id"] == started.id]
    return ended.state_name, ended.message, report


def survey_of(house: House, project: Project) -> Survey | None:
    with house.app.database.reading() as session:
        return session.scalar(select(Survey).where(Survey.project_id == project.id))


def mails(house: House, survey: Survey) -> list[OutboxMail]:
    with house.app.database.reading() as session:
        return mails_of(session, survey)


def answer(house: House, survey: Survey, **fields: str) -> None:
    link = f"{house.app.portal_url}/s/{token_in(mails(house, survey)[0])}"
    assert httpx.get(link, params={"score": fields["score"]}).status_code == 200
    assert httpx.post(link, data=fields).status_code == 303


def test_a_happy_and_an_unhappy_client(house: House) -> None:
    today = house.app.clock.today()
    always = {"survey_basis_on": None}
    with house.app.database.transaction() as session:
        closed = {"closed_on": today - timedelta(days=5), "contact": always}
        happy, unhappy = (closed_project(session, **closed) for _ in range(2))
        refused = closed_project(session, **closed | {"contact": {"survey_basis": ""}})
        name = unhappy.client.legal_name

    state, message, report = run(house, dry_run=True)
    assert (state, message) == ("Tried", "2 would be asked, 1 not asked.")
    assert survey_of(house, happy) is None

    state, message, report = run(house)
    assert (state, message) == ("Completed", "2 asked, 1 not asked.")
    assert "Es ist keine Rechtsgrundlage für Umfragen festgehalten (§ 7 UWG)." in report
    assert survey_of(house, refused) is None
    first, second = survey_of(house, happy), survey_of(house, unhappy)
    assert first is not None
    assert second is not None
    assert [mail.state for mail in mails(house, first)] == [MailState.SENT]

    answer(house, first, score="9", satisfied="5")
    answer(house, second, score="3", reason="deadlines", contact_me="yes")

    # A week later both have answered: nobody is asked or reminded again.
    later = (today + timedelta(days=8)).isoformat()
    state, message, report = run(house, as_of=later)
    assert (state, message) == ("Completed", "1 not asked, 1 overdue to be made good.")
    assert f"| {name} | Lena Hansen |" in report
    assert "2 Antworten bei 2 Einladungen (1 Promotor, 0 Passive, 1 Kritiker)" in report
    assert "(data:image/png;base64," in report
    assert [mail.template for mail in mails(house, first)] == ["survey_invitation"]
    told = mails(house, second)
    assert [mail.template for mail in told] == ["survey_invitation", *["survey_low_score"] * 3]
    assert {mail.state for mail in told} == {MailState.SENT}
    assert all(name in mail.subject for mail in told[1:])
    late = [mail for mail in told if mail.subject.startswith("Überfällig seit")]
    assert {mail.recipient for mail in late} == {told[1].recipient, house.app.agency.email}
    with house.app.database.reading() as session:
        action = session.scalars(
            select(WorkItem).where(WorkItem.key == f"recovery/{second.id}")
        ).one()
        assert action.settled_at is None
