"""Makes the frozen facts of an invoice from the agency's records and what is to be charged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from acctflows.agency.profile import AgencyProfile
from acctflows.agency.taxation import TaxTreatment, tax_treatment
from acctflows.business_days import BusinessCalendar
from acctflows.db.models.agency import Client, ClientKind, Project, VatCheck
from acctflows.errors import InputError
from acctflows.receivables.invoices.charging import Charge
from acctflows.receivables.invoices.invoice_snapshot import (
    DueBasis,
    InvoiceLine,
    InvoiceSnapshot,
    InvoiceTax,
    PaymentTerms,
    References,
    SupplyPeriod,
    sum_invoice,
)
from acctflows.receivables.parties import recipient_of, supplier_of
from acctflows.receivables.payment_code import rf_reference

_TAX = {
    TaxTreatment.DOMESTIC: InvoiceTax.STANDARD,
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
class Matter:
    """What an invoice is about.

    Args:
        charges: Its lines.
        currency: Of all prices.
        supplied: When the services were supplied.
        language: The invoice's own.
        act_number: The accepted act it charges; empty for a fee.
        agreement: The accepted contract; None where none is on file.
    """

    charges: Sequence[Charge]
    currency: str
    supplied: SupplyPeriod
    language: str
    act_number: str = ""
    agreement: Agreement | None = None


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
    tax = _invoice_tax(agency, client, matter.agreement)
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
    return InvoiceSnapshot.model_validate(
        {
            "number": number,
            "language": matter.language,
            "currency": matter.currency,
            "supplier": supplier_of(agency),
            "recipient": recipient_of(client),
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
            "totals": sum_invoice(lines, matter.currency, tax),
            "terms": _terms(agency, client, matter.agreement, issued_on),
            "rf_reference": rf_reference(number),
            "purpose": number,
            "consumer_notice": client.kind is ClientKind.CONSUMER,
        }
    )


def _invoice_tax(agency: AgencyProfile, client: Client, agreement: Agreement | None) -> InvoiceTax:
    if agreement is not None:
        return _TAX[agreement.tax]
    treatment = tax_treatment(
        agency_country=agency.country,
        client_country=client.country,
        consumer=client.kind is ClientKind.CONSUMER,
        vat_id_valid=client.vat_check is VatCheck.FORMAT_VALID,
    )
    if treatment is None:
        raise InputError(
            f"the VAT of client {client.number} ({client.country}) is not clear",
            where=client.legal_name,
            todo="record a valid VAT ID",
        )
    return _TAX[treatment]


def _terms(
    agency: AgencyProfile, client: Client, agreement: Agreement | None, issued_on: date
) -> PaymentTerms:
    days = agreement.payment_days if agreement else client.payment_days
    calendar = BusinessCalendar(agency.country, agency.state)
    return PaymentTerms(
        due_on=calendar.on_or_after(issued_on + timedelta(days=days)),
        days=days,
        basis=DueBasis.CONTRACT_PERIOD if agreement else DueBasis.INVOICE_ONLY,
    )
