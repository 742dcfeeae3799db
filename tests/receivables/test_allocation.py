from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.payments.allocation import Debt, Rule, allocate

TODAY = date(2026, 11, 20)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def debt(name, principal=10000, *, costs=0, interest=0, due=-1, age=30, **more):
    return Debt(
        id=name,
        costs=eur(costs),
        interest=eur(interest),
        principal=eur(principal),
        due_on=TODAY + timedelta(due),
        arisen_on=TODAY - timedelta(age),
        **more,
    )


def paid(minor, *debts, **more):
    result = allocate(eur(minor), debts, paid_on=TODAY, **more)
    return [(each.debt_id, each.amount.minor, each.rule) for each in result.allocations]


def test_what_the_payer_designates_goes_first():
    debts = debt("old", age=90), debt("named", age=5)
    assert paid(12000, *debts, designated=["named"]) == [
        ("named", 10000, Rule.DESIGNATED),
        ("old", 2000, Rule.ONLY_DEBT),
    ]


def test_several_designated_debts_are_paid_in_the_order_named():
    debts = debt("a"), debt("b")
    assert paid(15000, *debts, designated=["b", "a"]) == [
        ("b", 10000, Rule.DESIGNATED),
        ("a", 5000, Rule.DESIGNATED),
    ]


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        (debt("z", age=1, due=0), debt("a", age=90, due=1), Rule.DUE),
        (debt("z", age=1), debt("a", age=90, secured=True), Rule.LESS_SECURED),
        (debt("z", age=1, burden=1), debt("a", age=90), Rule.MORE_BURDENSOME),
        (debt("z", age=90), debt("a", age=1), Rule.OLDER),
    ],
)
def test_the_order_of_the_law(first, second, rule):
    for debts in ((first, second), (second, first)):
        assert paid(15000, *debts) == [("z", 10000, rule), ("a", 5000, rule)]


def test_a_due_debt_goes_before_an_older_one_that_is_secured_and_before_one_not_due():
    debts = debt("later", due=10, age=99), debt("secured", secured=True, age=50), debt("due")
    assert [name for name, _, _ in paid(30000, *debts)] == ["due", "secured", "later"]


def test_equal_debts_share_in_proportion_and_no_cent_is_lost():
    assert paid(10000, debt("a", 10000), debt("b", 10000), debt("c", 10000)) == [
        ("a", 3334, Rule.PRO_RATA),
        ("b", 3333, Rule.PRO_RATA),
        ("c", 3333, Rule.PRO_RATA),
    ]
    assert paid(300, debt("a", 1000), debt("b", 2000)) == [
        ("a", 100, Rule.PRO_RATA),
        ("b", 200, Rule.PRO_RATA),
    ]


def test_costs_then_interest_then_principal():
    result = allocate(eur(5000), [debt("a", 119000, costs=4000, interest=865)], paid_on=TODAY)
    (one,) = result.allocations
    assert (one.costs, one.interest, one.principal) == (eur(4000), eur(865), eur(135))
    assert one.rule is Rule.ONLY_DEBT


def test_a_designated_principal_leaves_costs_and_interest_open():
    result = allocate(
        eur(119000),
        [debt("a", 119000, costs=4000, interest=865)],
        paid_on=TODAY,
        designated=["a"],
        principal_first=True,
    )
    (one,) = result.allocations
    assert (one.costs, one.interest, one.principal) == (eur(0), eur(0), eur(119000))


def test_an_overpayment_is_left_over():
    result = allocate(eur(10500), [debt("a")], paid_on=TODAY)
    assert result.left_over == eur(500)


def test_a_payment_without_any_debt_is_left_over_whole():
    result = allocate(eur(10500), [], paid_on=TODAY)
    assert (result.allocations, result.left_over) == ((), eur(10500))


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_words_in_both_languages(rule):
    assert rule.words("de") != rule.words("en")


@pytest.mark.parametrize(
    ("payment", "debts", "designated", "why"),
    [
        (eur(-1), [debt("a")], [], "negative"),
        (eur(1), [debt("a", -1)], [], "negative"),
        (Money(1, "CHF"), [debt("a")], [], "currencies"),
        (eur(1), [debt("a"), debt("a")], [], "twice"),
        (eur(1), [debt("a")], ["b"], "“b” is not open"),
    ],
)
def test_what_cannot_be_allocated_is_refused(payment, debts, designated, why):
    with pytest.raises(InputError, match=why):
        allocate(payment, debts, paid_on=TODAY, designated=designated)


cents = st.integers(0, 200_000)
debts_strategy = st.lists(
    st.builds(
        debt,
        st.uuids().map(str),
        cents,
        costs=st.integers(0, 5000),
        interest=st.integers(0, 5000),
        due=st.integers(-2, 2),
        age=st.integers(0, 3),
        secured=st.booleans(),
        burden=st.integers(0, 1),
    ),
    max_size=8,
    unique_by=lambda each: each.id,
)


@given(st.integers(0, 1_000_000), debts_strategy, st.data())
def test_no_cent_is_lost_invented_or_paid_twice(payment, debts, data):
    ids = [each.id for each in debts]
    designated = data.draw(st.lists(st.sampled_from(ids), max_size=3)) if ids else []
    first = data.draw(st.booleans())
    result = allocate(
        eur(payment), debts, paid_on=TODAY, designated=designated, principal_first=first
    )
    by_id = {each.id: each for each in debts}
    assert len({each.debt_id for each in result.allocations}) == len(result.allocations)
    total = sum((each.amount for each in result.allocations), eur(0))
    assert total + result.left_over == eur(payment)
    assert result.left_over.minor >= 0
    for each in result.allocations:
        owed = by_id[each.debt_id]
        for part in ("costs", "interest", "principal"):
            assert eur(0) <= getattr(each, part) <= getattr(owed, part)
        assert each.amount > eur(0)
    if result.left_over.minor:
        assert total == sum((each.open for each in debts), eur(0))


@given(st.integers(0, 1_000_000), debts_strategy, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(payment, debts, random):
    shuffled = list(debts)
    random.shuffle(shuffled)
    results = [allocate(eur(payment), each, paid_on=TODAY) for each in (debts, shuffled)]
    assert results[0] == results[1]


@given(st.integers(0, 1_000_000), debts_strategy)
def test_nothing_goes_to_a_debt_that_is_not_due_before_the_due_ones_are_paid(payment, debts):
    result = allocate(eur(payment), debts, paid_on=TODAY)
    by_id = {each.id: each for each in debts}
    given_to = {each.debt_id: each.amount for each in result.allocations}
    if any(by_id[name].due_on > TODAY for name in given_to):
        for each in debts:
            if each.due_on <= TODAY and each.open.minor:
                assert given_to[each.id] == each.open
