"""Decides what is sent to one client today: one letter over all open items, or none, and why.

Nothing here sends or stores anything: the same account, policy and day always give the same
decision, so a dry run shows what a run would do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from acctflows.business_days import BusinessCalendar
from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.follow_up.dunning_items import (
    Action,
    ClientAccount,
    Decision,
    ItemDecision,
    Letter,
    Line,
    Role,
)
from acctflows.receivables.follow_up.dunning_policy import COURTESY, Approver, DunningPolicy
from acctflows.receivables.follow_up.dunning_reasons import Reason, Why, because
from acctflows.receivables.follow_up.dunning_steps import Situation, Standing, standing

NEW = {Role.STEP: Action.INCLUDE, Role.COURTESY: Action.COURTESY}
"""Roles for which a letter is written; the others only stand in it."""


def decide(
    account: ClientAccount,
    policy: DunningPolicy,
    *,
    today: date,
    bank_data_as_of: date | None,
    calendar: BusinessCalendar,
) -> Decision:
    """What is sent to the client today, and for every item why or why not.

    Missed days are caught up without bursts: however late the run, an invoice goes up one level in
    a letter, and the days between letters are kept.

    Args:
        account: All items of the client.
        policy: The agency's policy.
        today: The day decided for.
        bank_data_as_of: Last day that the imported bank statements cover; None: none imported.
        calendar: The agency's business days.

    Raises:
        InputError: Two items have the same number, or a promise is in another currency.
    """
    _refuse_inconsistent(account)
    situation = Situation(policy, calendar, today, bank_data_as_of)
    standings = [standing(item, account, situation) for item in account.items]
    closed = closed_today(situation)
    letters = []
    decided: dict[str, ItemDecision] = {}
    for currency in sorted({item.open.currency for item in account.items}):
        group = [each for each in standings if each.item.open.currency == currency]
        against = closed + _against_letter(group, account, currency, situation)
        if any(each.role in NEW for each in group) and not against:
            letters.append(_letter(group, account.client, currency, situation))
        written = {line.number for letter in letters for line in letter.lines}
        for each in group:
            named = each.item.number in written
            decided[each.item.number] = _decided(each, against, named=named)
    items = tuple(decided[item.number] for item in account.items)
    return Decision(account.client, today, tuple(letters), items)


@dataclass(frozen=True)
class Recheck:
    """Whether a decided letter may be sent.

    Args:
        against: Item number (empty for the letter as a whole) and reason; none: send it.
    """

    against: tuple[tuple[str, Reason], ...]

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against sending."""
        return not self.against


def still_holds(
    letter: Letter,
    fresh: ClientAccount,
    policy: DunningPolicy,
    *,
    today: date,
    bank_data_as_of: date | None,
    calendar: BusinessCalendar,
) -> Recheck:
    """Compare a decided, perhaps approved letter with the account as it is right before sending.

    Args:
        letter: What was decided.
        fresh: The account as it is now; that this very letter is pending does not count.
        policy: The agency's policy.
        today: The day of sending.
        bank_data_as_of: Last day that the imported bank statements cover now.
        calendar: The agency's business days.

    Returns:
        Every reason against sending: paid, held, disputed, promised, another amount or level,
        other credits, too old, bank data too old, another letter sent meanwhile.
    """
    _refuse_inconsistent(fresh)
    situation = Situation(policy, calendar, today, bank_data_as_of)
    now = {item.number: standing(item, fresh, situation) for item in fresh.items}
    against = [("", reason) for reason in closed_today(situation)]
    if not 0 <= (today - letter.decided_on).days <= policy.letter_valid_days:
        against.append(("", because(Why.LETTER_EXPIRED, decided_on=letter.decided_on)))
    note = letter.level == COURTESY
    against += [("", reason) for reason in _gap(fresh, letter.currency, situation, note=note)]
    for line in letter.lines:
        if line.role is not Role.CREDIT:
            against += [(line.number, reason) for reason in _changed(line, now.get(line.number))]
    credit_then = _sum(
        (li.amount for li in letter.lines if li.role is Role.CREDIT), letter.currency
    )
    credit_now = _credits(
        (each for each in now.values() if each.item.open.currency == letter.currency),
        letter.currency,
    )
    if credit_now != credit_then:
        against.append(("", because(Why.CREDITS_CHANGED, now=credit_now, then=credit_then)))
    return Recheck(tuple(against))


def closed_today(situation: Situation) -> list[Reason]:
    """What stops every letter today: no day for sending, or bank data too old or missing."""
    today, as_of = situation.today, situation.bank_data_as_of
    policy, calendar = situation.policy, situation.calendar
    closed = []
    if not policy.is_sending_day(today, calendar):
        closed.append(because(Why.NO_SENDING_DAY, next_on=policy.sending_day(today, calendar)))
    if as_of is None:
        closed.append(because(Why.NO_BANK_DATA))
    elif calendar.between(as_of, today) > policy.bank_data_max_age_business_days:
        closed.append(because(Why.STALE_BANK_DATA, as_of=as_of))
    return closed


