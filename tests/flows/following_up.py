"""What a process of the payment follow-up does, for tests that kill it."""

import random
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from acctflows.app import App
from acctflows.clock import Clock, utc_now
from acctflows.db.models.agency import Client
from acctflows.errors import AcctflowsError
from flows.dunning_letters import follow_up_clients, open_workday
from tests.house import new_app
from tests.receivables.following import moment


def app_on(day: date, home: Path, url: str, port: int, *, began: datetime) -> App:
    """An installation whose clock runs since the morning of that day."""
    app = new_app(
        home,
        database_url=url,
        smtp_port=port,
        smtp_timeout_seconds=1,
        mail_per_minute=1_000_000,
    )
    return replace(app, clock=Clock(app.clock.zone, now=lambda: moment(day) + (utc_now() - began)))


def follow_up_for_ever(day: date, home: Path, url: str, port: int, began: datetime) -> None:
    """Follow up all clients in an order of its own and deliver the mails, until killed."""
    app = app_on(day, home, url, port, began=began)
    dice = random.Random()
    while True:
        try:
            work_once(app, day, dice)
        except AcctflowsError:
            continue  # as a run that ends with an error and is started again


def work_once(app: App, day: date, dice: random.Random | None = None) -> list[str]:
    """A run over all clients, then a sweep of the mails; what went wrong, in sentences."""
    with app.database.reading() as session:
        clients = list(session.scalars(select(Client.id)))
    if dice:
        dice.shuffle(clients)
    problems = []
    for start in range(0, len(clients), 5):
        report = follow_up_clients(open_workday(app, day), clients[start : start + 5])
        problems += report.problems
    app.sweep_outbox()
    return problems
