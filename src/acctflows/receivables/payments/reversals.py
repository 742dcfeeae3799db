"""Which earlier payment a reversal takes back: returned direct debits, recalled transfers."""

from collections.abc import Callable, Collection, Sequence

from acctflows.money import Money
from acctflows.receivables.payments.matching_evidence import Kind, evidence
from acctflows.receivables.payments.matching_values import Decision, Match
from acctflows.receivables.payments.references import find_invoice_numbers, find_rf_references
from acctflows.receivables.statements import StatementLine


def match_reversal(
    line: StatementLine, earlier: Sequence[StatementLine], *, prefixes: Collection[str]
) -> Match:
    """Find the payment that a line takes back.

    The first of these that exactly one payment of the same amount shares with it decides: the
    end-to-end id, the same invoices named, the other party's account. A payment of another amount
    with the same end-to-end id (banks add their fee) is proposed only.

    Args:
        line: A reversal by which money went out; others are none.
        earlier: Payments that came in and were not taken back yet, in any order.
        prefixes: First parts of our invoice numbers.
    """
    if not line.reversal or line.amount.minor >= 0:
        return Match(Decision.NONE)
    amount = Money(-line.amount.minor, line.amount.currency)
    before = [
        each
        for each in earlier
        if each.account == line.account
        and each.booked_on <= line.booked_on
        and each.amount.currency == amount.currency
        and each.amount.minor > 0
        and not each.reversal
    ]
    same = [each for each in before if each.amount == amount]
    for trait in _traits(prefixes):
        mine = trait(line)
        sharing = [each for each in same if mine and trait(each) == mine]
        if len(sharing) == 1:
            return _found(sharing[0], amount, Decision.REVERSAL)
        if sharing:
            break
    mine = line.end_to_end_id
    other = [each for each in before if mine and each.end_to_end_id == mine]
    unknown = evidence(Kind.ORIGINAL_UNKNOWN, amount=amount)
    if len(other) == 1 and other[0].amount != amount:
        found = _found(other[0], amount, Decision.PROPOSE)
        return Match(
            found.decision,
            evidence=found.evidence,
            doubts=(unknown,),
            reversed_key=found.reversed_key,
        )
    return Match(Decision.PROPOSE, doubts=(unknown,))


def _traits(prefixes: Collection[str]) -> list[Callable[[StatementLine], object]]:
    """What tells a payment again, the surest first; empty where a line lacks it."""
    return [
        lambda line: line.end_to_end_id,
        lambda line: named_in(f"{line.creditor_reference} {line.remittance}", prefixes),
        lambda line: line.counterparty_iban,
    ]


def named_in(text: str, prefixes: Collection[str]) -> frozenset[str]:
    """The invoices a text names, by number or RF reference."""
    return frozenset((*find_rf_references(text), *find_invoice_numbers(text, prefixes)))


def _found(original: StatementLine, amount: Money, decision: Decision) -> Match:
    return Match(
        decision,
        evidence=(evidence(Kind.ORIGINAL_LINE, amount=amount, day=original.booked_on.isoformat()),),
        reversed_key=original.idempotency_key,
    )
