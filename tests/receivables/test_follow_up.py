"""A client's invoices from the first letter to the last, with all that may come between."""

from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import ApprovalDecision, Document, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.receivables import (
    BankLine,
    BankStatement,
    DunningLetter,
    Invoice,
    LetterState,
    LineState,
    Payment,
    StopKind,
)
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.errors import InputError
from acctflows.mail import outbox
from acctflows.mail.deliver import Wait
from acctflows.money import Money
from acctflows.receivables.follow_up.accounts import client_accounts, clients_to_follow_up
from acctflows.receivables.follow_up.letter_mail import Copy, fitting
from acctflows.receivables.follow_up.letter_sending import (
    Fate,
    approved_letters,
    read_letter,
    still_asks,
)
from acctflows.receivables.follow_up.stops import (
    lift_stop,
    record_promise,
    set_stop,
    withdraw_promise,
)
from acctflows.receivables.payments.allocation import Rule
from acctflows.receivables.payments.bank_lines import Finding
from acctflows.receivables.payments.booking import Portion
from tests.factories import make_client, make_invoice
from tests.racing import race
from tests.receivables.following import (
    DUE,
    FIRST,
    RULES,
    SECOND,
    World,
    file_letter,
    make_statement,
    moment,
)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def mails(world: World) -> list[OutboxMail]:
    with world.database.reading() as session:
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def test_one_letter_over_all_items_each_with_its_own_level(world: World) -> None:
    client = world.client()
    first = world.invoice(client)
    assert [sent.fate for sent in world.work(client, FIRST)] == [Fate.QUEUED]
    second = world.invoice(client, due_on=date(2026, 9, 15), sent_on=DUE)

    assert [sent.fate for sent in world.work(client, SECOND)] == [Fate.QUEUED]

    letter = world.letters(client)[-1]
    assert letter.level == 2
    assert [(line.invoice_id, line.step) for line in letter.lines] == [
        (first.id, 2),
        (second.id, 1),
    ]
    assert letter.to_pay_minor == 238_000
    assert [mail.template for mail in mails(world)] == [
        "dunning_reminder",
        "dunning_second_reminder",
    ]


