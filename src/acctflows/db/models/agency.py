"""The agency's records: clients, contacts, specialists, services, projects and their plan."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt, Fixed
from acctflows.db.models.kinds import enum_column


class ClientKind(StrEnum):
    """Business (Unternehmer, § 14 BGB) or consumer (Verbraucher, § 13 BGB)."""

    BUSINESS = "business"
    CONSUMER = "consumer"


class VatCheck(StrEnum):
    """What is known of a VAT id: nothing given, well-formed with right check digits, or wrong."""

    NONE = "none"
    FORMAT_VALID = "format_valid"
    INVALID = "invalid"


class Discipline(StrEnum):
    """What a specialist does; account managers are staff with their own discipline."""

    ACCOUNT_MANAGEMENT = "account_management"
    USABILITY = "usability"
    COPY = "copy"
    ANALYTICS = "analytics"
    SEO = "seo"
    ADVERTISING = "advertising"
    DESIGN = "design"
    DEVELOPMENT = "development"
    CONSULTING = "consulting"


class Stage(StrEnum):
    """Where a project stands, from lead to closed."""

    LEAD = "lead"
    PROPOSAL = "proposal"
    CONTRACT = "contract"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    DELIVERED = "delivered"
    CLOSED = "closed"
    LOST = "lost"


class ContractNature(StrEnum):
    """Work contract with acceptance (Werkvertrag, § 631 BGB) or service contract (§ 611 BGB)."""

    WORK = "work"
    SERVICE = "service"


class Unit(StrEnum):
    """What a quantity counts."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    PIECE = "piece"
    LUMP_SUM = "lump_sum"


