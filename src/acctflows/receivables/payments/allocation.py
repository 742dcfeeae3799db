"""Which debt a payment pays: §§ 366 and 367 of the German Civil Code (BGB), as pure functions.

§ 366(1): what the debtor designates when paying. § 366(2), without a designation that covers
everything: the debt that is due, among several due ones that which gives the creditor the least
security, among equally secured ones that more burdensome to the debtor, then the older, then all in
proportion. § 367(1): within a debt costs first, then interest, then principal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from acctflows.errors import InputError
from acctflows.money import Money


class Rule(StrEnum):
    """Why a part of a payment went to a debt."""

    DESIGNATED = "designated"
    DUE = "due"
    LESS_SECURED = "less_secured"
    MORE_BURDENSOME = "more_burdensome"
    OLDER = "older"
    PRO_RATA = "pro_rata"
    ONLY_DEBT = "only_debt"

    def words(self, language: str) -> str:
        """The rule in words with its source, for ``de`` or ``en``."""
        return _WORDS[self][language == "en"]


_WORDS: dict[Rule, tuple[str, str]] = {
    Rule.DESIGNATED: (
        "vom Zahler bestimmt (§ 366 Abs. 1 BGB)",
        "designated by the payer (§ 366(1) BGB)",
    ),
    Rule.DUE: (
        "fällige Schuld vor nicht fälliger (§ 366 Abs. 2 BGB)",
        "a debt that is due before one that is not (§ 366(2) BGB)",
    ),
    Rule.LESS_SECURED: (
        "weniger gesicherte Schuld zuerst (§ 366 Abs. 2 BGB)",
        "the less secured debt first (§ 366(2) BGB)",
    ),
    Rule.MORE_BURDENSOME: (
        "lästigere Schuld zuerst (§ 366 Abs. 2 BGB)",
        "the more burdensome debt first (§ 366(2) BGB)",
    ),
    Rule.OLDER: (
        "ältere Schuld zuerst (§ 366 Abs. 2 BGB)",
        "the older debt first (§ 366(2) BGB)",
    ),
    Rule.PRO_RATA: (
        "gleichrangige Schulden anteilig (§ 366 Abs. 2 BGB)",
        "debts of equal rank in proportion (§ 366(2) BGB)",
    ),
    Rule.ONLY_DEBT: ("keine andere Schuld ist offen", "no other debt is open"),
}


@dataclass(frozen=True)
class Debt:
    """What one invoice still claims, on the day of the payment."""

    id: str
    costs: Money
    """Open costs of pursuing the claim, such as the lump sum of § 288(5) BGB."""
    interest: Money
    """Open interest for late payment."""
    principal: Money
    """Open amount of the invoice itself."""
    due_on: date
    arisen_on: date
    """Day the claim arose, usually that of the invoice: the older goes first."""
    secured: bool = False
    """Whether the creditor holds a security for it, such as a guarantee."""
    burden: int = 0
    """Higher is more burdensome to the debtor, such as one with a judgment or higher interest."""

    @property
    def open(self) -> Money:
        """Everything the debt still claims."""
        return self.costs + self.interest + self.principal


@dataclass(frozen=True)
class Allocation:
    """What of a payment goes to one debt, and to which of its parts."""

    debt_id: str
    costs: Money
    interest: Money
    principal: Money
    rule: Rule

    @property
    def amount(self) -> Money:
        """All of it."""
        return self.costs + self.interest + self.principal


@dataclass(frozen=True)
class Allocated:
    """How a payment is used: the allocations and what is left over sum to the payment."""

    allocations: tuple[Allocation, ...]
    left_over: Money
    """Overpayment: belongs to the payer until it is used for another debt or paid back."""


def allocate(
    payment: Money,
    debts: Sequence[Debt],
    *,
    paid_on: date,
    designated: Sequence[str] = (),
    principal_first: bool = False,
) -> Allocated:
    """Use a payment for debts in the order of the law.

    Args:
        payment: What was paid; not negative.
        debts: The open debts of the payer towards us, in any order, all in the payment's currency.
        paid_on: Day of the payment; a debt due on it is due.
        designated: Ids of the debts the payer named, in the order named (§ 366(1)). What they do
            not take up goes to the others by § 366(2).
        principal_first: Whether the payer designated the principal alone and the creditor accepts
            it, which § 367(2) lets him refuse. Then the principal of the designated debts is paid
            first and their costs and interest stay open until there is money left over.

    Raises:
        InputError: When an amount is negative, currencies differ, an id appears twice, or a
            designated debt is not among the debts.
    """
    _check(payment, debts, designated)
    by_id = {debt.id: debt for debt in debts}
    left = payment
    found: list[Allocation] = []
    for debt_id in dict.fromkeys(designated):
        left = _pay(by_id[debt_id], left, Rule.DESIGNATED, found, principal_first=principal_first)
    others = [debt for debt in debts if debt.id not in designated and debt.open.minor > 0]
    for rule, group in _ranked(others, paid_on):
        share = _share if rule is Rule.PRO_RATA else _pay_one
        left = share(group, left, rule, found)
    return Allocated(tuple(found), left)


def _check(payment: Money, debts: Sequence[Debt], designated: Sequence[str]) -> None:
    parts = [part for debt in debts for part in (debt.costs, debt.interest, debt.principal)]
    if any(amount.minor < 0 for amount in (payment, *parts)):
        raise InputError("a payment or an open amount is negative")
    if {part.currency for part in parts} - {payment.currency}:
        raise InputError(
            "the payment and the debts are in different currencies",
            todo="allocate what the bank credited, in the currency of the invoice",
        )
    ids = [debt.id for debt in debts]
    if len(set(ids)) < len(ids):
        raise InputError("a debt appears twice")
    unknown = [each for each in designated if each not in ids]
    if unknown:
        raise InputError(f"the designated debt “{unknown[0]}” is not open")


def _ranked(debts: Sequence[Debt], paid_on: date) -> list[tuple[Rule, list[Debt]]]:
    """The debts in the order of § 366(2), equal ones together, each with what ranks it there.

    The rule of a group is the criterion by which it stands before the next group; the last one is
    named by that which puts it behind the others.
    """
    ordered = sorted(debts, key=lambda debt: (*_rank(debt, paid_on), debt.id))
    groups = [list(group) for _, group in groupby(ordered, key=lambda each: _rank(each, paid_on))]
    ranks = [_rank(group[0], paid_on) for group in groups]
    if len(groups) == 1 and len(groups[0]) == 1:
        return [(Rule.ONLY_DEBT, groups[0])]
    criteria = (Rule.DUE, Rule.LESS_SECURED, Rule.MORE_BURDENSOME, Rule.OLDER)
    ranked = []
    for place, group in enumerate(groups):
        if len(group) > 1:
            ranked.append((Rule.PRO_RATA, group))
            continue
        other = ranks[place + 1] if place + 1 < len(ranks) else ranks[place - 1]
        differing = (
            rule
            for rule, mine, theirs in zip(criteria, ranks[place], other, strict=True)
            if mine != theirs
        )
        ranked.append((next(differing), group))
    return ranked


def _rank(debt: Debt, paid_on: date) -> tuple[bool, bool, int, int]:
    """Sorts first what § 366(2) BGB pays first.

    Among debts that are not due, the older one goes first as well. Older means arisen earlier.
    """
    return (debt.due_on > paid_on, debt.secured, -debt.burden, debt.arisen_on.toordinal())


def _pay_one(group: Sequence[Debt], left: Money, rule: Rule, found: list[Allocation]) -> Money:
    return _pay(group[0], left, rule, found)


def _share(group: Sequence[Debt], left: Money, rule: Rule, found: list[Allocation]) -> Money:
    """Pay debts of equal rank in proportion to what each claims; spare cents go to the first.

    The cents are given to the largest remainders (Hare and Niemeyer), equal ones by id, so that the
    parts sum to the payment and the result does not depend on the order of the input.
    """
    total = sum(debt.open.minor for debt in group)
    paid = min(left.minor, total)
    parts = {debt.id: divmod(paid * debt.open.minor, total) for debt in group}
    spare = paid - sum(whole for whole, _ in parts.values())
    first = sorted(group, key=lambda debt: (-parts[debt.id][1], debt.id))[:spare]
    lucky = {debt.id for debt in first}
    for debt in group:
        minor = parts[debt.id][0] + (debt.id in lucky)
        _pay(debt, Money(minor, left.currency), rule, found)
    return Money(left.minor - paid, left.currency)


def _pay(
    debt: Debt, left: Money, rule: Rule, found: list[Allocation], *, principal_first: bool = False
) -> Money:
    """Pay costs, then interest, then principal (§ 367(1) BGB); what remains of the money."""
    costs_first = ("costs", "interest", "principal")
    taken: dict[str, Money] = {}
    rest = left
    for name in ("principal", "costs", "interest") if principal_first else costs_first:
        claimed: Money = getattr(debt, name)
        taken[name] = min(claimed, rest)
        rest -= taken[name]
    if rest != left:
        found.append(Allocation(debt.id, **taken, rule=rule))
    return rest