def test_the_letter_says_interest_in_default_by_the_law_of_the_client(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    world.decide(client, SECOND)

    letter = read_letter(world.letters(client)[-1].document.newest)

    # in default when the seven days of the first reminder are over; then until the second one
    # 7 days of 1,190 € at 1.52 + 9 points
    assert letter.items[0].default_since == FIRST + timedelta(days=8)
    assert letter.interest_minor == 240
    assert letter.interest_name == "Verzugszinsen (§ 288 BGB)"
    assert [str(rate) for rate in letter.interest_rates] == ["10.52"]
    assert letter.show_interest


def test_a_reminder_that_was_delivered_late_sets_default_late(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    with world.database.transaction() as session:
        session.scalars(select(OutboxMail)).one().sent_at = moment(FIRST + timedelta(days=9))

    world.decide(client, SECOND)

    letter = read_letter(world.letters(client)[-1].document.newest)
    assert letter.items[0].default_since == FIRST + timedelta(days=10)


def test_the_mail_names_default_for_its_own_level_and_the_rest_as_also_open(world: World) -> None:
    client = world.client()
    world.invoice(client, number="RE-2026-0701")
    world.work(client, FIRST)
    world.invoice(client, number="RE-2026-0702", due_on=date(2026, 9, 18), sent_on=DUE)

    world.work(client, SECOND)

    body = message_from_bytes(mails(world)[-1].raw, policy=default).get_body(("plain",))
    text = " ".join(body.get_content().split())
    assert "nicht vollständig bezahlt und damit in Verzug: RE-2026-0701." in text
    assert "Ebenfalls offen: - RE-2026-0702, fällig am 18.09.2026: 1.190,00 € (überfällig)" in text
    assert "Für RE-2026-0702 bleibt es bei dem früher genannten Tag." in text


def test_what_the_mail_says_and_brings(world: World) -> None:
    client = world.client()
    world.invoice(client, number="RE-2026-0777")
    world.work(client, FIRST)

    (mail,) = mails(world)

    message = message_from_bytes(mail.raw, policy=default)
    body = message.get_body(("plain",)).get_content()
    assert "RE-2026-0777" in body
    assert "1.190,00" in body
    assert "14. September 2026" in body.replace("\N{NO-BREAK SPACE}", " ")
    assert [part.get_filename() for part in message.iter_attachments()] == [
        "M-2026-0001.pdf",
        "RE-1.pdf",
    ]
    assert mail.dedup_key == "dunning/M-2026-0001/v1/letter"
    with world.database.reading() as session:
        events = [entry.event for entry in audit.trail(session, "document/M-2026-0001")]
        assert events == ["document.opened", "version.added", "files.recorded", "version.sent"]
        assert audit.verify(session).fault is None


def test_a_second_run_of_the_day_finds_what_the_first_has_done(world: World) -> None:
    client = world.client()
    world.invoice(client)

    assert len(world.decide(client, FIRST)) == 1
    assert world.decide(client, FIRST) == []
    assert [sent.fate for sent in world.send(client, FIRST)] == [Fate.QUEUED]
    assert world.decide(client, FIRST) == []
    assert world.send_one(world.letters(client)[0].id, FIRST).fate is Fate.QUEUED

    assert world.steps(client) == [("queued", [1])]
    assert len(mails(world)) == 1


def test_runs_at_once_write_and_send_one_letter(world: World) -> None:
    client = world.client()
    world.invoice(client)

    written, failed = race(4, lambda _: world.decide(client, FIRST))
    assert failed == []
    assert sorted(map(len, written)) == [0, 0, 0, 1]
    (letter,) = world.letters(client)
    with world.database.transaction() as session:
        file_letter(session, session.get_one(DunningLetter, letter.id).document.newest, FIRST)
    sent, failed = race(4, lambda _: world.send_one(letter.id, FIRST))
    assert failed == []
    assert {each.fate for each in sent} == {Fate.QUEUED}

    assert world.steps(client) == [("queued", [1])]
    assert len(mails(world)) == 1
    with world.database.reading() as session:
        assert list(session.scalars(select(Document.number).where(Document.kind == "dunning"))) == [
            "M-2026-0001"
        ]


@pytest.mark.parametrize("change", ["paid", "part", "hold", "dispute", "promise"])
def test_what_happens_before_sending_keeps_the_letter_back(world: World, change: str) -> None:
    client = world.client()
    invoice = world.invoice(client)
    world.decide(client, FIRST)
    happens(world, invoice, change, FIRST)

    (sent,) = world.send(client, FIRST)

    assert sent.fate is Fate.DROPPED
    assert sent.because[0][1].startswith(f"{number_of(world, invoice)}: ")
    assert world.steps(client) == [("dropped", [None])]
    assert mails(world) == []
    letter = world.letters(client)[0]
    assert letter.document.newest.state is VersionState.SUPERSEDED
    assert letter.dropped_because["de"]


@pytest.mark.parametrize("change", ["part", "hold", "promise", "credit", "money on the desk"])
def test_a_mail_still_waiting_is_not_wanted_any_more(world: World, change: str) -> None:
    client = world.client()
    invoice = world.invoice(client)
    world.decide(client, FIRST)
    world.send(client, FIRST)
    (mail,) = mails(world)
    with world.database.transaction() as session:
        assert world.last_look(session, mail, moment(FIRST, 10)) is True

    if change == "credit":
        credit(world, client, 10_000)
    elif change == "money on the desk":
        with world.database.transaction() as session:
            propose(session, invoice, state=LineState.PROPOSED)
    else:
        happens(world, invoice, change, FIRST)

    with world.database.transaction() as session:
        assert world.last_look(session, mail, moment(FIRST, 10)) is False


def queued(world: World, day: date) -> OutboxMail:
    """The mail of a first letter of that day, which has not gone out yet."""
    client = world.client()
    world.invoice(client, due_on=day - timedelta(days=10), sent_on=day - timedelta(days=20))
    world.decide(client, day)
    world.send(client, day)
    return mails(world)[0]


def test_a_mail_that_could_not_go_out_on_friday_waits_for_monday(world: World) -> None:
    friday = date(2026, 9, 11)
    mail = queued(world, friday)

    with world.database.transaction() as session:
        saturday = world.last_look(session, mail, moment(date(2026, 9, 12), 14))
        monday = world.last_look(session, mail, moment(date(2026, 9, 14), 9))

    assert isinstance(saturday, Wait)
    assert saturday.until == moment(date(2026, 9, 14), 9)
    assert "again on 14 September 2026" in saturday.words
    assert monday is True


def test_a_mail_waits_while_the_bank_data_are_too_old(world: World) -> None:
    mail = queued(world, FIRST)
    late = moment(FIRST + timedelta(days=3), 12)
    with world.database.transaction() as session:
        make_statement(session, date(2026, 9, 4))
        session.flush()

        found = still_asks(session, mail, rules=RULES, now=late)

    assert isinstance(found, Wait)
    assert found.until == late + timedelta(hours=1)
    assert "please import newer ones" in found.words


def test_a_hold_that_begins_between_queuing_and_delivery_ends_the_mail(world: World) -> None:
    tuesday, wednesday = FIRST + timedelta(days=1), FIRST + timedelta(days=2)
    client = world.client()
    world.invoice(client)
    with world.database.transaction() as session:
        set_stop(
            session,
            client=session.merge(client),
            invoice=None,
            kind=StopKind.HOLD,
            reason="Klärung",
            starts_on=wednesday,
            ends_on=wednesday + timedelta(days=9),
            by="Lena",
            now=moment(FIRST),
        )
    world.decide(client, tuesday)
    assert [sent.fate for sent in world.send(client, tuesday)] == [Fate.QUEUED]
    (mail,) = mails(world)

    with world.database.transaction() as session:
        assert world.last_look(session, mail, moment(tuesday, 10)) is True
        assert world.last_look(session, mail, moment(wednesday, 10)) is False


def test_where_days_are_simulated_the_letter_is_looked_at_as_of_its_day(world: World) -> None:
    mail = queued(world, FIRST)
    with world.database.transaction() as session:
        make_statement(session, date(2026, 9, 4))
        session.flush()
        now = moment(date(2026, 11, 28), 12)

        assert still_asks(session, mail, rules=RULES, now=now, simulated=True) is True
        assert still_asks(session, mail, rules=RULES, now=now) is False


def happens(world: World, invoice: Invoice, change: str, day: date) -> None:
    if change in ("paid", "part"):
        return world.pay(invoice, None if change == "paid" else 100)
    with world.database.transaction() as session:
        row = session.get_one(Invoice, invoice.id)
        if change == "promise":
            record_promise(
                session,
                invoice=row,
                given_on=day,
                pay_by=day + timedelta(days=4),
                amount=None,
                note="",
                by="Lena",
                now=moment(day, 10),
            )
            return None
        set_stop(
            session,
            client=row.client,
            invoice=row if change == "dispute" else None,
            kind=StopKind(change),
            reason="Klärung",
            starts_on=day,
            ends_on=day + timedelta(days=4),
            by="Lena",
            now=moment(day, 10),
        )
    return None


def number_of(world: World, invoice: Invoice) -> str:
    with world.database.reading() as session:
        return session.get_one(Document, invoice.document_id).number


def test_a_withdrawn_mail_gives_its_level_back(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.decide(client, FIRST)
    world.send(client, FIRST)
    with world.database.transaction() as session:
        outbox.cancel(session, mails(world)[0].id, by="Lena", reason="", now=moment(FIRST))

    with world.database.reading() as session:
        assert client_accounts(session, [client.id])[client.id].items[0].steps == ()
    world.work(client, FIRST)  # not twice on one day
    assert world.steps(client) == [("dropped", [None])]
    world.work(client, FIRST + timedelta(days=1))

    assert world.steps(client) == [("dropped", [None]), ("queued", [1])]


@pytest.mark.parametrize("state", [MailState.UNKNOWN, MailState.FAILED, MailState.IN_FLIGHT])
def test_a_mail_in_doubt_holds_up_the_next_letter(world: World, state: MailState) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    with world.database.transaction() as session:
        mail = session.scalars(select(OutboxMail)).one()
        mail.state, mail.expires_at = state, None

    assert world.decide(client, SECOND) == []

    with world.database.transaction() as session:
        session.scalars(select(OutboxMail)).one().state = MailState.SENT
    assert len(world.decide(client, SECOND)) == 1


def test_a_doubtful_mail_that_was_not_sent_gives_its_level_back(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    with world.database.transaction() as session:
        session.scalars(select(OutboxMail)).one().state = MailState.UNKNOWN
    assert world.decide(client, SECOND) == []  # long expired, so it cannot be sent again

    with world.database.transaction() as session:
        outbox.was_not_sent(session, mails(world)[0].id, by="Lena", now=moment(SECOND))
    world.work(client, SECOND)

    assert world.steps(client) == [("dropped", [None]), ("queued", [1])]
    assert world.letters(client)[0].dropped_because["de"] == ["Die Mail ging nicht hinaus."]


def test_a_mail_that_waited_too_long_is_made_anew(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    with world.database.transaction() as session:
        session.scalars(select(OutboxMail)).one().state = MailState.FAILED

    world.work(client, SECOND)

    assert world.steps(client) == [("dropped", [None]), ("queued", [1])]
    assert [mail.state for mail in mails(world)] == [MailState.CANCELLED, MailState.SENT]


def test_the_policy_asks_for_a_managers_approval(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    world.decide(client, SECOND)

    (waiting,) = world.send(client, SECOND, approve=False)
    assert waiting.fate is Fate.WAITING
    with world.database.transaction() as session:
        assert approved_letters(session) == []
        letter = session.get_one(DunningLetter, world.letters(client)[-1].id)
        world.judge(session, letter.document.newest, ApprovalDecision.APPROVE, SECOND)
    with world.database.reading() as session:
        assert approved_letters(session) == [letter.id]

    assert world.send_one(letter.id, SECOND + timedelta(days=1)).fate is Fate.QUEUED
    assert world.steps(client) == [("queued", [1]), ("queued", [2])]


@pytest.mark.parametrize(
    ("decision", "again_after"), [(ApprovalDecision.REWORK, 1), (ApprovalDecision.REJECT, 7)]
)
def test_a_letter_the_manager_refuses_comes_again_later(
    world: World, decision: ApprovalDecision, again_after: int
) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    world.decide(client, SECOND)
    letter = world.letters(client)[-1]
    with world.database.transaction() as session:
        version = session.get_one(DunningLetter, letter.id).document.newest
        file_letter(session, version, SECOND)
        world.judge(session, version, decision, SECOND)

    assert world.send(client, SECOND, approve=False)[0].fate is Fate.DROPPED

    written = [
        day for day in (SECOND + timedelta(days=n) for n in range(9)) if world.decide(client, day)
    ]
    assert written == [SECOND + timedelta(days=again_after)]
    assert world.letters(client)[1].dropped_because["de"][0].endswith("so nicht")


def test_a_letter_that_waited_too_long_for_its_approval_is_made_anew(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    world.decide(client, SECOND)
    world.send(client, SECOND, approve=False)
    late = SECOND + timedelta(days=4)

    assert world.decide(client, late) == []
    assert world.send(client, late)[0].fate is Fate.DROPPED
    assert len(world.decide(client, late)) == 1


def test_a_run_for_a_day_gone_by_leaves_what_was_decided_since(world: World) -> None:
    client = world.client()
    world.invoice(client)
    (letter,) = world.decide(client, FIRST)

    assert world.send_one(letter, FIRST - timedelta(days=3)).fate is Fate.WAITING
    assert world.send_one(letter, FIRST).fate is Fate.QUEUED


def test_a_credit_is_deducted_and_named(world: World) -> None:
    client = world.client()
    invoice = world.invoice(client)
    credit(world, client, 19_000)
    world.decide(client, FIRST)

    letter = read_letter(world.letters(client)[0].document.newest)

    assert letter.to_pay_minor == 100_000
    assert [item.label for item in letter.credits] == ["Guthaben aus Zahlung vom 05.09.2026"]
    credit(world, client, 119_000)
    assert world.send(client, FIRST)[0].fate is Fate.DROPPED
    assert invoice.open_minor == 119_000


def credit(world: World, client: object, minor: int) -> None:
    with world.database.transaction() as session:
        session.add(
            Payment(
                key=f"credit-{minor}",
                client_id=client.id,
                received_on=date(2026, 9, 5),
                amount_minor=minor,
                left_minor=minor,
                currency="EUR",
                booked_by="test",
                created_at=moment(FIRST),
            )
        )


def test_each_currency_has_a_letter_of_its_own(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.invoice(client, currency="CHF")

    assert [sent.fate for sent in world.work(client, FIRST)] == [Fate.QUEUED, Fate.QUEUED]
    assert sorted(letter.currency for letter in world.letters(client)) == ["CHF", "EUR"]


def test_without_an_address_nothing_is_numbered(world: World) -> None:
    with world.database.transaction() as session:
        client = make_client(session)
        make_invoice(session, client, due_on=DUE, sent_on=DUE)

    with pytest.raises(InputError, match=r"no address for invoices"):
        world.decide(client, FIRST)

    assert world.letters(client) == []


def test_holds_and_promises_end_by_themselves_or_when_lifted(world: World) -> None:
    client = world.client()
    invoice = world.invoice(client)
    happens(world, invoice, "hold", FIRST)
    ends = FIRST + timedelta(days=4)
    assert world.decide(client, ends) == []
    with world.database.transaction() as session:
        stop = lift_stop(session, 1, by="Lena", today=ends, now=moment(ends))
        lift_stop(session, 1, by="Jonas", today=ends, now=moment(ends))
        assert (stop.ends_on, stop.lifted_by) == (ends - timedelta(days=1), "Lena")
        row = session.get_one(Invoice, invoice.id)
        promise = record_promise(
            session,
            invoice=row,
            given_on=ends,
            pay_by=ends + timedelta(days=30),
            amount=None,
            note="am Telefon",
            by="Lena",
            now=moment(ends),
        )
    assert world.decide(client, ends) == []
    with world.database.transaction() as session:
        withdraw_promise(session, promise.id, by="Lena", now=moment(ends))
        withdraw_promise(session, promise.id, by="Jonas", now=moment(ends))
    assert len(world.decide(client, ends)) == 1
    with world.database.reading() as session:
        number = number_of(world, invoice)
        events = [entry.event for entry in audit.trail(session, f"document/{number}")]
        assert events == ["promise.given", "promise.withdrawn"]
        holds = [entry.event for entry in audit.trail(session, f"client/{client.number}")]
        assert holds == ["hold.set", "hold.lifted"]


def test_two_instalments_are_awaited_one_after_the_other(world: World) -> None:
    client = world.client()
    invoice = world.invoice(client, gross_minor=100_000, open_minor=100_000)
    with world.database.transaction() as session:
        row = session.get_one(Invoice, invoice.id)
        for day in (15, 30):
            record_promise(
                session,
                invoice=row,
                given_on=date(2026, 9, 4),
                pay_by=date(2026, 9, day),
                amount=Money(50_000, "EUR"),
                note="",
                by="Lena",
                now=moment(date(2026, 9, 4)),
            )
    world.pay(invoice, 50_000)

    assert world.decide(client, date(2026, 9, 16)) == []
    assert world.decide(client, date(2026, 9, 29)) == []
    assert len(world.decide(client, date(2026, 10, 5))) == 1


def test_a_courtesy_note_holds_up_no_reminder(world: World) -> None:
    client = world.client()
    world.invoice(client)
    world.work(client, FIRST)
    world.invoice(client, due_on=date(2026, 9, 17), sent_on=DUE)

    assert [sent.fate for sent in world.work(client, date(2026, 9, 15))] == [Fate.QUEUED]
    assert [sent.fate for sent in world.work(client, SECOND)] == [Fate.QUEUED]

    assert [letter.level for letter in world.letters(client)] == [1, 0, 2]
    assert world.letters(client)[1].to_pay_minor == 119_000


def test_money_that_waits_for_a_person_holds_its_invoice(world: World) -> None:
    client = world.client()
    invoice, other = world.invoice(client), world.invoice(client)
    with world.database.transaction() as session:
        line = propose(session, invoice, state=LineState.PROPOSED)

    assert len(world.decide(client, FIRST)) == 1

    (letter,) = world.letters(client)
    assert [each.invoice_id for each in letter.lines] == [other.id]
    with world.database.transaction() as session:
        session.get_one(BankLine, line).state = LineState.LEFT
        account = client_accounts(session, [client.id])[client.id]
    assert [item.money_waits for item in account.items] == [(), ()]


def propose(session: Session, invoice: Invoice, *, state: LineState) -> int:
    """A bank line that may pay an invoice."""
    statement = session.scalars(select(BankStatement)).first()
    if statement is None:
        make_statement(session, date(2026, 9, 4))
        statement = session.scalars(select(BankStatement)).one()
    portion = Portion(invoice.id, Money(119_000, "EUR"), Rule.DESIGNATED)
    line = BankLine(
        key="line-1",
        statement=statement,
        booked_on=date(2026, 9, 4),
        amount_minor=119_000,
        currency="EUR",
        state=state,
        match=Finding((portion,)).stored(),
    )
    session.add(line)
    session.flush()
    return line.id


def test_the_same_form_twice_is_one_stop_and_one_promise(world: World) -> None:
    client = world.client()
    invoice = world.invoice(client)
    for change in ("hold", "promise", "hold", "promise"):
        happens(world, invoice, change, FIRST)

    with world.database.reading() as session:
        account = client_accounts(session, [client.id])[client.id]
    assert len(account.stops) == 1
    assert len(account.items[0].promises) == 1


def test_clients_are_chosen_by_what_is_due_or_waits(world: World) -> None:
    due, later, paid, waiting = (world.client() for _ in range(4))
    world.invoice(due)
    world.invoice(later, due_on=FIRST + timedelta(days=4))
    world.pay(world.invoice(paid))
    world.pay_later = world.invoice(waiting)  # type: ignore[attr-defined]
    world.decide(waiting, FIRST)
    world.pay(world.pay_later)  # type: ignore[attr-defined]

    with world.database.reading() as session:
        chosen = clients_to_follow_up(session, RULES, today=FIRST)
        assert chosen == [due.id, waiting.id]
        one = clients_to_follow_up(session, RULES, today=FIRST, client_id=due.id)
        assert one == [due.id]


def test_files_go_along_while_they_fit() -> None:
    files = [Copy("M-1", b"x" * 10), Copy("RE-1", b"x" * 60), Copy("RE-2", b"x" * 50)]

    assert [file.number for file in fitting(files, 70)] == ["M-1", "RE-1"]
    assert [file.number for file in fitting(files, 60)] == ["M-1", "RE-2"]


def test_a_letter_that_was_dropped_stays_dropped(world: World) -> None:
    client = world.client()
    invoice = world.invoice(client)
    world.decide(client, FIRST)
    world.pay(invoice)
    world.send(client, FIRST)
    (letter,) = world.letters(client)

    sent = world.send_one(letter.id, FIRST)

    assert sent.fate is Fate.DROPPED
    assert letter.state is LetterState.DROPPED
    assert sent.because == [
        (
            f"{number_of(world, invoice)}: Der Posten ist nicht mehr offen verbucht.",
            f"{number_of(world, invoice)}: The item is no longer on the account.",
        )
    ]
