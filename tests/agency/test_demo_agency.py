"""The demo agency: one believable world, in files that serve as examples."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from acctflows.agency import find
from acctflows.agency.importing import apply_import, plan_import, read_file
from acctflows.agency.importing.sheets import Sheet
from acctflows.agency.profile import AgencyProfile
from acctflows.db.base import Base
from acctflows.db.models.agency import (
    Client,
    ClientKind,
    Contact,
    ContactRole,
    ContractNature,
    Discipline,
    Project,
    Service,
    Specialist,
    Stage,
    Unit,
    VatCheck,
)
from acctflows.db.models.delivery import WorkRecord
from tests.agency.conftest import DEMO
from tests.factories import NOW


def demo_sheets() -> list[Sheet]:
    return [sheet for path in sorted(DEMO.glob("*.csv")) for sheet in read_file(path)]


@pytest.fixture(scope="module")
def demo() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        apply_import(session, demo_sheets(), now=NOW)
        yield session


def test_demo_files_import_without_a_word_and_twice_is_once(demo: Session) -> None:
    again = plan_import(demo, demo_sheets(), now=NOW)
    assert again.ok
    assert again.notes == []
    assert not again.new_lines()
    assert not again.changed_lines()


def test_headings_are_german_in_some_files_and_english_in_others() -> None:
    first = {path.name: path.read_text("utf-8-sig").split("\n")[0] for path in DEMO.glob("*.csv")}
    assert ";Firma;" in first["kunden.csv"]
    assert "Given name," in first["contacts.csv"]


def test_five_clients_at_home_and_abroad_with_checked_vat_ids(demo: Session) -> None:
    clients = list(demo.scalars(select(Client).order_by(Client.number)))
    assert [client.country for client in clients] == ["DE", "DE", "AT", "GB", "DE"]
    assert [client.language for client in clients] == ["de", "de", "de", "en", "de"]
    consumer = clients[-1]
    assert (consumer.kind, consumer.vat_check) == (ClientKind.CONSUMER, VatCheck.NONE)
    assert {client.vat_check for client in clients[:-1]} == {VatCheck.FORMAT_VALID}


def test_every_client_has_someone_who_signs_and_every_address_is_made_up(demo: Session) -> None:
    for client in demo.scalars(select(Client)):
        assert [c for c in client.contacts if ContactRole.SIGNER in c.roles], client.legal_name
        assert client.invoice_email.endswith((".example", ""))
    for person in (*demo.scalars(select(Contact)), *demo.scalars(select(Specialist))):
        assert person.email.endswith(".example")


def test_catalogue_has_both_contract_natures_and_staff_every_discipline(demo: Session) -> None:
    natures = {service.nature for service in demo.scalars(select(Service))}
    disciplines = {person.discipline for person in demo.scalars(select(Specialist))}
    assert natures == set(ContractNature)
    assert disciplines == set(Discipline)


def test_projects_stand_at_every_stage(demo: Session, agency: AgencyProfile) -> None:
    projects = list(demo.scalars(select(Project)))
    assert {project.stage for project in projects} == set(Stage)
    domain = agency.mail_domain
    assert all(project.manager.email.endswith(f"@{domain}") for project in projects)


@pytest.mark.parametrize(("number", "language"), [("P-2026-005", "de"), ("P-2026-006", "en")])
def test_proposals_are_ready_for_a_contract(demo: Session, number: str, language: str) -> None:
    project = find.project(demo, number)
    assert project.stage is Stage.PROPOSAL
    assert project.client.language == language
    assert project.starts_on is not None
    assert date(2027, 1, 1) < project.starts_on
    assert {line.service.nature for line in project.services} == set(ContractNature)
    days = [milestone.due_on for milestone in project.milestones]
    assert days == sorted(days)
    assert project.starts_on < days[0]
    assert project.ends_on is not None
    assert days[-1] <= project.ends_on


def test_work_is_recorded_for_what_is_under_way_and_priced_only_there(demo: Session) -> None:
    records = list(demo.scalars(select(WorkRecord)))
    under_way = {Stage.ACTIVE, Stage.ON_HOLD, Stage.DELIVERED}
    assert {record.project.stage for record in records} == under_way | {Stage.PROPOSAL}
    assert {record.unit for record in records} == {Unit.HOUR, Unit.PIECE}
    for record in records:
        assert date(2026, 10, 1) <= record.done_on <= date(2026, 11, 23)
        assert record.billable == (record.service is not None)
        assert not record.billable or record.project.stage in under_way
        planned = {line.service for line in record.project.services}
        assert record.service is None or record.service in planned
