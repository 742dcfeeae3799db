import string
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.follow_up.dunning import decide
from acctflows.receivables.follow_up.dunning_items import (
    Action,
    Decision,
    ItemDecision,
    Promise,
    Role,
    Stop,
    StopKind,
)
from acctflows.receivables.follow_up.dunning_policy import Approver
from acctflows.receivables.follow_up.dunning_reasons import SENTENCES, Why, because
from tests.receivables.dunning_cases import (
    BERLIN,
    DUE,
    POLICY,
    SENT,
    account,
    eur,
    invoice,
    on,
    step,
)

FIRST_DAY = date(2026, 9, 7)  # five days after the due date is a Sunday
SECOND_DAY = date(2026, 9, 21)


def only(decision: Decision) -> ItemDecision:
    (item,) = decision.items
    return item


def why(decision: Decision, number: str = "RE-1") -> set[Why]:
    return {r.code for item in decision.items if item.number == number for r in item.reasons}


def is_silent(decision: Decision) -> bool:
    return not decision.letters and all(item.action is Action.NOT for item in decision.items)


def test_the_first_reminder_goes_out_when_its_days_have_passed() -> None:
    assert is_silent(on(date(2026, 9, 4), invoice()))

    decision = on(FIRST_DAY, invoice())

    (letter,) = decision.letters
    assert (letter.level, letter.mail, letter.approved_by) == (
        *(1, "dunning_reminder"),
        Approver.NOBODY,
    )
    assert letter.pay_by == date(2026, 9, 14)
    assert letter.to_pay == eur("1190.00")
    assert only(decision).action is Action.INCLUDE


def test_each_level_waits_for_the_spacing_and_the_day_the_letter_set() -> None:
    late = invoice(steps=(step(1, date(2026, 9, 15), days=21),))

    assert only(on(SECOND_DAY, late)).step_on == date(2026, 10, 7)  # the day after the pay-by date
    soon = invoice(steps=(step(1, date(2026, 9, 15)),))
    assert only(on(SECOND_DAY, soon)).step_on == date(2026, 9, 29)  # two weeks after the letter
    early = invoice(steps=(step(1, date(2026, 9, 1)),))
    assert only(on(FIRST_DAY, early)).step_on == SECOND_DAY  # 19 days after the due date, rolled


def test_after_an_outage_one_level_is_sent_and_none_skipped() -> None:
    decision = on(date(2026, 12, 1), invoice())

    item = only(decision)
    assert (item.level, item.time_level) == (1, 3)
    assert decision.letters[0].level == 1
    after = invoice(steps=(step(1, date(2026, 12, 1)),))
    assert is_silent(on(date(2026, 12, 9), after))
    assert on(date(2026, 12, 15), after).letters[0].level == 2


def test_after_the_last_level_a_person_decides() -> None:
    steps = (step(1, date(2026, 9, 7)), step(2, date(2026, 9, 21)), step(3, date(2026, 10, 5)))

    decision = on(date(2026, 12, 1), invoice(steps=steps))

    assert is_silent(decision)
    assert why(decision) == {Why.LAST_LEVEL_SENT}


@pytest.mark.parametrize("levels", [(2,), (1, 1), (1, 3), (2, 1)])
def test_a_history_with_a_gap_stops_the_invoice_until_someone_looks(levels: tuple[int]) -> None:
    steps = tuple(step(level, SENT + timedelta(days=n)) for n, level in enumerate(levels))

    decision = on(date(2026, 12, 1), invoice(steps=steps))

    assert is_silent(decision)
    assert Why.HISTORY_UNCLEAR in why(decision)


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"amount": "0"}, Why.PAID),
        ({"due_on": None}, Why.NO_DUE_DATE),
        ({"first_sent_on": None}, Why.NEVER_SENT),
        ({"first_sent_on": date(2026, 9, 6)}, Why.SENT_RECENTLY),
        ({"amount": "9.99"}, Why.BELOW_MINIMUM),
        ({"due_on": date(2026, 10, 1)}, Why.NOT_DUE),
        ({"due_on": date(2026, 9, 5)}, Why.NOT_DUE),  # a Saturday, payable until Monday
    ],
)
def test_what_must_not_be_reminded_of_is_not(known: dict[str, Any], code: Why) -> None:
    decision = on(FIRST_DAY, invoice(**known))

    assert is_silent(decision)
    assert code in why(decision)


