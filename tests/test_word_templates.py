"""Templates as documents use them: edited in Word, uploaded, broken, put back, edited midway."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.db.models.templates import TemplateSource, TemplateVersion
from acctflows.db.session import Database
from acctflows.documents import template_versions
from acctflows.documents.agreement import check_register
from acctflows.documents.package import TemplateError
from acctflows.errors import InputError, NotFoundError
from acctflows.word_templates import Place, put_in_use, take_template, template_in_use
from flows import document_file
from flows.document_file import (
    staging,
    tied_while_good,
    write_word,
)
from tests.conftest import ROOT, SharedSqlite
from tests.contracts.stories import draft
from tests.documents.word_files import paragraphs_of
from tests.factories import make_project
from tests.portal.world import Hand, make_app
from tests.racing import race

ACTOR = "draft-contract"
WRONG = "{{ contract.nummer }}"


def edited(content: bytes, text: str) -> bytes:
    """The Word file with one more paragraph."""
    document, packed = Document(BytesIO(content)), BytesIO()
    document.add_paragraph(text)
    document.save(packed)
    return packed.getvalue()


def installation(folder: Path, database: Database, agency: AgencyProfile) -> App:
    """One whose templates may be edited."""
    templates = folder / "templates"
    shutil.copytree(ROOT / "templates" / "documents" / "contract", templates / "documents/contract")
    return replace(make_app(folder, database, agency, Hand()), templates=templates)


@pytest.fixture
def app(tmp_path: Path, shared_sqlite: SharedSqlite, agency: AgencyProfile) -> Iterator[App]:
    database = shared_sqlite.as_new()
    yield installation(tmp_path, database, agency)
    database.close()


@pytest.fixture
def any_app(tmp_path: Path, database: Database, agency: AgencyProfile) -> App:
    """Once on each kind of database."""
    return installation(tmp_path, database, agency)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    name = "any_app" if "any_app" in request.fixturenames else "app"
    return Place.of(request.getfixturevalue(name), "contract", "de")


def edit(place: Place, text: str) -> bytes:
    """What a person does in Word."""
    content = edited(place.read(), text)
    place.file.write_bytes(content)
    return content


def versions(app: App, place: Place) -> list[TemplateVersion]:
    """The oldest first."""
    with app.database.reading() as session:
        found = template_versions.list_versions(session, place.kind.name, place.language)
        return list(reversed(found))


def active(app: App, place: Place) -> list[int]:
    return [each.number for each in versions(app, place) if each.is_active]


@pytest.fixture
def contract(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Drafts contracts, which the steps of a run then write."""
    name = "any_app" if "any_app" in request.fixturenames else "app"
    app: App = request.getfixturevalue(name)
    monkeypatch.setattr(document_file, "load_app", lambda: app)

    def new() -> int:
        with app.database.transaction() as session:
            return draft(session, make_project(session), app.agency).id

    return new


def written(app: App, version_id: int) -> list[str]:
    """The paragraphs of the Word file the step makes."""
    word = write_word.fn(version_id)
    return paragraphs_of((staging(app) / word.docx).read_bytes())


def test_the_folder_is_what_new_documents_are_written_with(app: App, place: Place) -> None:
    first = template_in_use(app, place, actor=ACTOR)
    original = place.read()
    assert template_in_use(app, place, actor=ACTOR) == first
    edit(place, "Neu: {{ number }}")
    assert template_in_use(app, place, actor=ACTOR) != first
    assert active(app, place) == [2]

    place.file.write_bytes(original)  # an earlier one that was put back
    assert template_in_use(app, place, actor=ACTOR) == first
    assert [(each.number, each.is_active) for each in versions(app, place)] == [
        (1, True),
        (2, False),
    ]
    assert {each.source for each in versions(app, place)} == {TemplateSource.FOLDER}


def test_runs_that_come_at_once_note_one_version(any_app: App, place: Place) -> None:
    noted, failed = race(2, lambda _: template_in_use(any_app, place, actor=ACTOR))
    assert not failed
    assert len(set(noted)) == 1
    assert active(any_app, place) == [1]


