"""The follow-up killed at random moments, several at once: nothing twice, nothing lost.

``ACCTFLOWS_TEST_FOLLOW_UP_KILLS="60 200 7"`` (clients, kills, seed) makes it as long as you like.
The first test kills its steps, often; the second kills Prefect's runs.
"""

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select, update

from acctflows.app import App
from acctflows.clock import utc_now
from acctflows.clockwork.processes import flow_processes
from acctflows.db.models.documents import (
    ApprovalDecision,
    Document,
    DocumentVersion,
    VersionState,
)
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.receivables import (
    DunningLetter,
    DunningLine,
    Invoice,
    LetterState,
    Payment,
)
from acctflows.db.session import Database
from acctflows.documents import approval, audit
from acctflows.documents.filed import check_files
from acctflows.mail import outbox
from tests.factories import make_client, make_contact, make_invoice
from tests.flows.following_up import app_on, follow_up_for_ever, work_once
from tests.flows.people import received
from tests.house import House, new_app, start_house
from tests.mail.test_deliver_killed import Sink
from tests.receivables.following import DUE, FIRST, RULES, SECOND, make_statement

CLIENTS, KILLS, SEED = map(int, os.environ.get("ACCTFLOWS_TEST_FOLLOW_UP_KILLS", "8 8 1").split())
WORKERS = 2
OPEN = (MailState.QUEUED, MailState.IN_FLIGHT, MailState.UNKNOWN, MailState.FAILED)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    sink = Sink(tmp_path / "taken")
    yield sink
    sink.stop()


def test_killed_at_random_moments(
    database: Database, sink: Sink, tmp_path: Path, figures: Callable[[str], None]
) -> None:
    """Every second client comes to the level that a manager approves."""
    began = utc_now()
    url = database.engine.url.render_as_string(hide_password=False)
    place = (tmp_path / "home", url, sink.port)
    first, app = (app_on(day, *place, began=began) for day in (FIRST, SECOND))
    _owe(first, app, sink)

    kills = _storm(app, place, began)
    stormed = time.monotonic()
    doubts = _calm(app, sink, SECOND)
    for each in (first, app):
        each.database.close()

    with database.reading() as session:
        letters = session.scalars(select(DunningLetter).order_by(DunningLetter.id)).all()
        mails = session.scalars(select(OutboxMail)).all()
        numbers = session.scalars(
            select(Document.number).where(Document.kind == "dunning").order_by(Document.id)
        ).all()
        steps = session.execute(select(DunningLine.invoice_id, DunningLine.step)).all()
        versions = session.scalars(
            select(DocumentVersion).join(Document).where(Document.kind == "dunning")
        ).all()
        fault = audit.verify(session).fault
        files = check_files(session, app.docs_out)
        per_client = Counter((letter.client_id, letter.level) for letter in letters)
    taken = sink.taken()
    doubles = [one for one, count in taken.items() if count > 1]
    lost = [mail.dedup_key for mail in mails if mail.message_id not in taken]
    figures(
        f"{CLIENTS} clients, {WORKERS} runs at once, {kills} kills, seed {SEED}: "
        f"{len(letters)} letters, {len(doubles)} mails double, {len(lost)} lost, "
        f"{doubts} doubts listed and settled, {time.monotonic() - stormed:.0f} s until all "
        "was settled"
    )
    assert doubles == lost == []
    assert numbers == [f"M-2026-{n:04}" for n in range(1, len(letters) + 1)]
    assert {letter.state for letter in letters} == {LetterState.QUEUED}
    assert set(per_client.values()) == {1}
    assert len(letters) == CLIENTS + CLIENTS // 2
    assert len(steps) == len(set(steps))
    assert {mail.state for mail in mails} == {MailState.SENT}
    assert len(mails) == len(letters)
    assert {version.state for version in versions} == {VersionState.SENT}
    assert fault is None
    assert files.faults == []
    assert len(list(app.docs_out.rglob("[!.]*.pdf"))) == len(letters)


