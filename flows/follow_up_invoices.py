"""Reminds clients of unpaid invoices: one letter per client over all that is open."""

import base64
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import Field

from acctflows.agency import find
from acctflows.app import App, load_app
from acctflows.errors import InputError
from acctflows.receivables.ageing import Ageing, ageing
from acctflows.receivables.ageing_chart import WORDS, draw_ageing
from acctflows.receivables.follow_up.accounts import clients_to_follow_up
from acctflows.receivables.follow_up.dunning import closed_today
from acctflows.receivables.follow_up.dunning_reasons import Reason, Why
from acctflows.receivables.follow_up.dunning_steps import Situation
from acctflows.receivables.follow_up.follow_up_report import FollowUpReport, markdown
from acctflows.receivables.ledger import ledger_items, unassigned_lines
from flows.dunning_letters import follow_up_clients, open_workday
from flows.steps import hand_over_mails, step

Name = Annotated[str, Field(max_length=200)]

BATCH = 20
"""Clients of a task."""


def run_name() -> str:
    """What the run is called: the day, whose invoices, and whether it only tries."""
    given = flow_run.parameters
    day = given.get("as_of") or load_app().clock.today()
    words = ["try to follow up" if given.get("dry_run") else "follow up", str(given.get("client"))]
    return " ".join([*filter(None, words), f"{day}"])


@flow(name="follow-up-invoices", flow_run_name=run_name)
def follow_up_invoices(
    as_of: date | None = None, dry_run: bool = False, client: Name = ""
) -> State[Any]:
    """Remind clients of unpaid invoices as the policy says; nothing is sent on old bank data.

    Args:
        as_of: The day to decide for; without one, today. A day gone by can only be tried.
        dry_run: Only say what would be sent.
        client: Number or name of one client; empty for all of them.
    """
    today = as_of or load_app().clock.today()
    if not dry_run:
        refuse_past(load_app(), today)
    closed = look_at_the_day(today)
    report = FollowUpReport(dry_run=dry_run)
    if dry_run or not closed:
        clients = choose_clients(today, client)
        for batch in _batches(clients):
            report.add(follow_up_batch(batch, today, dry_run=dry_run))
    if not dry_run and report.sent:
        hand_over_mails()
    write_report(report, today, closed)
    return _ending(report, closed, dry_run=dry_run)


def refuse_past(app: App, day: date) -> None:
    """Keep letters from being sent that set days for payment which are over by now.

    Raises:
        InputError: The day is past, and the installation does not simulate days.
    """
    if day < app.clock.today() and not app.settings.simulate_days:
        raise InputError(
            f"{day:%d.%m.%Y} is over: letters of that day would ask for payment by days gone by",
            where="as_of",
            todo="leave the day empty to follow up today, or tick the dry run to see what was due",
        )


@step("Look at the bank data and the calendar", again=True)
def look_at_the_day(today: date) -> list[Reason]:
    """What stops every letter of the day: old bank data, a weekend, a public holiday."""
    work = open_workday(load_app(), today)
    return closed_today(
        Situation(work.rules.policy, work.rules.calendar, today, work.bank_data_as_of)
    )


@step("Choose the clients", again=True)
def choose_clients(today: date, client: str) -> list[int]:
    """The clients with something due, by the index of open invoices."""
    app = load_app()
    work = open_workday(app, today)
    with app.database.reading() as session:
        only = find.client(session, client).id if client.strip() else None
        chosen = clients_to_follow_up(session, work.rules, today=today, client_id=only)
    get_run_logger().info("%s clients have something due or waiting", len(chosen))
    return chosen


@step("Write and send the letters", again=True)
def follow_up_batch(client_ids: list[int], today: date, *, dry_run: bool) -> FollowUpReport:
    """Decide, write, read again and queue for some clients; each in its own transaction."""
    report = follow_up_clients(open_workday(load_app(), today), client_ids, dry_run=dry_run)
    for problem in report.problems:
        get_run_logger().warning(problem)
    return report


@step("Write the report", again=True)
def write_report(report: FollowUpReport, today: date, closed: list[Reason]) -> None:
    """What was sent, what waits and what is held, with the ageing of all that is open."""
    app = load_app()
    work = open_workday(app, today)
    with app.database.reading() as session:
        items = ledger_items(session, calendar=work.rules.calendar, as_of=today)
        unassigned = unassigned_lines(session)
    address = f"{app.portal_url}/desk"
    parts = [markdown(report, day=today, as_of=work.bank_data_as_of, desk=address)]
    if closed:
        parts.insert(0, "# Nothing is sent today\n\n" + _why_closed(closed))
    if unassigned:
        parts.append(
            f"{unassigned} bank lines wait for a person to say what they pay: "
            f"[assign them on the desk]({address}/) before reminders go out."
        )
    parts += [
        _ageing_part(ageing(items, as_of=today, currency=currency), address)
        for currency in sorted({item.amount.currency for item in items})
    ]
    create_markdown_artifact("\n\n".join(parts), key="follow-up", description=report.sentence)


def _batches(clients: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(clients), BATCH):
        yield list(clients[start : start + BATCH])


def _ending(report: FollowUpReport, closed: list[Reason], *, dry_run: bool) -> State[Any]:
    if dry_run:
        return Completed(name="Tried", message=report.sentence)
    if closed:
        old = any(reason.code is not Why.NO_SENDING_DAY for reason in closed)
        words = _why_closed(closed)
        return Failed(message=words) if old else Completed(name="No sending day", message=words)
    if report.problems:
        return Failed(message=f"{report.sentence} {' | '.join(report.problems)}")
    return Completed(message=report.sentence)


def _why_closed(closed: Sequence[Reason]) -> str:
    words = " ".join(reason.say("en") for reason in closed)
    old = any(reason.code is not Why.NO_SENDING_DAY for reason in closed)
    todo = ' Put the bank\'s file into the inbox, run "Import bank statements", then press Retry.'
    return words + (todo if old else "")


def _ageing_part(found: Ageing, address: str) -> str:
    """Chart and figures of a currency; the picture is in the text, for Prefect stores no files."""
    labels = (*WORDS["en"].buckets, "credits")
    rows = [
        f"| {label} | {amount.format('en')} |"
        for label, amount in zip(labels, found.total.buckets, strict=True)
    ]
    picture = base64.b64encode(draw_ageing(found, "en")).decode()
    return "\n".join(
        [
            f"### Open items, {found.currency} — [all invoices]({address}/receivables)",
            "",
            "| Overdue | Open |",
            "|---|--:|",
            *rows,
            f"| **Total** | **{found.total.total.format('en')}** |",
            "",
            f"![Open items by age](data:image/png;base64,{picture})",
        ]
    )
