"""Forms of the work: the service catalogue, projects and their plan."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from acctflows.agency.forms.fields import (
    ARCHIVED,
    Currency,
    Day,
    Key,
    Line,
    Percent,
    Position,
    Price,
    Quantity,
    RecordForm,
    Text,
    YesNo,
    one_of,
)
from acctflows.agency.problems import fault
from acctflows.agency.rules import price_minor
from acctflows.db.models.agency import (
    ContractNature,
    Discipline,
    MilestoneState,
    Stage,
    Unit,
)


class ServiceForm(RecordForm):
    """An entry of the service catalogue, known by its code."""

    erasable: ClassVar[frozenset[str]] = frozenset(
        {"description_de", "description_en", "exemption"}
    )
    needed: ClassVar[frozenset[str]] = frozenset(
        {"title_de", "title_en", "discipline", "nature", "unit", "unit_price"}
    )

    code: Key = Field(title="Code", description="Short and lasting: SEO-CARE.", max_length=40)
    title_de: Line = Field(
        default="",
        title="Title (German)",
        description="As on contracts; needed for a new service.",
        max_length=200,
    )
    title_en: Line = Field(
        default="",
        title="Title (English)",
        description="As on contracts; needed for a new service.",
        max_length=200,
    )
    description_de: Text = Field(
        default="", title="Description (German)", description="What the client gets."
    )
    description_en: Text = Field(
        default="", title="Description (English)", description="What the client gets."
    )
    discipline: Annotated[Discipline | None, one_of(Discipline)] = Field(
        default=None, title="Discipline", description="Who does it; needed for a new service."
    )
    nature: Annotated[ContractNature | None, one_of(ContractNature)] = Field(
        default=None,
        title="Contract nature",
        description="Work contract (acceptance, § 631 BGB) or service contract (§ 611 BGB); "
        "needed for a new service.",
    )
    unit: Annotated[Unit | None, one_of(Unit)] = Field(
        default=None, title="Unit", description="What is counted; needed for a new service."
    )
    currency: Currency = Field(
        default="", title="Currency", description="Of the price. Usual: EUR."
    )
    unit_price: Price = Field(
        default=None,
        title="Price per unit",
        description="Net, such as 95 or 1250.50; needed for a new service.",
    )
    tax_percent: Percent = Field(
        default=None,
        title="VAT in percent",
        description="Usual: 19; 0 where a reason is given why none is due.",
    )
    exemption: Line = Field(
        default="",
        title="Why no VAT is due",
        description="Only for services without VAT: the provision as invoices cite it, such as "
        "§ 4 Nr. 21 UStG.",
        max_length=200,
    )
    archived: YesNo = Field(default=None, title="Archived", description=ARCHIVED)

    @field_validator("tax_percent")
    @classmethod
    def _no_fraction(cls, value: Percent) -> Percent:
        if value is not None and 0 < value < 1:
            raise fault("percent_fraction", value=value, percent=value * 100)
        return value

    @field_validator("exemption")
    @classmethod
    def _only_without_tax(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("tax_percent"):
            raise fault("exemption_taxed")
        return value

    @field_validator("unit_price")
    @classmethod
    def _price_fits_currency(cls, value: Price, info: ValidationInfo) -> Price:
        if value is not None and "currency" in info.data:
            price_minor(value, info.data["currency"] or "EUR")
        return value


class PlanLine(RecordForm):
    """A line of a project's plan: a service, how much of it, who does it."""

    erasable: ClassVar[frozenset[str]] = frozenset({"specialist", "unit_price", "note"})

    position: Position = Field(
        default=None,
        title="Position",
        description="Place in the plan. Empty: that of the same service, else the next.",
    )
    service: Line = Field(title="Service", description="Code of the catalogue.")
    specialist: Line = Field(
        default="", title="Specialist", description="E-mail address or full name."
    )
    quantity: Quantity = Field(
        default=None,
        title="Quantity",
        description="In the service's unit. Usual: 1.",
    )
    unit_price: Price = Field(
        default=None,
        title="Agreed price per unit",
        description="Net. Empty: the catalogue's price.",
    )
    note: Text = Field(default="", title="Note", description="Stands below the line.")


