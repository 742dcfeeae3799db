from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.agency.taxation import TaxTreatment
from acctflows.contracts.drafting import draft_contract
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.contracts.terms import ContractTerms
from acctflows.db.models.agency import (
    ClientKind,
    ContractNature,
    Milestone,
    Project,
    ProjectService,
    Stage,
    VatCheck,
)
from acctflows.db.models.contracts import Contract
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.session import Database
from acctflows.errors import ConflictError, InputError
from tests.contracts.stories import approved, decide, draft, invite
from tests.contracts.variants import word_text
from tests.factories import (
    NOW,
    TODAY,
    make_client,
    make_contact,
    make_project,
    make_service,
)
from tests.racing import race


def read(version: DocumentVersion) -> ContractSnapshot:
    return ContractSnapshot.model_validate(version.snapshot)


def test_a_draft_is_numbered_and_frozen(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session)

    version = draft(session, project, agency)

    snapshot = read(version)
    assert version.document.number == snapshot.number == "V-2026-0001"
    assert version.document.title == "Vertrag · Relaunch moewe.example"
    assert (version.version, version.state) == (1, VersionState.DRAFT)
    assert version.template_name == "contract/de.docx"
    assert snapshot.totals.net_minor == 1_200_050 + 6 * 95_000
    assert snapshot.terms.starts_on == project.starts_on
    assert snapshot.terms.payment_days == project.client.payment_days
    assert session.scalars(sa.select(Contract)).one().document is version.document


def test_drafting_again_with_the_same_terms_finds_the_same_version(
    database: Database, agency: AgencyProfile
) -> None:
    with database.transaction() as session:
        project_id = make_project(session).id
    seen = []
    for day in (TODAY, TODAY + timedelta(days=40)):
        with database.transaction() as session:
            version = draft_contract(
                session,
                agency=agency,
                project=session.get_one(Project, project_id),
                terms=ContractTerms(),
                actor="lena",
                now=NOW + (day - TODAY),
                today=day,
            )
            seen.append((version.id, version.snapshot_sha256))

    assert seen[0] == seen[1]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Document.id))) == 1


def test_changed_terms_make_the_next_version(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session)
    first = draft(session, project, agency)

    second = draft(session, project, agency, payment_days=30)

    assert (second.version, second.document) == (2, first.document)
    assert first.state is VersionState.SUPERSEDED
    assert read(second).number == read(first).number


def test_a_changed_plan_makes_the_next_version(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session)
    draft(session, project, agency)
    project.services[0].unit_price_minor = 1_100_000

    assert draft(session, project, agency).version == 2


def test_a_later_draft_may_be_in_the_other_language(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    draft(session, project, agency)

    version = draft(session, project, agency, language="en")

    assert (version.template_name, version.document.language) == ("contract/en.docx", "en")
    assert read(version).lines[0].title == "Website relaunch"


def test_a_project_may_have_a_second_contract(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session)
    draft(session, project, agency)

    version = draft_contract(
        session,
        agency=agency,
        project=project,
        terms=ContractTerms(),
        reference="hosting",
        actor="lena",
        now=NOW,
        today=TODAY,
    )

    assert version.document.number == "V-2026-0002"
    references = session.scalars(sa.select(Contract.reference).order_by(Contract.id))
    assert list(references) == ["main", "hosting"]


def test_an_accepted_contract_is_not_drafted_again(session: Session, agency: AgencyProfile) -> None:
    version = approved(session, agency)
    invite(session, version, agency)
    decide(session, version, "accepted")
    project = version.document.project
    assert project is not None

    with pytest.raises(ConflictError, match="is accepted and cannot change"):
        draft(session, project, agency, payment_days=30)


def test_eight_at_once_draft_one_contract(database: Database, agency: AgencyProfile) -> None:
    with database.transaction() as session:
        project_id = make_project(session).id

    def work(_caller: int) -> tuple[int, int]:
        with database.transaction() as session:
            project = session.get_one(Project, project_id)
            version = draft(session, project, agency)
            return version.document_id, version.version

    versions, failures = race(8, work)

    assert failures == []
    assert len(set(versions)) == 1
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Contract.id))) == 1


