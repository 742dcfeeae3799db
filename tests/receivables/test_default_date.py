from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.business_days import BusinessCalendar
from acctflows.errors import InputError
from acctflows.receivables.law.default_date import (
    BASES,
    Claim,
    DefaultRule,
    DueBasis,
    assumed_receipt_by_post,
    default_date,
)

BERLIN = BusinessCalendar("DE", "BE")
DUE = date(2026, 9, 15)  # a Tuesday
RECEIVED = date(2026, 9, 1)
RULE = DefaultRule
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


def claim(**known: Any) -> Claim:
    facts: dict[str, Any] = {
        "due_on": DUE,
        "due_basis": DueBasis.INVOICE_ONLY,
        "consumer": False,
        "invoice_received_on": RECEIVED,
    }
    return Claim(**(facts | known))


CASES: list[tuple[str, dict[str, Any], date | None, DefaultRule]] = [
    (
        "a date in the contract: the next day",
        {"due_basis": DueBasis.CONTRACT_DATE},
        date(2026, 9, 16),
        RULE.CONTRACT_DATE,
    ),
    (
        "a date in the contract binds a consumer too",
        {"due_basis": DueBasis.CONTRACT_DATE, "consumer": True},
        date(2026, 9, 16),
        RULE.CONTRACT_DATE,
    ),
    (
        "a date on a Saturday ends on Monday",
        {"due_basis": DueBasis.CONTRACT_DATE, "due_on": date(2026, 9, 19)},
        date(2026, 9, 22),
        RULE.CONTRACT_DATE,
    ),
    (
        "a date on Good Friday ends after Easter Monday",
        {"due_basis": DueBasis.CONTRACT_DATE, "due_on": date(2026, 4, 3)},
        date(2026, 4, 8),
        RULE.CONTRACT_DATE,
    ),
    (
        "14 days from receipt as agreed",
        {"due_basis": DueBasis.CONTRACT_PERIOD, "contract_period_days": 14},
        date(2026, 9, 16),
        RULE.CONTRACT_PERIOD,
    ),
    (
        "the invoice arrived late, so the agreed period ends later",
        {
            "due_basis": DueBasis.CONTRACT_PERIOD,
            "contract_period_days": 14,
            "invoice_received_on": date(2026, 9, 7),
        },
        date(2026, 9, 22),
        RULE.CONTRACT_PERIOD,
    ),
    (
        "the invoice grants more than the contract",
        {"due_basis": DueBasis.CONTRACT_PERIOD, "contract_period_days": 7},
        date(2026, 9, 16),
        RULE.CONTRACT_PERIOD,
    ),
    (
        "an agreed period without a known receipt has no beginning",
        {
            "due_basis": DueBasis.CONTRACT_PERIOD,
            "contract_period_days": 14,
            "invoice_received_on": None,
        },
        None,
        RULE.NOTHING_YET,
    ),
    (
        "a date the creditor printed: only the 30 days count, from the due date",
        {},
        date(2026, 10, 16),
        RULE.THIRTY_DAYS,
    ),
    (
        "30 days from a receipt after the due date",
        {"invoice_received_on": date(2026, 9, 21)},
        date(2026, 10, 22),
        RULE.THIRTY_DAYS,
    ),
    (
        "the 30th day is a Saturday, German Unity Day even",
        {"due_on": date(2026, 9, 3)},
        date(2026, 10, 6),
        RULE.THIRTY_DAYS,
    ),
    (
        "due at once on receipt: 30 days from there",
        {"due_basis": DueBasis.IMMEDIATE, "due_on": RECEIVED},
        date(2026, 10, 2),
        RULE.THIRTY_DAYS,
    ),
    (
        "a consumer who was not told of the 30 days is not in default",
        {"consumer": True},
        None,
        RULE.NOTHING_YET,
    ),
    (
        "a consumer who was told of them is",
        {"consumer": True, "consumer_notice_printed": True},
        date(2026, 10, 16),
        RULE.THIRTY_DAYS,
    ),
    (
        "receipt unknown: a business is in default 30 days after the service",
        {"invoice_received_on": None, "performance_received_on": date(2026, 9, 28)},
        date(2026, 10, 29),
        RULE.THIRTY_DAYS_FROM_PERFORMANCE,
    ),
    (
        "receipt unknown, service before the due date: 30 days after that",
        {"invoice_received_on": None, "performance_received_on": date(2026, 8, 1)},
        date(2026, 10, 16),
        RULE.THIRTY_DAYS_FROM_PERFORMANCE,
    ),
    (
        "receipt unknown: no such rule for a consumer, told or not",
        {
            "invoice_received_on": None,
            "performance_received_on": date(2026, 8, 1),
            "consumer": True,
            "consumer_notice_printed": True,
        },
        None,
        RULE.NOTHING_YET,
    ),
    (
        "receipt and service unknown: no rule",
        {"invoice_received_on": None},
        None,
        RULE.NOTHING_YET,
    ),
    (
        "a reminder after the due date is earlier than the 30 days",
        {"reminder_received_on": (date(2026, 9, 29), date(2026, 9, 22))},
        date(2026, 9, 23),
        RULE.REMINDER,
    ),
    (
        "a reminder makes a consumer default without any notice",
        {"reminder_received_on": (date(2026, 9, 22),), "consumer": True},
        date(2026, 9, 23),
        RULE.REMINDER,
    ),
    (
        "a reminder on the due day or before has no effect",
        {"reminder_received_on": (DUE, date(2026, 9, 10))},
        date(2026, 10, 16),
        RULE.THIRTY_DAYS,
    ),
    (
        "a reminder on the Monday to which Saturday's due date moved has no effect",
        {"due_on": date(2026, 9, 19), "reminder_received_on": (date(2026, 9, 21),)},
        date(2026, 10, 22),
        RULE.THIRTY_DAYS,
    ),
    (
        "a reminder later than the 30 days changes nothing",
        {"reminder_received_on": (date(2026, 11, 2),)},
        date(2026, 10, 16),
        RULE.THIRTY_DAYS,
    ),
    (
        "a final refusal after the due date",
        {"refused_on": date(2026, 9, 18)},
        date(2026, 9, 19),
        RULE.REFUSAL,
    ),
    (
        "a final refusal before the due date counts from the due date",
        {"refused_on": date(2026, 9, 2)},
        date(2026, 9, 16),
        RULE.REFUSAL,
    ),
    (
        "a defence stands against every rule",
        {"due_basis": DueBasis.CONTRACT_DATE, "refused_on": DUE, "defence": True},
        None,
        RULE.DEFENCE,
    ),
]


