"""Statutory interest on late payments (§ 288 BGB), segment by segment; no interest on interest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.law.base_rates import LatePaymentLaw, next_half_year


class DayCount(StrEnum):
    """How many days the year of the interest has; the law does not say, so the method is shown."""

    ACT_365 = "act/365"
    ACT_ACT = "act/act"


@dataclass(frozen=True)
class PartPayment:
    """Money that reduced the principal.

    Args:
        credited_on: Day the money arrived on the creditor's account.
        amount: What was counted towards the principal, not towards costs or interest.
    """

    credited_on: date
    amount: Money


@dataclass(frozen=True)
class Segment:
    """Days on which principal and rate stayed the same.

    Args:
        starts_on: First day with interest.
        ends_on: Last day with interest.
        principal: The amount bearing interest.
        base_rate: Base rate in percent.
        points: Percentage points above it.
        year_days: Days of the year by the chosen method.
    """

    starts_on: date
    ends_on: date
    principal: Money
    base_rate: Decimal
    points: Decimal
    year_days: int

    @property
    def days(self) -> int:
        """Days with interest, first and last included."""
        return (self.ends_on - self.starts_on).days + 1

    @property
    def rate(self) -> Decimal:
        """Interest per year in percent."""
        return self.base_rate + self.points

    @property
    def exact(self) -> Fraction:
        """The interest in major units, not rounded."""
        return (
            Fraction(self.principal.decimal) * Fraction(self.rate) * self.days
            / (100 * self.year_days)
        )  # fmt: skip

    @property
    def shown(self) -> Money:
        """The interest rounded for display; the total is not the sum of these."""
        return _rounded(self.exact, self.principal.currency)


@dataclass(frozen=True)
class Interest:
    """Interest of a claim over a time.

    Args:
        segments: In order of time, without gaps; empty where no day bears interest.
        total: The exact sum of the segments, rounded once, half up.
        day_count: The method, to be named wherever the amount is shown.
    """

    segments: tuple[Segment, ...]
    total: Money
    day_count: DayCount


def statutory_interest(
    principal: Money,
    *,
    default_start: date,
    until: date,
    law: LatePaymentLaw,
    contract_on: date,
    consumer: bool,
    payments: Iterable[PartPayment] = (),
    day_count: DayCount = DayCount.ACT_365,
) -> Interest:
    """Interest from the first day of default until the money was credited.

    The day of the credit bears no interest any more (ECJ C-306/06); VAT is part of the principal
    (ECJ C-585/20).

    Args:
        principal: The claim with VAT, before the part payments given here.
        default_start: First day of default (§ 286 BGB).
        until: Day of the credit, excluded; to include today, give tomorrow.
        law: Base rates and points.
        contract_on: Day the contract was concluded, which chooses the points.
        consumer: Whether the debtor is a consumer.
        payments: Part payments on the principal; those before the default reduce it from its start.
        day_count: The length of the year.

    Raises:
        ConfigurationError: The base rate of a half-year is not known.
        InputError: Principal or a payment is negative, or more was paid than was owed.
    """
    paid = sorted(payments, key=lambda payment: payment.credited_on)
    _refuse_impossible(principal, paid)
    points = law.points_over_base(contract_on, consumer=consumer)
    segments = []
    day = default_start
    while day < until:
        end = min(
            [until, next_half_year(day), *(p.credited_on for p in paid if p.credited_on > day)]
        )
        open_minor = principal.minor - sum(p.amount.minor for p in paid if p.credited_on <= day)
        if open_minor:
            segments.append(
                Segment(
                    starts_on=day,
                    ends_on=end - timedelta(days=1),
                    principal=Money(open_minor, principal.currency),
                    base_rate=law.base_rate(day),
                    points=points,
                    year_days=_year_days(day, day_count),
                )
            )
        day = end
    total = _rounded(sum((s.exact for s in segments), Fraction(0)), principal.currency)
    return Interest(tuple(segments), total, day_count)


def _year_days(day: date, day_count: DayCount) -> int:
    # A segment never crosses a new year, for it ends with the half-year.
    if day_count is DayCount.ACT_365:
        return 365
    return (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days


def _refuse_impossible(principal: Money, paid: list[PartPayment]) -> None:
    if principal.minor < 0 or any(payment.amount.minor < 0 for payment in paid):
        raise InputError("interest is computed on amounts owed and paid, none below zero")
    if sum((payment.amount for payment in paid), Money.zero(principal.currency)) > principal:
        raise InputError(
            "the part payments are more than the principal",
            todo="count what was overpaid as a credit of the client",
        )


def _rounded(exact: Fraction, currency: str) -> Money:
    # A division of Decimals is exact to 28 digits, far below half a cent of any amount we know.
    return Money.of(Decimal(exact.numerator) / Decimal(exact.denominator), currency)
