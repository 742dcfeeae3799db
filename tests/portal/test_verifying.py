"""The page that tells whether a file is ours: what it says, and what it never says."""

import io
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from acctflows.app import App
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.session import Database
from acctflows.documents import store
from acctflows.portal.limits import MAX_UPLOAD
from acctflows.portal.uploads import READ_AT_ONCE, UPLOADS_AT_ONCE
from acctflows.portal.web import create_portal
from flows.document_seal import read_sealed, seal_version
from tests.documents.offices import eventually
from tests.portal.outside_files import HTML, zip_bomb
from tests.portal.serving import serving
from tests.portal.signing import accept_by_link, elsewhere, record_signed_pdf, with_quick_seal
from tests.portal.world import pdf_of, sent

GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def database(sqlite_file: Path) -> Iterator[Database]:
    """One of the two: what differs between them is tested with the query."""
    database = Database(f"sqlite:///{sqlite_file}")
    yield database
    database.close()


def check(browser: httpx.Client, content: bytes, name: str = "file.pdf") -> httpx.Response:
    return browser.post("/verify", files={"file": (name, content)}, headers=GERMAN)


def shown(app: App) -> tuple[DocumentVersion, bytes]:
    """A contract at the client's, and the PDF that is shown."""
    with app.database.transaction() as session:
        version, _token = sent(session, app)
    return version, store.read_checked(app.docs_out, version.pdf_path, version.pdf_sha256)


def sealed(app: App) -> bytes:
    """The sealed file of an accepted contract."""
    with app.database.transaction() as session:
        version, token = sent(session, app)
        accept_by_link(session, token)
    seal_version(with_quick_seal(app), version.id)
    with app.database.reading() as session:
        content = read_sealed(app, session.get_one(DocumentVersion, version.id))
    assert content is not None
    return content


