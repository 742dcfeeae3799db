from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from acctflows.db.models.receivables import StopKind
from acctflows.receivables.follow_up.dunning import Recheck, still_holds
from acctflows.receivables.follow_up.dunning_items import ClientAccount, Promise, Stop
from acctflows.receivables.follow_up.dunning_reasons import Why
from tests.receivables.dunning_cases import BERLIN, POLICY, account, eur, invoice, on, step

DAY = date(2026, 9, 7)
BOTH = (invoice(), invoice("RE-2", "300"))
(LETTER,) = on(DAY, BOTH).letters
ALWAYS = (DAY, date(2027, 1, 1))


def recheck(fresh: ClientAccount, day: date = DAY, **known: Any) -> Recheck:
    facts = {"bank_data_as_of": BERLIN.before(day), "calendar": BERLIN}
    return still_holds(LETTER, fresh, POLICY, today=day, **(facts | known))


def codes(found: Recheck) -> set[tuple[str, Why]]:
    return {(number, reason.code) for number, reason in found.against}


def test_an_unchanged_account_lets_the_approved_letter_go() -> None:
    waiting = account(*BOTH, pending=frozenset({"EUR"}))

    assert recheck(waiting).holds
    assert recheck(waiting, date(2026, 9, 10)).holds


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"open": eur("0")}, Why.PAID),
        ({"open": eur("299.99")}, Why.AMOUNT_CHANGED),
        ({"stops": (Stop(StopKind.HOLD, *ALWAYS),)}, Why.ON_HOLD),
        ({"stops": (Stop(StopKind.DISPUTE, *ALWAYS),)}, Why.DISPUTED),
        ({"promises": (Promise(DAY, date(2026, 9, 9), eur("300")),)}, Why.PROMISED),
        ({"steps": (step(1, DAY),)}, Why.STEP_CHANGED),
        ({"due_on": date(2026, 10, 1)}, Why.STEP_CHANGED),
        ({"due_on": None}, Why.NO_DUE_DATE),
    ],
)
def test_what_changed_meanwhile_keeps_the_letter_back(change: dict[str, Any], code: Why) -> None:
    found = recheck(account(BOTH[0], replace(BOTH[1], **change)))

    assert not found.holds
    assert ("RE-2", code) in codes(found)


def test_an_invoice_that_is_gone_keeps_the_letter_back() -> None:
    assert codes(recheck(account(BOTH[0]))) == {("RE-2", Why.UNKNOWN_ITEM)}


def test_a_new_credit_keeps_the_letter_back() -> None:
    credited = account(*BOTH, invoice("GS-1", "-20", due_on=None))

    assert codes(recheck(credited)) == {("", Why.CREDITS_CHANGED)}


def test_a_hold_of_the_whole_client_keeps_the_letter_back() -> None:
    held = account(*BOTH, stops=(Stop(StopKind.HOLD, *ALWAYS),))

    assert codes(recheck(held)) == {("RE-1", Why.ON_HOLD), ("RE-2", Why.ON_HOLD)}


@pytest.mark.parametrize(
    ("day", "known", "code"),
    [
        (date(2026, 9, 11), {}, Why.LETTER_EXPIRED),
        (date(2026, 9, 4), {}, Why.LETTER_EXPIRED),
        (DAY, {"bank_data_as_of": date(2026, 9, 2)}, Why.STALE_BANK_DATA),
        (DAY, {"bank_data_as_of": None}, Why.NO_BANK_DATA),
    ],
)
def test_a_letter_is_kept_back_when_it_or_the_bank_data_are_too_old(
    day: date, known: dict[str, Any], code: Why
) -> None:
    assert ("", code) in codes(recheck(account(*BOTH), day, **known))


def test_another_letter_sent_meanwhile_keeps_it_back() -> None:
    sent = account(*BOTH, letters=(("EUR", DAY),))

    assert codes(recheck(sent)) == {("", Why.LETTER_GAP)}


def test_a_new_invoice_that_the_letter_does_not_name_does_not_stop_it() -> None:
    more = account(*BOTH, invoice("RE-3", due_on=date(2026, 10, 1)))

    assert recheck(more).holds
