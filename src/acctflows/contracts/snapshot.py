"""The frozen facts a contract is made from; the document is built from nothing else."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from acctflows.contracts.terms import TaxTreatment, Term, UsageRights
from acctflows.db.models.agency import ClientKind, ContractNature, Unit
from acctflows.dispatch.parties import AgencyParty, ClientParty, Frozen, Person
from acctflows.money import Money


class ServiceLine(Frozen):
    """One agreed service with its price; amounts in minor units of the contract's currency."""

    position: int
    title: str
    description: str
    note: str
    nature: ContractNature
    quantity: Decimal
    unit: Unit
    unit_price_minor: int
    tax_percent: Decimal
    net_minor: int


class PlanStep(Frozen):
    """One milestone of the plan."""

    position: int
    title: str
    due_on: date
    with_acceptance: bool


class TaxGroup(Frozen):
    """The net sum of all lines of one tax rate and the tax on it."""

    percent: Decimal
    net_minor: int
    tax_minor: int


class Totals(Frozen):
    """The sums of the contract; tax is computed once per rate, then added up."""

    net_minor: int
    tax_minor: int
    gross_minor: int
    groups: tuple[TaxGroup, ...]


class AgreedTerms(Frozen):
    """The manager's choices with every default resolved."""

    term: Term
    starts_on: date
    ends_on: date | None
    initial_months: int
    renewal_months: int
    notice_months: int
    payment_days: int
    long_periods_agreed: bool
    deposit_percent: int
    travel_expenses: bool
    acceptance_days: int
    correction_rounds: int
    feedback_days: int
    rights: UsageRights
    confidentiality_years: int
    data_processing: bool
    data_kinds: str
    data_subjects: str
    e_invoice: bool
    survey_notice: bool
    reference_consent: bool
    early_start: bool
    special_agreements: str
    answer_days: int


class Wording(Frozen):
    """Agreed words of a clause, in the place of what the template says under that heading."""

    heading: str
    original: str
    text: str


class ContractSnapshot(Frozen):
    """Everything a contract says, frozen when it is drafted.

    ``model_dump(mode="json")`` holds text, integers and booleans only: decimals are text, amounts
    are minor units of ``currency``. It names no day of drafting and no version, so that the same
    records and terms give the same snapshot on any day.
    """

    form: Literal[1] = 1
    """Version of this structure, for readers of old rows."""
    number: str
    language: Literal["de", "en"]
    law: Literal["DE", "AT"]
    currency: str
    project_number: str
    project_title: str
    project_goal: str
    agency: AgencyParty
    client: ClientParty
    signer: Person
    co_signers: tuple[Person, ...] = ()
    """Who signs after the first, in order."""
    manager: Person
    lines: tuple[ServiceLine, ...] = Field(min_length=1)
    milestones: tuple[PlanStep, ...]
    tax: TaxTreatment
    totals: Totals
    terms: AgreedTerms
    wordings: tuple[Wording, ...] = ()
    """What was agreed on in the place of the template's words."""

    @property
    def consumer(self) -> bool:
        """Whether the client is a consumer (§ 13 BGB, § 1 KSchG)."""
        return self.client.kind is ClientKind.CONSUMER

    def has(self, nature: ContractNature) -> bool:
        """Whether any line is of that contract nature."""
        return any(line.nature is nature for line in self.lines)

    def money(self, minor: int) -> Money:
        """An amount of this contract."""
        return Money(minor, self.currency)