def with_something_added(pdf: bytes) -> bytes:
    """As a program saves a change behind the seal."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    words = generic.StreamObject(stream_data=b"BT /F1 12 Tf 90 600 Td (und 5000 Euro) Tj ET")
    writer.add_stream_to_page(0, writer.add_object(words))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_what_was_shown_is_found_by_file_and_by_hash(app: App, browser: httpx.Client) -> None:
    version, content = shown(app)
    for answer in (
        check(browser, content, "../../etc/passwd"),
        browser.get("/verify", params={"sha256": version.pdf_sha256.upper()}, headers=GERMAN),
    ):
        assert answer.status_code == 200
        assert "Ja, diese Datei ist bei uns verzeichnet" in answer.text
        assert "Vertrag V-2026-0001, Version 1" in answer.text
        assert "Noch nicht angenommen." in answer.text
        assert "vorgelegt wurde" in answer.text
        for secret in ("Möwe", "Käthe", "passwd", "21.063"):
            assert secret not in answer.text


def test_the_word_file_is_found_as_what_the_pdf_was_made_from(
    app: App, browser: httpx.Client
) -> None:
    version, _content = shown(app)
    page = browser.get("/verify", params={"sha256": version.docx_sha256, "lang": "en"}).text
    assert "from which the PDF that was shown was made" in page


def test_a_sealed_file_is_found_and_every_change_of_it_is_not(
    app: App, browser: httpx.Client
) -> None:
    content = sealed(app)
    found = check(browser, content).text
    assert "mit dem Nachweis der Annahme und unserem Siegel" in found
    assert "Angenommen." in found
    assert "Gesiegelt" in found
    assert "Käthe" not in found

    added = check(browser, with_something_added(content)).text
    assert "Diese Datei wurde verändert" in added
    assert "Nach ihm wurde etwas angefügt" in added
    assert "Vertrag V-2026-0001, Version 1" in added
    assert sha256(content).hexdigest() in added

    broken = bytearray(content)
    broken[content.index(b"ReportLab")] ^= 1
    assert "Unser Siegel ist gebrochen" in check(browser, bytes(broken)).text

    beginning = content[: content.rindex(b"%%EOF", 0, len(content) - 100) + 6]
    before_the_seal = check(browser, beginning).text
    assert "Diese Datei wurde verändert" in before_the_seal
    assert "Unser Siegel fehlt" in before_the_seal


def test_a_proof_and_the_evidence_about_it_are_found(app: App, browser: httpx.Client) -> None:
    version, content = shown(app)
    signed = elsewhere().sign(content, "Käthe Brünning")
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version.id)
        record_signed_pdf(session, app, version, signed)
    seal_version(with_quick_seal(app), version.id)
    assert "Beleg einer Annahme" in check(browser, signed).text
    with app.database.reading() as session:
        evidence = read_sealed(app, session.get_one(DocumentVersion, version.id))
    assert evidence is not None
    assert "der gesiegelte Nachweis der Annahme" in check(browser, evidence).text


def test_other_files_are_unknown_and_told_so_soon(browser: httpx.Client) -> None:
    unknown, no_pdf = "Diese Datei kennen wir nicht", "sie ist kein PDF"
    for content, said in (
        (pdf_of("another"), unknown),
        (pdf_of("another")[:-200], unknown),
        (b"%PDF-1.7\n" + b"\0" * 1000, unknown),
        (HTML, no_pdf),
        (zip_bomb(), no_pdf),
    ):
        begun = time.monotonic()
        answer = check(browser, content, "Vertrag.docx")
        assert answer.status_code == 200
        assert said in answer.text
        assert time.monotonic() - begun < 20


def test_without_a_file_the_page_says_what_is_missing(browser: httpx.Client) -> None:
    for field, file, said in (
        ("file", ("leer.pdf", b""), "Diese Datei ist leer"),
        ("file", ("", b""), "Bitte wählen Sie eine Datei."),
        ("other", ("x.pdf", b"%PDF-"), "Bitte wählen Sie eine Datei."),
    ):
        answer = browser.post("/verify", files={field: file}, headers=GERMAN)
        assert answer.status_code == 422
        assert said in answer.text


def test_what_is_no_hash_is_said(browser: httpx.Client) -> None:
    answer = browser.get("/verify", params={"sha256": "<b>1234"}, headers=GERMAN)
    assert answer.status_code == 422
    assert "Das ist keine SHA-256" in answer.text
    assert "<b>" not in answer.text


def test_a_file_that_is_too_large_is_refused_in_words(browser: httpx.Client) -> None:
    answer = check(browser, b"\0" * (60_000_000))
    assert answer.status_code == 413
    assert "Wir nehmen Dateien bis 25 MB." in answer.text


def test_two_files_and_other_kinds_of_body_are_refused(browser: httpx.Client) -> None:
    two = [("file", ("a.pdf", b"a")), ("file", ("b.pdf", b"b"))]
    assert browser.post("/verify", files=two).status_code == 400
    assert browser.post("/verify", content=b"%PDF-1.7").status_code == 415
    torn = {"content-type": "multipart/form-data; boundary=b"}
    assert browser.post("/verify", content=b"--b\r\nno end", headers=torn).status_code == 400
    nameless = {"content-type": "multipart/form-data"}
    assert browser.post("/verify", content=b"x", headers=nameless).status_code == 400


def test_who_sends_file_after_file_is_told_to_wait(browser: httpx.Client) -> None:
    answers = [check(browser, b"") for _ in range(UPLOADS_AT_ONCE + 1)]
    assert [each.status_code for each in answers] == [422] * UPLOADS_AT_ONCE + [429]
    assert "Das waren viele Dateien" in answers[-1].text
    assert int(answers[-1].headers["retry-after"]) > 0
    assert browser.get("/verify").status_code == 200


def test_while_too_many_files_are_read_the_next_is_asked_to_come_again(app: App) -> None:
    portal = create_portal(app, None)
    for _ in range(READ_AT_ONCE):
        portal.state.portal.reading.acquire()
    with serving(portal) as url, httpx.Client(base_url=url, timeout=30) as browser:
        answer = check(browser, b"%PDF-1.7")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "15"
        portal.state.portal.reading.release()
        assert check(browser, b"%PDF-1.7").status_code == 200


def test_no_file_of_a_visitor_is_kept(app: App, browser: httpx.Client) -> None:
    before = deleted_files()
    check(browser, b"\0" * (MAX_UPLOAD - 1000))
    eventually(lambda: deleted_files() <= before)  # the server closes it after its answer
    assert not list(app.home.glob("un*/*"))


def deleted_files() -> int:
    """Temporary files this process still holds open."""
    links = (each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink())
    return sum(str(each).endswith("(deleted)") for each in links)


def test_a_withdrawn_and_a_declined_version_say_so(app: App, browser: httpx.Client) -> None:
    version, _content = shown(app)
    for state, said in (
        (VersionState.DECLINED, "Nicht angenommen."),
        (VersionState.WITHDRAWN, "Zurückgezogen."),
        (VersionState.IN_APPROVAL, "Noch nicht angenommen."),
    ):
        with app.database.transaction() as session:
            session.get_one(DocumentVersion, version.id).state = state
        page = browser.get("/verify", params={"sha256": version.pdf_sha256}, headers=GERMAN)
        assert said in page.text
