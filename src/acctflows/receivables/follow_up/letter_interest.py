"""Interest of the invoices in a letter: since when, and how much up to the day of the letter."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from acctflows.db.models.agency import Client, ClientKind
from acctflows.db.models.receivables import Invoice
from acctflows.money import Money
from acctflows.receivables.follow_up.dunning_items import OpenItem
from acctflows.receivables.follow_up.follow_up_rules import FollowUpRules
from acctflows.receivables.law.default_date import Claim, DueBasis, default_date
from acctflows.receivables.law.interest import Interest, PartPayment, statutory_interest


def interest_of(
    client: Client, invoice: Invoice, item: OpenItem, rules: FollowUpRules, *, today: date
) -> tuple[date | None, Interest | None]:
    """Since when the client is in default with an invoice, and the interest up to today.

    Both None where default has not begun, or nothing is known of the client's law.

    Args:
        client: The debtor.
        invoice: With its document, versions and allocations.
        item: The same invoice on the client's account.
        rules: Calendar and laws.
        today: The last day that bears interest.

    Raises:
        ConfigurationError: The base rate of a half-year is not known.
    """
    law = rules.laws.get(client.law)
    since = default_date(_claim(client, invoice, item), rules.calendar).starts_on
    if law is None or since is None or since > today:
        return None, None
    principal, payments = _principal(invoice)
    interest = statutory_interest(
        principal,
        default_start=since,
        until=today + timedelta(days=1),
        law=law,
        contract_on=invoice.issued_on,  # no later than that; only contracts before 2014 differ
        consumer=client.kind is ClientKind.CONSUMER,
        payments=payments,
    )
    return since, interest


def rates_of(interests: Sequence[Interest]) -> tuple[Decimal, ...]:
    """The rates that were applied, in percent per year, in order of time."""
    by_time = sorted((part.starts_on, part.rate) for each in interests for part in each.segments)
    return tuple(dict.fromkeys(rate for _, rate in by_time))


def _claim(client: Client, invoice: Invoice, item: OpenItem) -> Claim:
    """What is known of the claim; an invoice without a frozen content rests on its date alone."""
    versions = invoice.document.versions
    said = versions[-1].snapshot if versions else {}
    terms = said.get("terms", {})
    basis = DueBasis(terms.get("basis", DueBasis.INVOICE_ONLY))
    return Claim(
        due_on=invoice.due_on,
        due_basis=basis,
        consumer=client.kind is ClientKind.CONSUMER,
        invoice_received_on=invoice.sent_on,  # by mail: the day it was sent
        contract_period_days=terms["days"] if basis is DueBasis.CONTRACT_PERIOD else None,
        consumer_notice_printed=bool(said.get("consumer_notice", False)),
        # A reminder that grants days sets no default before they are over.
        reminder_received_on=tuple(step.granted_until for step in item.reminders),
    )


def _principal(invoice: Invoice) -> tuple[Money, list[PartPayment]]:
    """The claim and its part payments; what was taken back makes it the open rest, carefully."""
    settled = [(a.counts_on, a.amount_minor + a.discount_minor) for a in invoice.allocations]
    consistent = invoice.gross_minor - sum(minor for _, minor in settled) == invoice.open_minor
    if not consistent or any(minor < 0 for _, minor in settled):
        return Money(invoice.open_minor, invoice.currency), []
    payments = [PartPayment(on, Money(minor, invoice.currency)) for on, minor in settled]
    return Money(invoice.gross_minor, invoice.currency), payments
