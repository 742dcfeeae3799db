"""Tells Prefect what has happened in the agency, so that automations can start what follows.

Events only speed things up: what they start is also found by a sweep of its own, in the database.
"""

from prefect.events import emit_event

from acctflows.app import JOBS
from acctflows.db.models.documents import ClientDecision


def tell_decision(decision: ClientDecision) -> None:
    """Emit ``acctflows.act.accepted``, ``acctflows.contract.declined`` and the like.

    Call it when the decision's transaction is over: whoever hears of it looks at the database.
    """
    version, document = decision.version, decision.version.document
    emit_event(
        event=f"acctflows.{JOBS[document.kind].mails}.{decision.outcome}",
        resource={
            "prefect.resource.id": f"acctflows.document.{document.number}",
            "prefect.resource.name": document.number,
        },
        payload={
            "kind": document.kind,
            "number": document.number,
            "version": version.version,
            "project": document.project.number if document.project else "",
            "client": document.client.number,
        },
    )
