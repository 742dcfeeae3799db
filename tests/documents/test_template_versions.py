"""Versions of templates: numbered once, one active at a time, all of it in the trail."""

import pytest
from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.templates import TemplateSource, TemplateVersion
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.documents.agreement import check_register
from acctflows.documents.template_versions import (
    activate,
    add_version,
    list_versions,
    release_template,
    template_trail,
    tie_template,
)
from acctflows.errors import ConflictError
from tests.documents.stories import MANAGER, draft, file_version, sha256
from tests.factories import NOW
from tests.racing import race


def add(session: Session, text: str, language: str = "de") -> TemplateVersion:
    return add_version(
        session,
        "contract",
        language,
        sha256=sha256(text),
        source=TemplateSource.UPLOAD,
        actor=MANAGER,
        now=NOW,
        note=f"{text} is new",
    )


def test_versions_are_numbered_by_kind_and_language(session: Session) -> None:
    first, second, english = add(session, "a"), add(session, "b"), add(session, "a", "en")
    assert [each.number for each in (first, second, english)] == [1, 2, 1]
    assert add(session, "a") is first
    assert list_versions(session, "contract", "de") == [second, first]
    assert not first.is_active


def test_one_is_active_and_the_trail_tells_who_made_it_so(session: Session) -> None:
    first, second = add(session, "a"), add(session, "b")
    for version in (first, second, second, first):
        activate(session, version, actor=MANAGER, now=NOW)
        active = [each for each in list_versions(session, "contract", "de") if each.is_active]
        assert active == [version]
    told = [(each.event, each.data["number"]) for each in template_trail(session, "contract", "de")]
    assert told[2:] == [("template.activated", number) for number in (1, 2, 1)]
    last = template_trail(session, "contract", "de")[-1]
    assert (last.actor, last.data["instead_of"]) == (MANAGER, 2)
    assert audit.verify(session).fault is None


def test_many_at_once_make_one_version_of_the_same_bytes(database: Database) -> None:
    def note(caller: int) -> int:
        with database.transaction() as session:
            version = add(session, "old" if caller % 2 else "new")
            activate(session, version, actor=MANAGER, now=NOW)
            return version.number

    numbers, failed = race(6, note)
    assert not failed
    assert set(numbers) == {1, 2}
    with database.reading() as session:
        versions = list_versions(session, "contract", "de")
        assert sum(each.is_active for each in versions) == 1
        assert {each.sha256 for each in versions} == {sha256("old"), sha256("new")}
        assert audit.verify(session).fault is None


def test_a_draft_is_tied_to_one_template_whoever_comes_first(database: Database) -> None:
    with database.transaction() as session:
        version_id = draft(session).id

    def tie(caller: int) -> str:
        with database.transaction() as session:
            version = session.get_one(DocumentVersion, version_id)
            return tie_template(session, version, sha256(str(caller)), actor=MANAGER, now=NOW)

    tied, failed = race(4, tie)
    assert not failed
    assert len(set(tied)) == 1
    with database.reading() as session:
        assert check_register(session).faults == []


def test_a_draft_is_released_until_it_has_its_files(database: Database) -> None:
    with database.transaction() as session:
        version = draft(session)
        release_template(session, version, actor=MANAGER, now=NOW)  # nothing to release
        tie_template(session, version, sha256("a"), actor=MANAGER, now=NOW)
        release_template(session, version, actor=MANAGER, now=NOW)
        assert version.template_sha256 == ""
        tie_template(session, version, sha256("b"), actor=MANAGER, now=NOW)
        file_version(session, version, template_sha256=sha256("b"))
        release_template(session, version, actor=MANAGER, now=NOW)
        assert tie_template(session, version, sha256("c"), actor=MANAGER, now=NOW) == sha256("b")
    with database.reading() as session:
        assert check_register(session).faults == []


def test_what_is_no_draft_any_more_is_tied_to_nothing(session: Session) -> None:
    version = draft(session)
    version.state = VersionState.SUPERSEDED
    session.flush()
    with pytest.raises(ConflictError, match="start again with a new draft"):
        tie_template(session, version, sha256("a"), actor=MANAGER, now=NOW)