def _owe(first: App, app: App, sink: Sink) -> None:
    """Half of the clients have had a first letter, whose mail was delivered."""
    reminded = CLIENTS // 2
    _clients(first, reminded)
    _bank_knows(first, FIRST - timedelta(days=1))
    _calm(first, sink, FIRST)
    _clients(app, CLIENTS - reminded)
    _bank_knows(app, SECOND - timedelta(days=1))


def _clients(app: App, count: int) -> None:
    with app.database.transaction() as session:
        for _ in range(count):
            client = make_client(session)
            make_contact(session, client)
            make_invoice(session, client, due_on=DUE, issued_on=DUE, sent_on=DUE)


def _bank_knows(app: App, day: date) -> None:
    with app.database.transaction() as session:
        make_statement(session, day)


def _storm(app: App, place: tuple[Path, str, int], began: datetime) -> int:
    context = multiprocessing.get_context("forkserver")  # ready at once, and clean
    context.set_forkserver_preload(["tests.flows.following_up"])
    dice = random.Random(SEED)

    def start() -> BaseProcess:
        worker = context.Process(
            target=follow_up_for_ever, args=(SECOND, *place, began), daemon=True
        )
        worker.start()
        return worker

    workers = [start() for _ in range(WORKERS)]
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.05, 0.8))  # a random moment of a run
        _approve(app)
        victim = dice.randrange(WORKERS)
        workers[victim].kill()
        workers[victim].join()
        workers[victim] = start()
    for worker in workers:
        worker.kill()
        worker.join()
    return KILLS + WORKERS


def _approve(app: App) -> None:
    """The manager approves what waits."""
    with app.database.reading() as session:
        waiting = [(each.version_id, each.sha256) for each in approval.open_approvals(session)]
    for version_id, sha256 in waiting[:3]:
        with app.database.transaction() as session:
            approval.decide_approval(
                session,
                session.get_one(DocumentVersion, version_id),
                decision=ApprovalDecision.APPROVE,
                sha256=sha256,
                by="Lena",
                comment="",
                now=app.clock.now(),
            )


def _calm(app: App, sink: Sink, day: date) -> int:
    """Nothing is killed any more; work goes on until all is settled. How many doubts there were."""
    doubts = 0
    for _ in range(60):
        _approve(app)
        problems = work_once(app, day)
        doubts += _settle_doubts(app, sink.taken())
        with app.database.transaction() as session:
            # The waits between attempts are minutes: let them pass.
            later = update(OutboxMail).where(OutboxMail.state == MailState.QUEUED)
            session.execute(later.values(not_before=app.clock.now()))
            waiting = session.scalars(select(OutboxMail).where(OutboxMail.state.in_(OPEN))).all()
            decided = session.scalars(
                select(DunningLetter).where(DunningLetter.state == LetterState.DECIDED)
            ).all()
        if not (waiting or decided or problems):
            return doubts
        time.sleep(0.2)
    pytest.fail(f"not settled: {[mail.error for mail in waiting]}, {len(decided)}, {problems}")


def _settle_doubts(app: App, taken: Counter[str]) -> int:
    """A person looks into the mailbox: it was sent, or it is sent again."""
    with app.database.transaction() as session:
        doubtful = outbox.doubtful(session)
        for mail in doubtful:
            was_sent = mail.message_id in taken
            outbox.settle_doubtful(
                session, mail.id, was_sent=was_sent, by="Lena", now=app.clock.now()
            )
    return len(doubtful)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An installation of its own, so that no other test's run is killed."""
    house = start_house(new_app(tmp_path, smtp_timeout_seconds=1, simulate_days=True), mailbox=True)
    yield house
    house.supervisor.stop(grace=5)


