"""Since when a debtor is in default (§ 286 BGB), and by which rule."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from acctflows.business_days import ONE_DAY, BusinessCalendar
from acctflows.errors import InputError

STATUTORY_PERIOD = timedelta(days=30)


class DueBasis(StrEnum):
    """Where the due date comes from. A date the creditor alone printed sets no default by itself.

    See BGH, 25 October 2007, III ZR 91/07.
    """

    CONTRACT_DATE = "contract_date"
    """The contract names the calendar date (§ 286 (2) no. 1)."""
    CONTRACT_PERIOD = "contract_period"
    """The contract names a period from the receipt of the invoice (§ 286 (2) no. 2)."""
    INVOICE_ONLY = "invoice_only"
    """Only the invoice names the date."""
    IMMEDIATE = "immediate"
    """Nothing was agreed: due at once (§ 271 (1))."""


class DefaultRule(StrEnum):
    """Which rule settled the default."""

    CONTRACT_DATE = "contract_date"
    CONTRACT_PERIOD = "contract_period"
    REMINDER = "reminder"
    REFUSAL = "refusal"
    THIRTY_DAYS = "thirty_days"
    THIRTY_DAYS_FROM_PERFORMANCE = "thirty_days_from_performance"
    DEFENCE = "defence"
    NOTHING_YET = "nothing_yet"


class Basis(NamedTuple):
    """The provision and why it applies, in both languages."""

    provision: str
    de: str
    en: str


BASES = {
    DefaultRule.CONTRACT_DATE: Basis(
        "§ 286 Abs. 2 Nr. 1 BGB",
        "Der Vertrag bestimmt den Tag der Zahlung nach dem Kalender.",
        "The contract sets the day of payment by the calendar.",
    ),
    DefaultRule.CONTRACT_PERIOD: Basis(
        "§ 286 Abs. 2 Nr. 2 BGB",
        "Der Vertrag bestimmt eine Zahlungsfrist ab Zugang der Rechnung.",
        "The contract sets a period for payment from receipt of the invoice.",
    ),
    DefaultRule.REMINDER: Basis(
        "§ 286 Abs. 1 BGB",
        "Nach Fälligkeit ist eine Mahnung zugegangen.",
        "A reminder was received after the amount had fallen due.",
    ),
    DefaultRule.REFUSAL: Basis(
        "§ 286 Abs. 2 Nr. 3 BGB",
        "Die Zahlung wurde ernsthaft und endgültig verweigert.",
        "Payment was refused seriously and finally.",
    ),
    DefaultRule.THIRTY_DAYS: Basis(
        "§ 286 Abs. 3 Satz 1 BGB",
        "Seit Fälligkeit und Zugang der Rechnung sind 30 Tage vergangen.",
        "30 days have passed since the due date and receipt of the invoice.",
    ),
    DefaultRule.THIRTY_DAYS_FROM_PERFORMANCE: Basis(
        "§ 286 Abs. 3 Satz 2 BGB",
        "Der Zugang der Rechnung ist unsicher; seit Fälligkeit und Empfang der Leistung sind "
        "30 Tage vergangen.",
        "Receipt of the invoice is uncertain; 30 days have passed since the due date and receipt "
        "of the service.",
    ),
    DefaultRule.DEFENCE: Basis(
        "§ 286 Abs. 4 BGB",
        "Die Forderung ist bestritten; bis zur Klärung wird kein Verzug angenommen.",
        "The claim is disputed; until this is settled no default is assumed.",
    ),
    DefaultRule.NOTHING_YET: Basis(
        "§ 286 BGB",
        "Bisher führt keine Regel zum Verzug; es fehlt eine Mahnung nach Fälligkeit.",
        "No rule leads to default so far; a reminder after the due date is missing.",
    ),
}
"""What is shown beside a date of default."""


@dataclass(frozen=True)
class Claim:
    """What is known of a claim.

    Args:
        due_on: Day until which the invoice is to be paid.
        due_basis: Where that day comes from.
        consumer: Whether the debtor is a consumer (§ 13 BGB).
        invoice_received_on: Day the invoice arrived; None where it is uncertain.
        contract_period_days: With ``CONTRACT_PERIOD``: days from receipt, as the contract says.
        performance_received_on: Day the client received the service (acceptance).
        consumer_notice_printed: Whether the invoice told a consumer of the 30 days.
        reminder_received_on: Days on which reminders arrived, in any order.
        refused_on: Day of a serious and final refusal.
        defence: Whether the client disputes the claim or is not to blame for not paying.
    """

    due_on: date
    due_basis: DueBasis
    consumer: bool
    invoice_received_on: date | None = None
    contract_period_days: int | None = None
    performance_received_on: date | None = None
    consumer_notice_printed: bool = False
    reminder_received_on: tuple[date, ...] = ()
    refused_on: date | None = None
    defence: bool = False


@dataclass(frozen=True)
class Default:
    """The result.

    Args:
        starts_on: First day of default, from which interest runs; it may lie in the future. None
            where no rule applies or a defence stands against it.
        rule: The rule that gave the earliest day; of equal ones the first in the law's order.
        decided_by: The day that mattered: end of the period, receipt of the reminder, refusal.
    """

    starts_on: date | None
    rule: DefaultRule
    decided_by: date | None

    @property
    def basis(self) -> Basis:
        """The provision and the reason in words."""
        return BASES[self.rule]


def default_date(claim: Claim, calendar: BusinessCalendar) -> Default:
    """The first day of default: the day after the earliest of the cases of § 286 BGB.

    Due dates and periods that end on a Saturday, Sunday or public holiday end on the next business
    day (§ 193 BGB; BGH, 1 February 2007, III ZR 159/06).

    Args:
        claim: What is known.
        calendar: Business days at the place of payment.

    Raises:
        InputError: A contractual period without its days, or days without such a period.
    """
    _refuse_incomplete(claim)
    if claim.defence:
        return Default(None, DefaultRule.DEFENCE, None)
    due = calendar.on_or_after(_due_on(claim))
    cases = [
        case
        for case in (
            _by_contract(claim, due),
            _by_reminder(claim, due),
            _by_refusal(claim, due),
            _by_thirty_days(claim, due, calendar),
        )
        if case
    ]
    if not cases:
        return Default(None, DefaultRule.NOTHING_YET, None)
    day, rule = min(cases, key=lambda case: case[0])
    return Default(day + ONE_DAY, rule, day)


def assumed_receipt_by_post(posted_on: date, calendar: BusinessCalendar, days: int = 3) -> date:
    """When a letter is taken to have arrived: some business days after posting, not proven."""
    return calendar.add(posted_on, days)


Case = tuple[date, DefaultRule]


def _due_on(claim: Claim) -> date:
    """The later of what the invoice grants and what the contract grants."""
    if claim.contract_period_days is None or claim.invoice_received_on is None:
        return claim.due_on
    agreed = claim.invoice_received_on + timedelta(days=claim.contract_period_days)
    return max(claim.due_on, agreed)


def _by_contract(claim: Claim, due: date) -> Case | None:
    if claim.due_basis is DueBasis.CONTRACT_DATE:
        return due, DefaultRule.CONTRACT_DATE
    if claim.due_basis is DueBasis.CONTRACT_PERIOD and claim.invoice_received_on is not None:
        return due, DefaultRule.CONTRACT_PERIOD
    return None  # without a known receipt the period has no beginning


def _by_reminder(claim: Claim, due: date) -> Case | None:
    # A reminder before the amount is due has no effect, and none is made good by waiting.
    received = [day for day in claim.reminder_received_on if day > due]
    return (min(received), DefaultRule.REMINDER) if received else None


def _by_refusal(claim: Claim, due: date) -> Case | None:
    # Refusing makes the reminder needless, but nobody is in default before the amount is due.
    return (max(claim.refused_on, due), DefaultRule.REFUSAL) if claim.refused_on else None


def _by_thirty_days(claim: Claim, due: date, calendar: BusinessCalendar) -> Case | None:
    if claim.consumer and not claim.consumer_notice_printed:
        return None
    if claim.invoice_received_on is not None:
        received, rule = claim.invoice_received_on, DefaultRule.THIRTY_DAYS
    elif claim.performance_received_on is not None and not claim.consumer:
        received, rule = claim.performance_received_on, DefaultRule.THIRTY_DAYS_FROM_PERFORMANCE
    else:
        return None
    return calendar.on_or_after(max(due, received) + STATUTORY_PERIOD), rule


def _refuse_incomplete(claim: Claim) -> None:
    if (claim.due_basis is DueBasis.CONTRACT_PERIOD) != (claim.contract_period_days is not None):
        raise InputError(
            "a contractual period for payment and its number of days belong together",
            where=f"claim due on {claim.due_on}",
            todo="give the days the contract grants from receipt of the invoice",
        )
