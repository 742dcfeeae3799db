"""The post to and from the client, for the run of a document and for the sweep alike."""

from acctflows.app import JOBS, App
from acctflows.db.models.documents import ClientDecision, Outcome
from acctflows.dispatch import closing, sending
from flows.document_file import load_version, read_shown
from flows.document_seal import read_sealed, seal_version
from flows.happenings import tell_decision


def invite_client(app: App, version_id: int) -> str:
    """Queue the invitation with the client's own link, once; to whom, and what became of it."""
    with app.database.reading() as session:
        pdf = read_shown(app, load_version(session, version_id))
    with app.database.transaction() as session:
        version = load_version(session, version_id)
        mail = sending.queue_invitation(
            session,
            version,
            job=JOBS[version.document.kind],
            office=app.office,
            now=app.clock.now(),
            attach_pdf=pdf,
        )
        return f"{mail.recipient_name} <{mail.recipient}>: {mail.state}"


def close_decision(app: App, decision_id: int) -> None:
    """Follow up the client's decision, once, and tell Prefect of it.

    What was accepted is sealed first, so that the copies that are mailed have the evidence in them;
    while that cannot be done, the decision stays to be closed.
    """
    with app.database.reading() as session:
        decision = session.get_one(ClientDecision, decision_id)
        version_id, accepted = decision.version_id, decision.outcome is Outcome.ACCEPTED
    if accepted:
        seal_version(app, version_id)
    with app.database.reading() as session:
        pdf = read_sealed(app, load_version(session, version_id))
    with app.database.transaction() as session:
        decision = session.get_one(ClientDecision, decision_id)
        was_open = decision.closed_at is None
        closing.close_decision(
            session,
            decision,
            job=JOBS[decision.version.document.kind],
            office=app.office,
            pdf=pdf,
            now=app.clock.now(),
        )
    if was_open:  # two at once may both tell: who hears of it finds the work done
        with app.database.reading() as session:
            tell_decision(session.get_one(ClientDecision, decision_id))
