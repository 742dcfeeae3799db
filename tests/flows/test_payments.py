"""Bank files from the inbox and payments by form, as people start them in Prefect."""

import os

import pytest
from sqlalchemy import select

from acctflows.db.models.receivables import Invoice, Payment
from tests.factories import make_client, make_invoice
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


def test_files_of_the_inbox_are_booked_or_refused_and_a_payment_is_entered_by_form(
    house: House,
) -> None:
    with house.app.database.transaction() as session:
        client = make_client(session, legal_name="Reederei Priel | <b> GmbH")
        invoice = make_invoice(session, client, number="RE-2019-0777").id
    inbox = house.app.bank_inbox
    inbox.mkdir(parents=True, exist_ok=True)
    rows = "Buchungstag;Auftraggeber;Verwendungszweck;Betrag\n"
    (inbox / "umsatz.csv").write_text(f"{rows}20.11.2026;Priel;RE-2019-0777;500,00\n")
    (inbox / "brief.docx").write_bytes(b"no statement")
    for file in inbox.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))

    run = house.api.create_flow_run("import-statements/Import bank statements", {})
    ended = house.until(run.id, "Completed", "Some refused", "Failed")
    assert ended.state_name == "Some refused", ended.message
    assert "booked: 1." in ended.message
    assert (inbox / "taken" / "umsatz.csv").exists()
    assert "brief.docx" in (inbox / "refused" / "brief.docx.txt").read_text()
    report = house.api.request(
        "POST", "/artifacts/filter", {"artifacts": {"key": {"any_": ["bank-statements"]}}}
    )
    assert "Der Verwendungszweck nennt RE-2019-0777." in report[-1]["data"]

    form = {"payment": {"invoice": "RE-2019-0777", "amount": "690.00", "reference": "bar"}}
    for words in ("booked to RE-2019-0777", "on file already"):
        run = house.api.create_flow_run("record-payment/Record a payment", form)
        ended = house.until(run.id, "Completed", "Failed")
        assert words in ended.message
    with house.app.database.reading() as session:
        assert session.get_one(Invoice, invoice).open_minor == 0
        amounts = select(Payment.amount_minor).where(Payment.client_id == client.id)
        assert sorted(session.scalars(amounts)) == [50_000, 69_000]
