"""A contract from the form to the client's answer: drafted, approved, mailed, decided, closed."""

from datetime import date
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from pydantic import Field

from acctflows.agency import find
from acctflows.app import load_app
from acctflows.contracts import drafting
from acctflows.contracts.terms import ContractTerms
from acctflows.errors import AcctflowsError
from flows.document_run import asked_at, see_to_its_end, version_drafted_before
from flows.steps import step

Text = Annotated[str, Field(min_length=1, max_length=200)]
USUAL = ContractTerms()


def run_name() -> str:
    """What the run is called: the matter, as far as it is known yet."""
    project = str(flow_run.parameters.get("project", ""))
    try:
        with load_app().database.reading() as session:
            row = find.project(session, project)
            return f"contract {row.client.legal_name} · {row.title}"
    except AcctflowsError:
        return f"contract {project}"  # the run itself says what is wrong


@flow(name="draft-contract", flow_run_name=run_name, persist_result=True)
def draft_contract(
    project: Text, terms: ContractTerms = USUAL, reference: Text = "main", as_of: date | None = None
) -> State[Any]:
    """Draft a contract, have it approved, mail it to the client and wait for the answer.

    Args:
        project: Number of the project, such as P-2026-004, or its title if only one has it.
        terms: Every field has a usual value; change only what was agreed otherwise.
        reference: Tells several contracts of one project apart; “main” for the first.
        as_of: The day the contract is drafted; without one, today.
    """
    version_id = collect_facts(project, terms, reference, as_of)
    return see_to_its_end(version_id)


@step("Collect the facts")
def collect_facts(project: str, terms: ContractTerms, reference: str, as_of: date | None) -> int:
    """The version of the contract this run is about, drafted and numbered unless it was before."""
    app = load_app()
    with app.database.transaction() as session:
        known = version_drafted_before(session)
        if known is not None:  # the records may have changed since: this run keeps its version
            return known
        version = drafting.draft_contract(
            session,
            agency=app.agency,
            project=find.project(session, project),
            terms=terms,
            reference=reference,
            actor=flow_run.flow_name,
            now=app.clock.now(),
            today=as_of or app.clock.today(),
            asked=asked_at(),
        )
        number, count = version.document.number, version.version
    get_run_logger().info("%s, version %s", number, count)
    return version.id
