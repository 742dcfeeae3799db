"""Templates on the desk: looked at, uploaded, put in use, gone back to."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.desk import Role
from acctflows.documents.template_versions import list_versions
from acctflows.portal.files import MEDIA_TYPES
from acctflows.word_templates import Place, put_in_use, take_template, template_in_use
from tests.conftest import ROOT, SharedSqlite
from tests.documents.word_files import word_file
from tests.portal.conftest import secret_of
from tests.portal.world import Hand, make_app

ADDRESS = "/desk/templates/contract/de"
WRONG = word_file("{{ contract.nummer }}", "{% if x %}")


@pytest.fixture
def app(
    tmp_path: Path, shared_sqlite: SharedSqlite, agency: AgencyProfile, hand: Hand
) -> Iterator[App]:
    """An installation whose templates may be replaced."""
    templates = Path(shutil.copytree(ROOT / "templates", tmp_path / "templates"))
    database = shared_sqlite.as_new()
    yield replace(
        make_app(tmp_path, database, agency, hand, pdf_engine="none"), templates=templates
    )
    database.close()


@pytest.fixture
def place(app: App) -> Place:
    return Place.of(app, "contract", "de")


def upload(browser: httpx.Client, content: bytes, note: str = "") -> httpx.Response:
    data = {"csrf": secret_of(browser.get(ADDRESS).text), "note": note}
    return browser.post(
        ADDRESS, data=data, files={"file": ("Vorlage.docx", content, MEDIA_TYPES["docx"])}
    )


def activate(browser: httpx.Client, number: int) -> httpx.Response:
    data = {"csrf": secret_of(browser.get(ADDRESS).text)}
    return browser.post(f"{ADDRESS}/{number}/activation", data=data)


def numbers(app: App) -> dict[int, bool]:
    """Each version, and whether it is active."""
    with app.database.reading() as session:
        return {each.number: each.is_active for each in list_versions(session, "contract", "de")}


def test_a_manager_looks_and_an_administrator_changes(
    app: App, place: Place, signed_in: Callable[..., httpx.Client]
) -> None:
    template_in_use(app, place, actor="draft-contract")
    manager = signed_in(Role.MANAGER)
    assert "Word-Vorlagen" in manager.get("/desk/documents").text
    assert "draft-contract" in manager.get("/desk/templates").text
    assert "eine noch ungenutzte Datei" in manager.get("/desk/templates").text  # of other kinds
    page = manager.get(ADDRESS).text
    assert "/1/template.docx" in page
    assert "Neue Vorlage hochladen" not in page
    assert manager.get(f"{ADDRESS}/1/template.docx").content == place.read()
    assert manager.get(f"{ADDRESS}/2").status_code == 404
    assert manager.get("/desk/templates/invoice/de").status_code == 404


def test_everything_wrong_with_an_upload_is_said_at_once(
    app: App, signed_in: Callable[..., httpx.Client]
) -> None:
    admin = signed_in(Role.ADMIN)
    answer = upload(admin, WRONG)
    assert answer.status_code == 422
    assert "Fehler: 3" in answer.text
    assert "{{ contract.nummer }}" in answer.text
    assert "{% if x %}" in answer.text
    assert numbers(app) == {}
    assert "eine Datei, die nicht leer ist" in upload(admin, b"").text


def test_what_word_saves_otherwise_is_refused_by_name_and_what_editing_left_is_told(
    app: App, signed_in: Callable[..., httpx.Client]
) -> None:
    admin = signed_in(Role.ADMIN)
    old = upload(admin, bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4_000))
    assert old.status_code == 422
    assert "eine alte Word-Datei (.doc) oder eine mit Kennwort" in old.text
    assert numbers(app) == {}

    upload(admin, word_file("Vertrag {{ number }} mit {name}"))
    sample = admin.get(f"{ADDRESS}/1/sample").text
    assert "Platzhalter eines anderen Programms" in sample
    assert "{name}" in sample


def test_an_upload_is_looked_at_put_in_use_and_taken_back(
    app: App, place: Place, signed_in: Callable[..., httpx.Client]
) -> None:
    template_in_use(app, place, actor="draft-contract")
    old, new = place.read(), word_file("Vertrag {{ number }}")
    admin = signed_in(Role.ADMIN)
    answer = upload(admin, new, note="Ganz <kurz>")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{ADDRESS}/2?done=template_added",
    )
    assert numbers(app) == {1: True, 2: False}
    page = admin.get(f"{ADDRESS}/2").text
    assert "Ganz &lt;kurz&gt;" in page

    sample = admin.get(f"{ADDRESS}/2/sample").text
    assert "<code>number</code>" in sample
    assert "keine Seiten drucken" in sample  # no engine here
    assert admin.get(f"{ADDRESS}/2/sample.docx").content.startswith(b"PK")

    assert activate(admin, 2).headers["location"] == f"{ADDRESS}?done=template_activated"
    assert place.read() == new
    assert "Zu dieser zurückkehren" in admin.get(ADDRESS).text
    assert upload(admin, old).headers["location"] == f"{ADDRESS}/1?done=template_known"
    assert numbers(app) == {1: False, 2: True}

    place.file.write_bytes(WRONG)  # somebody saved this in Word
    assert "hält der Lauf an" in admin.get(ADDRESS).text
    assert "template_activated_aside" in activate(admin, 1).headers["location"]
    assert place.read() == old
    assert numbers(app) == {1: True, 2: False}
    [aside] = (place.file.parent / "replaced").iterdir()
    assert aside.read_bytes() == WRONG


def test_a_folder_that_cannot_be_written_is_said(
    app: App, place: Place, signed_in: Callable[..., httpx.Client]
) -> None:
    version, _ = take_template(app, place, word_file("Neu"), note="", actor="Ada")
    assert version is not None
    place.file.unlink()
    place.file.mkdir()  # nobody, root neither, replaces a folder by a file
    admin = signed_in(Role.ADMIN)
    assert "liegt keine lesbare Datei" in admin.get(ADDRESS).text
    answer = activate(admin, 1)
    assert answer.status_code == 409
    assert "lässt sich nicht ersetzen" in answer.text
    assert numbers(app) == {1: False}


def test_pictures_are_those_of_samples_only(
    app: App, place: Place, signed_in: Callable[..., httpx.Client]
) -> None:
    template_in_use(app, place, actor="draft-contract")
    admin = signed_in(Role.ADMIN)
    for digest in ("0" * 64, "..%2Facctflows.db", "x"):
        assert admin.get(f"/desk/template-pictures/{digest}").status_code == 404
    with app.database.reading() as session:
        [version] = list_versions(session, "contract", "de")
    assert put_in_use(app, place, version, actor="Ada") is None  # it lies there already
