"""An act from the form to the client's answer: from work records, approved, mailed, decided."""

from datetime import date
from typing import Annotated, Any, NamedTuple

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from pydantic import Field

from acctflows.agency import find
from acctflows.app import load_app
from acctflows.delivery import acts
from acctflows.delivery.subject import find_subject
from acctflows.delivery.terms import ActTerms
from acctflows.errors import AcctflowsError
from flows.document_run import asked_at, see_to_its_end, version_drafted_before
from flows.steps import step

Text = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=200)]
USUAL = ActTerms()


class About(NamedTuple):
    """What the form names: one of milestone, month and days."""

    milestone: str
    month: str
    first_day: date | None
    last_day: date | None


def run_name() -> str:
    """What the run is called: the matter, as far as it is known yet."""
    given = flow_run.parameters
    project = str(given.get("project", ""))
    days = [str(day) for name in ("first_day", "last_day") if (day := given.get(name))]
    about = given.get("milestone") or given.get("month") or " to ".join(days) or "?"
    try:
        with load_app().database.reading() as session:
            return f"act {find.project(session, project).client.legal_name} · {about}"
    except AcctflowsError:
        return f"act {project} · {about}"  # the run itself says what is wrong


@flow(name="issue-act", flow_run_name=run_name, persist_result=True)
def issue_act(
    project: Text,
    milestone: Words = "",
    month: Words = "",
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    terms: ActTerms = USUAL,
    as_of: date | None = None,
) -> State[Any]:
    """Make an act of recorded work, have it approved, mail it and wait for the client's answer.

    Args:
        project: Number of the project, such as P-2026-004, or its title if only one has it.
        milestone: For a protocol of acceptance: title or position of the finished milestone.
        month: For a record of services: the month, such as 2026-11. Name one of milestone, month
            and days, and leave the others empty.
        first_day: Instead of a month: the first day of any other period, such as a quarter.
        last_day: Its last day.
        terms: Every field has a usual value; change only what is needed.
        as_of: The day the act is issued; without one, today.
    """
    about = About(milestone, month, first_day, last_day)
    version_id = collect_work(project, about, terms, as_of)
    return see_to_its_end(version_id)


@step("Collect the work")
def collect_work(project: str, about: About, terms: ActTerms, as_of: date | None) -> int:
    """The version of the act this run is about, drafted and numbered unless it was before."""
    app = load_app()
    with app.database.transaction() as session:
        known = version_drafted_before(session)
        if known is not None:  # the records may have changed since: this run keeps its version
            return known
        found = find.project(session, project)
        version = acts.draft_act(
            session,
            agency=app.agency,
            project=found,
            subject=find_subject(found, **about._asdict()),
            terms=terms,
            actor=flow_run.flow_name,
            now=app.clock.now(),
            today=as_of or app.clock.today(),
            asked=asked_at(),
        )
        number, count = version.document.number, version.version
    get_run_logger().info("%s, version %s", number, count)
    return version.id