def test_a_draft_keeps_its_template_when_it_is_edited_before_a_retry(
    any_app: App, place: Place, contract: Callable[[], int]
) -> None:
    version_id = contract()
    before = write_word.fn(version_id)
    edit(place, "Neu in der Vorlage")
    assert write_word.fn(version_id) == before
    place.file.unlink()  # whatever becomes of the folder
    assert write_word.fn(version_id) == before
    with any_app.database.reading() as session:
        assert check_register(session).faults == []


def test_the_next_document_gets_the_next_template(
    app: App, place: Place, contract: Callable[[], int]
) -> None:
    write_word.fn(contract())
    edit(place, "Neu in der Vorlage")
    assert "Neu in der Vorlage" in written(app, contract())
    assert active(app, place) == [2]


def test_a_faulty_template_is_refused_with_all_that_is_wrong(
    app: App, place: Place, contract: Callable[[], int]
) -> None:
    template_in_use(app, place, actor=ACTOR)
    edit(place, WRONG)
    edit(place, "{% if %}")
    version_id = contract()
    with pytest.raises(InputError, match="the template cannot be used") as refused:
        write_word.fn(version_id)
    words = str(refused.value)
    assert str(place.file) in words
    assert words.count("\n– body, “") == 3  # the last one is not closed either
    assert WRONG in words
    assert "http://portal.example/desk/templates/contract/de, then press Retry" in words
    assert active(app, place) == [1]

    aside = put_in_use(app, place, versions(app, place)[0], actor="Ada")
    assert aside is not None
    assert WRONG in paragraphs_of(aside.read_bytes())  # what somebody wrote in Word is not lost
    assert write_word.fn(version_id).template == versions(app, place)[0].sha256


def test_what_fails_its_checks_may_be_corrected(
    app: App, place: Place, contract: Callable[[], int]
) -> None:
    version_id = contract()
    with pytest.raises(InputError, match="cannot be read"):
        _fail_its_checks(app, version_id)
    edit(place, "Berichtigt")
    assert "Berichtigt" in written(app, version_id)


def test_an_upload_is_a_version_that_is_put_in_use_later(app: App, place: Place) -> None:
    first = template_in_use(app, place, actor=ACTOR)
    content = edited(place.read(), "Hochgeladen")
    version, report = take_template(app, place, content, note="Fußnote", actor="Ada")
    assert version is not None
    assert report.filled is not None
    assert (version.number, version.source, version.is_active) == (2, TemplateSource.UPLOAD, False)
    assert template_in_use(app, place, actor=ACTOR) == first

    assert put_in_use(app, place, version, actor="Ada") is None
    assert place.read() == content
    assert template_in_use(app, place, actor=ACTOR) == version.sha256
    assert [each.activated_by for each in versions(app, place)] == [ACTOR, "Ada"]


def test_an_upload_with_faults_leaves_nothing_behind(app: App, place: Place) -> None:
    version, report = take_template(app, place, b"no Word file", note="", actor="Ada")
    assert version is None
    assert report.problems
    assert versions(app, place) == []
    assert not place.kept.exists()


def test_killed_before_it_is_noted_a_template_in_place_is_used_all_the_same(
    app: App, place: Place
) -> None:
    template_in_use(app, place, actor=ACTOR)
    content = edited(place.read(), "Hochgeladen")
    version, _report = take_template(app, place, content, note="", actor="Ada")
    place.file.write_bytes(content)  # as far as `put_in_use` came
    assert version is not None
    assert template_in_use(app, place, actor=ACTOR) == version.sha256
    assert active(app, place) == [2]


def test_no_template_is_said(app: App, place: Place) -> None:
    place.file.unlink()
    with pytest.raises(TemplateError, match=r"contract/de\.docx"):
        template_in_use(app, place, actor=ACTOR)
    with pytest.raises(NotFoundError, match="there is no template invoice/de"):
        Place.of(app, "invoice", "de")
    with pytest.raises(NotFoundError, match="use one of: contract"):
        Place.named(app, "../../etc/passwd.docx")


def _fail_its_checks(app: App, version_id: int) -> None:
    with tied_while_good(version_id):
        written(app, version_id)
        raise InputError("the total cannot be read")