@pytest.mark.parametrize(
    ("known", "starts_on", "rule"),
    [pytest.param(known, day, rule, id=name) for name, known, day, rule in CASES],
)
def test_default_begins_by_the_earliest_rule(
    known: dict[str, Any], starts_on: date | None, rule: DefaultRule
) -> None:
    found = default_date(claim(**known), BERLIN)

    assert (found.starts_on, found.rule) == (starts_on, rule)


def test_every_rule_is_met_by_a_case_and_has_its_words() -> None:
    assert {rule for *_, rule in CASES} == set(DefaultRule) == set(BASES)
    assert all(basis.provision and basis.de and basis.en for basis in BASES.values())


def test_the_holidays_of_the_land_move_the_date() -> None:
    late = claim(due_basis=DueBasis.CONTRACT_DATE, due_on=date(2026, 1, 6))

    assert default_date(late, BERLIN).starts_on == date(2026, 1, 7)
    assert default_date(late, BusinessCalendar("DE", "BY")).starts_on == date(2026, 1, 8)


@pytest.mark.parametrize(
    "known",
    [{"due_basis": DueBasis.CONTRACT_PERIOD}, {"contract_period_days": 14}],
)
def test_a_period_and_its_days_belong_together(known: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="belong together"):
        default_date(claim(**known), BERLIN)


def test_a_posted_letter_is_taken_to_arrive_after_three_business_days() -> None:
    assert assumed_receipt_by_post(date(2026, 4, 2), BERLIN) == date(2026, 4, 9)


@given(
    case=st.builds(
        Claim,
        due_on=DAYS,
        due_basis=st.just(DueBasis.INVOICE_ONLY),
        consumer=st.booleans(),
        invoice_received_on=st.none() | DAYS,
        consumer_notice_printed=st.booleans(),
        reminder_received_on=st.lists(DAYS, max_size=3).map(tuple),
        refused_on=st.none() | DAYS,
    )
)
def test_nobody_is_in_default_before_the_amount_was_due(case: Claim) -> None:
    found = default_date(case, BERLIN)

    if found.starts_on is None:
        assert case.invoice_received_on is None or case.consumer
    else:
        assert found.starts_on > case.due_on
        assert found.decided_by == found.starts_on - timedelta(days=1)
