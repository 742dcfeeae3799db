"""The runs that issue invoices, when an act is accepted, and that cancel one by form."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from acctflows.db.models.receivables import Invoice
from tests.factories import make_fee, make_project
from tests.flows.people import received
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

ISSUE = "issue-invoices/Issue invoices"
CANCEL = "cancel-invoice/Cancel an invoice"
OCTOBER = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 10, 31)}


def tell_acceptance(house: House) -> None:
    """What a run emits when a client has accepted an act."""
    event = {
        "id": str(uuid4()),
        "occurred": house.app.clock.now().isoformat(),
        "event": "acctflows.act.accepted",
        "resource": {"prefect.resource.id": "acctflows.document.A-2026-0001"},
        "payload": {},
    }
    house.api.request("POST", "/events", [event])


def automatic(house: House) -> set[str]:
    """The runs an automation has started."""
    runs = {"deployments": {"name": {"any_": [ISSUE.partition("/")[2]]}}}
    found = house.api.request("POST", "/flow_runs/filter", runs)
    return {run["id"] for run in found if (run["created_by"] or {}).get("type") == "AUTOMATION"}


def test_an_acceptance_starts_the_run_that_invoices_what_is_due(house: House) -> None:
    with house.app.database.transaction() as session:
        project = make_project(session)
        fee = make_fee(session, project, **OCTOBER)
        client = project.client.number

    tried = house.api.create_flow_run(ISSUE, {"client": client, "dry_run": True}).id
    assert "1 would be issued" in house.until(tried, "Tried").message

    before = automatic(house)  # acts that other tests have accepted
    tell_acceptance(house)
    [run, *_] = house.eventually(
        lambda: automatic(house) - before, "a run started by the automation"
    )
    ended = house.until(run, "Completed", "Open points")
    assert "issued and sent" in ended.message
    with house.app.database.reading() as session:
        invoice = session.scalars(select(Invoice).where(Invoice.fee_id == fee.id)).one()
        number = invoice.document.number
        assert invoice.sent_on == house.app.clock.today()
    assert [mail for mail in received(house.app) if number in mail["subject"]]
    artifacts = house.api.request(
        "POST", "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}}
    )
    assert any(f"/desk/invoices/{number})" in artifact["data"] for artifact in artifacts)


def test_cancelled_by_form_the_client_hears_of_it_once_and_the_fee_is_due_again(
    house: House,
) -> None:
    with house.app.database.transaction() as session:
        project = make_project(session)
        fee = make_fee(session, project, **OCTOBER)
        client = project.client.number
    issue = house.api.create_flow_run(ISSUE, {"client": client}).id
    assert "1 issued and sent" in house.until(issue, "Completed").message
    with house.app.database.reading() as session:
        bill = session.scalars(select(Invoice).where(Invoice.fee_id == fee.id)).one()
        number = bill.document.number

    form = {"invoice": number, "reason": "Falscher Zeitraum", "again": "yes"}
    undecided = {key: text for key, text in form.items() if key != "again"}
    wrong = house.api.create_flow_run(CANCEL, {"cancellation": undecided}).id
    assert "charged again" in house.until(wrong, "Failed").message
    said = []
    for _ in range(2):
        run = house.api.create_flow_run(CANCEL, {"cancellation": form}).id
        said.append(house.until(run, "Completed").message)

    with house.app.database.reading() as session:
        bill = session.get_one(Invoice, bill.id)
        below = bill.cancelled_by
        assert below is not None
        below_number = below.document.number
        assert (below.gross_minor, bill.open_minor) == (-bill.gross_minor, 0)
    assert all(f"{number} is cancelled by {below_number}" in each for each in said)
    [mail] = [mail for mail in received(house.app) if below_number in mail["subject"]]
    [pdf] = [part.get_filename() for part in mail.iter_attachments()]
    assert below_number in pdf

    tried = house.api.create_flow_run(ISSUE, {"client": client, "dry_run": True}).id
    assert "1 would be issued" in house.until(tried, "Tried").message
