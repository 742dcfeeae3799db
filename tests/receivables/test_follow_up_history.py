"""Random histories of a client, kept in the database: the promises must hold at every moment."""

import shutil
from collections.abc import Sequence
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Client
from acctflows.db.models.documents import ApprovalDecision, Document, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.receivables import (
    DunningLetter,
    Invoice,
    LetterState,
    PaymentPromise,
    PaymentStop,
    StopKind,
)
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.documents.agreement import check_register
from acctflows.mail import outbox
from acctflows.money import Money
from acctflows.receivables.follow_up.letter_sending import Fate, decided_letters
from acctflows.receivables.follow_up.stops import (
    lift_stop,
    record_promise,
    set_stop,
    withdraw_promise,
)
from tests.receivables.following import DUE, World, file_letter, moment

INVOICES = 3
ASKED = ("step", "overdue", "courtesy")

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("pay", "part", "hold", "dispute", "promise", "lift", "withdraw"),
                *("deliver", "cancel", "approve", "reject", "crash", "day", "later"),
                *["work"] * 6,
            ]
        ),
        st.integers(0, INVOICES - 1),
        st.integers(1, 9),
    ),
    min_size=10,
    max_size=40,
)
"""What happens, to which invoice, and how many days pass or how long it lasts."""

_number = count()


