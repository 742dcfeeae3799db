"""The PDF of a frozen version that we draw: registered once, stored, found again."""

from pathlib import Path

import pytest

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.documents import DocumentVersion
from acctflows.db.session import Database
from acctflows.documents.pdf.flow import writing_letter
from acctflows.documents.pdf.letterhead import Letterhead
from acctflows.documents.store import read_checked
from acctflows.errors import ConflictError, InputError
from flows import document_drawing
from flows.document_drawing import Drawing, file_drawing
from flows.document_file import load_version, staging
from tests.documents.stories import draft
from tests.portal.world import Hand, make_app
from tests.racing import race


@pytest.fixture
def app(tmp_path: Path, database: Database, agency: AgencyProfile, hand: Hand) -> App:
    return make_app(tmp_path, database, agency, hand)


@pytest.fixture
def version_id(app: App) -> int:
    with app.database.transaction() as session:
        return draft(session, text="Bitte zahlen Sie.").id


def draw_with(app: App, *, must_appear: str = "Bitte zahlen Sie.") -> document_drawing.Draw:
    paper = app.stationery()
    head = Letterhead(
        "Agentur", ("Kunde", "Ort"), (), "Brief", (), paper.colour, paper.logo, "Agentur"
    )

    def draw(version: DocumentVersion) -> Drawing:
        with writing_letter(
            paper.faces, head, title="Brief", language="de", number="{} / {}".format
        ) as flow:
            flow.paragraph(version.snapshot["text"])
        return Drawing(flow.pdf, [must_appear])

    return draw


def filed(app: App, version_id: int) -> bytes:
    with app.database.reading() as session:
        version = load_version(session, version_id)
    assert version.pages == 1
    assert version.docx_path == version.docx_sha256 == ""
    assert version.pdf_engine.startswith("ReportLab")
    return read_checked(app.docs_out, version.pdf_path, version.pdf_sha256)


def test_runs_at_once_file_the_same_bytes_once(app: App, version_id: int) -> None:
    draw = draw_with(app)
    _done, failed = race(4, lambda _: file_drawing(app, version_id, draw))
    assert failed == []
    assert filed(app, version_id).startswith(b"%PDF")
    assert list(staging(app).iterdir()) == []


def test_what_is_filed_is_never_drawn_again(app: App, version_id: int) -> None:
    file_drawing(app, version_id, draw_with(app))
    before = filed(app, version_id)

    def refuse(_version: DocumentVersion) -> Drawing:
        raise AssertionError("drawn again")

    file_drawing(app, version_id, refuse)
    assert filed(app, version_id) == before


def test_killed_before_the_file_was_stored_the_next_run_stores_it(
    app: App, version_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killing:
        killing.setattr(document_drawing, "store_files", _killed)
        with pytest.raises(KeyboardInterrupt):
            file_drawing(app, version_id, draw_with(app))
    file_drawing(app, version_id, draw_with(app))
    assert filed(app, version_id).startswith(b"%PDF")


def test_another_file_in_its_place_does_not_cost_the_drawing(app: App, version_id: int) -> None:
    with app.database.reading() as session:
        client = load_version(session, version_id).document.client.number
    foreign = app.docs_out / client / "2026" / "V-2026-0001-v1.pdf"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"of another database")
    for _ in range(2):
        with pytest.raises(ConflictError, match="Another file has this name"):
            file_drawing(app, version_id, draw_with(app))
    foreign.unlink()
    file_drawing(app, version_id, draw_with(app))
    assert filed(app, version_id).startswith(b"%PDF")
    assert list(staging(app).iterdir()) == []


def test_a_page_that_lacks_something_is_not_filed(app: App, version_id: int) -> None:
    with pytest.raises(InputError, match=r"“1\.190,00 €” does not appear"):
        file_drawing(app, version_id, draw_with(app, must_appear="1.190,00 €"))
    with app.database.reading() as session:
        assert load_version(session, version_id).pdf_sha256 == ""


def _killed(*_args: object) -> None:
    raise KeyboardInterrupt
