"""The frozen facts a contract is made from; the document is built from nothing else."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from acctflows.contracts.terms import Agreement, TaxTreatment, Term, UsageRights
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


class EarlierContract(Frozen):
    """The contract an order or change order refers to."""

    number: str
    concluded_on: date


class Changes(Frozen):
    """What a change order changes: the lines that come and go, and what was agreed before."""

    added: tuple[ServiceLine, ...]
    dropped: tuple[ServiceLine, ...]
    net_minor_before: int
    ends_on_before: date | None


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
    lines: tuple[ServiceLine, ...]
    milestones: tuple[PlanStep, ...]
    tax: TaxTreatment
    totals: Totals
    terms: AgreedTerms
    agreement: Agreement = Agreement.SINGLE
    refers_to: EarlierContract | None = None
    changes: Changes | None = None
    wordings: tuple[Wording, ...] = ()
    """What was agreed on in the place of the template's words."""

    @model_validator(mode="after")
    def _complete(self) -> "ContractSnapshot":
        """Only a framework contract agrees on no services; orders and changes name a contract."""
        if bool(self.lines) == (self.agreement is Agreement.FRAMEWORK):
            raise ValueError("services belong to every agreement but a framework contract")
        refers = self.agreement in (Agreement.ORDER, Agreement.CHANGE)
        if refers != (self.refers_to is not None):
            raise ValueError("orders and changes, and nothing else, refer to a contract")
        if (self.agreement is Agreement.CHANGE) != (self.changes is not None):
            raise ValueError("change orders, and nothing else, say what changes")
        return self

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
