"""Records by form and by file, as a manager enters them in Prefect."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from acctflows.agency.saving import Change, Saved
from acctflows.clockwork.api import FlowRun
from acctflows.db.models.agency import Client, Contact, MilestoneState, Project, Unit
from acctflows.db.models.delivery import WorkRecord
from flows.records import told
from tests.conftest import ROOT
from tests.factories import make_specialist
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

ENDS = ("Completed", "Failed", "Crashed", "Tried", "Imported")


def run(house: House, deployment: str, parameters: dict[str, Any]) -> FlowRun:
    """A run of the deployment, at its end."""
    return house.until(house.api.create_flow_run(deployment, parameters).id, *ENDS)


def client_of(house: House, number: str) -> Client:
    with house.app.database.reading() as session:
        return session.scalars(select(Client).where(Client.number == number)).one()


def test_a_client_a_contact_and_a_project_are_registered_and_changed_by_form(house: House) -> None:
    with house.app.database.transaction() as session:
        manager = make_specialist(session).email
    form = {"number": "F-1", "legal_name": "Fähre & Söhne GmbH", "country": "DE", "language": "de"}
    registered = run(house, "register-client/Register a client", {"client": form})
    assert registered.message == "F-1 Fähre & Söhne GmbH: registered"

    change = {"number": "F-1", "legal_name": "Fähre & Söhne GmbH", "city": "Kiel"}
    changed = run(house, "register-client/Register a client", {"client": change})
    assert changed.state_name == "Completed", changed.message
    client = client_of(house, "F-1")
    assert (client.city, client.country) == ("Kiel", "DE"), "a field left empty keeps what is there"

    contact = {"client": "F-1", "email": "ada@faehre.example", "family_name": "Fähre"}
    contact |= {"roles": ["signer"]}
    run(house, "register-contact/Register a contact", {"contact": contact})
    project = {"client": "F-1", "title": "Fahrplan im Netz", "manager": manager}
    project |= {"starts_on": "2027-01-11"}
    named = run(house, "register-project/Register a project", {"project": project})
    assert named.state_name == "Completed", named.message
    with house.app.database.reading() as session:
        assert session.scalars(select(Contact).where(Contact.email == "ada@faehre.example")).one()
        saved = session.scalars(select(Project).where(Project.title == "Fahrplan im Netz")).one()
    assert saved.starts_on == date(2027, 1, 11)


def test_what_changed_is_shown_as_text_in_one_row_whatever_is_in_it() -> None:
    changes = (
        Change("notes", "", "a | b\nc <b>"),
        Change("unit_price", None, Decimal("95.50")),
    )
    sentence, table = told(Saved(None, created=False, changes=changes), "K-1 A|B", "same")
    assert sentence == "K-1 A|B: 2 changed"
    assert table.splitlines()[2:] == [
        "| notes | – | a \\| b c &lt;b&gt; |",
        "| unit\\_price | – | 95.5 |",
    ]


def test_work_is_recorded_once_and_a_milestone_finished_by_form(house: House) -> None:
    number = house.project()
    work = {"project": number, "done_on": "2026-11-20", "hours": "1:30", "note": "Formular"}
    work |= {"milestone": "Konzept abgenommen"}
    recorded = run(house, "record-work/Record work", {"work": work})
    assert recorded.message == f"{number} · 2026-11-20 · 1.5 h: registered"
    again = run(house, "record-work/Record work", {"work": work})
    assert "needs a reference of its own" in again.message
    three = {"project": number, "done_on": "2026-11-21", "quantity": 3, "unit": "piece"}
    three |= {"billable": "no"}
    assert run(house, "record-work/Record work", {"work": three}).state_name == "Completed"

    done = {"project": number, "milestone": "1", "done_on": "2026-11-22"}
    finished = run(house, "finish-milestone/Finish a milestone", {"milestone": done})
    assert finished.message.endswith("Konzept abgenommen: 2 changed")
    with house.app.database.reading() as session:
        project = session.scalars(select(Project).where(Project.number == number)).one()
        records = session.scalars(select(WorkRecord).where(WorkRecord.project_id == project.id))
        assert sorted(record.quantity for record in records) == [1.5, 3]
        records = session.scalars(select(WorkRecord).where(WorkRecord.project_id == project.id))
        assert {record.unit: record.billable for record in records} == {
            Unit.HOUR: True,
            Unit.PIECE: False,
        }
        step = project.milestones[0]
        assert (step.state, step.done_on) == (MilestoneState.DONE, date(2026, 11, 22))


def test_a_wrong_form_says_everything_that_is_wrong(house: House) -> None:
    form = {"legal_name": "Falsch GmbH", "country": "Atlantis", "vat_id": "DE000000000"}
    failed = run(house, "register-client/Register a client", {"client": form})
    assert failed.state_name == "Failed"
    assert "Atlantis" in failed.message
    assert "DE000000000" in failed.message


def test_rows_are_tried_then_imported_then_found_unchanged(house: House) -> None:
    rows = "Kunden-Nr.;Firma;Land;Sprache\nI-1;Insel Verlag GmbH;Deutschland;Deutsch\n"
    tried = run(house, "import-records/Import records", {"pasted": rows})
    assert tried.state_name == "Tried", tried.message
    with house.app.database.reading() as session:
        assert not session.scalars(select(Client).where(Client.number == "I-1")).first()

    imported = run(house, "import-records/Import records", {"pasted": rows, "dry_run": False})
    assert imported.state_name == "Imported", imported.message
    assert client_of(house, "I-1").legal_name == "Insel Verlag GmbH"

    again = run(house, "import-records/Import records", {"pasted": rows, "dry_run": False})
    assert "Nichts zu tun" in again.message


def test_what_the_rows_are_can_be_said_in_the_form(house: House) -> None:
    number = house.project()
    with house.app.database.reading() as session:
        project = session.scalars(select(Project).where(Project.number == number)).one()
        rows = f"Kunde;Name;E-Mail\n{project.client.number};{project.title};\n"
    unclear = run(house, "import-records/Import records", {"pasted": rows})
    assert unclear.state_name == "Failed"
    said = {"pasted": rows, "kind": "projects"}
    tried = run(house, "import-records/Import records", said)
    assert tried.state_name == "Tried", tried.message
    assert "Nichts zu tun" in tried.message


def test_a_file_with_an_error_is_refused_whole_and_the_row_is_named(house: House) -> None:
    rows = "Kunden-Nr.;Firma;Land;Sprache\nJ-1;Jolle GmbH;Deutschland;Deutsch\nJ-2;Kahn GmbH;;\n"
    refused = run(house, "import-records/Import records", {"pasted": rows, "dry_run": False})
    assert refused.state_name == "Failed"
    with house.app.database.reading() as session:
        assert not session.scalars(select(Client).where(Client.number == "J-1")).first()


def test_a_file_beside_the_worker_is_read(house: House) -> None:
    file = ROOT / "templates" / "examples" / "demo-agency" / "services.csv"
    tried = run(house, "import-records/Import records", {"file": str(file)})
    assert tried.state_name == "Tried", tried.message
    assert "10" in tried.message
