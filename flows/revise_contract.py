"""The next version of a contract a client objected to, on its way to the answer like the first."""

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from pydantic import Field

from acctflows.app import load_app
from acctflows.contracts import negotiation
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.documents import register
from acctflows.errors import AcctflowsError, ConflictError
from flows.document_run import asked_at, see_to_its_end, version_drafted_before
from flows.steps import step

Number = Annotated[str, Field(min_length=1, max_length=40)]


def run_name() -> str:
    """What the run is called: the matter, as far as it is known yet."""
    contract = str(flow_run.parameters.get("contract", ""))
    try:
        with load_app().database.reading() as session:
            document = register.find_document(session, contract)
            return f"next version {document.client.legal_name} · {document.number}"
    except AcctflowsError:
        return f"next version {contract}"  # the run itself says what is wrong


@flow(name="revise-contract", flow_run_name=run_name, persist_result=True)
def revise_contract(contract: Number) -> State[Any]:
    """Revise a contract with what was agreed on, and put it before the client.

    Answer the client's objections on the desk first; its button starts this run.

    Args:
        contract: Number of the contract, such as V-2026-0001.
    """
    return see_to_its_end(draft_next_version(contract))


@step("Draft the next version")
def draft_next_version(contract: str) -> int:
    """The next version with the agreed words, drafted unless it was before."""
    app = load_app()
    with app.database.transaction() as session:
        known = version_drafted_before(session)
        if known is not None:
            return known
        document = register.find_document(session, contract)
        version = negotiation.draft_next(
            session,
            _objected(document),
            actor=flow_run.flow_name,
            now=app.clock.now(),
            asked=asked_at(),
        )
        get_run_logger().info("%s, version %s", document.number, version.version)
        return version.id


def _objected(document: Document) -> DocumentVersion:
    objected = [each for each in document.versions if each.state is VersionState.OBJECTED]
    if not objected:
        raise ConflictError(
            "nobody has objected to it", where=document.number, todo="draft the contract anew"
        )
    return objected[-1]
