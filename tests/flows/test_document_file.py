"""What runs of the same contract, started at once, find of each other's work."""

from pathlib import Path

import pytest

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.session import Database
from acctflows.documents.staging import put_aside
from acctflows.documents.store import document_path, read_checked
from acctflows.errors import ConflictError, TemporaryError
from flows.document_file import load_version, staging, store_files, unfinished
from tests.documents.stories import draft, file_version
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


@pytest.fixture
def registered(app: App) -> int:
    """A version whose files are registered and put aside: killed before they were stored."""
    with app.database.transaction() as session:
        version = draft(session)
        number = version.document.number
        file_version(
            session,
            version,
            docx_path=document_path("K-1", 2026, number, 1, "docx"),
            docx_sha256=put_aside(staging(app), b"our Word file"),
            pdf_path=document_path("K-1", 2026, number, 1, "pdf"),
            pdf_sha256=put_aside(staging(app), b"our PDF"),
        )
        return version.id


@pytest.mark.parametrize("suffix", ["docx", "pdf"])
@pytest.mark.parametrize("what", ["a file", "a folder"])
def test_what_lies_at_a_new_documents_place_costs_neither_of_them(
    app: App, registered: int, suffix: str, what: str
) -> None:
    foreign = app.docs_out / f"K-1/2026/V-2026-0001-v1.{suffix}"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"of an older database") if what == "a file" else foreign.mkdir()
    for _ in range(2):
        with pytest.raises(ConflictError, match=r"Another file has this name.*Move it away"):
            store_files(app, registered)
    assert foreign.is_dir() or foreign.read_bytes() == b"of an older database"

    foreign.rename(foreign.with_suffix(".away"))
    store_files(app, registered)
    _assert_filed(app, registered)


def test_of_two_files_one_may_be_stored_already(app: App, registered: int) -> None:
    stored = app.docs_out / "K-1/2026/V-2026-0001-v1.docx"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"our Word file")
    store_files(app, registered)
    _assert_filed(app, registered)
    store_files(app, registered)  # again changes nothing
    _assert_filed(app, registered)


def _assert_filed(app: App, version_id: int) -> None:
    with app.database.reading() as session:
        version = load_version(session, version_id)
    docx = read_checked(app.docs_out, version.docx_path, version.docx_sha256)
    pdf = read_checked(app.docs_out, version.pdf_path, version.pdf_sha256)
    assert (docx, pdf) == (b"our Word file", b"our PDF")
    assert list(staging(app).iterdir()) == []
