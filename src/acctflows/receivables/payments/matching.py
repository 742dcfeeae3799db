"""Which invoices a booked line pays: a decision with its evidence, never a score.

In this order: RF reference, invoice numbers, known IBAN with a fitting amount, name. Booked without
a person is only what names its invoices and fits them (exactly, less the agreed discount, or as a
part of a single one, paid by whoever owes it), or comes from a known account and fits in one way
only.
"""

from collections.abc import Collection, Sequence
from itertools import combinations

from acctflows.money import Money
from acctflows.receivables.payments.allocation import Debt, allocate
from acctflows.receivables.payments.matching_evidence import Evidence, Kind, evidence
from acctflows.receivables.payments.matching_values import Decision, Match, OpenItem, Share
from acctflows.receivables.payments.open_items import OpenItems
from acctflows.receivables.payments.payer_names import all_unlike
from acctflows.receivables.payments.references import (
    find_invoice_numbers,
    find_number_like,
    find_rf_references,
)
from acctflows.receivables.statements import StatementLine

__all__ = [
    "MAX_SUBSET",
    "Decision",
    "Match",
    "OpenItem",
    "OpenItems",
    "Share",
    "match_line",
    "share_out",
]

MAX_SUBSET = 8
"""Open items among which sums are tried: 255 sums; of more, one fits too easily by chance."""


def match_line(line: StatementLine, items: OpenItems, *, prefixes: Collection[str]) -> Match:
    """Decide which open invoices a line pays.

    Args:
        line: A booked line; money out and reversals are left to ``match_reversal``.
        items: All open items of the agency.
        prefixes: First parts of our invoice numbers, such as ``RE``.
    """
    if line.amount.minor <= 0:
        return Match(Decision.NONE, doubts=(evidence(Kind.MONEY_OUT),))
    if line.reversal:
        return Match(Decision.PROPOSE, doubts=(evidence(Kind.RETURNED_TO_US),))
    named, found, doubts = _named(line, items, prefixes)
    if named:
        return _match_named(line, items, named, found, doubts)
    return _match_payer(line, items, doubts)


def share_out(line: StatementLine, items: Sequence[OpenItem]) -> Match:
    """How a line pays the items a person has chosen: exactly, less the discount, or in order."""
    shares, fit = _fit(line, items)
    return _decided(line, shares or _in_order(line, items), [fit] if fit else [], [])


def share_by_law(line: StatementLine, items: Sequence[OpenItem]) -> Match:
    """How a line that designates nothing pays the items of its payer (§ 366(2) BGB)."""
    return _decided(line, _by_law(line, items), [], [])


def _named(
    line: StatementLine, items: OpenItems, prefixes: Collection[str]
) -> tuple[list[OpenItem], list[Evidence], list[Evidence]]:
    """The items the payer designates, how, and what is doubtful about it."""
    text = " ".join((line.creditor_reference, line.remittance, line.end_to_end_id))
    named: dict[str, OpenItem] = {}
    found: list[Evidence] = []
    doubts: list[Evidence] = []
    for reference in find_rf_references(text):
        referred = items.named(reference)
        if not referred:
            doubts.append(evidence(Kind.NOT_OPEN, what=reference))
        for item in referred:
            named[item.invoice_id] = item
            found.append(evidence(Kind.RF_REFERENCE, what=item.rf_reference, numbers=[item.number]))
    for readings in _spellings(find_invoice_numbers(text, prefixes)):
        fitting = [item for each in readings for item in items.named(each)]
        numbers = [item.number for item in fitting]
        if not fitting:
            doubts.append(evidence(Kind.NOT_OPEN, what=readings[0]))
        elif len(fitting) > 1:
            doubts.append(evidence(Kind.AMBIGUOUS_NUMBER, numbers=numbers))
        if fitting:
            found.append(evidence(Kind.INVOICE_NUMBER, numbers=numbers))
            named.update({item.invoice_id: item for item in fitting})
    if not named:
        within = (item for each in find_number_like(text, prefixes) for item in items.named(each))
        named = {item.invoice_id: item for item in within}
    if named and not found:
        doubts.append(evidence(Kind.WITHIN_OTHER, numbers=[item.number for item in named.values()]))
    return list(named.values()), found, doubts


