"""kill -9 at any moment of a document's life leaves nothing half-done, and it can go on."""

import subprocess
import sys

from sqlalchemy import func, select

from acctflows.db.models.documents import (
    Approval,
    ClientDecision,
    Document,
    DocumentVersion,
    VersionState,
)
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.documents.agreement import check_register
from tests.conftest import ROOT


def test_killed_at_every_statement_a_document_still_reaches_its_end(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.documents.crashing", url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    points = int(done.stdout)
    assert points > 50
    with database.reading() as session:
        for table in (Document, DocumentVersion, Approval, ClientDecision):
            count = session.scalars(select(func.count()).select_from(table)).one()
            assert count == points + 1, table.__name__
        states = set(session.scalars(select(DocumentVersion.state)))
        assert states == {VersionState.ACCEPTED}
        assert audit.verify(session).fault is None
    with database.reading() as session:
        assert check_register(session).faults == []
