"""Records for tests: believable defaults, every field can be given."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from acctflows.db.models.agency import (
    Client,
    Contact,
    ContactRole,
    ContractNature,
    Discipline,
    Milestone,
    Project,
    ProjectService,
    Service,
    Specialist,
    Unit,
)
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice, RecurringFee
from acctflows.receivables.payment_code import rf_reference

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
_serial = count(1)


def make_client(session: Session, **given: Any) -> Client:
    n = next(_serial)
    values: dict[str, Any] = {
        "number": f"K-{1000 + n}",
        "legal_name": f"Möwe Handel {n} GmbH",
        "legal_form": "GmbH",
        "street": "Am Markt 3",
        "postal_code": "28195",
        "city": "Bremen",
        "country": "DE",
        "language": "de",
        "created_at": NOW,
        "changed_at": NOW,
    }
    client = Client(**values | given)
    session.add(client)
    session.flush()
    return client


def make_contact(session: Session, client: Client, **given: Any) -> Contact:
    n = next(_serial)
    values: dict[str, Any] = {
        "client": client,
        "salutation": "Frau",
        "given_name": "Käthe",
        "family_name": "Brünning",
        "function": "Geschäftsführerin",
        "email": f"kaethe{n}@moewe.example",
        "language": client.language,
        "roles": [ContactRole.SIGNER.value],
        "created_at": NOW,
        "changed_at": NOW,
    }
    contact = Contact(**values | given)
    session.add(contact)
    session.flush()
    return contact


def make_specialist(session: Session, **given: Any) -> Specialist:
    n = next(_serial)
    values: dict[str, Any] = {
        "email": f"lena{n}@nordlicht-digital.example",
        "given_name": "Lena",
        "family_name": "Hansen",
        "discipline": Discipline.ACCOUNT_MANAGEMENT,
        "phone": "+49 40 5550143",
        "languages": ["de", "en"],
        "created_at": NOW,
        "changed_at": NOW,
    }
    specialist = Specialist(**values | given)
    session.add(specialist)
    session.flush()
    return specialist


def make_service(session: Session, **given: Any) -> Service:
    n = next(_serial)
    values: dict[str, Any] = {
        "code": f"WEB-{n}",
        "title_de": "Relaunch der Website",
        "title_en": "Website relaunch",
        "description_de": "Konzept, Gestaltung und Umsetzung",
        "description_en": "Concept, design and build",
        "discipline": Discipline.DEVELOPMENT,
        "nature": ContractNature.WORK,
        "unit": Unit.LUMP_SUM,
        "unit_price_minor": 1_200_050,
        "currency": "EUR",
        "tax_percent": Decimal(19),
        "created_at": NOW,
        "changed_at": NOW,
    }
    service = Service(**values | given)
    session.add(service)
    session.flush()
    return service


def make_project(session: Session, **given: Any) -> Project:
    """A project with a signer, one work and one service line, and two milestones."""
    n = next(_serial)
    client = given.pop("client", None) or make_client(session)
    if not client.contacts:
        make_contact(session, client)
    values: dict[str, Any] = {
        "number": f"P-2026-{n:05}",
        "client": client,
        "manager": given.pop("manager", None) or make_specialist(session),
        "title": "Relaunch moewe.example",
        "goal": "Mehr Anfragen über die Website",
        "starts_on": date(2026, 12, 1),
        "ends_on": date(2027, 5, 31),
        "created_at": NOW,
        "changed_at": NOW,
    }
    project = Project(**values | given)
    session.add(project)
    session.flush()
    care = make_service(
        session,
        title_de="SEO-Betreuung",
        title_en="SEO care",
        discipline=Discipline.SEO,
        nature=ContractNature.SERVICE,
        unit=Unit.MONTH,
        unit_price_minor=95_000,
    )
    lines = ((make_service(session), Decimal(1)), (care, Decimal(6)))
    for position, (service, quantity) in enumerate(lines, 1):
        session.add(
            ProjectService(project=project, position=position, service=service, quantity=quantity)
        )
    steps = (("Konzept abgenommen", date(2027, 1, 15)), ("Website online", date(2027, 3, 31)))
    for position, (title, due_on) in enumerate(steps, 1):
        session.add(
            Milestone(
                project=project,
                position=position,
                title=title,
                due_on=due_on,
                with_acceptance=True,
            )
        )
    session.flush()
    return project


def make_work_record(session: Session, project: Project, **given: Any) -> WorkRecord:
    """An hour and a half of work for the project, without service or specialist."""
    values: dict[str, Any] = {
        "reference": f"TT-{next(_serial)}",
        "project": project,
        "done_on": date(2026, 11, 20),
        "quantity": Decimal("1.5"),
        "unit": Unit.HOUR,
        "note": "Texte der Startseite überarbeitet",
        "created_at": NOW,
        "changed_at": NOW,
    }
    record = WorkRecord(**values | given)
    session.add(record)
    session.flush()
    return record


def make_act(session: Session, project: Project, **given: Any) -> Document:
    """The bare register entry of an act, to which work records can belong."""
    n = next(_serial)
    values: dict[str, Any] = {
        "key": f"act/{project.number}/{n}",
        "kind": "act",
        "number": f"L-2026-{n:04}",
        "client": project.client,
        "project": project,
        "language": "de",
        "title": "Leistungen im November",
        "created_at": NOW,
    }
    act = Document(**values | given)
    session.add(act)
    session.flush()
    return act


def make_fee(session: Session, project: Project, **given: Any) -> RecurringFee:
    """A fee of 950.00 EUR a month since 2026-09-01, for the second service of the plan."""
    values: dict[str, Any] = {
        "reference": f"{project.number}/SEO",
        "project": project,
        "service": project.services[1].service,
        "quantity": Decimal(1),
        "unit_price_minor": 95_000,
        "starts_on": date(2026, 9, 1),
        "created_at": NOW,
        "changed_at": NOW,
    }
    fee = RecurringFee(**values | given)
    session.add(fee)
    session.flush()
    return fee


def make_invoice(session: Session, client: Client, **given: Any) -> Invoice:
    """An invoice over 1,190.00 EUR that is open, due on 2026-11-15 and was sent; not its PDF."""
    n = next(_serial)
    number = given.pop("number", f"RE-2026-{n:04}")
    document = Document(
        key=f"invoice/{n}",
        kind="invoice",
        number=number,
        client=client,
        language=client.language,
        title=f"Rechnung {number}",
        created_at=NOW,
    )
    values: dict[str, Any] = {
        "document": document,
        "client": client,
        "currency": client.currency,
        "gross_minor": 119_000,
        "issued_on": date(2026, 11, 1),
        "due_on": date(2026, 11, 15),
        "rf_reference": rf_reference(number),
        "sent_on": date(2026, 11, 1),
        "created_at": NOW,
    } | given
    invoice = Invoice(**{"open_minor": values["gross_minor"]} | values)
    session.add(invoice)
    session.flush()
    return invoice
