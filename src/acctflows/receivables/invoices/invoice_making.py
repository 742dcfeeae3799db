"""Makes the frozen facts of an invoice from the agency's records and what is to be charged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from acctflows.agency.profile import AgencyProfile
from acctflows.agency.taxation import TaxTreatment, tax_treatment, unclear_tax
from acctflows.business_days import BusinessCalendar
from acctflows.db.models.agency import Client, ClientKind, Project, VatCheck
from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.invoices.charging import Charge
from acctflows.receivables.invoices.invoice_snapshot import (
    CancelledInvoice,
    DueBasis,
    InvoiceLine,
    InvoiceSnapshot,
    InvoiceTax,
    PaymentTerms,
    Prepayment,
    References,
    Skonto,
    SupplyPeriod,
    sum_invoice,
)
from acctflows.receivables.parties import recipient_of, supplier_of
from acctflows.receivables.payment_code import rf_reference

_TAX = {
    TaxTreatment.DOMESTIC: InvoiceTax.STANDARD,
    TaxTreatment.SMALL_BUSINESS: InvoiceTax.SMALL_BUSINESS,
    TaxTreatment.REVERSE_CHARGE: InvoiceTax.REVERSE_CHARGE,
    TaxTreatment.OUTSIDE_SCOPE: InvoiceTax.OUTSIDE_SCOPE,
}


@dataclass(frozen=True)
class Agreement:
    """What the accepted contract of a project says about its invoices.

    Args:
        number: Of the contract.
        payment_days: Days after receipt of the invoice.
        tax: Who owes the VAT.
        deposit_percent: Part of the total invoiced at the beginning; 0 for none.
    """

    number: str
    payment_days: int
    tax: TaxTreatment
    deposit_percent: int = 0


@dataclass(frozen=True)
class PaidDeposit:
    """What is left to deduct of a paid deposit; minor units, VAT included in the gross amount."""

    invoice_number: str
    received_on: date
    gross_minor: int
    tax_minor: int


@dataclass(frozen=True)
class Matter:
    """What an invoice is about.

    Args:
        charges: Its lines.
        currency: Of all prices.
        supplied: When the services were supplied; None for a deposit.
        language: The invoice's own.
        act_number: The accepted act it charges; empty for a fee.
        agreement: The accepted contract; None where none is on file.
        exemption_reason: Why no VAT is due on what is charged without any.
        deposit: Whether it asks for a part of the price before the services are supplied.
        deposits: What clients have paid before and this invoice deducts, as far as it reaches.
    """

    charges: Sequence[Charge]
    currency: str
    supplied: SupplyPeriod | None
    language: str
    act_number: str = ""
    agreement: Agreement | None = None
    exemption_reason: str = ""
    deposit: bool = False
    deposits: Sequence[PaidDeposit] = ()


def make_snapshot(
    matter: Matter, *, number: str, agency: AgencyProfile, project: Project, issued_on: date
) -> InvoiceSnapshot:
    """The facts of the invoice; whether the law wants more is `invoice_content.find_gaps`' to say.

    It falls due as agreed: N days after receipt, which is the day of issue since it goes by mail,
    or on the next business day (§ 193 BGB).

    Raises:
        InputError: When the records do not settle who owes the VAT.
    """
    client = project.client
    tax = _invoice_tax(agency, client, matter)
    lines = tuple(
        InvoiceLine(
            position=position,
            service=charge.service,
            title=charge.title,
            description=charge.description,
            quantity=charge.quantity,
            unit=charge.unit,
            unit_price_minor=charge.unit_price_minor,
            tax_percent=charge.tax_percent,
            net_minor=charge.net(matter.currency).minor,
        )
        for position, charge in enumerate(matter.charges, 1)
    )
    gross = sum_invoice(lines, matter.currency, tax).gross_minor
    prepayments = deducted(matter.deposits, gross, matter.currency)
    return InvoiceSnapshot.model_validate(
        {
            "number": number,
            "language": matter.language,
            "currency": matter.currency,
            "supplier": supplier_of(agency),
            "recipient": recipient_of(client, project),
            "references": References(
                project_number=project.number,
                project_title=project.title,
                contract_number=matter.agreement.number if matter.agreement else "",
                act_numbers=(matter.act_number,) if matter.act_number else (),
            ),
            "issued_on": issued_on,
            "supplied": matter.supplied,
            "lines": lines,
            "tax": tax,
            "exemption_reason": matter.exemption_reason,
            "prepayments": prepayments,
            "totals": sum_invoice(lines, matter.currency, tax, prepayments),
            "terms": _terms(agency, client, matter.agreement, issued_on),
            "deposit": matter.deposit,
            "rf_reference": rf_reference(number),
            "purpose": number,
            "consumer_notice": client.kind is ClientKind.CONSUMER,
        }
    )


def cancelling(
    cancelled: InvoiceSnapshot, *, number: str, reason: str, issued_on: date
) -> InvoiceSnapshot:
    """The invoice below zero that cancels another as a whole (Stornorechnung): a pure rule.

    Everything of the first one is said again with the opposite sign, so that both together are
    nothing in every rate of tax. It asks for no payment.

    Args:
        cancelled: The facts of the invoice to cancel.
        number: Its own number.
        reason: In words the client may read.
        issued_on: Its date.
    """
    lines = tuple(
        line.model_copy(update={"quantity": -line.quantity, "net_minor": -line.net_minor})
        for line in cancelled.lines
    )
    prepayments = tuple(
        each.model_copy(update={"gross_minor": -each.gross_minor, "tax_minor": -each.tax_minor})
        for each in cancelled.prepayments
    )
    return cancelled.model_copy(
        update={
            "number": number,
            "issued_on": issued_on,
            "lines": lines,
            "prepayments": prepayments,
            "totals": sum_invoice(lines, cancelled.currency, cancelled.tax, prepayments),
            "terms": PaymentTerms(due_on=issued_on, days=0, basis=DueBasis.IMMEDIATE),
            "rf_reference": "",
            "purpose": "",
            "cancels": CancelledInvoice(
                number=cancelled.number, issued_on=cancelled.issued_on, reason=reason
            ),
            "consumer_notice": False,
        }
    )


def deducted(deposits: Sequence[PaidDeposit], gross: int, currency: str) -> tuple[Prepayment, ...]:
    """The deposits with their VAT (§ 14 (5) UStG), no more than the invoice comes to."""
    found = []
    for paid in deposits:
        taken = min(paid.gross_minor, gross)
        if taken <= 0:
            continue
        gross -= taken
        share = Decimal(taken) / paid.gross_minor
        found.append(
            Prepayment(
                invoice_number=paid.invoice_number,
                received_on=paid.received_on,
                gross_minor=taken,
                tax_minor=Money(paid.tax_minor, currency).times(share).minor,
            )
        )
    return tuple(found)


def _invoice_tax(agency: AgencyProfile, client: Client, matter: Matter) -> InvoiceTax:
    agreed = matter.agreement.tax if matter.agreement else None
    consumer = client.kind is ClientKind.CONSUMER
    treatment = agreed or tax_treatment(
        agency_country=agency.country,
        client_country=client.country,
        consumer=consumer,
        vat_id_valid=client.vat_check is VatCheck.FORMAT_VALID,
        small_business=agency.small_business,
    )
    if treatment is None:
        todo = "choose it in the form of a contract, or write this invoice by hand"
        raise InputError(
            unclear_tax(number=client.number, country=client.country, consumer=consumer),
            where=client.legal_name,
            todo=todo if consumer else "record a valid VAT ID",
        )
    if treatment is TaxTreatment.SMALL_BUSINESS and not agency.small_business:
        raise InputError(
            "the contract was made without VAT (§ 19 UStG), and the agency is no small business "
            "any more",
            where=client.legal_name,
            todo="settle with the client whether it comes on top, and write this invoice by hand",
        )
    if treatment is TaxTreatment.DOMESTIC and agency.small_business:
        return InvoiceTax.SMALL_BUSINESS
    untaxed = all(charge.tax_percent == 0 for charge in matter.charges)
    if treatment is TaxTreatment.DOMESTIC and untaxed and matter.exemption_reason:
        return InvoiceTax.EXEMPT
    return _TAX[treatment]


def _terms(
    agency: AgencyProfile, client: Client, agreement: Agreement | None, issued_on: date
) -> PaymentTerms:
    days = agreement.payment_days if agreement else client.payment_days
    calendar = BusinessCalendar(agency.country, agency.state)
    skonto = None
    if client.discount_percent and client.discount_days is not None:
        until = issued_on + timedelta(days=min(client.discount_days, days))
        skonto = Skonto(percent=client.discount_percent, until=until)
    return PaymentTerms(
        due_on=calendar.on_or_after(issued_on + timedelta(days=days)),
        days=days,
        basis=DueBasis.CONTRACT_PERIOD if agreement else DueBasis.INVOICE_ONLY,
        skonto=skonto,
    )