@pytest.mark.parametrize(
    ("kind", "code"), [(StopKind.HOLD, Why.ON_HOLD), (StopKind.DISPUTE, Why.DISPUTED)]
)
@pytest.mark.parametrize("whole_client", [True, False])
def test_holds_and_disputes_are_honoured_and_end_by_themselves(
    kind: StopKind, code: Why, whole_client: bool
) -> None:
    stop = Stop(kind, starts_on=date(2026, 9, 3), ends_on=date(2026, 9, 10))
    held = account(invoice(), stops=(stop,)) if whole_client else account(invoice(stops=(stop,)))

    assert why(on(date(2026, 9, 10), held)) == {code}
    assert is_silent(on(date(2026, 9, 10), held))
    assert on(date(2026, 9, 11), held).letters


def test_a_held_invoice_does_not_stand_in_the_letter_about_the_others() -> None:
    stop = Stop(StopKind.DISPUTE, SENT, date(2026, 12, 31))

    (letter,) = on(FIRST_DAY, [invoice(), invoice("RE-2", stops=(stop,))]).letters

    assert [line.number for line in letter.lines] == ["RE-1"]
    assert letter.to_pay == eur("1190")


class TestPromise:
    """Of a client who promised to pay on 15 September."""

    WORD = Promise(date(2026, 9, 4), date(2026, 9, 15), eur("1190"))

    def test_is_awaited_until_the_bank_data_show_the_days_after_it(self) -> None:
        trusted = invoice(promises=(self.WORD,))

        assert why(on(date(2026, 9, 15), trusted)) == {Why.PROMISED}
        assert why(on(date(2026, 9, 17), trusted)) == {Why.PROMISED}
        behind = on(date(2026, 9, 18), trusted, bank_data_as_of=date(2026, 9, 16))
        assert why(behind) == {Why.PROMISED}

    def test_that_was_broken_ends_by_itself_and_is_named(self) -> None:
        decision = on(date(2026, 9, 18), invoice(promises=(self.WORD,)))

        assert only(decision).action is Action.INCLUDE
        assert why(decision) == {Why.STEP_DUE, Why.PROMISE_BROKEN}

    def test_of_a_part_that_was_kept_leaves_the_rest_to_go_on(self) -> None:
        part = replace(self.WORD, amount=eur("500"))

        decision = on(FIRST_DAY, invoice(amount="690", promises=(part,)))

        assert why(decision) == {Why.STEP_DUE}

    def test_in_instalments_is_measured_by_all_of_them_up_to_the_day(self) -> None:
        half = Promise(date(2026, 9, 4), date(2026, 9, 15), eur("1000"), eur("500"))
        plan = (replace(half, pay_by=date(2026, 9, 30)), half)
        paid_once = invoice(amount="500", promises=plan)

        assert why(on(date(2026, 9, 16), paid_once)) == {Why.PROMISED}
        assert why(on(date(2026, 10, 2), paid_once)) == {Why.PROMISED}
        assert why(on(date(2026, 10, 5), paid_once)) == {Why.STEP_DUE, Why.PROMISE_BROKEN}
        assert is_silent(on(date(2026, 10, 5), invoice(amount="0", promises=plan)))

    def test_given_anew_after_a_missed_instalment_stands_in_its_place(self) -> None:
        missed = Promise(date(2026, 9, 4), date(2026, 9, 15), eur("1000"), eur("500"))
        anew = Promise(date(2026, 9, 17), date(2026, 9, 30), eur("1000"), eur("500"))
        part = invoice(amount="500", promises=(missed, anew))

        assert part.unkept(date(2026, 9, 22)) == []
        unpaid = replace(part, open=eur("1000"))
        assert unpaid.unkept(date(2026, 9, 22)) == [missed, anew]

    def test_of_the_rest_is_kept_by_what_was_open_when_it_was_given(self) -> None:
        first = Promise(date(2026, 9, 4), date(2026, 9, 15), eur("1000"), eur("500"))
        rest = Promise(date(2026, 9, 8), date(2026, 9, 30), eur("200"))
        more_came = invoice(amount="200", promises=(first, rest))

        assert more_came.unkept(date(2026, 9, 9)) == [rest]

    def test_in_another_currency_is_refused(self) -> None:
        wrong = replace(self.WORD, amount=Money(1, "CHF"))
        with pytest.raises(InputError, match="another currency"):
            on(FIRST_DAY, invoice(promises=(wrong,)))


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        (None, Why.NO_BANK_DATA),
        (date(2026, 9, 2), Why.STALE_BANK_DATA),
        (date(2026, 8, 3), Why.STALE_BANK_DATA),
    ],
)
def test_nothing_is_sent_on_old_bank_data(as_of: date | None, code: Why) -> None:
    decision = on(FIRST_DAY, [invoice(), invoice("RE-2")], bank_data_as_of=as_of)

    assert is_silent(decision)
    assert all(code in why(decision, number) for number in ("RE-1", "RE-2"))


