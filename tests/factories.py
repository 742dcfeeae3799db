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
        "number": f"P-2026-{n:03}",
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
