"""A program that is killed before every single statement and commit of a document's life, in turn.

Run as ``python -m tests.documents.crashing URL``. For each point it forks, lets the child kill
itself there, checks what is left, and finishes the interrupted life; says how many points there
were. Forked from a program of one thread, so that the child is whole.
"""

import os
import signal
import sys
from collections.abc import Iterator
from itertools import count

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Project
from acctflows.db.models.documents import (
    ApprovalDecision,
    Document,
    DocumentVersion,
    Outcome,
    VersionState,
)
from acctflows.db.session import Database
from acctflows.documents import acceptance, access_links, approval, audit
from tests.documents.stories import MANAGER, draft, file_version, open_contract
from tests.factories import NOW, make_project

LAST_EVENT = {
    VersionState.DRAFT: {"version.added", "files.recorded"},
    VersionState.IN_APPROVAL: {"approval.asked"},
    VersionState.APPROVED: {"approval.approved"},
    VersionState.SENT: {"invitation.issued"},
    VersionState.ACCEPTED: {"decision.accepted"},
}
"""What the trail must tell last about a version in each state."""


def live(database: Database, project_id: int, key: str) -> None:
    """Bring the document of that key from nothing, or from wherever it is, to its acceptance."""
    with database.transaction() as session:
        project = session.get_one(Project, project_id)
        document = open_contract(session, project=project, key=key)
        if document.versions and document.newest.state is VersionState.ACCEPTED:
            return
        version_id = draft(session, document).id
    with database.transaction() as session:
        file_version(session, session.get_one(DocumentVersion, version_id))
    with database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        asked = approval.ask_approval(session, version, actor=MANAGER, now=NOW)
    with database.transaction() as session:
        approval.decide_approval(
            session,
            session.get_one(DocumentVersion, version_id),
            decision=ApprovalDecision.APPROVE,
            sha256=asked.sha256,
            by=MANAGER,
            comment="",
            now=NOW,
        )
    with database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        signer = version.document.client.contacts[0]
        _link, token = access_links.invite(session, version, signer, now=NOW, valid_days=14)
    with database.transaction() as session:
        acceptance.record_decision(
            session,
            access_links.find_link(session, token, now=NOW),
            outcome=Outcome.ACCEPTED,
            name="Käthe Brünning",
            function="Geschäftsführerin",
            reason="",
            consent_text="Ich nehme an.",
            consent_language="de",
            ip="192.0.2.1",
            user_agent="Browser",
            now=NOW,
        )


def live_until(url: str, project_id: int, key: str, point: int) -> bool:
    """Start a life in a child that dies at that point; whether it did, or reached its end."""
    child = os.fork()
    if child == 0:
        database, points = Database(url), count(1)

        def die(*_args: object) -> None:
            if next(points) == point:
                os.kill(os.getpid(), signal.SIGKILL)

        for moment in ("before_cursor_execute", "commit"):
            sa.event.listen(database.engine, moment, die)
        live(database, project_id, key)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"the life broke before point {point}")
    return os.WIFSIGNALED(status)


def contradictions(session: Session) -> Iterator[str]:
    """What does not fit together in the database."""
    fault = audit.verify(session).fault
    if fault is not None:
        yield fault.detail
    numbers = sorted(session.scalars(sa.select(Document.number)))
    if numbers != [f"V-2026-{n:04}" for n in range(1, len(numbers) + 1)]:
        yield f"numbers {numbers}"
    newest = sa.select(DocumentVersion).order_by(DocumentVersion.id.desc()).limit(1)
    for version in session.scalars(newest):
        last = audit.trail(session, f"document/{version.document.number}")[-1].event
        if last not in LAST_EVENT[version.state]:
            yield f"{version.document.number} is {version.state} and its trail ends with {last}"
        if (version.decision is None) is (version.state is VersionState.ACCEPTED):
            yield f"{version.document.number} is {version.state} against its decision"


def main(url: str) -> None:
    """Kill a life at each point; stop when one reaches its end."""
    database = Database(url)
    with database.transaction() as session:
        project_id = make_project(session).id
    database.close()  # connections must not be shared with the children
    for point in count(1):
        key = f"contract/{point}"
        died = live_until(url, project_id, key, point)
        with database.reading() as session:
            if found := list(contradictions(session)):
                sys.exit(f"killed at point {point}: {found}")
        live(database, project_id, key)
        database.close()
        if not died:
            sys.stdout.write(str(point - 1))
            return


if __name__ == "__main__":
    main(sys.argv[1])