def _spellings(numbers: Sequence[str]) -> list[list[str]]:
    """The numbers found, those together that differ in their prefix: it was not written."""
    groups: dict[str, list[str]] = {}
    for number in numbers:
        groups.setdefault("-".join(number.split("-")[-2:]), []).append(number.upper())
    return list(groups.values())


def _match_named(
    line: StatementLine,
    items: OpenItems,
    named: list[OpenItem],
    found: list[Evidence],
    doubts: list[Evidence],
) -> Match:
    numbers = [item.number for item in named]
    foreign = [item.number for item in named if item.open.currency != line.amount.currency]
    if foreign:
        doubts.append(evidence(Kind.OTHER_CURRENCY, numbers=foreign, amount=line.amount))
        return Match(Decision.PROPOSE, (), line.amount, tuple(found), tuple(doubts))
    clients = {item.client_id for item in named}
    if len(clients) > 1:
        doubts.append(evidence(Kind.SEVERAL_CLIENTS, numbers=numbers))
    owners = {item.client_id for item in items.of_iban(line.counterparty_iban)}
    if owners and not owners & clients:
        doubts.append(evidence(Kind.OTHER_PAYER))
    shares, fit = _fit(line, named)
    if fit:
        return _decided(line, shares, [*found, fit], doubts)
    total = _sum([item.open for item in named], line)
    if len(named) == 1 and line.amount < total:
        part = evidence(
            Kind.PART_PAYMENT, numbers=numbers, amount=line.amount, rest=total - line.amount
        )
        if line.counterparty and not owners and all_unlike(line.counterparty, named[0].names):
            doubts.append(evidence(Kind.OTHER_NAME, what=line.counterparty))
        return _decided(line, _in_order(line, named), [*found, part], doubts)
    if len(named) > 1:
        doubts.append(evidence(Kind.SUM_DIFFERS, numbers=numbers, sum=total, amount=line.amount))
    if line.amount > total:
        doubts.append(evidence(Kind.OVERPAID, rest=line.amount - total))
    return _decided(line, _in_order(line, named), found, doubts)


def _match_payer(line: StatementLine, items: OpenItems, doubts: list[Evidence]) -> Match:
    """Without a designation: by the payer's account, then by name, then by the amount alone."""
    currency = line.amount.currency
    theirs = [each for each in items.of_iban(line.counterparty_iban) if _is_in(each, currency)]
    if theirs:
        found = [evidence(Kind.KNOWN_IBAN, what=line.counterparty_iban)]
        return _match_amount(line, theirs, found, doubts)
    known = [each for each in items.of_name(line.counterparty) if _is_in(each, currency)]
    if known:
        found = [evidence(Kind.SIMILAR_NAME, what=line.counterparty)]
        return _match_amount(line, known, found, [*doubts, evidence(Kind.NAME_ONLY)])
    exact = items.of_amount(line.amount)
    if len(exact) == 1:
        shares, fit = _fit(line, exact)
        found = [fit] if fit else []
        return _decided(line, shares, found, [*doubts, evidence(Kind.AMOUNT_ONLY)])
    return Match(
        Decision.PROPOSE if doubts else Decision.NONE,
        doubts=tuple(doubts or [evidence(Kind.NOTHING)]),
    )


def _is_in(item: OpenItem, currency: str) -> bool:
    return item.open.currency == currency


