"""The register: one document per business key, versions that follow each other, files once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    ApprovalDecision,
    Document,
    DocumentVersion,
    NumberSeries,
    Outcome,
    VersionState,
)
from acctflows.db.session import Database
from acctflows.documents import acceptance, access_links, approval, audit, register
from acctflows.documents.objections import RaisedObjection
from acctflows.errors import ConflictError, InputError, NotFoundError
from tests.documents.stories import (
    MANAGER,
    approved,
    draft,
    file_version,
    in_approval,
    open_contract,
    sent,
    sha256,
)
from tests.factories import NOW, make_client, make_project
from tests.racing import race


def events(session: Session, document: Document) -> list[str]:
    return [entry.event for entry in audit.trail(session, f"document/{document.number}")]


def test_the_same_key_finds_the_document_again(session: Session) -> None:
    project = make_project(session)
    first = open_contract(session, project=project, key="contract/P-1/main")
    second = open_contract(session, project=project, key="contract/P-1/main", title="Anders")
    assert second is first
    assert first.title == "Vertrag über den Relaunch moewe.example"
    assert events(session, first) == ["document.opened"]


def test_a_key_of_another_client_is_refused(session: Session) -> None:
    open_contract(session, key="contract/P-1/main")
    with pytest.raises(ConflictError, match="contract/P-1/main: the key belongs to V-2026-0001"):
        open_contract(session, key="contract/P-1/main")


def test_a_language_without_templates_is_refused(session: Session) -> None:
    with pytest.raises(InputError, match="“fr”"):
        open_contract(session, language="fr")


def test_a_document_need_not_belong_to_a_project(session: Session) -> None:
    document = open_contract(session, project=None, client=make_client(session))
    assert document.project is None


def test_callers_at_once_get_one_document_and_one_number(database: Database) -> None:
    with database.transaction() as session:
        project = make_project(session)

    def work(_caller: int) -> str:
        with database.transaction() as session:
            return open_contract(session, project=session.merge(project), key="one").number

    done, failed = race(20, work)
    assert failed == []
    assert set(done) == {"V-2026-0001"}
    with database.reading() as session:
        assert session.scalars(select(NumberSeries.last)).one() == 1
        assert session.scalars(select(func.count()).select_from(Document)).one() == 1
        assert audit.verify(session).intact.seq == 1


def test_callers_at_the_turn_of_the_year_use_one_number_of_one_year(database: Database) -> None:
    with database.transaction() as session:
        project = make_project(session)

    def work(caller: int) -> str:
        with database.transaction() as session:
            mine, year = session.merge(project), 2026 + caller % 2
            return open_contract(session, project=mine, key="one", year=year).number

    done, failed = race(10, work)
    assert failed == []
    assert len(set(done)) == 1
    with database.reading() as session:
        assert session.scalars(select(NumberSeries.last)).all() == [1]


def test_a_document_is_found_by_its_number(session: Session) -> None:
    document = open_contract(session)
    assert register.find_document(session, "V-2026-0001") is document
    with pytest.raises(NotFoundError, match="there is no document V-2026-0002"):
        register.find_document(session, "V-2026-0002")


def test_the_same_content_is_the_same_version(session: Session) -> None:
    document = open_contract(session)
    first = draft(session, document, fee_minor=100, client="Möwe")
    assert draft(session, document, client="Möwe", fee_minor=100) is first
    assert (first.version, first.state, first.created_by) == (1, VersionState.DRAFT, MANAGER)


def test_the_same_content_is_found_while_it_waits_for_the_client(session: Session) -> None:
    version, _token = sent(session)
    assert draft(session, version.document) is version


def test_other_content_is_a_new_version(session: Session) -> None:
    document = open_contract(session)
    first, second = draft(session, document, fee_minor=1), draft(session, document, fee_minor=2)
    assert (first.version, second.version) == (1, 2)
    assert document.newest is second
    assert first.state is VersionState.SUPERSEDED


def test_another_template_is_a_new_version(session: Session) -> None:
    document = open_contract(session)
    first = draft(session, document)
    second = register.add_version(
        session,
        document,
        snapshot=first.snapshot,
        template_name="contract/en.docx",
        actor=MANAGER,
        now=NOW,
    )
    assert second.version == 2


def test_a_version_of_amounts_as_floats_is_refused(session: Session) -> None:
    document = open_contract(session)
    with pytest.raises(InputError, match=r"data\.fee: 12000\.5"):
        draft(session, document, fee=12000.5)
    assert document.versions == []


@pytest.mark.parametrize("reach", [draft, in_approval, approved])
def test_a_new_version_takes_the_place_of_one_without_a_decision(
    session: Session, reach: type[DocumentVersion]
) -> None:
    document = open_contract(session)
    old = reach(session, document)
    draft(session, document, fee_minor=2)
    assert old.state is VersionState.SUPERSEDED
    assert events(session, document)[-2:] == ["version.superseded", "version.added"]


def test_a_new_version_ends_the_links_of_the_old_one(session: Session) -> None:
    old, token = sent(session)
    draft(session, old.document, fee_minor=2)
    with pytest.raises(NotFoundError):
        access_links.find_link(session, token, now=NOW)


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        (ApprovalDecision.REWORK, VersionState.REWORK),
        (ApprovalDecision.REJECT, VersionState.REJECTED),
    ],
)
def test_the_same_content_after_a_no_of_the_manager_is_a_new_version(
    session: Session, decision: ApprovalDecision, state: VersionState
) -> None:
    """The template may have changed; the decision about the old version stays on record."""
    old = in_approval(session)
    approval.decide_approval(
        session, old, decision=decision, sha256=old.shown_sha256, by="m", comment="", now=NOW
    )
    new = draft(session, old.document)
    assert (new.version, new.state, old.state) == (2, VersionState.DRAFT, state)


def decide(session: Session, token: str, outcome: Outcome) -> None:
    acceptance.record_decision(
        session,
        access_links.find_link(session, token, now=NOW),
        outcome=outcome,
        name="Käthe Brünning",
        function="Geschäftsführerin",
        reason="zu teuer",
        objections=[RaisedObjection("§ 1", "", "alt", "neu", "")],
        consent_text="Ich nehme den Vertrag an.",
        consent_language="de",
        ip="192.0.2.1",
        user_agent="Browser",
        now=NOW,
    )


def test_an_accepted_document_cannot_change(session: Session) -> None:
    version, token = sent(session)
    decide(session, token, Outcome.ACCEPTED)
    with pytest.raises(ConflictError, match="V-2026-0001 is accepted and cannot change"):
        draft(session, version.document, fee_minor=2)
    assert version.state is VersionState.ACCEPTED


def test_a_declined_document_gets_a_new_version(session: Session) -> None:
    version, token = sent(session)
    decide(session, token, Outcome.DECLINED)
    new = draft(session, version.document, fee_minor=2)
    assert (new.version, version.state) == (2, VersionState.DECLINED)


@pytest.mark.parametrize("outcome", Outcome)
def test_who_asked_before_the_decision_finds_what_was_decided(
    session: Session, outcome: Outcome
) -> None:
    """A run that was started twice at once: the second begins when the first is over."""
    version, token = sent(session)
    decide(session, token, outcome)
    again = {"snapshot": version.snapshot, "template_name": version.template_name}
    again |= {"actor": MANAGER, "now": NOW + timedelta(hours=1)}

    twin = register.add_version(session, version.document, asked=version.created_at, **again)
    assert twin is version

    later = version.created_at + timedelta(minutes=1)
    if outcome is Outcome.ACCEPTED:
        with pytest.raises(ConflictError, match="is accepted and cannot change"):
            register.add_version(session, version.document, asked=later, **again)
    else:
        assert register.add_version(session, version.document, asked=later, **again).version == 2


def test_what_nobody_answered_in_time_gets_a_new_version(session: Session) -> None:
    version, _token = sent(session)
    again = {"snapshot": version.snapshot, "template_name": version.template_name}
    again |= {"actor": MANAGER}
    open_still, expired = NOW + timedelta(days=13), NOW + timedelta(days=14)

    assert register.add_version(session, version.document, now=open_still, **again) is version
    new = register.add_version(session, version.document, now=expired, **again)

    assert (new.version, version.state) == (2, VersionState.SUPERSEDED)


def test_callers_at_once_add_one_version_of_one_content(database: Database) -> None:
    with database.transaction() as session:
        document = open_contract(session)

    def work(caller: int) -> int:
        with database.transaction() as session:
            mine = session.get_one(Document, document.id)
            return draft(session, mine, fee_minor=caller % 2).version

    done, failed = race(12, work)
    assert failed == []
    with database.reading() as session:
        versions = session.get_one(Document, document.id).versions
        assert [version.version for version in versions] == list(range(1, len(versions) + 1))
        assert set(done) == {version.version for version in versions}
        states = [version.state for version in versions]
        assert states == [VersionState.SUPERSEDED] * (len(states) - 1) + [VersionState.DRAFT]
        assert audit.verify(session).fault is None


def test_files_are_recorded_once(session: Session) -> None:
    version = draft(session)
    file_version(session, version)
    file_version(session, version)
    assert (version.pages, version.pdf_engine) == (4, "LibreOffice 7.4")
    assert events(session, version.document).count("files.recorded") == 1


def test_other_files_for_the_same_version_are_refused(session: Session) -> None:
    version = draft(session)
    file_version(session, version)
    with pytest.raises(ConflictError, match="V-2026-0001 v1: other files are recorded already"):
        file_version(session, version, pdf_sha256=sha256("another pdf"))


def test_the_files_of_a_decided_version_are_found_again(session: Session) -> None:
    version, _token = sent(session)
    file_version(session, version)
    assert version.state is VersionState.SENT


def test_a_version_overtaken_while_it_was_printed_gets_no_files(session: Session) -> None:
    old = draft(session)
    draft(session, old.document, fee_minor=2)
    with pytest.raises(ConflictError, match="superseded"):
        file_version(session, old)


def test_without_a_pdf_the_word_file_is_what_is_shown(session: Session) -> None:
    version = draft(session)
    file_version(
        session, version, pdf_path="", pdf_sha256="", pdf_engine="", pages=None, pdf_note="no PDF"
    )
    assert version.shown_sha256 == version.docx_sha256
    asked = approval.ask_approval(session, version, actor=MANAGER, now=NOW)
    assert asked.sha256 == version.docx_sha256


def test_what_we_draw_has_a_pdf_alone_and_goes_out_once(session: Session) -> None:
    version = draft(session)
    with pytest.raises(ConflictError, match="there is nothing to send yet"):
        register.mark_sent(session, version, actor=MANAGER, now=NOW)
    for _ in range(2):
        file_version(session, version, template_sha256="", docx_path="", docx_sha256="")
    for _ in range(2):
        register.mark_sent(session, version, actor=MANAGER, now=NOW)
    assert version.state is VersionState.SENT
    trail = events(session, version.document)
    assert (trail.count("files.recorded"), trail.count("version.sent")) == (1, 1)


def test_what_waits_for_an_approval_is_not_sent(session: Session) -> None:
    version = in_approval(session)
    with pytest.raises(ConflictError, match="have it approved first"):
        register.mark_sent(session, version, actor=MANAGER, now=NOW)


def test_steps_about_many_documents_at_once_do_not_stop_each_other(database: Database) -> None:
    """Everybody does everything to a few documents: conflicts are fine, waiting in circles not."""
    with database.transaction() as session:
        project = make_project(session)

    def work(caller: int) -> None:
        key = f"contract/{caller % 4}"
        with database.transaction() as session:
            document = open_contract(session, project=session.merge(project), key=key)
            version = draft(session, document, fee_minor=caller)
            file_version(session, version)
        with database.transaction() as session:
            version = session.get_one(DocumentVersion, version.id)
            approval.ask_approval(session, version, actor=MANAGER, now=NOW)

    _done, failed = race(16, work)
    assert {type(error) for error in failed} <= {ConflictError}
    with database.reading() as session:
        assert audit.verify(session).fault is None
