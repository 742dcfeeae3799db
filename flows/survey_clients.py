"""Asks clients how it was when a project has closed, and reminds them until they answer."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from sqlalchemy.orm import Session

from acctflows.app import App, load_app
from acctflows.documents.fonts import install_fonts
from acctflows.documents.wording import long_date
from acctflows.errors import AcctflowsError
from acctflows.satisfaction import inviting, recovery, reminding
from acctflows.satisfaction.inviting import Candidate, Considered
from acctflows.satisfaction.recovery import Late
from acctflows.satisfaction.result_chart import distribution_chart
from acctflows.satisfaction.results import read_result
from acctflows.satisfaction.run_report import RunReport
from flows.steps import hand_over_mails, step

Item = TypeVar("Item")
Found = TypeVar("Found")

BATCH = 20
"""Contacts of a task."""


def run_name() -> str:
    """What the run is called: the day, and whether it only tries."""
    given = flow_run.parameters
    day = given.get("as_of") or load_app().clock.today()
    return f"{'try to survey' if given.get('dry_run') else 'survey'} clients {day}"


@flow(name="survey-clients", flow_run_name=run_name)
def survey_clients(as_of: date | None = None, dry_run: bool = False) -> State[Any]:
    """Ask the contacts of closed projects who may be asked, and remind those who have not answered.

    Args:
        as_of: The day to decide for; without one, today.
        dry_run: Only say who would be asked, and who not and why.
    """
    moment = _moment(as_of)
    report = RunReport(dry_run=dry_run)
    for candidates in _batches(find_candidates(moment)):
        report.add(ask_batch(candidates, moment, dry_run=dry_run))
    for survey_ids in _batches(find_reminders(moment)):
        report.add(remind_batch(survey_ids, moment, dry_run=dry_run))
    report.add(look_after_recoveries(moment, dry_run=dry_run))
    if not dry_run:
        hand_over_mails()
    sentence = write_report(report, moment)
    if report.problems:
        return Failed(message=f"{sentence} {' | '.join(report.problems)}")
    return Completed(name="Tried" if dry_run else "Completed", message=sentence)


@step("Find projects that closed", again=True)
def find_candidates(moment: datetime) -> list[Candidate]:
    """The contacts of projects that closed lately and were not asked about them."""
    app = load_app()
    with app.database.reading() as session:
        return inviting.candidates(session, app.survey(), today=app.clock.local(moment).date())


@step("Find reminders that are due", again=True)
def find_reminders(moment: datetime) -> list[int]:
    """The surveys without an answer of which a reminder is due."""
    app = load_app()
    with app.database.reading() as session:
        return reminding.due_reminders(session, app.survey(), moment=moment)


@step("Ask who may be asked", again=True)
def ask_batch(candidates: list[Candidate], moment: datetime, *, dry_run: bool) -> RunReport:
    """Decide and invite for some contacts, each in a transaction of their own."""
    app, report = load_app(), RunReport(dry_run=dry_run)
    job, standing = app.survey(), app.standing_on(app.clock.local(moment).date())

    def ask(session: Session, candidate: Candidate) -> Considered:
        if dry_run:
            return inviting.consider(
                session, candidate, job=job, standing_of=standing, moment=moment
            )
        return inviting.invite(
            session,
            candidate,
            job=job,
            standing_of=standing,
            moment=moment,
            now=app.clock.now(),
        )

    for considered in _each(app, candidates, ask, report):
        report.note(considered, report.asked)
    return report


@step("Remind who has not answered", again=True)
def remind_batch(survey_ids: list[int], moment: datetime, *, dry_run: bool) -> RunReport:
    """Decide and remind for some surveys, each in a transaction of its own."""
    app, report = load_app(), RunReport(dry_run=dry_run)
    job, standing = app.survey(), app.standing_on(app.clock.local(moment).date())

    def remind(session: Session, survey_id: int) -> Considered | None:
        if dry_run:
            return reminding.consider_reminder(
                session, survey_id, job=job, standing_of=standing, moment=moment
            )
        return reminding.remind(
            session,
            survey_id,
            job=job,
            standing_of=standing,
            moment=moment,
            now=app.clock.now(),
        )

    for considered in _each(app, survey_ids, remind, report):
        if considered is not None:  # another run, or the answer, was faster
            report.note(considered, report.reminded)
    return report


@step("Look after unhappy clients", again=True)
def look_after_recoveries(moment: datetime, *, dry_run: bool) -> RunReport:
    """Tell of the actions for unhappy clients that are past their day without an outcome."""
    app, report = load_app(), RunReport(dry_run=dry_run)
    job = app.survey()
    with app.database.reading() as session:
        ids = recovery.late_actions(session, today=app.clock.local(moment).date())

    def look(session: Session, item_id: int) -> Late | None:
        if dry_run:
            return recovery.late(session, item_id)
        return recovery.escalate(session, item_id, job=job, now=app.clock.now())

    report.late = [late for late in _each(app, ids, look, report) if late is not None]
    return report


@step("Write the report", again=True)
def write_report(report: RunReport, moment: datetime) -> str:
    """Who was asked, who not and why, with the figures so far; all of it in a sentence."""
    app = load_app()
    language, today = app.agency.language, app.clock.local(moment).date()
    with app.database.reading() as session:
        result = read_result(session, app.survey(), today=today)

    def draw() -> bytes:
        fonts = install_fonts(app.home)
        asked = result.nps_asked.people
        return distribution_chart(result.scores, asked=asked, language=language, fonts=fonts)

    text = report.markdown(
        result,
        day=long_date(today, language),
        chart=draw,
        desk=f"{app.portal_url}/desk",
        language=language,
    )
    create_markdown_artifact(text, key="survey", description=report.sentence(language))
    return report.sentence("en")  # states are English, as all of Prefect's UI


def _moment(as_of: date | None) -> datetime:
    """The moment for which to decide: now, or the same time on the day asked for."""
    clock = load_app().clock
    local = clock.local(clock.now())
    if as_of is None:
        return local
    return datetime.combine(as_of, local.time(), tzinfo=clock.zone)


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), BATCH):
        yield list(items[start : start + BATCH])


def _each(
    app: App,
    items: Sequence[Item],
    settle: Callable[[Session, Item], Found],
    report: RunReport,
) -> Iterator[Found]:
    # One broken item never stops the rest; the run ends with the list.
    opened = app.database.reading if report.dry_run else app.database.transaction
    for item in items:
        try:
            with opened() as session:
                found = settle(session, item)
        except AcctflowsError as error:
            get_run_logger().warning(str(error))
            report.problems.append(str(error))
        else:
            yield found
