"""Registering and changing records: found by their key, made once, kept where nothing is said."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.agency.clients import save_client
from acctflows.agency.contacts import save_contact
from acctflows.agency.forms import (
    ClientForm,
    ContactForm,
    MilestoneForm,
    MilestoneStep,
    PlanLine,
    PlanLineForm,
    ProjectForm,
    RecurringFeeForm,
    ServiceForm,
    SpecialistForm,
)
from acctflows.agency.plan import save_line, save_milestone
from acctflows.agency.problems import ProblemsError
from acctflows.agency.projects import save_project
from acctflows.agency.recurring_fees import save_recurring_fee
from acctflows.agency.saving import Saved
from acctflows.agency.services import save_service
from acctflows.agency.specialists import save_specialist
from acctflows.db.models.agency import Client, ClientKind, Project, Stage, VatCheck
from acctflows.db.session import Database
from tests.factories import (
    NOW,
    make_client,
    make_contact,
    make_project,
    make_service,
    make_specialist,
)
from tests.racing import race

LATER = NOW + timedelta(days=1)


def moewe(**said: Any) -> ClientForm:
    values = {"legal_name": "Möwe Handel GmbH", "country": "DE", "postal_code": "28195"}
    return ClientForm.model_validate(values | said)


def fields_of(error: ProblemsError) -> list[str]:
    return [problem.field for problem in error.problems]


def test_new_client_gets_the_usual_terms_and_the_next_number(session: Session) -> None:
    first = save_client(session, moewe(), now=NOW)
    second = save_client(
        session, moewe(legal_name="Tidenhub GmbH", country="AT", postal_code=""), now=NOW
    )
    client = first.row
    assert first.created
    assert (client.number, second.row.number) == ("K-1001", "K-1002")
    assert (client.kind, client.language, client.law) == (ClientKind.BUSINESS, "de", "DE")
    assert (client.currency, client.payment_days) == ("EUR", 14)
    assert client.created_at == client.changed_at == NOW


def test_client_abroad_is_written_to_in_english(books: Session) -> None:
    saved = save_client(books, ClientForm(legal_name="Saltmarsh Ltd", country="UK"), now=NOW)
    assert saved.row.language == "en"


def test_same_form_twice_changes_nothing(session: Session) -> None:
    save_client(session, moewe(vat_id="DE136695976", notes="ruft an"), now=NOW)
    again = save_client(session, moewe(vat_id="DE136695976", notes="ruft an"), now=LATER)
    assert (again.created, again.changes) == (False, ())
    assert again.row.changed_at == NOW
    assert session.scalar(select(func.count()).select_from(Client)) == 1


def test_change_by_number_keeps_what_is_not_said(books: Session) -> None:
    save_client(books, moewe(number="K-7", city="Bremen", payment_days=30), now=NOW)
    form = ClientForm(number="k-7", legal_name="Möwe Handel AG", vat_id="136695976")
    saved = save_client(books, form, now=LATER)
    assert saved.changed == ["legal_name", "vat_id"]
    assert (saved.changes[0].old, saved.changes[0].new) == ("Möwe Handel GmbH", "Möwe Handel AG")
    assert (saved.row.city, saved.row.payment_days) == ("Bremen", 30)
    assert saved.row.vat_check is VatCheck.FORMAT_VALID
    assert (saved.row.created_at, saved.row.changed_at) == (NOW, LATER)


def test_dash_empties_a_field(books: Session) -> None:
    save_client(books, moewe(vat_id="DE136695976"), now=NOW)
    saved = save_client(books, moewe(vat_id="-"), now=LATER)
    assert (saved.row.vat_id, saved.row.vat_check) == ("", VatCheck.NONE)


def test_change_is_checked_with_what_is_on_file(books: Session) -> None:
    save_client(books, moewe(number="K-7", kind="consumer"), now=NOW)
    with pytest.raises(ProblemsError) as refused:
        save_client(
            books,
            ClientForm(number="K-7", legal_name="Möwe", vat_id="DE136695976", country="AT"),
            now=NOW,
        )
    assert fields_of(refused.value) == ["postal_code", "vat_id"]


def test_new_client_needs_a_country(books: Session) -> None:
    with pytest.raises(ProblemsError) as refused:
        save_client(books, ClientForm(legal_name="Möwe"), now=NOW)
    assert fields_of(refused.value) == ["country"]


def test_same_name_at_another_address_is_refused_until_it_is_said_to_be_new(books: Session) -> None:
    save_client(books, moewe(), now=NOW)
    other = {"postal_code": "20457"}
    with pytest.raises(ProblemsError, match="K-1001 has this name"):
        save_client(books, moewe(**other), now=NOW)
    second = save_client(books, moewe(number="neu", **other), now=NOW)
    again = save_client(books, moewe(number="neu", **other), now=NOW)
    assert second.row.number == "K-1002"
    assert again.row is second.row


def test_name_is_the_same_however_it_is_written(books: Session) -> None:
    saved = save_client(books, moewe(), now=NOW)
    again = save_client(books, moewe(legal_name="MOEWE-Handel GmbH", number=""), now=NOW)
    assert again.row is saved.row


def test_archived_client_keeps_the_day_and_can_come_back(books: Session) -> None:
    save_client(books, moewe(archived=True), now=NOW)
    assert save_client(books, moewe(archived=True), now=LATER).row.archived_at == NOW
    assert save_client(books, moewe(archived=False), now=LATER).row.archived_at is None


def test_clients_registered_at_once_get_different_numbers(database: Database) -> None:
    def register(caller: int) -> str:
        with database.transaction() as session:
            return save_client(session, moewe(legal_name=f"Möwe {caller}"), now=NOW).row.number

    numbers, failed = race(6, register)
    assert not failed
    assert sorted(numbers) == [f"K-{1001 + n}" for n in range(6)]


def test_one_client_registered_many_times_at_once_is_one(database: Database) -> None:
    def register(_caller: int) -> bool:
        with database.transaction() as session:
            return save_client(session, moewe(), now=NOW).created

    created, failed = race(6, register)
    assert not failed
    assert sum(created) == 1


def test_contact_is_known_by_client_and_address(session: Session) -> None:
    client, other = make_client(session), make_client(session)
    form = {"email": "a@moewe.example", "family_name": "Brünning"}
    saved = save_contact(session, ContactForm(client=client.number, **form), now=NOW)
    again = save_contact(
        session,
        ContactForm(client=client.legal_name, **form | {"email": "A@MOEWE.example"}),
        now=NOW,
    )
    elsewhere = save_contact(session, ContactForm(client=other.number, **form), now=NOW)
    assert again.row is saved.row
    assert again.changes == ()
    assert elsewhere.created
    assert saved.row.language == client.language


def test_contact_of_an_unknown_client_is_refused(books: Session) -> None:
    with pytest.raises(ProblemsError, match=r"K-9.*not on file"):
        save_contact(
            books, ContactForm(client="K-9", email="a@moewe.example", family_name="B"), now=NOW
        )


def test_consent_needs_its_evidence(books: Session) -> None:
    client = make_client(books)
    form = {"client": client.number, "email": "a@moewe.example", "family_name": "B"}
    with pytest.raises(ProblemsError) as refused:
        save_contact(books, ContactForm(**form, survey_basis="Einwilligung"), now=NOW)
    assert fields_of(refused.value) == ["survey_evidence"]
    saved = save_contact(
        books, ContactForm(**form, survey_basis="consent", survey_evidence="Formular"), now=NOW
    )
    assert saved.row.survey_basis == "consent"


def test_objection_is_lifted_by_a_newer_consent_only(books: Session) -> None:
    contact = make_contact(books, make_client(books), opted_out_at=NOW)
    form = {"client": contact.client.number, "email": contact.email}
    with pytest.raises(ProblemsError, match="objected on 2026-11-23"):
        save_contact(books, ContactForm(**form, opted_out="nein"), now=LATER)
    unrelated = save_contact(books, ContactForm(**form, phone="+49 40 5550142"), now=LATER)
    assert unrelated.row.opted_out_at == NOW
    consent = {
        "survey_basis": "consent",
        "survey_evidence": "Formular",
        "survey_basis_on": date(2026, 11, 24),
    }
    lifted = save_contact(books, ContactForm(**form, opted_out=False, **consent), now=LATER)
    assert lifted.row.opted_out_at is None


def test_specialist_is_known_by_address(session: Session) -> None:
    form = SpecialistForm(
        email="lena@nordlicht-digital.example",
        given_name="Lena",
        family_name="Hansen",
        discipline="UX",
        languages="Englisch, de",
    )
    saved = save_specialist(session, form, now=NOW)
    assert saved.row.languages == ["de", "en"]
    change = SpecialistForm(email="lena@nordlicht-digital.example", discipline="SEO")
    assert save_specialist(session, change, now=LATER).changed == ["discipline"]


def test_new_specialist_and_service_name_all_that_is_missing(books: Session) -> None:
    with pytest.raises(ProblemsError) as specialist:
        save_specialist(books, SpecialistForm(email="x@nordlicht-digital.example"), now=NOW)
    with pytest.raises(ProblemsError) as service:
        save_service(books, ServiceForm(code="SEO", title_de="SEO"), now=NOW)
    assert fields_of(specialist.value) == ["discipline", "family_name"]
    assert fields_of(service.value) == ["discipline", "nature", "title_en", "unit", "unit_price"]


def test_service_keeps_its_price_to_the_cent(session: Session) -> None:
    form = ServiceForm(
        code="SEO-CARE",
        title_de="SEO-Betreuung",
        title_en="SEO care",
        discipline="seo",
        nature="Dienstvertrag",
        unit="Monat",
        unit_price=Decimal("950.10"),
    )
    saved = save_service(session, form, now=NOW)
    assert (saved.row.unit_price_minor, saved.row.tax_percent) == (95_010, Decimal(19))
    assert save_service(session, form, now=LATER).changes == ()
    raised = save_service(session, ServiceForm(code="seo-care", unit_price=1000), now=LATER)
    assert [(c.old, c.new) for c in raised.changes] == [(Decimal("950.10"), Decimal(1000))]


def project_form(session: Session, **said: Any) -> ProjectForm:
    client = make_client(session, number="K-1")
    make_specialist(session, given_name="Leni", email="leni@nordlicht-digital.example")
    make_service(session, code="WEB")
    make_service(session, code="SEO")
    values = {"client": client.number, "title": "Relaunch", "manager": "Leni Hansen"}
    return ProjectForm.model_validate(values | said)


def test_project_is_registered_with_its_plan(session: Session) -> None:
    form = project_form(
        session,
        stage="Angebot",
        services=[PlanLine(service="WEB"), PlanLine(service="SEO", quantity="2.5", unit_price=99)],
        milestones=[MilestoneStep(title="Online", due_on="2027-03-31", with_acceptance="ja")],
    )
    saved = save_project(session, form, now=NOW)
    project = saved.row
    assert (project.number, project.stage) == ("P-2026-001", Stage.PROPOSAL)
    assert [(s.position, s.service.code, s.quantity) for s in project.services] == [
        (1, "WEB", Decimal(1)),
        (2, "SEO", Decimal("2.5")),
    ]
    assert project.services[1].unit_price_minor == 9900
    assert [(m.position, m.title, m.with_acceptance) for m in project.milestones] == [
        (1, "Online", True)
    ]


def test_same_project_form_twice_changes_nothing(session: Session) -> None:
    form = project_form(
        session,
        services=[PlanLine(service="WEB")],
        milestones=[MilestoneStep(title="Online", due_on="2027-03-31")],
    )
    first = save_project(session, form, now=NOW)
    again = save_project(session, form, now=LATER)
    assert again.row is first.row
    assert (again.created, again.changes) == (False, ())
    assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_project_does_not_change_hands(books: Session) -> None:
    project = make_project(books)
    other = make_client(books)
    form = ProjectForm(number=project.number, client=other.number, title=project.title)
    with pytest.raises(ProblemsError, match="does not change hands"):
        save_project(books, form, now=NOW)


def test_unknown_client_and_manager_are_told_together(books: Session) -> None:
    with pytest.raises(ProblemsError) as refused:
        save_project(books, ProjectForm(client="K-9", title="x", manager="Niemand"), now=NOW)
    assert fields_of(refused.value) == ["client", "manager"]


def test_the_day_of_closing_follows_the_stage(books: Session) -> None:
    project = make_project(books, stage=Stage.ACTIVE)

    def save(**said: Any) -> date | None:
        form = ProjectForm.model_validate(
            {"number": project.number, "client": project.client.number, "title": project.title}
            | said
        )
        return save_project(books, form, now=LATER).row.closed_on

    assert save(stage="closed") == LATER.date()
    assert save(goal="Something else") == LATER.date()
    assert save(closed_on=date(2026, 11, 20)) == date(2026, 11, 20)
    assert save(stage="active") is None
    assert save(stage="closed", closed_on=date(2026, 11, 21)) == date(2026, 11, 21)
    assert save(closed_on="-") is None


def test_a_project_that_comes_in_as_closed_has_no_day_of_closing(books: Session) -> None:
    client, manager = make_client(books), make_specialist(books)
    form = ProjectForm(
        client=client.number, title="Website 2019", manager=manager.email, stage=Stage.CLOSED
    )
    assert save_project(books, form, now=NOW).row.closed_on is None


def test_an_open_project_takes_no_day_of_closing(books: Session) -> None:
    project = make_project(books, stage=Stage.ACTIVE)
    form = ProjectForm(
        number=project.number,
        client=project.client.number,
        title=project.title,
        closed_on=date(2026, 11, 20),
    )
    with pytest.raises(ProblemsError) as refused:
        save_project(books, form, now=NOW)
    assert fields_of(refused.value) == ["closed_on"]


def test_new_project_number_counts_on_within_its_year(books: Session) -> None:
    make_project(books, number="P-2026-041")
    form = project_form(books)
    assert save_project(books, form, now=NOW).row.number == "P-2026-042"
    next_year = datetime(2027, 1, 4, tzinfo=UTC)
    other = form.model_copy(update={"title": "Pflege"})
    assert save_project(books, other, now=next_year).row.number == "P-2027-001"


def test_plan_line_is_known_by_position_or_service(session: Session) -> None:
    project = make_project(session)
    first, second = project.services
    code = second.service.code
    by_service = PlanLineForm(project=project.number, service=code, quantity=9)
    saved = save_line(session, by_service, now=NOW)
    assert saved.row is second
    assert saved.changed == ["quantity"]
    by_position = PlanLineForm(project=project.title, position=1, service=code, note="neu")
    moved = save_line(session, by_position, now=NOW)
    assert moved.row is first
    assert moved.changed == ["service", "note"]
    assert first.service.code == code


def test_agreed_price_and_specialist_of_a_line_can_be_taken_back(books: Session) -> None:
    project = make_project(books)
    code = project.services[0].service.code
    lena = make_specialist(books, email="lena@nordlicht-digital.example")
    line = {"project": project.number, "service": code}
    saved = save_line(
        books, PlanLineForm(**line, specialist=lena.email, unit_price="95.5"), now=NOW
    )
    assert (saved.row.specialist, saved.row.unit_price_minor) == (lena, 9550)
    kept = save_line(books, PlanLineForm(**line, note="x"), now=NOW)
    assert kept.row.specialist is lena
    emptied = save_line(books, PlanLineForm(**line, specialist="-", unit_price="-"), now=NOW)
    assert (emptied.row.specialist, emptied.row.unit_price_minor) == (None, None)


@pytest.mark.parametrize(("price", "code"), [
    ("95.0050", "price_places"), ("99999999999999", "too_large"), ("10000000000000", "too_large"),
])  # fmt: skip
def test_price_the_currency_cannot_hold_is_refused_beside_the_other_problems(
    books: Session, price: str, code: str
) -> None:
    project = make_project(books)
    line = {"project": project.number, "service": project.services[0].service.code}
    with pytest.raises(ProblemsError) as refused:
        save_line(books, PlanLineForm(**line, specialist="Niemand", unit_price=price), now=NOW)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("specialist", "not_found"),
        ("unit_price", code),
    ]
    fee = RecurringFeeForm(**line, starts_on="2026-10-01", unit_price=price)
    with pytest.raises(ProblemsError) as refused:
        save_recurring_fee(books, fee, now=NOW)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("unit_price", code)
    ]


def test_agreed_price_must_fit_the_currency_of_another_service_too(books: Session) -> None:
    project = make_project(books)
    line = {"project": project.number, "position": 1}
    euro = project.services[0].service.code
    save_line(books, PlanLineForm(**line, service=euro, unit_price="95.50"), now=NOW)
    yen = make_service(books, currency="JPY").code
    with pytest.raises(ProblemsError, match=r"unit_price: “95\.5.*more decimals than JPY"):
        save_line(books, PlanLineForm(**line, service=yen), now=NOW)
    assert project.services[0].unit_price_minor == 9550


def test_milestone_is_known_by_position_or_title(session: Session) -> None:
    project = make_project(session)
    done = MilestoneForm(
        project=project.number, title="konzept abgenommen", state="Erledigt", done_on="2027-01-14"
    )
    saved = save_milestone(session, done, now=NOW)
    assert saved.row is project.milestones[0]
    assert saved.changed == ["title", "state", "done_on"]
    new: Saved[Any] = save_milestone(
        session, MilestoneForm(project=project.number, title="Party", due_on="2027-06-01"), now=NOW
    )
    assert (new.created, new.row.position) == (True, 3)
