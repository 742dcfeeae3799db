"""A program killed between every two steps of accepting and sealing a contract, in turn.

Run as ``python -m tests.flows.sealing_crashes FOLDER DATABASE``. The steps are commits and whatever
is done to files: a transaction that did not commit has not happened. For each point it forks, lets
the child kill itself there, checks what is left, and brings the contract to its end.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import load_agency
from acctflows.app import JOBS, App
from acctflows.db.models.documents import DocumentVersion, Outcome, VersionState
from acctflows.db.models.signing import SealedFile
from acctflows.db.session import Database
from acctflows.dispatch import sealing
from acctflows.dispatch.closing import close_decision
from acctflows.dispatch.sending import queue_invitation
from acctflows.documents import acceptance, access_links, audit
from acctflows.documents.agreement import check_register
from acctflows.documents.filed import check_files
from flows.document_seal import read_sealed, seal_version
from tests.conftest import ROOT
from tests.factories import NOW, make_client, make_contact, make_project
from tests.portal.world import Hand, in_approval, make_app, send

assert sealing  # loaded before the fork: what seals is slow to load

FILE_STEPS = ("fsync", "link", "replace", "unlink")
"""Functions of ``os`` by which files appear under their names, and go."""


def offer(app: App) -> int:
    """A contract at the first of its two signers."""
    with app.database.transaction() as session:
        client = make_client(session)
        make_contact(session, client)
        second = make_contact(session, client, given_name="Ole", roles=[])
        version = in_approval(
            session, app, project=make_project(session, client=client), co_signers=[second.email]
        )
        send(session, version)
        return version.id


def live(app: App, version_id: int) -> None:
    """Bring the contract from wherever it is to its sealed file and the mails about it."""
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        if version.state is VersionState.SENT and not version.consents:
            acceptance.record_consent(
                session, access_links.links_to(session, version)[0], **given()
            )
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        if version.state is VersionState.SENT:
            job = JOBS["contract"]
            queue_invitation(session, version, job=job, office=app.office, now=NOW, attach_pdf=None)
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        if version.state is VersionState.SENT:
            link = access_links.links_to(session, version)[-1]
            acceptance.record_decision(
                session, link, outcome=Outcome.ACCEPTED, reason="", **given(name="Ole Brünning")
            )
    seal_version(app, version_id)
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        if version.decision is None:
            raise RuntimeError("an accepted version has its decision")
        close_decision(
            session,
            version.decision,
            job=JOBS["contract"],
            office=app.office,
            pdf=read_sealed(app, version),
            now=NOW,
        )


def given(name: str = "Käthe Brünning") -> dict[str, Any]:
    return {
        "name": name,
        "function": "Geschäftsführung",
        "consent_text": "Ich nehme an.",
        "consent_language": "de",
        "ip": "192.0.2.1",
        "user_agent": "Browser",
        "now": NOW,
    }


def live_until(folder: Path, url: str, version_id: int, point: int) -> bool:
    """Go on in a child that dies at that point; whether it did, or reached the end."""
    child = os.fork()
    if child == 0:
        points = count(1)

        def die(*_args: object) -> None:
            if next(points) == point:
                os.kill(os.getpid(), signal.SIGKILL)

        app = open_app(folder, url)
        sa.event.listen(app.database.engine, "commit", die)
        for name in FILE_STEPS:
            setattr(os, name, dying_before(getattr(os, name), die))
        live(app, version_id)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"the life broke before point {point}")
    return os.WIFSIGNALED(status)


def dying_before(step: Callable[..., Any], die: Callable[[], None]) -> Callable[..., Any]:
    @wraps(step)
    def step_or_death(*args: Any, **options: Any) -> Any:
        die()
        return step(*args, **options)

    return step_or_death


def contradictions(app: App, session: Session, version_id: int) -> Iterator[str]:
    """What does not fit together: the state, the trail, the register, the sealed file."""
    version = session.get_one(DocumentVersion, version_id)
    trail = audit.trail(session, f"document/{version.document.number}")
    events = [entry.event for entry in trail]
    if (version.state is VersionState.ACCEPTED) is not (events.count("decision.accepted") == 1):
        yield f"{version.state} against {events}"
    if events.count("consent.given") != len(version.consents):
        yield f"{len(version.consents)} consents against {events}"
    sealed = session.scalars(sa.select(SealedFile).filter_by(version_id=version_id)).all()
    if events.count("version.sealed") != len(sealed):
        yield f"{len(sealed)} seals against {events}"
    if fault := audit.verify(session).fault:
        yield fault.detail


def final_faults(app: App, version_id: int) -> Iterator[str]:
    """What is not as it must be when the contract has come to its end."""
    with app.database.reading() as session:
        version = session.get_one(DocumentVersion, version_id)
        yield from contradictions(app, session, version_id)
        if version.sealed is None or version.decision is None or not version.decision.closed_at:
            yield "it did not come to its end"
            return
        here = (app.docs_out / version.sealed.path).parent
        name = f"{version.document.number}-v{version.version}."
        found = sorted(file.name for file in here.glob("[!.]*sealed*"))  # hidden: a killed writer's
        if found != [f"{name}sealed.pdf"]:
            yield f"sealed files: {found}"
    with app.database.reading() as session:
        yield from (str(fault) for fault in check_files(session, app.docs_out).faults)
    with app.database.reading() as session:
        yield from (str(fault) for fault in check_register(session).faults)


def open_app(folder: Path, url: str) -> App:
    agency = load_agency(ROOT / "templates" / "agency" / "agency.yaml")
    app = make_app(folder, Database(url), agency, Hand())
    app.home.mkdir(exist_ok=True)
    return app


def main(folder: Path, url: str) -> None:
    """Kill a contract's acceptance at each point; stop when one reaches its end."""
    app = open_app(folder, url)
    app.seal_key()  # made before: its own kills are tested beside it
    app.stationery()
    for point in count(1):
        version_id = offer(app)
        app.database.close()  # connections must not be shared with the children
        died = live_until(folder, url, version_id, point)
        with app.database.reading() as session:
            if found := list(contradictions(app, session, version_id)):
                sys.exit(f"killed at point {point}: {found}")
        live(app, version_id)
        if found := list(final_faults(app, version_id)):
            sys.exit(f"resumed after point {point}: {found}")
        if not died:
            sys.stdout.write(str(point - 1))
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