class MilestoneState(StrEnum):
    """How far a milestone is."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    ACCEPTED = "accepted"


class Client(Base):
    """A client of the agency; ``number`` is the agency's own key (K-1001)."""

    __tablename__ = "client"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    legal_name: Mapped[str] = mapped_column(String(300))
    legal_form: Mapped[str] = mapped_column(String(60), default="")
    kind: Mapped[ClientKind] = enum_column(ClientKind, default=ClientKind.BUSINESS)
    street: Mapped[str] = mapped_column(String(300), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    city: Mapped[str] = mapped_column(String(120), default="")
    country: Mapped[str] = mapped_column(String(2))
    register_entry: Mapped[str] = mapped_column(String(120), default="")
    vat_id: Mapped[str] = mapped_column(String(20), default="")
    vat_check: Mapped[VatCheck] = enum_column(VatCheck, default=VatCheck.NONE)
    language: Mapped[str] = mapped_column(String(2))
    law: Mapped[str] = mapped_column(String(2), default="DE")
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    payment_days: Mapped[int] = mapped_column(default=14)
    invoice_email: Mapped[str] = mapped_column(String(254), default="")
    buyer_reference: Mapped[str] = mapped_column(String(100), default="")
    """What the client wants to read on invoices: cost centre, order, Leitweg-ID (BT-10)."""
    discount_percent: Mapped[Decimal | None] = mapped_column(Fixed(2))
    """Agreed discount for paying early (Skonto); None: none was agreed."""
    discount_days: Mapped[int | None]
    """Days from receipt of the invoice within which the discount is granted."""
    notes: Mapped[str] = mapped_column(default="")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    contacts: Mapped[list["Contact"]] = relationship(back_populates="client", order_by="Contact.id")
    projects: Mapped[list["Project"]] = relationship(
        back_populates="client", order_by="Project.number"
    )


class Contact(Base):
    """A person at a client; ``roles`` says what they decide (ContactRole values, sorted)."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("client_id", "email"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    salutation: Mapped[str] = mapped_column(String(40), default="")
    given_name: Mapped[str] = mapped_column(String(120), default="")
    family_name: Mapped[str] = mapped_column(String(120))
    function: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(60), default="")
    language: Mapped[str] = mapped_column(String(2))
    roles: Mapped[list[str]] = mapped_column(default=list)
    survey_basis: Mapped[str] = mapped_column(String(40), default="")
    survey_evidence: Mapped[str] = mapped_column(default="")
    survey_basis_on: Mapped[date | None]
    opted_out_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    client: Mapped[Client] = relationship(back_populates="contacts")

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()


class ContactRole(StrEnum):
    """What a contact is asked for."""

    SIGNER = "signer"
    BILLING = "billing"
    PROJECT = "project"
    SURVEY = "survey"


class SurveyBasis(StrEnum):
    """Why a contact may be asked (§ 7 UWG): consent, existing customer with notice, or nothing."""

    NONE = ""
    CONSENT = "consent"
    EXISTING_CUSTOMER = "existing_customer"


class Specialist(Base):
    """Someone who works for the agency, with one discipline; account managers are among them."""

    __tablename__ = "specialist"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    given_name: Mapped[str] = mapped_column(String(120), default="")
    family_name: Mapped[str] = mapped_column(String(120))
    discipline: Mapped[Discipline] = enum_column(Discipline)
    phone: Mapped[str] = mapped_column(String(60), default="")
    languages: Mapped[list[str]] = mapped_column(default=list)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()


class Service(Base):
    """An entry of the service catalogue, with its price and contract nature."""

    __tablename__ = "service"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title_de: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    description_de: Mapped[str] = mapped_column(default="")
    description_en: Mapped[str] = mapped_column(default="")
    discipline: Mapped[Discipline] = enum_column(Discipline)
    nature: Mapped[ContractNature] = enum_column(ContractNature)
    unit: Mapped[Unit] = enum_column(Unit)
    unit_price_minor: Mapped[int] = mapped_column(BigInt)
    currency: Mapped[str] = mapped_column(String(3))
    tax_percent: Mapped[Decimal] = mapped_column(Fixed(2))
    exemption: Mapped[str] = mapped_column(String(200), default="")
    """Why no VAT is due on it, such as § 4 Nr. 21 UStG; empty where it is."""
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    def title(self, language: str) -> str:
        """The title in that language (``de`` or ``en``)."""
        return self.title_de if language == "de" else self.title_en

    def description(self, language: str) -> str:
        """The description in that language (``de`` or ``en``)."""
        return self.description_de if language == "de" else self.description_en


class Project(Base):
    """A piece of work for a client, from lead to closed; ``number`` is P-2026-004 and the like."""

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    manager_id: Mapped[int] = mapped_column(ForeignKey("specialist.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    goal: Mapped[str] = mapped_column(default="")
    stage: Mapped[Stage] = enum_column(Stage, default=Stage.LEAD)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    closed_on: Mapped[date | None] = mapped_column(index=True)
    """The agency's day on which the project was closed; None before, and where nobody knows."""
    buyer_reference: Mapped[str] = mapped_column(String(100), default="")
    """As of the client, which it goes before: the order or cost centre of this project."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    client: Mapped[Client] = relationship(back_populates="projects")
    manager: Mapped[Specialist] = relationship()
    services: Mapped[list["ProjectService"]] = relationship(
        back_populates="project", order_by="ProjectService.position"
    )
    milestones: Mapped[list["Milestone"]] = relationship(
        back_populates="project", order_by="Milestone.position"
    )


class ProjectService(Base):
    """A line of a project's plan: a service of the catalogue, how much of it, at what price."""

    __tablename__ = "project_service"
    __table_args__ = (UniqueConstraint("project_id", "position"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    position: Mapped[int]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    specialist_id: Mapped[int | None] = mapped_column(ForeignKey("specialist.id"))
    quantity: Mapped[Decimal] = mapped_column(Fixed(3))
    unit_price_minor: Mapped[int | None] = mapped_column(BigInt)
    """Agreed price in minor units of the service's currency; None means the catalogue's."""
    note: Mapped[str] = mapped_column(default="")

    project: Mapped[Project] = relationship(back_populates="services")
    service: Mapped[Service] = relationship()
    specialist: Mapped[Specialist | None] = relationship()


class Milestone(Base):
    """A step of a project's plan with its date; work contracts are accepted by milestone."""

    __tablename__ = "milestone"
    __table_args__ = (UniqueConstraint("project_id", "position"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    with_acceptance: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MilestoneState] = enum_column(MilestoneState, default=MilestoneState.PLANNED)
    done_on: Mapped[date | None]

    project: Mapped[Project] = relationship(back_populates="milestones")