def test_bank_data_of_two_business_days_ago_are_new_enough() -> None:
    assert on(FIRST_DAY, invoice(), bank_data_as_of=date(2026, 9, 3)).letters


def test_a_letter_waits_for_bank_data_up_to_the_day_the_last_one_set() -> None:
    reminded = invoice(steps=(step(1, FIRST_DAY, days=14),))
    day = date(2026, 9, 22)

    behind = on(day, reminded, bank_data_as_of=date(2026, 9, 18))

    assert why(behind) == {Why.BANK_DATA_BEHIND}
    assert is_silent(behind)
    assert on(day, reminded, bank_data_as_of=date(2026, 9, 21)).letters


@pytest.mark.parametrize("day", [date(2026, 9, 12), date(2026, 9, 13), date(2026, 12, 25)])
def test_nothing_is_sent_on_weekends_and_holidays(day: date) -> None:
    decision = on(day, invoice())

    assert is_silent(decision)
    assert Why.NO_SENDING_DAY in why(decision)


def test_the_courtesy_note_comes_once_before_the_due_date() -> None:
    day = date(2026, 8, 31)

    (letter,) = on(day, invoice()).letters
    assert (letter.level, letter.pay_by, letter.mail) == (0, None, "dunning_courtesy_note")
    assert letter.to_pay == eur("1190")
    assert is_silent(on(day, invoice(steps=(step(0, date(2026, 8, 30)),))))
    assert is_silent(on(DUE, invoice()))
    without = POLICY.model_copy(update={"courtesy_note": None})
    assert is_silent(on(day, invoice(), policy=without))


def test_a_courtesy_note_asks_for_nothing_that_is_overdue() -> None:
    reminded = (step(1, date(2026, 8, 24)), step(2, FIRST_DAY))
    overdue = invoice("RE-1", due_on=date(2026, 8, 14), steps=reminded)
    coming = invoice("RE-2", "300", due_on=date(2026, 9, 18))

    (note,) = on(date(2026, 9, 16), [overdue, coming]).letters

    assert [(line.number, line.role) for line in note.lines] == [("RE-2", Role.COURTESY)]
    assert note.to_pay == eur("300")


def test_a_courtesy_note_moves_no_reminder_but_the_next_note() -> None:
    late = invoice("RE-1", steps=(step(1, FIRST_DAY),))
    noted = account(late, notes=(("EUR", date(2026, 9, 18)),))

    assert [letter.level for letter in on(SECOND_DAY, noted).letters] == [2]
    coming = account(invoice(due_on=date(2026, 9, 24)), notes=(("EUR", date(2026, 9, 18)),))
    assert Why.LETTER_GAP in why(on(SECOND_DAY, coming))


def test_over_a_long_weekend_the_courtesy_note_comes_before_it() -> None:
    after_easter = invoice(due_on=date(2027, 3, 30), first_sent_on=date(2027, 3, 1))
    thursday = date(2027, 3, 25)  # then come Good Friday, the weekend and Easter Monday

    (note,) = on(thursday, after_easter).letters

    assert note.level == 0
    assert not on(date(2027, 3, 24), after_easter).letters
    without = POLICY.model_copy(update={"courtesy_note": None})
    assert not on(thursday, after_easter, policy=without).letters


def test_nothing_is_said_of_an_invoice_while_money_for_it_waits_for_a_person() -> None:
    waits = invoice("RE-1", money_waits=(date(2026, 9, 4),))

    decision = on(FIRST_DAY, [waits, invoice("RE-2", "300")])

    assert why(decision) == {Why.MONEY_WAITS}
    (letter,) = decision.letters
    assert [line.number for line in letter.lines] == ["RE-2"]


