"""The flow as people start it in Prefect: the letter in the mailbox, the report beside the run."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from acctflows.db.models.documents import VersionState
from acctflows.db.models.mail import MailState
from acctflows.db.models.receivables import DunningLetter
from tests.factories import make_client, make_contact, make_invoice
from tests.house import House
from tests.receivables.following import RULES, make_statement

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

DEPLOYMENT = "follow-up-invoices/Follow up invoices"


def test_a_client_is_reminded_and_old_bank_data_stop_everything(house: House) -> None:
    app = house.app
    day = RULES.policy.sending_day(app.clock.today(), RULES.calendar)
    due = day - timedelta(days=10)
    with app.database.transaction() as session:
        client = make_client(session)
        make_contact(session, client)
        make_invoice(session, client, due_on=due, issued_on=due, sent_on=due)
        make_statement(session, RULES.calendar.before(day))
    given = {"client": client.number, "as_of": day.isoformat()}

    run = house.api.create_flow_run(DEPLOYMENT, given)
    ended = house.until(run.id, "Completed", "Failed")

    assert ended.message == "1 letter sent."
    assert ended.name == f"follow up {client.number} {day}"
    with app.database.reading() as session:
        letter = session.scalars(
            select(DunningLetter).where(DunningLetter.client_id == client.id)
        ).one()
        assert letter.document.newest.state is VersionState.SENT
        assert letter.mail is not None
        today = app.clock.today()  # on a weekend the mail waits for the Monday it was queued for
        assert letter.mail.state is (MailState.SENT if day == today else MailState.QUEUED)
        number = letter.document.number
    found = house.api.request("POST", "/artifacts/filter", {"sort": "CREATED_DESC", "limit": 20})
    (report,) = [each["data"] for each in found if each["flow_run_id"] == run.id]
    assert f"/desk/documents/{number})" in report
    assert "| **Total** |" in report
    assert "(data:image/png;base64," in report

    late = RULES.policy.sending_day(day + timedelta(days=40), RULES.calendar)
    old = house.api.create_flow_run(DEPLOYMENT, given | {"as_of": late.isoformat()})
    ended = house.until(old.id, "Completed", "Failed")

    assert ended.state_name == "Failed"
    assert "please import newer ones" in ended.message
    assert "press Retry" in ended.message


def test_a_day_gone_by_can_only_be_tried(house: House) -> None:
    app = house.app
    with app.database.transaction() as session:
        client = make_client(session)
    past = app.clock.today() - timedelta(days=1)
    given = {"client": client.number, "as_of": past.isoformat()}

    refused = house.api.create_flow_run(DEPLOYMENT, given)
    tried = house.api.create_flow_run(DEPLOYMENT, given | {"dry_run": True})

    ended = house.until(refused.id, "Completed", "Failed")
    assert ended.state_name == "Failed"
    assert "letters of that day would ask for payment by days gone by" in ended.message
    # Started while the other ran, it waits for it instead of being cancelled.
    assert house.until(tried.id, "Tried", "Failed", "Cancelled").state_name == "Tried"
