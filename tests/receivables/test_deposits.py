"""Deposits: charged once when the contract is accepted, deducted with their VAT once paid."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.agency.taxation import TaxTreatment
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice
from acctflows.errors import ConflictError, InputError
from acctflows.money import Money
from acctflows.receivables.invoices.deposits import AgreedDeposit, issue_for_deposit
from acctflows.receivables.invoices.invoice_content import find_gaps
from acctflows.receivables.invoices.invoice_making import Agreement, PaidDeposit, deducted
from acctflows.receivables.invoices.invoicing import Issued, issue_for_act
from acctflows.receivables.invoices.issuing import Issuer, read_invoice
from acctflows.receivables.payments.booking import NewPayment, Portion, book_payment
from tests.factories import NOW, TODAY, make_act, make_project
from tests.receivables.test_cancelling import cancel
from tests.receivables.test_invoicing import accepted, piece

AGREED = Agreement("V-2026-0003", 30, TaxTreatment.DOMESTIC, deposit_percent=30)
RECEIVED = date(2026, 11, 20)


@pytest.fixture
def issuer(agency: AgencyProfile) -> Issuer:
    return Issuer(agency=agency, actor="issue-invoices", now=NOW, today=TODAY)


@pytest.fixture
def project(session: Session) -> Project:
    return make_project(session)


@pytest.fixture
def contract(session: Session, project: Project) -> Document:
    return make_act(session, project, key="contract/1/main", kind="contract", number="V-2026-0003")


def charge(session: Session, contract: Document, issuer: Issuer, **given: Any) -> Invoice:
    """The deposit of 30 % on 10,000.00 EUR."""
    values: dict[str, Any] = {
        "currency": "EUR",
        "language": "de",
        "nets": [(Decimal(19), 1_000_000)],
        "agreement": AGREED,
    }
    return issue_for_deposit(session, AgreedDeposit(contract.id, **values | given), issuer)


def pay(session: Session, invoice: Invoice, minor: int | None = None) -> None:
    money = Money(minor or invoice.open_minor, invoice.currency)
    portion = Portion(invoice.id, money, "designated")
    key = f"pay/{invoice.id}/{invoice.open_minor}"
    new = NewPayment(key, invoice.client_id, money, RECEIVED, "RE", (portion,))
    book_payment(session, new, by="Lena", now=NOW)


def act(session: Session, project: Project, issuer: Issuer, price: int) -> Issued:
    """What an act over one piece at that price comes to."""
    line = piece("1", price)
    given = accepted(make_act(session, project), line, agreement=AGREED)
    return issue_for_act(session, given, issuer)


def test_a_deposit_is_charged_once_with_its_vat_and_without_a_day_of_supply(
    session: Session, contract: Document, issuer: Issuer
) -> None:
    invoice = charge(session, contract, issuer)
    said = read_invoice(invoice)
    assert charge(session, contract, issuer) is invoice
    assert (said.totals.net_minor, said.totals.tax_minor) == (300_000, 57_000)
    assert said.lines[0].title == "Anzahlung von 30 % auf die Vergütung nach Vertrag V-2026-0003"
    assert (said.deposit, said.supplied, find_gaps(said)) == (True, None, [])
    assert invoice.document.title.startswith("Anzahlungsrechnung · ")


def test_every_rate_of_the_contract_has_its_part(
    session: Session, contract: Document, issuer: Issuer
) -> None:
    nets = [(Decimal(19), 1_000_000), (Decimal(7), 10_001)]
    said = read_invoice(charge(session, contract, issuer, nets=nets))
    assert [(row.percent, row.net_minor) for row in said.totals.rows] == [
        (19, 300_000),
        (7, 3_000),
    ]


def test_an_act_waits_until_the_deposit_is_paid(
    session: Session, project: Project, contract: Document, issuer: Issuer
) -> None:
    deposit = charge(session, contract, issuer)
    pay(session, deposit, 100_000)
    early = act(session, project, issuer, 1_000_000)
    assert (early.invoice, early.waits) == (None, True)
    assert early.left == ("the deposit invoice RE-2026-0001 is to be paid or cancelled first",)


def test_the_final_invoice_deducts_what_was_paid_with_its_vat(
    session: Session, project: Project, contract: Document, issuer: Issuer
) -> None:
    pay(session, charge(session, contract, issuer))
    final = act(session, project, issuer, 1_000_000).invoice
    assert final is not None
    said = read_invoice(final)
    assert [each.model_dump() for each in said.prepayments] == [
        {
            "invoice_number": "RE-2026-0001",
            "received_on": RECEIVED,
            "gross_minor": 357_000,
            "tax_minor": 57_000,
        }
    ]
    assert (said.totals.gross_minor, final.gross_minor, final.open_minor) == (
        1_190_000,
        833_000,
        833_000,
    )


def test_what_the_first_act_leaves_of_it_the_next_deducts(
    session: Session, project: Project, contract: Document, issuer: Issuer
) -> None:
    pay(session, charge(session, contract, issuer))
    first, second, third = (act(session, project, issuer, 200_000).invoice for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.gross_minor, second.gross_minor) == (0, 119_000)
    deducted = [read_invoice(each).prepayments for each in (first, second)]
    assert [(one.gross_minor, one.tax_minor) for (one,) in deducted] == [
        (238_000, 38_000),
        (119_000, 19_000),
    ]
    assert read_invoice(third).prepayments == ()


def test_a_cancelled_invoice_deducts_nothing_any_more(
    session: Session, project: Project, contract: Document, issuer: Issuer
) -> None:
    pay(session, charge(session, contract, issuer))
    first = act(session, project, issuer, 200_000).invoice
    assert first is not None
    below = cancel(session, first)
    assert [each.gross_minor for each in read_invoice(below).prepayments] == [-238_000]
    again = act(session, project, issuer, 1_000_000).invoice
    assert again is not None
    assert again.gross_minor == 833_000


def test_a_deposit_that_is_deducted_is_cancelled_after_what_deducts_it(
    session: Session, project: Project, contract: Document, issuer: Issuer
) -> None:
    deposit = charge(session, contract, issuer)
    pay(session, deposit)
    final = act(session, project, issuer, 1_000_000).invoice
    assert final is not None
    with pytest.raises(ConflictError, match="RE-2026-0002 deducts what was paid on RE-2026-0001"):
        cancel(session, deposit)
    cancel(session, final)
    cancel(session, deposit)


def test_a_cancelled_deposit_is_charged_again_or_the_whole_price_at_the_end(
    session: Session, project: Project, contract: Document, issuer: Issuer
) -> None:
    cancel(session, charge(session, contract, issuer))
    again = charge(session, contract, issuer)
    assert again.document.number == "RE-2026-0003"
    cancel(session, again, again=False)
    final = act(session, project, issuer, 1_000_000).invoice
    assert final is not None
    assert (final.gross_minor, read_invoice(final).prepayments) == (1_190_000, ())


def test_a_deposit_that_was_invoiced_elsewhere_is_not_forgotten(
    session: Session, project: Project, contract: Document, issuer: Issuer
) -> None:
    with pytest.raises(InputError, match=f"{contract.number} agrees a deposit of 30 %"):
        act(session, project, issuer, 1_000_000)


@given(
    gross=st.integers(1, 10_000_000),
    rate=st.sampled_from([0, 7, 19]),
    parts=st.lists(st.integers(1, 5_000_000), min_size=1, max_size=8),
)
def test_whatever_parts_deduct_it_they_never_deduct_more_than_was_paid(
    gross: int, rate: int, parts: list[int]
) -> None:
    tax = gross - round(gross / (1 + rate / 100))
    left = PaidDeposit("RE-1", RECEIVED, gross, tax)
    for part in parts:
        for taken in deducted([left], part, "EUR"):
            assert 0 < taken.gross_minor <= part
            left = PaidDeposit(
                "RE-1",
                RECEIVED,
                left.gross_minor - taken.gross_minor,
                left.tax_minor - taken.tax_minor,
            )
    assert left.gross_minor == max(0, gross - sum(parts))
    assert 0 <= left.tax_minor <= tax
    assert left.gross_minor or not left.tax_minor