def test_one_letter_covers_all_open_items_each_at_its_own_level() -> None:
    items = [
        invoice("RE-1", "100", due_on=date(2026, 8, 18), steps=(step(1, date(2026, 8, 24)),)),
        invoice("RE-2", "200"),
        invoice("RE-3", "300", due_on=date(2026, 9, 4)),
        invoice("RE-4", "400", due_on=date(2026, 10, 1)),
        invoice("GS-1", "-50", due_on=None),
    ]

    decision = on(FIRST_DAY, items)

    (letter,) = decision.letters
    assert [(line.number, line.role, line.level) for line in letter.lines] == [
        ("RE-1", Role.STEP, 2),
        ("RE-2", Role.STEP, 1),
        ("RE-3", Role.OVERDUE, 0),
        ("RE-4", Role.NOT_DUE, 0),
        ("GS-1", Role.CREDIT, 0),
    ]
    assert (letter.level, letter.approved_by) == (2, Approver.MANAGER)
    assert letter.to_pay == eur("550")
    shown = [item.number for item in decision.items if item.action is Action.SHOW]
    assert shown == ["RE-3", "RE-4", "GS-1"]


def test_a_letter_to_the_client_a_week_ago_makes_the_next_one_wait() -> None:
    recent = account(invoice(), letters=(("EUR", date(2026, 9, 2)), ("CHF", date(2026, 9, 4))))

    assert Why.LETTER_GAP in why(on(date(2026, 9, 8), recent))
    assert is_silent(on(date(2026, 9, 8), recent))
    assert on(date(2026, 9, 9), recent).letters


def test_a_letter_that_awaits_approval_is_not_made_twice() -> None:
    decision = on(FIRST_DAY, account(invoice(), pending=frozenset({"EUR"})))

    assert is_silent(decision)
    assert Why.LETTER_PENDING in why(decision)


def test_currencies_are_kept_apart() -> None:
    swiss = invoice("RE-2", open=Money(50000, "CHF"))

    letters = on(FIRST_DAY, [swiss, invoice()]).letters

    assert [(letter.currency, letter.to_pay.minor) for letter in letters] == [
        ("CHF", 50000),
        ("EUR", 119000),
    ]


def test_what_credits_cover_is_not_asked_for() -> None:
    decision = on(FIRST_DAY, [invoice(amount="100"), invoice("GS-1", "-100", due_on=None)])

    assert is_silent(decision)
    assert Why.COVERED_BY_CREDIT in why(decision)


def test_the_minimum_counts_all_that_is_overdue() -> None:
    small = [invoice("RE-1", "6"), invoice("RE-2", "5", due_on=date(2026, 9, 4))]

    assert on(FIRST_DAY, small).letters[0].to_pay == eur("11")


def test_two_items_of_the_same_number_are_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        on(FIRST_DAY, [invoice(), invoice()])


def test_the_fingerprint_changes_with_what_was_decided_and_only_with_that() -> None:
    (letter,) = on(FIRST_DAY, invoice()).letters
    (same,) = on(FIRST_DAY, invoice()).letters
    (other,) = on(FIRST_DAY, invoice(amount="1190.01")).letters

    assert letter.fingerprint == same.fingerprint != other.fingerprint
    assert letter.fingerprint != replace(letter, approved_by=Approver.MANAGER).fingerprint


def test_every_reason_is_said_in_both_languages_with_the_same_facts() -> None:
    def facts(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert set(SENTENCES) == set(Why)
    assert all(facts(said.de) == facts(said.en) for said in SENTENCES.values())
    reason = because(Why.BELOW_MINIMUM, amount=eur("5"), minimum=eur("1010"))
    assert reason.say("de") == "5,00\xa0€ liegen unter der Mindestsumme von 1.010,00\xa0€."
    assert because(Why.ON_HOLD, until=DUE).say("de") == "Mahnstopp bis 1. September 2026."
    assert because(Why.ON_HOLD, until=DUE).say("en") == "On hold until 1 September 2026."


def test_the_same_account_and_day_give_the_same_decision() -> None:
    known: dict[str, Any] = {"bank_data_as_of": FIRST_DAY, "calendar": BERLIN, "today": FIRST_DAY}

    assert decide(account(invoice()), POLICY, **known) == decide(
        account(invoice()), POLICY, **known
    )