class PlanLineForm(PlanLine):
    """A plan line by itself, as files have them."""

    project: Line = Field(title="Project", description="Project number, or its unique title.")


class MilestoneStep(RecordForm):
    """A step of a project's plan with its date."""

    erasable: ClassVar[frozenset[str]] = frozenset({"done_on"})
    needed: ClassVar[frozenset[str]] = frozenset({"due_on"})

    position: Position = Field(
        default=None,
        title="Position",
        description="Place in the plan. Empty: that of the same title, else the next.",
    )
    title: Line = Field(
        title="Milestone", description="What is reached, in a few words.", max_length=200
    )
    due_on: Day = Field(
        default=None, title="Due on", description="Agreed day; needed for a new milestone."
    )
    with_acceptance: YesNo = Field(
        default=None,
        title="With acceptance",
        description="Whether the client accepts it formally (§ 640 BGB). Usual: no.",
    )
    state: Annotated[MilestoneState | None, one_of(MilestoneState)] = Field(
        default=None, title="State", description="How far it is. Usual: planned."
    )
    done_on: Day = Field(default=None, title="Done on", description="Day it was reached.")


class MilestoneForm(MilestoneStep):
    """A milestone by itself, as files have them."""

    project: Line = Field(title="Project", description="Project number, or its unique title.")


class ProjectForm(RecordForm):
    """A piece of work for a client, with its plan; leave a field empty to keep what is there."""

    erasable: ClassVar[frozenset[str]] = frozenset(
        {"goal", "starts_on", "ends_on", "closed_on", "buyer_reference"}
    )
    needed: ClassVar[frozenset[str]] = frozenset({"manager"})

    number: Key = Field(
        default="",
        title="Project number",
        description="Of an existing project, or one you choose. Empty: the project of this title, "
        "else the next free number.",
        max_length=40,
    )
    client: Line = Field(
        title="Client", description="Client number, or the legal name if only one has it."
    )
    title: Line = Field(title="Title", description="As it stands on the contract.", max_length=200)
    manager: Line = Field(
        default="",
        title="Account manager",
        description="E-mail address or full name; needed for a new project.",
    )
    goal: Text = Field(default="", title="Goal", description="What the client wants to reach.")
    stage: Annotated[Stage | None, one_of(Stage)] = Field(
        default=None, title="Stage", description="From lead to closed. Usual: lead."
    )
    starts_on: Day = Field(default=None, title="Start", description="First day of work.")
    ends_on: Day = Field(default=None, title="End", description="Last day of work.")
    closed_on: Day = Field(
        default=None,
        title="Closed on",
        description="From this day the client may be asked how it was. Empty: the day on which an "
        "open project is set to closed.",
    )
    buyer_reference: Line = Field(
        default="",
        title="Reference on invoices",
        description="Order or cost centre of this project, as the client wants to read it. Empty: "
        "that of the client.",
        max_length=100,
    )
    services: list[PlanLine] = Field(
        default_factory=list,
        title="Plan",
        description="Services with quantity; lines left out here stay as they are.",
    )
    milestones: list[MilestoneStep] = Field(
        default_factory=list,
        title="Milestones",
        description="Steps with their dates; steps left out here stay as they are.",
    )

    @field_validator("ends_on")
    @classmethod
    def _ends_after_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("starts_on")
        if value and start and value < start:
            raise fault("ends_before_start")
        return value

    @field_validator("closed_on")
    @classmethod
    def _only_when_closed(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value and info.data.get("stage") not in (None, Stage.CLOSED):
            raise fault("closed_day_of_open")
        return value
