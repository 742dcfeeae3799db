"""The frozen facts an act is made from; the document is built from nothing else."""

from datetime import date
from decimal import Decimal
from typing import Literal

from acctflows.db.models.agency import ClientKind, ContractNature, Unit
from acctflows.dispatch.parties import AgencyParty, ClientParty, Frozen, Person
from acctflows.money import Money


class ActLine(Frozen):
    """A service with how much of it was done; amounts in minor units of the act's currency."""

    position: int
    service_code: str
    """Of the catalogue; empty for work on no service of it."""
    title: str
    quantity: Decimal
    unit: Unit
    billable: bool
    tax_percent: Decimal | None
    """VAT rate of the service; None for work on none."""
    unit_price_minor: int | None
    """None where the agreed price is for another unit, such as hours of a lump sum."""
    net_minor: int | None


class RecordedWork(Frozen):
    """One entry of the work records."""

    done_on: date
    title: str
    specialist: str
    quantity: Decimal
    unit: Unit
    note: str


class NamedDefect(Frozen):
    """A defect the client has named before, and when it was cured."""

    place: str
    description: str
    cured_on: date | None
    cured_note: str


class ActSnapshot(Frozen):
    """Everything an act says, frozen when it is drafted.

    With a milestone it is the protocol of acceptance (Abnahme, § 640 BGB) of a result; with a
    period it is the record of services that owe no result (§ 611 BGB). It names no day of drafting,
    so that the same records give the same snapshot on any day.
    """

    form: Literal[1] = 1
    """Version of this structure, for readers of old rows."""
    number: str
    nature: ContractNature
    language: Literal["de", "en"]
    law: Literal["DE", "AT"]
    currency: str
    project_number: str
    project_title: str
    contract_number: str
    """The accepted contract of the project; empty when there is none on file."""
    agency: AgencyParty
    client: ClientParty
    signer: Person
    manager: Person
    milestone_id: int | None
    """The row it came from."""
    milestone: str
    """What was finished; empty for a period."""
    completed_on: date | None
    period_from: date | None
    period_to: date | None
    lines: tuple[ActLine, ...]
    records: tuple[RecordedWork, ...]
    acceptance_days: int
    defects: tuple[NamedDefect, ...]
    """What the client named when refusing the version before."""

    @property
    def consumer(self) -> bool:
        """Whether the client is a consumer (§ 13 BGB)."""
        return self.client.kind is ClientKind.CONSUMER

    @property
    def priced(self) -> bool:
        """Whether all that is billed has an amount: a sum of some of it would mislead."""
        billed = [line.net_minor for line in self.lines if line.billable]
        return bool(billed) and None not in billed

    @property
    def net_minor(self) -> int:
        """Sum of the amounts, without tax."""
        return sum(line.net_minor or 0 for line in self.lines)

    def money(self, minor: int) -> Money:
        """An amount of this act."""
        return Money(minor, self.currency)