class History:
    """A client's account while all kinds of things happen to it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client: Client = world.client()
        self.invoices = [
            world.invoice(self.client, due_on=DUE + timedelta(days=9 * n)) for n in range(INVOICES)
        ]
        self.today = DUE

    def happens(self, kind: str, which: int, days: int) -> None:
        invoice = self.invoices[which]
        match kind:
            case "pay" | "part":
                self.world.pay(invoice, None if kind == "pay" else self._part(invoice))
            case "hold" | "dispute" | "promise":
                self._stop(kind, invoice, days)
            case "lift" | "withdraw":
                self._lift(kind)
            case "deliver" | "cancel":
                self._mails(kind)
            case "approve" | "reject":
                self._judge(ApprovalDecision(kind))
            case "day":
                self.today += timedelta(days=1)
            case "later":  # said today, holds from another day on
                self._stop("hold", invoice, days, starts_in=2)
            case "crash":  # decided, and then the process was gone
                self.world.decide(self.client, self.today)
            case "work":
                self.today += timedelta(days=days)
                self.world.decide(self.client, self.today)
                self._send()

    def _part(self, invoice: Invoice) -> int:
        with self.world.database.reading() as session:
            return session.get_one(Invoice, invoice.id).open_minor // 3

    def _send(self) -> None:
        with self.world.database.reading() as session:
            letters = decided_letters(session, [self.client.id])
        for letter in letters:
            sent = self.world.send_one(letter, self.today, approve=False)
            if sent.fate is Fate.QUEUED:
                with self.world.database.reading() as session:
                    mail = session.get_one(DunningLetter, letter).mail
                    assert mail is not None
                    self._nothing_speaks_against(session, mail)

    def _nothing_speaks_against(self, session: Session, mail: OutboxMail) -> None:
        """Neither when it is queued nor when it is delivered, perhaps days later."""
        letter = session.scalars(select(DunningLetter).where(DunningLetter.mail == mail)).one()
        assert self.world.rules.policy.is_sending_day(self.today, self.world.rules.calendar)
        for line in letter.lines:
            if line.role not in ASKED:
                continue
            invoice = line.invoice
            assert invoice.open_minor == line.amount_minor > 0
            stops = session.scalars(select(PaymentStop)).all()
            assert not [
                stop
                for stop in stops
                if stop.invoice_id in (None, invoice.id)
                and stop.starts_on <= self.today <= stop.ends_on
            ]
            promises = session.scalars(
                select(PaymentPromise).where(
                    PaymentPromise.invoice_id == invoice.id,
                    PaymentPromise.withdrawn_by == "",
                )
            ).all()
            for promise in promises:
                if promise.pay_by >= self.today:
                    assert self._kept(promise, promises, invoice)

    def _kept(
        self, promise: PaymentPromise, others: Sequence[PaymentPromise], invoice: Invoice
    ) -> bool:
        """Whether all that was to come by its day has come since the first word of the plan."""
        plan = [each for each in others if promise.given_on <= each.pay_by <= promise.pay_by]
        began = max(each.open_when_given_minor for each in plan)
        wanted = sum(each.amount_minor or each.open_when_given_minor for each in plan)
        return began - invoice.open_minor >= min(wanted, began)

    def _stop(self, kind: str, invoice: Invoice, days: int, *, starts_in: int = 0) -> None:
        with self.world.database.transaction() as session:
            row = session.get_one(Invoice, invoice.id)
            if kind == "promise":
                if row.open_minor > 0:
                    record_promise(
                        session,
                        invoice=row,
                        given_on=self.today,
                        pay_by=self.today + timedelta(days=days),
                        amount=Money(-(-row.open_minor // 3), "EUR") if days % 2 else None,
                        note=f"{next(_number)}",
                        by="Lena",
                        now=moment(self.today, 10),
                    )
                return
            set_stop(
                session,
                client=row.client,
                invoice=row if days % 2 else None,
                kind=StopKind(kind),
                reason=f"{next(_number)}",
                starts_on=self.today + timedelta(days=starts_in),
                ends_on=self.today + timedelta(days=days + starts_in),
                by="Lena",
                now=moment(self.today, 10),
            )

    def _lift(self, kind: str) -> None:
        now = moment(self.today, 11)
        with self.world.database.transaction() as session:
            if kind == "lift":
                for stop in session.scalars(select(PaymentStop.id)).all():
                    lift_stop(session, stop, by="Lena", today=self.today, now=now)
                return
            for promise in session.scalars(select(PaymentPromise.id)).all():
                withdraw_promise(session, promise, by="Lena", now=now)

    def _mails(self, kind: str) -> None:
        """Deliver what is still asked for, as the sweep does; or a person takes it all back."""
        with self.world.database.transaction() as session:
            queued = select(OutboxMail).where(OutboxMail.state == MailState.QUEUED)
            for mail in session.scalars(queued):
                now = moment(self.today, 12)
                wanted = kind == "deliver" and self.world.last_look(session, mail, now)
                if wanted is True:
                    self._nothing_speaks_against(session, mail)
                    mail.state = MailState.SENT
                elif wanted is False:
                    outbox.cancel(session, mail.id, by="Lena", reason="", now=now)

    def _judge(self, decision: ApprovalDecision) -> None:
        with self.world.database.transaction() as session:
            for letter in decided_letters(session, [self.client.id]):
                version = session.get_one(DunningLetter, letter).document.newest
                file_letter(session, version, self.today)
                if version.state is VersionState.IN_APPROVAL:
                    self.world.judge(session, version, decision, self.today)

    def check(self) -> None:
        """Of every invoice the levels sent follow each other; of all letters the days do."""
        with self.world.database.reading() as session:
            letters = session.scalars(select(DunningLetter).order_by(DunningLetter.id)).all()
            sent = [
                letter
                for letter in letters
                if letter.state is LetterState.QUEUED
                and letter.mail is not None
                and letter.mail.state is not MailState.CANCELLED
            ]
            for invoice in self.invoices:
                steps = [
                    line.step
                    for letter in sent
                    for line in letter.lines
                    if line.invoice_id == invoice.id and line.step
                ]
                assert steps == list(range(1, len(steps) + 1))
            days = [letter.sent_on for letter in sent if letter.sent_on and letter.level]
            gaps = [(b - a).days for a, b in pairwise(days)]
            assert all(gap >= self.world.rules.policy.days_between_letters for gap in gaps)
            for letter in letters:
                if letter.state is LetterState.DROPPED:
                    assert [line.step for line in letter.lines] == [None] * len(letter.lines)
                    assert letter.dropped_because["de"]
            numbers = session.scalars(
                select(Document.number).where(Document.kind == "dunning").order_by(Document.id)
            ).all()
            assert numbers == [f"M-2026-{n:04}" for n in range(1, len(numbers) + 1)]
            mails = session.scalars(select(OutboxMail.dedup_key)).all()
            assert len(mails) == len({letter.mail_id for letter in letters if letter.mail_id})
            assert audit.verify(session).fault is None
        with self.world.database.reading() as session:
            faults = check_register(session).faults  # the invoices are no story's, see factories.py
            assert [fault for fault in faults if not fault.where.startswith("RE-")] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("histories")


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=EVENTS)
def test_nobody_is_reminded_wrongly_whatever_happens(
    sqlite_template: Path, folder: Path, events: list[tuple[str, int, int]]
) -> None:
    file = shutil.copyfile(sqlite_template, folder / f"{next(_number)}.db")
    database = Database(f"sqlite:///{file}")
    history = History(World(database))
    for kind, which, days in events:
        history.happens(kind, which, days)
        history.check()
    database.close()
    file.unlink()


def test_a_long_history_reaches_the_last_level(database: Database) -> None:
    history = History(World(database))
    for _ in range(35):
        history.happens("work", 0, 2)
        history.happens("approve", 0, 1)
        history.happens("deliver", 0, 1)
    history.check()

    with database.reading() as session:
        reached = session.scalars(
            select(DunningLetter.level).where(DunningLetter.state == LetterState.QUEUED)
        ).all()
    assert max(reached) == 3
