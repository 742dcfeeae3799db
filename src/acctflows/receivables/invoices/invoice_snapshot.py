"""The frozen facts an invoice is made from; the page is drawn from nothing else."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from acctflows.db.models.agency import ClientKind, Unit
from acctflows.money import Money

# Written without exponent and needless zeros, so that equal facts give equal JSON.
PlainDecimal = Annotated[
    Decimal, PlainSerializer(lambda value: f"{value:f}", return_type=str, when_used="json")
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InvoiceTax(StrEnum):
    """Who owes the VAT on the invoice, and whether there is any."""

    STANDARD = "standard"
    SMALL_BUSINESS = "small_business"
    """Exempt small business (§ 19 UStG)."""
    REVERSE_CHARGE = "reverse_charge"
    """The recipient owes it (§ 13b UStG; services in the EU: § 3a (2) UStG)."""
    EXEMPT = "exempt"
    """Exempt for the reason given on the invoice (§ 4 UStG)."""
    OUTSIDE_SCOPE = "outside_scope"
    """A service to a business outside the EU is supplied there (§ 3a (2) UStG)."""


class DueBasis(StrEnum):
    """What the due date rests on; only an agreed one starts default by itself (§ 286 (2) BGB)."""

    CONTRACT_DATE = "contract_date"
    CONTRACT_PERIOD = "contract_period"
    INVOICE_ONLY = "invoice_only"
    IMMEDIATE = "immediate"


class Address(_Frozen):
    """Where a party sits; ``extra`` is a second line such as a department."""

    street: str
    postal_code: str
    city: str
    country: str
    extra: str = ""


class PaymentAccount(_Frozen):
    """The account the client pays to."""

    holder: str
    iban: str
    bic: str = ""
    bank: str = ""


class Supplier(_Frozen):
    """The agency as it stands on the invoice (§ 14 (4) UStG, § 35a GmbHG)."""

    legal_name: str
    short_name: str
    address: Address
    email: str
    phone: str
    website: str = ""
    represented_by: tuple[str, ...]
    register_court: str = ""
    register_number: str = ""
    vat_id: str = ""
    tax_number: str = ""
    account: PaymentAccount


class Recipient(_Frozen):
    """Who is invoiced; ``number`` is the agency's own key of the client."""

    number: str
    legal_name: str
    kind: ClientKind
    address: Address
    vat_id: str = ""
    buyer_reference: str = ""
    """What the client wants to read on the invoice: cost centre, order, Leitweg-ID (BT-10)."""


class References(_Frozen):
    """What the invoice rests on; empty where there is none."""

    project_number: str = ""
    project_title: str = ""
    contract_number: str = ""
    act_numbers: tuple[str, ...] = ()


class SupplyPeriod(_Frozen):
    """When the services were supplied (§ 14 (4) no. 6 UStG); one day has the same date twice."""

    first: date
    last: date


class InvoiceLine(_Frozen):
    """One service; amounts in minor units of the invoice's currency, a reduction is negative."""

    position: int
    service: str = ""
    """Our own code of it, from which is known what of a service was invoiced; not printed."""
    title: str
    description: str = ""
    quantity: PlainDecimal
    unit: Unit
    unit_price_minor: int
    tax_percent: PlainDecimal
    net_minor: int


class TaxRow(_Frozen):
    """The net sum of all lines of one tax rate and the tax on it."""

    percent: PlainDecimal
    net_minor: int
    tax_minor: int


class Prepayment(_Frozen):
    """A payment on account to deduct, with the tax its invoice showed (§ 14 (5) UStG)."""

    invoice_number: str
    received_on: date
    gross_minor: int
    tax_minor: int = 0


class CancelledInvoice(_Frozen):
    """The invoice that is cancelled, named so that nobody can mistake it (§ 31 (5) UStDV)."""

    number: str
    issued_on: date
    reason: str
    """In words the client may read."""