def _match_amount(
    line: StatementLine, items: Sequence[OpenItem], found: list[Evidence], doubts: list[Evidence]
) -> Match:
    """Items of a payer who names none: the one way in which the amount fits them, if it is one."""
    if len({item.client_id for item in items}) > 1:
        doubts.append(evidence(Kind.SEVERAL_CLIENTS, numbers=[item.number for item in items]))
    sizes = range(1, len(items) + 1) if len(items) <= MAX_SUBSET else (1,)
    if len(items) > MAX_SUBSET:
        doubts.append(evidence(Kind.TOO_MANY_ITEMS))
    fits = [
        (shares, fit)
        for size in sizes
        for some in combinations(items, size)
        for shares, fit in [_fit(line, some)]
        if fit
    ]
    if len(fits) == 1:
        shares, fit = fits[0]
        return _decided(line, shares, [*found, fit], doubts)
    if fits:
        doubts.append(evidence(Kind.SEVERAL_FIT, amount=line.amount))
        return _decided(line, fits[0][0], found, doubts)
    doubts.append(evidence(Kind.NO_FIT, amount=line.amount))
    return _decided(line, _by_law(line, items), found, doubts)


def _fit(
    line: StatementLine, items: Sequence[OpenItem]
) -> tuple[tuple[Share, ...], Evidence | None]:
    """How the amount settles all the items, exactly or less every discount still granted."""
    numbers = [item.number for item in items]
    zero = Money.zero(line.amount.currency)
    if _sum([item.open for item in items], line) == line.amount:
        kind = Kind.EXACT_AMOUNT if len(items) == 1 else Kind.EXACT_SUM
        shares = tuple(Share(item.invoice_id, item.open, zero) for item in items)
        return shares, evidence(kind, numbers=numbers, amount=line.amount)
    granted = {item.invoice_id: _discount(item, line) for item in items}
    shares = tuple(
        Share(item.invoice_id, item.open - granted[item.invoice_id], granted[item.invoice_id])
        for item in items
    )
    if _sum([share.amount for share in shares], line) == line.amount:
        return shares, evidence(Kind.DISCOUNT, numbers=numbers, amount=line.amount)
    return (), None


def _discount(item: OpenItem, line: StatementLine) -> Money:
    """The agreed discount where the money was credited within its period.

    A part payment before takes it away: it was agreed for paying everything in time.
    """
    if (
        item.discount is None
        or item.discount_until is None
        or item.open != item.gross
        or (line.value_on or line.booked_on) > item.discount_until
    ):
        return Money.zero(line.amount.currency)
    return item.discount


def _decided(
    line: StatementLine,
    shares: tuple[Share, ...],
    found: Sequence[Evidence],
    doubts: Sequence[Evidence],
) -> Match:
    return Match(
        decision=Decision.PROPOSE if doubts else Decision.BOOK,
        shares=shares,
        left_over=line.amount - _sum([share.amount for share in shares], line),
        evidence=tuple(found),
        doubts=tuple(doubts),
    )


def _in_order(line: StatementLine, items: Sequence[OpenItem]) -> tuple[Share, ...]:
    """The designated items one after the other (§ 366(1) BGB)."""
    return _allocated(line, items, designated=[item.invoice_id for item in items])


def _by_law(line: StatementLine, items: Sequence[OpenItem]) -> tuple[Share, ...]:
    """The items in the order of § 366(2) BGB; the day it is due stands for the age of a claim."""
    return _allocated(line, items, designated=[])


def _allocated(
    line: StatementLine, items: Sequence[OpenItem], designated: Sequence[str]
) -> tuple[Share, ...]:
    zero = Money.zero(line.amount.currency)
    debts = [
        Debt(item.invoice_id, zero, zero, item.open, due_on=item.due_on, arisen_on=item.due_on)
        for item in items
    ]
    result = allocate(line.amount, debts, paid_on=line.booked_on, designated=designated)
    return tuple(Share(each.debt_id, each.amount, zero, each.rule) for each in result.allocations)


def _sum(amounts: Sequence[Money], line: StatementLine) -> Money:
    return sum(amounts, Money.zero(line.amount.currency))