def _against_letter(
    group: list[Standing], account: ClientAccount, currency: str, situation: Situation
) -> list[Reason]:
    note = not any(each.role is Role.STEP for each in group)
    against = _gap(account, currency, situation, note=note)
    if currency in account.pending:
        against.append(because(Why.LETTER_PENDING))
    to_pay, credit = _to_pay(group, currency), _credits(group, currency)
    minimum = Money.of(situation.policy.minimum_amount, currency)
    if to_pay.minor <= 0 and credit.minor:
        against.append(because(Why.COVERED_BY_CREDIT, credit=credit))
    elif 0 < to_pay.minor < minimum.minor:
        against.append(because(Why.BELOW_MINIMUM, amount=to_pay, minimum=minimum))
    return against


def _gap(
    account: ClientAccount, currency: str, situation: Situation, *, note: bool
) -> list[Reason]:
    """What keeps a letter apart from the last; a courtesy note holds up only further notes."""
    last = account.last_letter_on(currency, or_note=note)
    if last is None:
        return []
    next_on = last + timedelta(days=situation.policy.days_between_letters)
    if situation.today >= next_on:
        return []
    next_on = situation.policy.sending_day(next_on, situation.calendar)
    return [because(Why.LETTER_GAP, sent_on=last, next_on=next_on)]


def _letter(group: list[Standing], client: str, currency: str, situation: Situation) -> Letter:
    policy, today = situation.policy, situation.today
    new = [each for each in group if each.role in NEW]
    tone = max(each.level for each in new)
    level = policy.level(tone) if tone else None
    note = policy.courtesy_note
    parts = [policy.level(each.level) if each.level else note for each in new]
    careful = any(part is not None and part.approved_by is Approver.MANAGER for part in parts)
    as_of = situation.bank_data_as_of
    if as_of is None or (head := level or note) is None:
        raise AssertionError("no letter without bank data, no courtesy without its note")
    lines = tuple(
        Line(each.item.number, each.role, each.level, each.item.open, each.item.due_on)
        for each in group
        if each.role is not None and (tone or each.role is not Role.OVERDUE)
    )
    return Letter(
        client=client,
        currency=currency,
        decided_on=today,
        level=tone,
        mail=head.mail,
        approved_by=Approver.MANAGER if careful else Approver.NOBODY,
        show_interest=level is not None and level.show_interest,
        pay_by=situation.calendar.on_or_after(today + timedelta(days=level.pay_within_days))
        if level
        else None,
        fee=Money.of(level.fee, currency) if level else Money.zero(currency),
        to_pay=_to_pay(group, currency),
        bank_data_as_of=as_of,
        lines=lines,
    )


def _decided(each: Standing, against: list[Reason], *, named: bool) -> ItemDecision:
    action, level, reasons = Action.NOT, each.level, each.reasons
    if named and each.role is not None:
        action = NEW.get(each.role, Action.SHOW)
    elif each.role in NEW or each.reasons[0].code is Why.BANK_DATA_BEHIND:
        level -= each.role is Role.STEP
        reasons = (*against, *reasons)
    return ItemDecision(each.item.number, action, level, each.time_level, each.step_on, reasons)


def _to_pay(group: list[Standing], currency: str) -> Money:
    """What is overdue less credits; in a courtesy note only what falls due.

    A note that asked for overdue invoices until a day to come would give them new terms.
    """
    roles = {each.role for each in group}
    note = Role.COURTESY in roles and Role.STEP not in roles
    asked = {Role.COURTESY} if note else {Role.OVERDUE, Role.STEP}
    owed = _sum((each.item.open for each in group if each.role in asked), currency)
    return owed + _credits(group, currency)


def _credits(group: Iterable[Standing], currency: str) -> Money:
    return _sum((each.item.open for each in group if each.role is Role.CREDIT), currency)


def _sum(amounts: Iterable[Money], currency: str) -> Money:
    return sum(amounts, Money.zero(currency))


def _changed(line: Line, now: Standing | None) -> list[Reason]:
    if now is None:
        return [because(Why.UNKNOWN_ITEM)]
    if now.role is None:
        return list(now.reasons)
    if now.item.open != line.amount:
        return [because(Why.AMOUNT_CHANGED, now=now.item.open, then=line.amount)]
    if line.role is not Role.NOT_DUE and (now.role, now.level) != (line.role, line.level):
        return [because(Why.STEP_CHANGED, now=now.level, then=line.level), *now.reasons]
    return []  # what was not due may have become due: the letter still tells the truth


def _refuse_inconsistent(account: ClientAccount) -> None:
    numbers = [item.number for item in account.items]
    for item in account.items:
        if numbers.count(item.number) > 1:
            raise InputError(f"“{item.number}” is twice on the account", where=account.client)
        amounts = [each.open_when_given for each in item.promises]
        amounts += [each.amount for each in item.promises if each.amount]
        if any(amount.currency != item.open.currency for amount in amounts):
            raise InputError(
                f"a promise for “{item.number}” is in another currency", where=account.client
            )
