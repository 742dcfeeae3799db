from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.ageing import Ageing, Bucket, LedgerItem, Settlement, ageing
from acctflows.receivables.ageing_chart import WORDS, draw_ageing

TODAY = date(2026, 11, 24)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def item(
    overdue: int, minor: int = 10000, *paid: tuple[date, int], client: str = "Nordwind GmbH"
) -> LedgerItem:
    """An invoice so many days overdue today, issued two weeks before it was due."""
    due = TODAY - timedelta(days=overdue)
    settlements = tuple(Settlement(day, eur(cents)) for day, cents in paid)
    return LedgerItem(
        client, f"RE-{overdue}", due - timedelta(days=14), due, eur(minor), settlements
    )


def of(*items: LedgerItem, as_of: date = TODAY) -> Ageing:
    return ageing(items, as_of=as_of, currency="EUR")


@pytest.mark.parametrize(
    ("overdue", "bucket"),
    [
        (-5, Bucket.NOT_DUE),
        (0, Bucket.NOT_DUE),
        (1, Bucket.TO_30),
        (30, Bucket.TO_30),
        (31, Bucket.TO_60),
        (60, Bucket.TO_60),
        (61, Bucket.TO_90),
        (90, Bucket.TO_90),
        (91, Bucket.OVER_90),
        (900, Bucket.OVER_90),
    ],
)
def test_age_counts_from_the_due_date(overdue: int, bucket: Bucket) -> None:
    total = of(item(overdue)).total

    assert [each for each in Bucket if total[each].minor] == [bucket]


def test_a_past_date_knows_nothing_of_later_payments_and_invoices() -> None:
    paid_later = item(40, 10000, (date(2026, 11, 1), 10000))
    issued_later = item(-10)

    then = of(paid_later, issued_later, as_of=date(2026, 10, 31))

    assert then.total[Bucket.TO_30] == then.total.total == eur(10000)
    assert of(paid_later, issued_later).total.total == eur(10000)
    assert of(paid_later).clients == ()


def test_a_part_payment_leaves_the_rest_and_a_return_brings_it_back() -> None:
    part = item(10, 10000, (TODAY - timedelta(5), 4000))
    returned = item(10, 10000, (TODAY - timedelta(5), 4000), (TODAY - timedelta(2), -4000))

    assert of(part).total.total == eur(6000)
    assert of(returned).total.total == eur(10000)


def test_credits_are_shown_by_themselves_and_deducted_from_the_total() -> None:
    found = of(item(10), item(20, -3000), item(5, 1000, (TODAY, 1500)))

    assert found.total[Bucket.CREDIT] == eur(-3500)
    assert (found.total.overdue, found.total.total) == (eur(10000), eur(6500))


def test_what_has_no_due_date_is_not_due() -> None:
    undated = LedgerItem("Nordwind GmbH", "RE-1", date(2026, 1, 1), None, eur(500))

    assert of(undated).total[Bucket.NOT_DUE] == eur(500)


def test_the_client_who_owes_most_comes_first() -> None:
    found = of(item(1, 100, client="A"), item(1, 300, client="B"), item(2, 250, client="A"))

    assert [(name, row.total.minor) for name, row in found.clients] == [("A", 350), ("B", 300)]


def test_dso_compares_what_is_open_with_the_sales_of_ninety_days() -> None:
    assert of(item(1, 10000), item(5, 20000, (TODAY, 20000))).dso == Decimal("30.0")
    assert of(item(200)).dso is None


def test_other_currencies_are_left_aside_and_mixed_ones_refused() -> None:
    swiss = LedgerItem("Alp AG", "RE-9", TODAY, TODAY, Money(100, "CHF"))
    mixed = LedgerItem("Alp AG", "RE-9", TODAY, TODAY, eur(1), (Settlement(TODAY, swiss.amount),))

    assert of(swiss).total.total == eur(0)
    with pytest.raises(InputError, match="RE-9"):
        of(mixed)


ITEMS = st.lists(
    st.builds(
        lambda overdue, minor, paid, client: item(overdue, minor, *paid, client=client),
        st.integers(-60, 400),
        st.integers(-(10**6), 10**6),
        st.lists(
            st.tuples(st.dates(date(2025, 6, 1), TODAY), st.integers(-500, 10**6)), max_size=3
        ),
        st.sampled_from("ABC"),
    ),
    max_size=12,
)


@given(items=ITEMS, as_of=st.dates(date(2025, 6, 1), TODAY))
def test_buckets_clients_and_total_add_up_to_the_open_items(
    items: list[LedgerItem], as_of: date
) -> None:
    found = of(*items, as_of=as_of)

    opened = sum(each.open_at(as_of).minor for each in items)
    assert found.total.total.minor == opened
    assert sum(row.total.minor for _, row in found.clients) == opened
    for bucket in Bucket:
        assert sum(row[bucket].minor for _, row in found.clients) == found.total[bucket].minor


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_picture_is_drawn_for_many_clients_and_for_none(language: str) -> None:
    many = [item(n * 9 - 20, 10000 + n, client=f"Client ${n}$ & Sons, Hamburg") for n in range(14)]

    large, small = (Image.open(BytesIO(draw_ageing(of(*items), language))) for items in (many, []))

    assert large.format == small.format == "PNG"
    assert large.width == small.width == 1080
    assert large.height > small.height
    assert len({len(words.buckets) for words in WORDS.values()}) == 1
