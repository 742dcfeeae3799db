"""Status reports to clients: every week by itself, or for one project when it is asked for."""

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
from acctflows.app import load_app
from acctflows.db.models.documents import VersionState
from acctflows.delivery.reports.drafting import active_projects
from acctflows.delivery.reports.policy import load_policy
from acctflows.delivery.reports.sending import reports_in_state
from acctflows.delivery.reports.terms import NO_WORDS, PeriodChoice, ReportWords
from acctflows.delivery.reports.wording import period_words
from acctflows.delivery.subject import Period
from acctflows.errors import AcctflowsError, InputError
from flows.document_run import asked_at
from flows.report_items import Wish, report_item, send_item
from flows.report_told import Fate, Line, markdown, merged, summary
from flows.steps import hand_over_mails, step

BATCH = 20
"""Projects of one task: enough that Prefect costs little, few enough to see a run go on."""

Name = Annotated[str, Field(max_length=200)]
USUAL = PeriodChoice()


def run_name() -> str:
    """What the run is called: whose report, or that it is of all active projects."""
    project = str(flow_run.parameters.get("project", "")).strip()
    if not project:
        return "reports on active projects"
    try:
        with load_app().database.reading() as session:
            row = find.project(session, project)
            return f"report {row.client.legal_name} · {row.title}"
    except AcctflowsError:
        return f"report {project}"  # the run itself says what is wrong


@flow(name="report-project", flow_run_name=run_name)
def report_project(
    project: Name = "",
    period: PeriodChoice = USUAL,
    words: ReportWords = NO_WORDS,
    as_of: date | None = None,
) -> State[Any]:
    """Report on a project or on all active ones: what was done, what comes, hours and budget.

    A period is reported once. Name the project to draft its report anew, with your words, as long
    as it is not approved.

    Args:
        project: Number or title of one project; empty for all active ones.
        period: Leave it empty for the latest week that is over.
        words: What you add to the report of one project.
        as_of: The day that counts for plan, risks and open invoices; without one, today.
    """
    app = load_app()
    today = as_of or app.clock.today()
    chosen = period.resolve(load_policy(app.templates), today=today)
    wish = Wish(chosen, today, words, again=bool(project.strip()), asked=asked_at())
    lines: list[Line] = []
    for projects in _batches(choose_projects(project, wish)):
        lines += report_batch(projects, wish)
    for versions in _batches(find_approved()):
        lines += send_batch(versions)
    hand_over_mails()
    return write_report(merged(lines), chosen)


@step("Choose the projects", again=True)
def choose_projects(project: str, wish: Wish) -> list[int]:
    """The project that was named, or all active ones.

    Raises:
        InputError: There are words for a report, but no project they belong to.
        NotFoundError: There is no such project.
    """
    with load_app().database.reading() as session:
        if project.strip():
            return [find.project(session, project).id]
        if wish.words != NO_WORDS:
            raise InputError("your words belong to one project", todo="name the project too")
        chosen = active_projects(session, wish.period)
    get_run_logger().info("%d projects are active", len(chosen))
    return chosen


@step("Draft the reports", again=True)
def report_batch(project_ids: Sequence[int], wish: Wish) -> list[Line]:
    """Draft, file and ask for approval, each by itself; what is broken stops no other."""
    app = load_app()
    policy = load_policy(app.templates)
    return _noted([report_item(app, policy, project_id, wish) for project_id in project_ids])


@step("Find what is approved", again=True)
def find_approved() -> list[int]:
    """The reports of this and of earlier runs that may go out."""
    with load_app().database.reading() as session:
        return reports_in_state(session, VersionState.APPROVED)


@step("Send the reports", again=True)
def send_batch(version_ids: Sequence[int]) -> list[Line]:
    """Queue the mail of each, once."""
    app = load_app()
    return _noted([send_item(app, version_id) for version_id in version_ids])


def write_report(lines: list[Line], period: Period) -> State[Any]:
    """The run's last state, with the table and the chart beside it."""
    app = load_app()
    sentence = summary(lines)
    heading = f"Status reports, {period_words(period.first, period.last, 'en')}"
    create_markdown_artifact(markdown(app, lines, heading), key="reports", description=sentence)
    broken = [
        f"{line.client}, {line.project}: {line.why}" for line in lines if line.fate is Fate.FAILED
    ]
    if broken:
        return Failed(message=f"{sentence} {' | '.join(broken)}")
    waiting = any(line.fate is Fate.WAITING for line in lines)
    return Completed(name="Waits for approval" if waiting else "Completed", message=sentence)


def _noted(lines: list[Line]) -> list[Line]:
    """The lines, those that need a person also in the log."""
    for line in lines:
        if line.fate is Fate.FAILED:
            get_run_logger().warning("%s, %s: %s", line.client, line.project, line.why)
    return lines


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