@pytest.mark.parametrize("choice", ["automatic", "domestic"])
def test_a_small_business_contracts_without_vat(
    session: Session, agency: AgencyProfile, choice: str
) -> None:
    small = agency.model_copy(update={"small_business": True})

    snapshot = read(draft(session, make_project(session), small, tax=choice))

    assert (snapshot.tax, snapshot.totals.tax_minor) == (TaxTreatment.SMALL_BUSINESS, 0)


def test_the_vat_of_a_consumer_outside_the_eu_is_chosen_in_the_form(
    session: Session, agency: AgencyProfile
) -> None:
    client = make_client(session, kind=ClientKind.CONSUMER, country="US", language="en")
    project = make_project(session, client=client)

    with pytest.raises(InputError, match=r"§ 3a \(4\) UStG.*: choose the VAT in the form"):
        draft(session, project, agency)

    assert read(draft(session, project, agency, tax="outside_scope")).totals.tax_minor == 0


def test_an_agreed_price_goes_before_the_catalogues(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    project.services[1].unit_price_minor = 80_000

    assert read(draft(session, project, agency)).lines[1].net_minor == 480_000


def test_invoices_go_to_the_address_on_record_else_to_billing_else_to_the_signer(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    signer = project.client.contacts[0]
    assert read(draft(session, project, agency)).client.invoice_email == signer.email

    make_contact(session, project.client, email="buch@moewe.example", roles=["billing"])
    session.expire(project.client, ["contacts"])
    assert read(draft(session, project, agency)).client.invoice_email == "buch@moewe.example"

    project.client.invoice_email = "rechnung@moewe.example"
    assert read(draft(session, project, agency)).client.invoice_email == "rechnung@moewe.example"


def test_the_only_contact_signs_even_without_the_role(
    session: Session, agency: AgencyProfile
) -> None:
    client = make_client(session)
    contact = make_contact(session, client, roles=["project"])

    assert read(draft(session, make_project(session, client=client), agency)).signer.id == (
        contact.id
    )


def test_one_of_several_signers_is_named_in_the_form(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    other = make_contact(session, project.client, given_name="Jan", email="jan@moewe.example")
    session.expire(project.client, ["contacts"])

    version = draft(session, project, agency, signer="JAN@moewe.example")

    assert read(version).signer.id == other.id


def _no_contact(project: Project) -> None:
    for contact in project.client.contacts:
        contact.archived_at = NOW


def _two_signers(project: Project) -> None:
    session = sa.orm.object_session(project)
    assert session is not None
    make_contact(session, project.client)
    session.expire(project.client, ["contacts"])


def _other_currency(project: Project) -> None:
    project.services[0].service.currency = "CHF"


def _no_work(project: Project) -> None:
    project.services[0].service.nature = ContractNature.SERVICE


def _abroad_without_vat_id(project: Project) -> None:
    project.client.country = "AT"


def _set(**values: Any) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        for name, value in values.items():
            setattr(project, name, value)

    return change


def _set_client(**values: Any) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        _set(**values)(project.client)

    return change


def _set_line(**values: Any) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        _set(**values)(project.services[0])

    return change


def _set_milestone(**values: Any) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        _set(**values)(project.milestones[0])

    return change


CONSUMER = _set_client(kind=ClientKind.CONSUMER)


@pytest.mark.parametrize(
    ("change", "terms", "words"),
    [
        (_no_contact, {}, "has no signer"),
        (_two_signers, {}, "more than one contact may sign"),
        (_set(), {"signer": "nobody@moewe.example"}, "no contact with the e-mail"),
        (_other_currency, {}, "mixes currencies (CHF, EUR)"),
        (_set_line(quantity=Decimal(0)), {}, "has the quantity 0"),
        (_set_line(unit_price_minor=-1), {}, "negative price"),
        (_no_work, {}, "no service of the plan is a work contract"),
        (_abroad_without_vat_id, {}, "record a valid VAT id"),
        (_set_client(street=" "), {}, "has no street"),
        (_set_client(postal_code=""), {}, "has no postal code"),
        (_set_client(law="FR"), {}, "no contract under the law of “FR”"),
        (_set_client(language="fr"), {}, "no contract in “fr”"),
        (_set_client(archived_at=NOW), {}, "is archived"),
        (_set_client(payment_days=0), {}, "has no payment days"),
        (_set(stage=Stage.CLOSED), {}, "is closed"),
        (_set(starts_on=None), {}, "no start"),
        (_set(ends_on=None), {"term": "fixed"}, "a fixed term needs its end"),
        (_set(ends_on=date(2026, 11, 1)), {}, "before it starts"),
        (_set_milestone(due_on=date(2026, 11, 30)), {}, "lies outside the contract's time"),
        (_set_milestone(due_on=date(2027, 6, 1)), {}, "lies outside the contract's time"),
        (_set_milestone(due_on=date(2027, 4, 1)), {}, "put them in order"),
        (_set(), {"payment_days": 61}, "payment after 61 days needs an express agreement"),
        (_set(), {"acceptance_days": 31}, "acceptance within 31 days needs an express"),
        (CONSUMER, {"term": "renewing", "initial_months": 25}, "more than 24 months"),
        (CONSUMER, {"term": "renewing", "notice_months": 2}, "at most one month"),
        (CONSUMER, {"term": "fixed", "ends_on": "2028-12-31"}, "more than 24 months"),
    ],
)
def test_what_is_missing_or_contradictory_is_named(
    session: Session,
    agency: AgencyProfile,
    change: Callable[[Project], None],
    terms: dict[str, Any],
    words: str,
) -> None:
    project = make_project(session)
    change(project)

    with pytest.raises(InputError) as caught:
        draft(session, project, agency, **terms)

    assert words in caught.value.what
    assert session.scalar(sa.select(sa.func.count(Document.id))) == 0


def test_a_project_without_a_plan_is_named(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session)
    for kind in (ProjectService, Milestone):
        session.execute(sa.delete(kind).where(kind.project_id == project.id))
    session.expire(project)

    with pytest.raises(InputError, match="has no services"):
        draft(session, project, agency)


def test_everything_missing_is_named_at_once(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session, starts_on=None)
    project.client.street = ""
    _no_contact(project)

    with pytest.raises(InputError) as caught:
        draft(session, project, agency)

    assert caught.value.what.count(";") == 2
    assert caught.value.where == f"contract for project {project.number}"


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        (ClientKind.BUSINESS, {"payment_days": 60, "acceptance_days": 30}),
        (ClientKind.BUSINESS, {"payment_days": 90, "long_periods_agreed": True}),
        (ClientKind.CONSUMER, {"payment_days": 90}),  # § 271a (5) no. 2 BGB
        (ClientKind.CONSUMER, {"term": "renewing", "initial_months": 24}),
        (ClientKind.BUSINESS, {"term": "renewing", "initial_months": 36, "notice_months": 3}),
    ],
)
def test_what_the_law_allows_is_drafted(
    session: Session, agency: AgencyProfile, kind: ClientKind, terms: dict[str, Any]
) -> None:
    project = make_project(session)
    project.client.kind = kind

    assert draft(session, project, agency, **terms).version == 1


def test_a_business_in_another_eu_country_owes_the_tax_itself(
    session: Session, agency: AgencyProfile
) -> None:
    client = make_client(
        session, country="AT", law="AT", vat_id="ATU13585627", vat_check=VatCheck.FORMAT_VALID
    )

    snapshot = read(draft(session, make_project(session, client=client), agency))

    assert snapshot.totals.tax_minor == 0
    assert "Steuerschuldnerschaft des Leistungsempfängers" in word_text(snapshot)


def test_the_tax_can_be_set_by_hand(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session, client=make_client(session, country="AT"))

    snapshot = read(draft(session, project, agency, tax="domestic"))

    assert snapshot.totals.tax_minor > 0


def test_control_characters_never_reach_the_snapshot(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session, title="Neu\x0b & \x1bgut", goal="Ziel\r\nzwei")

    snapshot = read(draft(session, project, agency))

    assert (snapshot.project_title, snapshot.project_goal) == ("Neu\n & gut", "Ziel\nzwei")


def test_services_count_in_the_order_of_the_plan(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session)
    extra = make_service(session, title_de="Schulung")
    session.add(ProjectService(project=project, position=7, service=extra, quantity=Decimal("2.5")))
    session.flush()
    session.expire(project, ["services"])

    lines = read(draft(session, project, agency)).lines

    assert [(line.position, line.title) for line in lines][-1] == (3, "Schulung")