@pytest.mark.prefect
@pytest.mark.xdist_group("own prefect")
def test_runs_killed_at_random_moments(house: House, figures: Callable[[str], None]) -> None:
    """The deployment, started twice; each run is killed in its work, and started again."""
    app, dice = house.app, random.Random(SEED)
    day = RULES.policy.sending_day(app.clock.today(), RULES.calendar)
    due = day - timedelta(days=10)
    with app.database.transaction() as session:
        for _ in range(CLIENTS):
            client = make_client(session)
            make_contact(session, client)
            for _ in range(2):
                make_invoice(session, client, due_on=due, issued_on=due, sent_on=due)
        make_statement(session, RULES.calendar.before(day))
    given = {"as_of": day.isoformat()}
    runs = [
        house.api.create_flow_run("follow-up-invoices/Follow up invoices", given).id
        for _ in range(2)
    ]

    killed = sum(_kill_run(house, run, dice) for run in runs)
    ended = [house.until(run, "Completed", "Failed") for run in runs]
    doubts = _deliver(app)

    arrived = Counter(str(mail["Message-ID"]) for mail in received(app))
    with app.database.reading() as session:
        letters = session.scalars(select(DunningLetter)).all()
        mails = session.scalars(select(OutboxMail)).all()
        dunning = select(Document.number).where(Document.kind == "dunning")
        numbers = session.scalars(dunning.order_by(Document.id)).all()
        steps = session.execute(select(DunningLine.invoice_id, DunningLine.step)).all()
        states = {letter.document.newest.state for letter in letters}
        open_minor = set(session.scalars(select(Invoice.open_minor - Invoice.gross_minor)))
        payments = session.scalars(select(Payment)).all()
        fault = audit.verify(session).fault
        files = check_files(session, app.docs_out)
    figures(
        f"{CLIENTS} clients, run started twice, killed {killed} times, seed {SEED}: "
        f"{len(letters)} letters, {sum(arrived.values())} mails arrived, {doubts} doubts settled"
    )
    assert killed > 0
    assert [run.state_name for run in ended] == ["Completed", "Completed"]
    assert sorted(letter.client_id for letter in letters) == list(range(1, CLIENTS + 1))
    assert numbers == [f"M-{day.year}-{n:04}" for n in range(1, CLIENTS + 1)]
    assert len(steps) == len(set(steps)) == 2 * CLIENTS
    assert states == {VersionState.SENT}
    assert {mail.state for mail in mails} == {MailState.SENT}
    assert arrived == Counter(mail.message_id for mail in mails)
    assert len(mails) == CLIENTS
    assert (open_minor, payments, fault, files.faults) == ({0}, [], None, [])


def _kill_run(house: House, run: str, dice: random.Random) -> bool:
    """``kill -9`` the run at a random moment of its work and press Retry; whether it lived so long.

    Of two runs Prefect lets one wait for the other.
    """

    def begun() -> str | None:
        state = house.api.flow_run(run).state_name
        return state if state in ("Running", "Completed", "Failed") else None

    house.eventually(begun, lambda: f"{house.api.flow_run(run)} at work")
    time.sleep(dice.uniform(0, 1.5))
    processes = flow_processes(house.app.home).get(run, [])
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=10)
    if house.until(run, "Crashed", "Completed", "Failed").state_name != "Crashed":
        return False  # it had said how it ended
    house.retry(run)
    return True


def _deliver(app: App) -> int:
    """Sweep until every mail has gone out, a person settling doubts. How many there were."""
    doubts = 0
    for _ in range(60):
        app.sweep_outbox()
        arrived = Counter(str(mail["Message-ID"]) for mail in received(app))
        doubts += _settle_doubts(app, arrived)
        with app.database.transaction() as session:
            later = update(OutboxMail).where(OutboxMail.state == MailState.QUEUED)
            session.execute(later.values(not_before=app.clock.now()))
            waiting = session.scalars(select(OutboxMail).where(OutboxMail.state.in_(OPEN))).all()
        if not waiting:
            return doubts
        time.sleep(0.2)
    pytest.fail(f"not settled: {[(mail.state, mail.error) for mail in waiting]}")
