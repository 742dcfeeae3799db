"""What runs of the same contract, started at once, find of each other's work."""

from pathlib import Path

import pytest

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.session import Database
from acctflows.documents.staging import put_aside
from acctflows.errors import TemporaryError
from flows.document_file import unfinished
from tests.portal.world import Hand, in_approval, make_app


@pytest.fixture
def app(tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand) -> App:
    return make_app(tmp_path, database, agency, hand)


def test_what_another_run_has_filed_meanwhile_is_as_good_as_put_aside(app: App) -> None:
    with app.database.transaction() as session:
        version = in_approval(session, app)
        digests = {version.docx_path: version.docx_sha256, version.pdf_path: version.pdf_sha256}
    for path, digest in digests.items():
        assert unfinished(app, version.id, digest) == (app.docs_out / path).read_bytes()

    ours = put_aside(app.home / "unfinished", b"printed by this run")
    assert unfinished(app, version.id, ours) == b"printed by this run"


def test_what_is_neither_put_aside_nor_filed_can_be_made_again(app: App) -> None:
    with app.database.transaction() as session:
        version = in_approval(session, app)
    with pytest.raises(TemporaryError, match="start the run again"):
        unfinished(app, version.id, "0" * 64)
