"""Delivering processes are killed at random moments: no mail twice, none lost, every doubt listed.

``ACCTFLOWS_TEST_KILLS="2000 200"`` (mails, kills) makes the run as long as you like.
"""

import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from acctflows.clock import utc_now
from acctflows.db.models.mail import MailState
from acctflows.db.session import Database
from acctflows.mail import outbox
from acctflows.mail.deliver import deliver_due
from tests.conftest import ROOT
from tests.mail.conftest import queue
from tests.mail.outboxes import mails, states
from tests.mail.sweeper import HurriedMailer, sweep_for_ever

MAILS, KILLS = map(int, os.environ.get("ACCTFLOWS_TEST_KILLS", "300 20").split())
WORKERS = 3
SILENT, LATER = 3, 5  # of a hundred mails: taken without an answer, put off


class Sink:
    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.mail.sink", str(file), str(SILENT), str(LATER)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def taken(self) -> Counter[str]:
        return Counter(self.file.read_text().split())

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    sink = Sink(tmp_path / "taken")
    yield sink
    sink.stop()


def test_killed_at_random_moments(
    database: Database, sink: Sink, figures: Callable[[str], None]
) -> None:
    with database.transaction() as session:
        for number in range(MAILS):
            queue(session, f"{number}", now=utc_now())

    _kill_many(database, sink)
    _finish(database, sink)

    taken, rows = sink.taken(), mails(database)
    sent = {mail.message_id for mail in rows if mail.state is MailState.SENT}
    unknown = {mail.message_id for mail in rows if mail.state is MailState.UNKNOWN}
    doubles = [one for one, count in taken.items() if count > 1]
    lost = [mail.id for mail in rows if mail.message_id not in taken.keys() | unknown]
    figures(
        f"{MAILS} mails, {KILLS} kills, {WORKERS} workers: {len(doubles)} double, "
        f"{len(lost)} lost, {len(sent - taken.keys())} marked sent without delivery, "
        f"{len(unknown)} unknown ({len(unknown & taken.keys())} of them delivered)"
    )
    assert doubles == lost == []
    assert sent <= taken.keys()
    assert set(states(database)) <= {"sent", "unknown"}
    assert len(unknown) <= KILLS + WORKERS + MAILS * (SILENT + 5) / 100
    with database.reading() as session:
        assert {mail.message_id for mail in outbox.doubtful(session)} == unknown


def _kill_many(database: Database, sink: Sink) -> None:
    context = multiprocessing.get_context("forkserver")  # ready at once, and clean
    context.set_forkserver_preload(["tests.mail.sweeper"])
    dice = random.Random(len(mails(database)))
    url = database.engine.url.render_as_string(hide_password=False)

    def start() -> BaseProcess:
        worker = context.Process(target=sweep_for_ever, args=(url, sink.port), daemon=True)
        worker.start()
        return worker

    workers = [start() for _ in range(WORKERS)]
    for number in range(1, KILLS + 1):
        _wait_until_taken(sink, number * MAILS // (KILLS + 2))
        time.sleep(dice.uniform(0, 0.03))  # a random moment of an attempt
        victim = dice.randrange(WORKERS)
        workers[victim].kill()
        workers[victim].join()
        workers[victim] = start()
    for worker in workers:
        worker.kill()
        worker.join()


def _wait_until_taken(sink: Sink, count: int) -> None:
    patience = time.monotonic() + 3
    while sink.taken().total() < count and time.monotonic() < patience:
        time.sleep(0.002)


def _finish(database: Database, sink: Sink) -> None:
    """Sweep as often as there are tries, each time a few days later."""
    for days in range(1, 60, 4):

        def later(days: int = days) -> datetime:
            return utc_now() + timedelta(days=days)

        with HurriedMailer("a@b.example", host="127.0.0.1", port=sink.port, security="none") as m:
            deliver_due(
                database, m, clock_now=later, owner="last", limit=MAILS, per_minute=1_000_000
            )