class InvoiceTotals(_Frozen):
    """The sums of the invoice; ``due_minor`` is what remains to be paid."""

    net_minor: int
    tax_minor: int
    gross_minor: int
    prepaid_minor: int
    due_minor: int
    rows: tuple[TaxRow, ...]


class Skonto(_Frozen):
    """A reduction for paying early, agreed beforehand (§ 14 (4) no. 7 UStG)."""

    percent: PlainDecimal = Field(gt=0, lt=100)
    until: date


class PaymentTerms(_Frozen):
    """When to pay; ``days`` counts from receipt of the invoice."""

    due_on: date
    days: int = Field(ge=0)
    basis: DueBasis
    skonto: Skonto | None = None


class InvoiceSnapshot(_Frozen):
    """Everything an invoice says, frozen when it is issued.

    ``model_dump(mode="json")`` holds text, integers and booleans only. What the law demands may
    still be lacking: `invoice_content.find_gaps` says what.
    """

    form: Literal[1] = 1
    """Version of this structure, for readers of old rows."""
    number: str
    language: Literal["de", "en"]
    currency: str
    supplier: Supplier
    recipient: Recipient
    references: References = References()
    issued_on: date
    supplied: SupplyPeriod | None
    lines: tuple[InvoiceLine, ...]
    tax: InvoiceTax
    exemption_reason: str = ""
    prepayments: tuple[Prepayment, ...] = ()
    totals: InvoiceTotals
    terms: PaymentTerms
    rf_reference: str = ""
    """Structured creditor reference (ISO 11649); the same in payment code, mails and matching."""
    purpose: str = ""
    """What to write into the transfer where a bank takes no structured reference."""
    cancels: CancelledInvoice | None = None
    """Only of an invoice below zero that cancels another as a whole (Stornorechnung)."""
    deposit: bool = False
    """Whether it asks for a part of the price before the services are supplied (§ 14 (5) UStG)."""
    consumer_notice: bool = False
    """Whether the notice that starts default after 30 days is printed (§ 286 (3) BGB)."""
    notes: str = ""

    @property
    def consumer(self) -> bool:
        """Whether the recipient is a consumer (§ 13 BGB)."""
        return self.recipient.kind is ClientKind.CONSUMER

    def money(self, minor: int) -> Money:
        """An amount of this invoice."""
        return Money(minor, self.currency)


def line_net(unit_price: Money, quantity: Decimal) -> Money:
    """Quantity times unit price, rounded once."""
    return unit_price.times(quantity)


def sum_invoice(
    lines: Sequence[InvoiceLine],
    currency: str,
    tax: InvoiceTax,
    prepayments: Sequence[Prepayment] = (),
) -> InvoiceTotals:
    """Net, tax, gross and what remains to be paid.

    Tax is computed on the net sum of each rate and rounded once per rate (EN 16931, BR-CO-17), not
    per line. Where the supplier owes no tax, the rate of every line counts as zero.

    Args:
        lines: The services, amounts in minor units of ``currency``.
        currency: ISO 4217 code of all amounts.
        tax: Who owes the VAT.
        prepayments: Payments on account to deduct; more than the gross leaves a negative rest.
    """
    nets: dict[Decimal, int] = {}
    for line in lines:
        rate = line.tax_percent.normalize() if tax is InvoiceTax.STANDARD else Decimal(0)
        nets[rate] = nets.get(rate, 0) + line.net_minor
    rows = tuple(
        TaxRow(percent=rate, net_minor=net, tax_minor=Money(net, currency).percent(rate).minor)
        for rate, net in sorted(nets.items(), reverse=True)
    )
    net = sum(row.net_minor for row in rows)
    tax_minor = sum(row.tax_minor for row in rows)
    prepaid = sum(prepayment.gross_minor for prepayment in prepayments)
    return InvoiceTotals(
        net_minor=net,
        tax_minor=tax_minor,
        gross_minor=net + tax_minor,
        prepaid_minor=prepaid,
        due_minor=net + tax_minor - prepaid,
        rows=rows,
    )
