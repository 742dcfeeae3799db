"""What is open at a date, by how long it is overdue, per client and in total."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from acctflows.errors import InputError
from acctflows.money import Money, round_half_up

DSO_DAYS = 90
"""Sales of so many days are what the open amount is compared with."""


class Bucket(StrEnum):
    """Calendar days since the due date; credits not yet set off stand by themselves."""

    NOT_DUE = "not_due"
    TO_30 = "to_30"
    TO_60 = "to_60"
    TO_90 = "to_90"
    OVER_90 = "over_90"
    CREDIT = "credit"


UP_TO = ((0, Bucket.NOT_DUE), (30, Bucket.TO_30), (60, Bucket.TO_60), (90, Bucket.TO_90))


@dataclass(frozen=True)
class Settlement:
    """Money counted towards an invoice.

    Args:
        on: The day from which it counts: the credit on the account, or the day of setting off.
        amount: Below zero when it was taken back (return debit).
    """

    on: date
    amount: Money


@dataclass(frozen=True)
class LedgerItem:
    """An invoice or credit note with everything ever counted towards it.

    Args:
        client: The client's key.
        number: The document's number.
        issued_on: Its date.
        due_on: Last day on which it may be paid, a business day; without one it counts as not due.
        amount: Its total with VAT; below zero for credit notes.
        settlements: Of all times; those after the date asked for are left aside.
    """

    client: str
    number: str
    issued_on: date
    due_on: date | None
    amount: Money
    settlements: tuple[Settlement, ...] = ()

    def open_at(self, day: date) -> Money:
        """What was open at the end of that day; nothing before it was issued."""
        if self.issued_on > day:
            return Money.zero(self.amount.currency)
        paid = (each.amount for each in self.settlements if each.on <= day)
        return self.amount - sum(paid, Money.zero(self.amount.currency))

    def bucket_at(self, day: date) -> Bucket:
        """Where it stood that day, counted from the due date, not from the invoice's date."""
        if self.open_at(day).minor < 0:
            return Bucket.CREDIT
        overdue = (day - self.due_on).days if self.due_on else 0
        return next((bucket for limit, bucket in UP_TO if overdue <= limit), Bucket.OVER_90)


@dataclass(frozen=True)
class Row:
    """Open amounts by bucket.

    Args:
        buckets: One amount for each bucket, in the order of ``Bucket``.
    """

    buckets: tuple[Money, ...]

    def __getitem__(self, bucket: Bucket) -> Money:
        """The amount in that bucket."""
        return self.buckets[list(Bucket).index(bucket)]

    @property
    def total(self) -> Money:
        """All buckets together, credits deducted."""
        return sum(self.buckets[1:], self.buckets[0])

    @property
    def overdue(self) -> Money:
        """All that is past its due date, credits not deducted."""
        return self[Bucket.TO_30] + self[Bucket.TO_60] + self[Bucket.TO_90] + self[Bucket.OVER_90]


@dataclass(frozen=True)
class Ageing:
    """The open items of one currency at one date.

    Args:
        as_of: The date.
        currency: ISO 4217.
        clients: Clients with open items, the largest open amount first.
        total: The sum of all clients.
        dso: Days sales outstanding, one decimal; None where nothing was invoiced in the 90 days.
    """

    as_of: date
    currency: str
    clients: tuple[tuple[str, Row], ...]
    total: Row
    dso: Decimal | None


def ageing(items: Iterable[LedgerItem], *, as_of: date, currency: str) -> Ageing:
    """What was open at the end of a past or present day, from what was known of it then.

    Args:
        items: All items of the ledger, also paid ones and later ones; other currencies are left
            aside.
        as_of: The day.
        currency: Which items to count.

    Raises:
        InputError: An item has settlements in another currency than its own.
    """
    chosen = [item for item in items if item.amount.currency == currency]
    for item in chosen:
        if any(each.amount.currency != currency for each in item.settlements):
            raise InputError(f"“{item.number}” was settled in another currency", where=item.client)
    opened = [item for item in chosen if item.open_at(as_of).minor]
    of_client: dict[str, list[LedgerItem]] = {}
    for item in opened:
        of_client.setdefault(item.client, []).append(item)
    rows = [(name, _row(items_of, as_of, currency)) for name, items_of in sorted(of_client.items())]
    rows.sort(key=lambda row: -row[1].total.minor)
    return Ageing(as_of, currency, tuple(rows), _row(opened, as_of, currency), _dso(chosen, as_of))


def _row(items: Sequence[LedgerItem], as_of: date, currency: str) -> Row:
    sums = dict.fromkeys(Bucket, Money.zero(currency))
    for item in items:
        sums[item.bucket_at(as_of)] += item.open_at(as_of)
    return Row(tuple(sums.values()))


def _dso(items: Sequence[LedgerItem], as_of: date) -> Decimal | None:
    """Open amount by the sales with VAT of the last 90 days, times 90."""
    since = as_of - timedelta(days=DSO_DAYS)
    sales = sum(item.amount.minor for item in items if since < item.issued_on <= as_of)
    if sales <= 0:
        return None
    return round_half_up(Decimal(sum(i.open_at(as_of).minor for i in items)) * DSO_DAYS / sales, 1)
