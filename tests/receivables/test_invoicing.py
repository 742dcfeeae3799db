"""Issuing invoices: once per act and period, complete or not at all, numbers without a gap."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.agency.taxation import TaxTreatment
from acctflows.db.models.agency import ClientKind, ProjectService, Service, Unit, VatCheck
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice, UnchargedAct
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.documents.work_items import open_item, settle_item
from acctflows.errors import InputError
from acctflows.receivables.invoices.charging import ReportedLine
from acctflows.receivables.invoices.fee_periods import FeePeriod
from acctflows.receivables.invoices.invoice_making import Agreement
from acctflows.receivables.invoices.invoice_snapshot import DueBasis, InvoiceTax, SupplyPeriod
from acctflows.receivables.invoices.invoice_words import tax_notice
from acctflows.receivables.invoices.invoices_due import REFUSED, DueFee, fee_key, fees_due
from acctflows.receivables.invoices.invoicing import (
    AcceptedAct,
    issue_for_act,
    issue_for_fee,
)
from acctflows.receivables.invoices.issuing import Issuer, read_invoice
from tests.factories import (
    NOW,
    TODAY,
    make_act,
    make_client,
    make_contact,
    make_fee,
    make_project,
    make_service,
)
from tests.racing import race

NOVEMBER = SupplyPeriod(first=date(2026, 11, 1), last=date(2026, 11, 30))
AGREED = Agreement("V-2026-0003", 30, TaxTreatment.DOMESTIC)


@pytest.fixture
def issuer(agency: AgencyProfile) -> Issuer:
    return Issuer(agency=agency, actor="issue-invoices", now=NOW, today=TODAY)


def piece(quantity: str = "9", price: int | None = 18_000, **given: Any) -> ReportedLine:
    values: dict[str, Any] = {
        "service": "COPY",
        "title": "Text je Seite",
        "unit": Unit.PIECE,
        "billable": True,
        "tax_percent": Decimal("19.00"),
        "days": {date(2026, 11, 9)},
    }
    return ReportedLine(quantity=Decimal(quantity), unit_price_minor=price, **values | given)


def hours(service: Service, quantity: str = "40") -> ReportedLine:
    """Hours of a service that is agreed in another unit."""
    return piece(quantity, None, service=service.code, title=service.title_de, unit=Unit.HOUR)


def accepted(act: Document, *lines: ReportedLine, **given: Any) -> AcceptedAct:
    values: dict[str, Any] = {
        "currency": "EUR",
        "language": "de",
        "supplied": NOVEMBER,
        "reported": frozenset(),
        "unfinished": frozenset(),
        "final": False,
        "agreement": AGREED,
    }
    return AcceptedAct(
        document_id=act.id, number=act.number, lines=lines or (piece(),), **values | given
    )


def test_an_accepted_act_becomes_a_complete_invoice(session: Session, issuer: Issuer) -> None:
    act = make_act(session, make_project(session))
    invoice = issue_for_act(session, accepted(act), issuer).invoice
    assert invoice is not None
    said = read_invoice(invoice)
    assert (said.number, invoice.document.number) == ("RE-2026-0001", "RE-2026-0001")
    assert (invoice.gross_minor, invoice.open_minor) == (192_780, 192_780)
    assert said.references.act_numbers == (act.number,)
    assert said.references.contract_number == "V-2026-0003"
    assert (said.terms.basis, said.terms.due_on) == (DueBasis.CONTRACT_PERIOD, date(2026, 12, 23))
    assert invoice.rf_reference == said.rf_reference == "RF40RE20260001"
    assert invoice.sent_on is None


def test_the_same_act_is_charged_once(session: Session, issuer: Issuer) -> None:
    act = accepted(make_act(session, make_project(session)))
    first, again = (issue_for_act(session, act, issuer).invoice for _ in range(2))
    assert first is again
    assert len(first.document.versions) == 1 if first else False


def test_many_at_once_issue_one_invoice_each_without_gaps(
    database: Database, issuer: Issuer
) -> None:
    with database.transaction() as session:
        project = make_project(session)
        fee = make_fee(session, project)
        acts = [accepted(make_act(session, project)) for _ in range(3)]
        dues = fees_due(session, today=TODAY)
    assert [due.fee_id for due in dues] == [fee.id, fee.id]

    def work(caller: int) -> int:
        with database.transaction() as session:
            if caller % 2:
                return issue_for_fee(session, dues[caller % 2], issuer, None).id
            found = issue_for_act(session, acts[caller % 3], issuer).invoice
            return found.id if found else 0

    done, failed = race(12, work)
    assert failed == []
    with database.reading() as session:
        invoices = session.scalars(select(Invoice).order_by(Invoice.id)).all()
        numbers = sorted(invoice.document.number for invoice in invoices)
        assert numbers == [f"RE-2026-{n:04}" for n in range(1, len(set(done)) + 1)]
        assert len(set(done)) == 4
        assert audit.verify(session).fault is None


def test_a_refusal_uses_no_number(database: Database, issuer: Issuer) -> None:
    with database.transaction() as session:
        nameless = make_client(session, street="", city="")
        make_contact(session, nameless)
        bad = accepted(make_act(session, make_project(session, client=nameless)))
        good = accepted(make_act(session, make_project(session)))
    with (
        pytest.raises(InputError, match=r"address is incomplete \(§ 14 \(4\) no\. 1 UStG\)"),
        database.transaction() as session,
    ):
        issue_for_act(session, bad, issuer)
    with database.transaction() as session:
        invoice = issue_for_act(session, good, issuer).invoice
        assert invoice is not None
        assert invoice.document.number == "RE-2026-0001"
        assert session.query(Document).filter_by(kind="invoice").count() == 1


def test_what_has_no_price_is_named(session: Session, issuer: Issuer) -> None:
    act = make_act(session, make_project(session))
    lines = (piece(), piece("2", None, service="", title="Weitere Leistungen", unit=Unit.HOUR))
    with pytest.raises(InputError, match="2\xa0hours of “Weitere Leistungen” has no agreed price"):
        issue_for_act(session, accepted(act, *lines), issuer)


def test_a_deposit_that_is_not_on_record_is_not_forgotten(session: Session, issuer: Issuer) -> None:
    act = make_act(session, make_project(session))
    deposit = Agreement("V-2026-0003", 30, TaxTreatment.DOMESTIC, deposit_percent=30)
    with pytest.raises(InputError, match="agrees a deposit of 30 %"):
        issue_for_act(session, accepted(act, agreement=deposit), issuer)


def test_a_lump_sum_comes_with_the_milestone_that_finishes_it_once(
    session: Session, issuer: Issuer
) -> None:
    project = make_project(session)
    build = project.services[0].service
    first, second, third = (make_act(session, project) for _ in range(3))
    unfinished = frozenset({build.code})
    early = issue_for_act(session, accepted(first, hours(build), unfinished=unfinished), issuer)
    assert (early.invoice, early.waits) == (None, True)
    assert "still to be accepted" in early.left[0]
    last = issue_for_act(session, accepted(second, hours(build)), issuer).invoice
    assert last is not None
    assert last.gross_minor == 1_428_060  # 12,000.50 and 19 %
    assert issue_for_act(session, accepted(third, hours(build), final=True), issuer).invoice is None


def test_services_planned_on_two_lines_add_up(session: Session, issuer: Issuer) -> None:
    project = make_project(session)
    build = project.services[0].service
    session.add(ProjectService(project=project, position=3, service=build, quantity=Decimal(1)))
    session.flush()
    session.expire(project)
    act = accepted(make_act(session, project), hours(build), final=True)
    invoice = issue_for_act(session, act, issuer).invoice
    assert invoice is not None
    assert read_invoice(invoice).lines[0].quantity == 2


def test_services_planned_at_two_prices_are_charged_at_theirs(
    session: Session, issuer: Issuer
) -> None:
    project = make_project(session)
    build = project.services[0].service
    project.services[0].unit_price_minor = 500_000
    session.add(
        ProjectService(
            project=project,
            position=3,
            service=build,
            quantity=Decimal(1),
            unit_price_minor=300_000,
        )
    )
    session.flush()
    session.expire(project)
    act = accepted(make_act(session, project), hours(build), final=True)
    invoice = issue_for_act(session, act, issuer).invoice
    assert invoice is not None
    assert [line.net_minor for line in read_invoice(invoice).lines] == [500_000, 300_000]
    again = accepted(make_act(session, project), hours(build), final=True)
    assert issue_for_act(session, again, issuer).invoice is None


def test_a_month_is_charged_once_also_by_two_acts(session: Session, issuer: Issuer) -> None:
    project = make_project(session)
    care = project.services[1].service
    first, second = (make_act(session, project) for _ in range(2))
    assert issue_for_act(session, accepted(first, hours(care)), issuer).invoice is not None
    quarter = SupplyPeriod(first=date(2026, 11, 1), last=date(2027, 1, 31))
    late = issue_for_act(session, accepted(second, hours(care), supplied=quarter), issuer).invoice
    assert late is not None
    assert read_invoice(late).lines[0].quantity == 2


@pytest.mark.parametrize(
    "run",
    [
        {"starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)},
        {"starts_on": date(2026, 12, 1)},
    ],
)
def test_a_fee_of_another_time_pays_for_no_work(
    session: Session, issuer: Issuer, run: dict[str, Any]
) -> None:
    project = make_project(session)
    make_fee(session, project, **run)
    care = project.services[1].service
    issued = issue_for_act(session, accepted(make_act(session, project), hours(care)), issuer)
    assert issued.invoice is not None
    assert issued.invoice.gross_minor == 113_050


@pytest.mark.parametrize(
    ("client", "tax", "gross"),
    [
        ({}, InvoiceTax.STANDARD, 192_780),
        (
            {"country": "AT", "vat_id": "ATU61740931", "vat_check": VatCheck.FORMAT_VALID},
            InvoiceTax.REVERSE_CHARGE,
            162_000,
        ),
        ({"country": "GB", "language": "en"}, InvoiceTax.OUTSIDE_SCOPE, 162_000),
        ({"kind": ClientKind.CONSUMER}, InvoiceTax.STANDARD, 192_780),
        ({"kind": ClientKind.CONSUMER, "country": "AT"}, InvoiceTax.STANDARD, 192_780),
    ],
)
def test_who_owes_the_vat_follows_from_the_client(
    session: Session, issuer: Issuer, client: dict[str, Any], tax: InvoiceTax, gross: int
) -> None:
    project = make_project(session, client=make_client(session, **client))
    invoice = issue_for_act(
        session, accepted(make_act(session, project), agreement=None), issuer
    ).invoice
    assert invoice is not None
    said = read_invoice(invoice)
    assert (said.tax, invoice.gross_minor) == (tax, gross)
    assert said.consumer_notice is ("kind" in client)
    assert (said.terms.basis, said.terms.days) == (DueBasis.INVOICE_ONLY, 14)


def test_a_business_in_the_eu_without_vat_id_is_refused(session: Session, issuer: Issuer) -> None:
    project = make_project(session, client=make_client(session, country="AT"))
    with pytest.raises(InputError, match="is not clear → record a valid VAT ID"):
        issue_for_act(session, accepted(make_act(session, project), agreement=None), issuer)


@pytest.mark.parametrize(
    ("client", "agreement", "tax"),
    [
        ({}, None, InvoiceTax.SMALL_BUSINESS),
        ({}, AGREED, InvoiceTax.SMALL_BUSINESS),
        ({"kind": ClientKind.CONSUMER, "country": "AT"}, None, InvoiceTax.SMALL_BUSINESS),
        (
            {"country": "AT", "vat_id": "ATU61740931", "vat_check": VatCheck.FORMAT_VALID},
            None,
            InvoiceTax.REVERSE_CHARGE,
        ),
        ({"country": "GB", "language": "en"}, None, InvoiceTax.OUTSIDE_SCOPE),
    ],
)
def test_a_small_business_charges_no_vat_at_home(
    session: Session,
    issuer: Issuer,
    client: dict[str, Any],
    agreement: Agreement | None,
    tax: InvoiceTax,
) -> None:
    small = replace(issuer, agency=issuer.agency.model_copy(update={"small_business": True}))
    project = make_project(session, client=make_client(session, **client))
    act = accepted(make_act(session, project), agreement=agreement)
    invoice = issue_for_act(session, act, small).invoice
    assert invoice is not None
    assert (read_invoice(invoice).tax, invoice.gross_minor) == (tax, 162_000)


def test_a_contract_without_vat_is_no_reason_to_charge_none_when_the_agency_has_grown(
    session: Session, issuer: Issuer
) -> None:
    agreed = Agreement("V-2026-0003", 30, TaxTreatment.SMALL_BUSINESS)
    act = accepted(make_act(session, make_project(session)), agreement=agreed)
    with pytest.raises(InputError, match="the agency is no small business any more"):
        issue_for_act(session, act, issuer)


@pytest.mark.parametrize(
    ("taxed", "tax", "gross"),
    [(False, InvoiceTax.EXEMPT, 50_000), (True, InvoiceTax.STANDARD, 61_900)],
)
def test_an_exempt_service_says_why(
    session: Session, issuer: Issuer, taxed: bool, tax: InvoiceTax, gross: int
) -> None:
    course = make_service(session, code="KURS", tax_percent=Decimal(0), unit=Unit.PIECE)
    course.exemption = "§ 4 Nr. 21 UStG"
    lines = [piece("1", 50_000, service="KURS", title="Kurs", tax_percent=Decimal("0.00"))]
    if taxed:
        lines.append(piece("1", 10_000))
    act = accepted(make_act(session, make_project(session)), *lines)
    invoice = issue_for_act(session, act, issuer).invoice
    assert invoice is not None
    said = read_invoice(invoice)
    assert (said.tax, said.exemption_reason) == (tax, "§ 4 Nr. 21 UStG")
    assert invoice.gross_minor == gross
    assert "§ 4 Nr. 21 UStG".replace(" ", "\xa0") in tax_notice(said).replace(" ", "\xa0")


def test_an_untaxed_service_without_a_reason_is_refused(session: Session, issuer: Issuer) -> None:
    make_service(session, code="KURS", tax_percent=Decimal(0), unit=Unit.PIECE)
    line = piece("1", 50_000, service="KURS", title="Kurs", tax_percent=Decimal("0.00"))
    with pytest.raises(InputError, match="name the provision at the service in the catalogue"):
        issue_for_act(session, accepted(make_act(session, make_project(session)), line), issuer)


def test_a_consumer_outside_the_eu_is_told_apart_by_the_service(
    session: Session, issuer: Issuer
) -> None:
    client = make_client(session, kind=ClientKind.CONSUMER, country="US", language="en")
    project = make_project(session, client=client)
    with pytest.raises(InputError, match=r"services of § 3a \(4\) UStG") as refused:
        issue_for_act(session, accepted(make_act(session, project), agreement=None), issuer)
    assert "choose it in the form of a contract" in refused.value.todo
    abroad = Agreement("V-2026-0003", 30, TaxTreatment.OUTSIDE_SCOPE)
    act = accepted(make_act(session, project), agreement=abroad, language="en")
    invoice = issue_for_act(session, act, issuer).invoice
    assert invoice is not None
    assert "(§\xa03a (4) UStG)" in tax_notice(read_invoice(invoice))


def test_the_reference_of_the_project_goes_before_the_clients(
    session: Session, issuer: Issuer
) -> None:
    client = make_client(session, buyer_reference="KST 4711")
    first, second = make_project(session, client=client), make_project(session, client=client)
    second.buyer_reference = "PO-2026-88"
    references = []
    for project in (first, second):
        invoice = issue_for_act(session, accepted(make_act(session, project)), issuer).invoice
        assert invoice is not None
        references.append(read_invoice(invoice).recipient.buyer_reference)
    assert references == ["KST 4711", "PO-2026-88"]


@pytest.mark.parametrize(("days", "until"), [(10, date(2026, 12, 3)), (45, date(2026, 12, 23))])
def test_an_agreed_discount_is_granted_and_kept_with_the_invoice(
    session: Session, issuer: Issuer, days: int, until: date
) -> None:
    client = make_client(session, discount_percent=Decimal(2), discount_days=days)
    project = make_project(session, client=client)
    invoice = issue_for_act(session, accepted(make_act(session, project)), issuer).invoice
    assert invoice is not None
    assert (invoice.discount_minor, invoice.discount_until) == (3_856, until)
    skonto = read_invoice(invoice).terms.skonto
    assert skonto is not None
    assert (skonto.percent, skonto.until) == (2, until)


def test_a_refused_fee_that_a_person_has_settled_stays_settled(session: Session) -> None:
    fee = make_fee(session, make_project(session))
    first, second = fees_due(session, today=TODAY)
    item = open_item(
        session,
        key=fee_key(fee, first.period.first),
        kind=REFUSED,
        detail="no address",
        version=None,
        owner_id=None,
        due_on=None,
        now=NOW,
    )
    assert fees_due(session, today=TODAY) == [first, second]
    settle_item(session, item.id, by="Lena", outcome="written by hand", now=NOW)
    assert fees_due(session, today=TODAY) == [second]


def test_a_fee_is_charged_for_every_period_that_is_over(session: Session, issuer: Issuer) -> None:
    project = make_project(session)
    fee = make_fee(session, project, note="Grundbetreuung")
    dues = fees_due(session, today=TODAY)
    assert dues == [
        DueFee(fee.id, FeePeriod(date(2026, 9, 1), date(2026, 9, 30))),
        DueFee(fee.id, FeePeriod(date(2026, 10, 1), date(2026, 10, 31))),
    ]
    invoices = [issue_for_fee(session, due, issuer, AGREED) for due in dues]
    assert [invoice.period_from for invoice in invoices] == [date(2026, 9, 1), date(2026, 10, 1)]
    said = read_invoice(invoices[0])
    assert said.supplied == SupplyPeriod(first=date(2026, 9, 1), last=date(2026, 9, 30))
    assert (said.lines[0].description, invoices[0].gross_minor) == ("Grundbetreuung", 113_050)
    assert fees_due(session, today=TODAY) == []
    assert issue_for_fee(session, dues[0], issuer, AGREED) is invoices[0]


def test_only_the_fees_of_one_client_are_asked_for(session: Session) -> None:
    mine, other = make_project(session), make_project(session)
    make_fee(session, other)
    assert fees_due(session, today=TODAY, client_id=mine.client_id) == []
    assert len(fees_due(session, today=TODAY, client_id=other.client_id)) == 2


def test_what_a_fee_pays_is_not_charged_by_an_act(session: Session, issuer: Issuer) -> None:
    project = make_project(session)
    make_fee(session, project)
    care = project.services[1].service
    issued = issue_for_act(session, accepted(make_act(session, project), hours(care)), issuer)
    assert issued.invoice is None
    assert issued.left == ("“SEO-Betreuung” is charged by its recurring fee",)
    noted = session.scalars(select(UnchargedAct)).one()
    assert noted.reason == "“SEO-Betreuung” is charged by its recurring fee"
