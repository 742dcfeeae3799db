"""Whatever is altered in the register behind the audit trail's back is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    AccessLink,
    Approval,
    ApprovalDecision,
    ClientDecision,
    Defect,
    Document,
    DocumentVersion,
    Means,
    Outcome,
    VersionState,
)
from acctflows.db.models.signing import (
    Objection,
    Proof,
    ProofKind,
    Reply,
    SealedFile,
    SignerConsent,
)
from acctflows.db.session import Database
from acctflows.documents import acceptance, access_links, approval, proofs, register
from acctflows.documents.agreement import RegisterReport, check_register
from acctflows.documents.canonical import canonical_sha256
from acctflows.documents.objections import Answer, RaisedObjection, answer_objections
from acctflows.documents.sealed_files import record_seal
from acctflows.documents.versions import record_event
from tests.documents.stories import MANAGER, approved, draft, in_approval, open_contract, sent
from tests.factories import NOW, TODAY, make_client, make_contact
from tests.racing import race


def signed_contract(session: Session) -> Any:
    client = make_client(session)
    make_contact(session, client)
    return open_contract(session, client=client, project=None)


def answer(session: Session, outcome: Outcome) -> None:
    _version, token = sent(session, signed_contract(session))
    acceptance.record_decision(
        session,
        access_links.find_link(session, token, now=NOW),
        outcome=outcome,
        name="Käthe Brünning",
        function="Geschäftsführerin",
        reason="Zu teuer" if outcome is Outcome.DECLINED else "",
        defects=[acceptance.NamedDefect("Startseite", "Das Logo fehlt")],
        consent_text="Ich nehme an.",
        consent_language="de",
        ip="192.0.2.1",
        user_agent="Browser",
        now=NOW,
    )


def decide(session: Session, decision: ApprovalDecision) -> None:
    version = in_approval(session, signed_contract(session))
    approval.decide_approval(
        session,
        version,
        decision=decision,
        sha256=version.shown_sha256,
        by=MANAGER,
        comment="Bitte § 4 ändern",
        now=NOW,
    )


def silent(session: Session) -> None:
    version, _token = sent(session, signed_contract(session))
    late = NOW + timedelta(days=15)
    acceptance.record_silence(session, version, by=MANAGER, reason="Bote", now=late)


def replaced(session: Session) -> None:
    document = signed_contract(session)
    in_approval(session, document)
    draft(session, document, fee_minor=1)


def only_sent(session: Session) -> None:
    register.mark_sent(session, approved(session, signed_contract(session)), actor=MANAGER, now=NOW)


def invited(session: Session) -> tuple[DocumentVersion, AccessLink, AccessLink]:
    """A version at the client's, and the links of two who sign."""
    version, token = sent(session, signed_contract(session))
    second = make_contact(session, version.document.client, email="zweite@moewe.example")
    link, _token = access_links.invite(session, version, second, now=NOW, valid_days=14)
    return version, access_links.find_link(session, token, now=NOW), link


def consent(session: Session, link: AccessLink) -> SignerConsent:
    return acceptance.record_consent(
        session,
        link,
        name="Käthe Brünning",
        function="Geschäftsführerin",
        consent_text="Ich nehme an.",
        consent_language="de",
        ip="192.0.2.1",
        user_agent="Browser",
        now=NOW,
    )


def signed_on_paper(session: Session) -> None:
    """By the second signer, after the first one came by the link; then sealed."""
    version, link, _second = invited(session)
    consent(session, link)
    proofs.record_outside(
        session,
        version,
        proofs.OutsideSignature(
            name="Jonas Möwe",
            function="Prokurist",
            signed_on=TODAY,
            received_on=TODAY,
            kind=ProofKind.SCAN,
            sha256="5" * 64,
            findings=("Scan, 3 Seiten.",),
        ),
        path="K-1/2026/V-1.scan.pdf",
        language="de",
        by=MANAGER,
        now=NOW,
    )
    record_seal(
        session,
        version,
        path="K-1/2026/V-1.sealed.pdf",
        sha256="6" * 64,
        certificate_sha256="7" * 64,
        timestamped=True,
        note="",
        actor="acctflows",
        now=NOW,
    )


def objected(session: Session) -> None:
    """To two clauses, of which one is answered."""
    _version, link, _second = invited(session)
    decision = acceptance.record_decision(
        session,
        link,
        outcome=Outcome.OBJECTED,
        name="Käthe Brünning",
        function="",
        reason="",
        objections=[
            RaisedObjection("§ 12 (2)", "Haftung", "Sie haftet nicht.", "Sie haftet.", "Police"),
            RaisedObjection("§ 3", "Frist", "7 Tage", "14 Tage", ""),
        ],
        consent_text="",
        consent_language="de",
        ip="192.0.2.1",
        user_agent="Browser",
        now=NOW,
    )
    answers = {
        each.position: Answer(Reply.COUNTER, "Sie haftet bis 50.000 €.")
        for each in decision.objections
    }
    answer_objections(session, decision, answers, by=MANAGER, now=NOW)


LIVES: dict[str, Callable[[Session], object]] = {
    "drafted": draft,
    "accepted": lambda session: answer(session, Outcome.ACCEPTED),
    "declined": lambda session: answer(session, Outcome.DECLINED),
    "rejected": lambda session: decide(session, ApprovalDecision.REJECT),
    "rework": lambda session: decide(session, ApprovalDecision.REWORK),
    "silent": silent,
    "replaced": replaced,
    "sent": only_sent,
    "paper": signed_on_paper,
    "objected": objected,
}


def checked(database: Database) -> RegisterReport:
    with database.reading() as session:
        return check_register(session)


def alter(database: Database, *statements: Any) -> None:
    with database.transaction() as session:
        for statement in statements:
            session.execute(statement)


def checked_after(database: Database, table: type[Any], row: Any, **values: Any) -> RegisterReport:
    """What is found after an alteration, which then is taken back."""
    [key] = sa.inspect(table).primary_key
    with database.reading() as session:
        wanted = sa.select(key, *(getattr(table, column) for column in values)).where(row)
        before = [dict(each) for each in session.execute(wanted).mappings()]
    alter(database, sa.update(table).where(row).values(values))
    report = checked(database)
    alter(
        database,
        *(sa.update(table).where(key == each.pop(key.name)).values(each) for each in before),
    )
    return report


@pytest.fixture
def lives(database: Database) -> Database:
    """Documents at every point of a life; the second and its version are of the accepted one."""
    with database.transaction() as session:
        for live in LIVES.values():
            live(session)
    return database


def test_what_only_the_steps_wrote_agrees(lives: Database) -> None:
    report = checked(lives)
    assert report.faults == []
    assert report.checked == 2 * len(LIVES) + 1


OTHER = NOW + timedelta(seconds=1)
VERSION = {
    "version": 7,
    "state": VersionState.DECLINED,
    "snapshot": {"fee_minor": 1},
    "snapshot_sha256": "0" * 64,
    "template_name": "contract/en.docx",
    "template_sha256": "0" * 64,
    "docx_path": "",
    "docx_sha256": "0" * 64,
    "pdf_path": "K-1/x.pdf",
    "pdf_sha256": "0" * 64,
    "pdf_engine": "",
    "pdf_note": "x",
    "pages": None,
    "created_at": OTHER,
    "created_by": "x",
}
ALTERED: dict[type[Any], dict[str, Any]] = {
    DocumentVersion: VERSION,
    Document: {
        "number": "V-1",
        "kind": "acceptance",
        "key": "x",
        "client_id": 1,
        "created_at": OTHER,
    },
    Approval: {
        "sha256": "0" * 64,
        "asked_at": OTHER,
        "decision": ApprovalDecision.REJECT,
        "decided_by": "x",
        "decided_at": OTHER,
        "comment": "x",
    },
    ClientDecision: {
        "means": Means.CODE,
        "consent_text": "x",
        "consent_language": "en",
        "outcome": Outcome.DECLINED,
        "name": "x",
        "function": "",
        "reason": "x",
        "sha256": "0" * 64,
        "decided_at": OTHER,
    },
    Defect: {"place": "x", "description": "x"},
    Objection: {
        "position": 7,
        "number": "§ 1",
        "heading": "x",
        "original": "x",
        "proposal": "x",
        "reason": "x",
        "reply": Reply.ACCEPT,
        "reply_text": "x",
        "replied_by": "x",
        "replied_at": OTHER,
    },
    SignerConsent: {
        "means": Means.CODE,
        "name": "x",
        "function": "x",
        "consent_text": "x",
        "consent_language": "en",
        "sha256": "0" * 64,
        "given_at": OTHER,
    },
    Proof: {
        "kind": ProofKind.SIGNED_PDF,
        "path": "x",
        "sha256": "0" * 64,
        "findings": ["x"],
        "signed_on": TODAY + timedelta(days=1),
        "received_on": None,
        "added_by": "x",
        "added_at": OTHER,
    },
    SealedFile: {
        "path": "x",
        "sha256": "0" * 64,
        "certificate_sha256": "0" * 64,
        "timestamped": False,
        "note": "x",
        "sealed_at": OTHER,
    },
}
NOT_TOLD = {
    DocumentVersion: {"id", "document_id"},
    Document: {"id", "project_id", "language", "title"},  # a later draft may change the last two
    Approval: {"id", "version_id"},
    # Address and browser stay out of the trail, which cannot forget.
    ClientDecision: {
        *("id", "version_id", "link_id", "ip", "user_agent", "closed_at"),
    },
    Defect: {"id", "decision_id", "position", "cured_on", "cured_note"},
    Objection: {"id", "decision_id"},
    SignerConsent: {"id", "version_id", "position", "link_id", "ip", "user_agent"},
    Proof: {"id", "decision_id"},
    SealedFile: {"version_id"},
}
"""Columns the trail does not tell of, or that only say which row belongs to which."""


@pytest.mark.parametrize("table", ALTERED)
def test_every_column_of_weight_is_altered_below(table: type[Any]) -> None:
    columns = set(sa.inspect(table).columns.keys())
    assert columns == {*ALTERED[table], *NOT_TOLD[table]}


@pytest.mark.parametrize("table", ALTERED)
def test_every_altered_column_is_found(lives: Database, table: type[Any]) -> None:
    with lives.reading() as session:
        number, row = chosen(session, table)
    named = {number, f"{number} v1", f"{number} v7", "V-1", "V-1 v1"}
    for column, value in ALTERED[table].items():
        report = checked_after(lives, table, row, **{column: value})
        assert report.faults != [], column
        assert {fault.where for fault in report.faults} <= named, column
    assert checked(lives).faults == []


def chosen(session: Session, table: type[Any]) -> tuple[str, Any]:
    """The number of the document whose row of that table is altered, and which row that is."""
    if table is Objection:
        objection = session.scalars(sa.select(Objection)).first()
        assert objection
        return objection.decision.version.document.number, Objection.id == objection.id
    means = Means.PAPER if table in (Proof, SealedFile, SignerConsent) else Means.LINK
    query = sa.select(ClientDecision).filter_by(outcome=Outcome.ACCEPTED, means=means)
    decision = session.scalars(query).one()
    version = decision.version
    rows = {
        DocumentVersion: DocumentVersion.id == version.id,
        Document: Document.id == version.document_id,
        Approval: Approval.version_id == version.id,
        ClientDecision: ClientDecision.id == decision.id,
        Defect: Defect.decision_id == decision.id,
        Proof: Proof.decision_id == decision.id,
        SealedFile: SealedFile.version_id == version.id,
        SignerConsent: SignerConsent.version_id == version.id,
    }
    return version.document.number, rows[table]


def test_a_state_nothing_led_to_is_found(lives: Database) -> None:
    with lives.reading() as session:
        before = [version.state for version in session.scalars(sa.select(DocumentVersion))]
    for state in VersionState:
        faults = checked_after(lives, DocumentVersion, sa.true(), state=state).faults
        assert len(faults) == sum(was is not state for was in before), state


def test_a_pdf_swapped_with_its_hash_is_named_with_both_hashes(lives: Database) -> None:
    forged = "f" * 64
    alter(lives, sa.update(DocumentVersion).filter_by(id=2).values(pdf_sha256=forged))
    [fault] = checked(lives).faults
    assert fault.where == "V-2026-0002 v1"
    assert fault.what.startswith(f"pdf_sha256 is “{forged}”, but the audit trail says “")


def test_a_row_that_was_removed_or_slipped_in_is_found(database: Database) -> None:
    with database.transaction() as session:
        first, second = draft(session), draft(session)
        client_id = second.document.client_id
    removal = sa.delete(DocumentVersion).filter_by(id=first.id)
    slipped = {"document_id": second.document_id, "version": 2, "snapshot": {}, "created_at": NOW}
    slipped |= {"snapshot_sha256": "0" * 64, "template_name": "", "created_by": "x"}
    document = {"kind": "contract", "number": "V-9", "key": "x", "client_id": client_id}
    document |= {"language": "de", "title": "x", "created_at": NOW}
    alter(
        database,
        removal,
        sa.insert(DocumentVersion).values(slipped),
        sa.insert(Document).values(document),
    )
    found = {fault.where: fault.what for fault in checked(database).faults}
    assert found == {
        "V-2026-0001 v1": "It is in the audit trail, but not in the register.",
        "V-2026-0002 v2": "It is in the register, but not in the audit trail.",
        "V-9": "It is in the register, but not in the audit trail.",
    }


def test_an_approval_or_answer_nobody_gave_is_found(database: Database) -> None:
    with database.transaction() as session:
        version = draft(session)
    forged = {"version_id": version.id, "sha256": "0" * 64, "asked_at": NOW, "decided_by": "x"}
    alter(database, sa.insert(Approval).values(forged))
    faults = checked(database).faults
    assert {fault.what.split()[0] for fault in faults} >= {"approval.sha256", "approval.decided_by"}


def test_older_entries_of_the_trail_tell_less_and_that_is_compared(database: Database) -> None:
    with database.transaction() as session:
        document = open_contract(session)
        digest = canonical_sha256({})
        version = DocumentVersion(
            document=document,
            version=1,
            snapshot={},
            snapshot_sha256=digest,
            template_name="contract/de.docx",
            created_at=NOW,
            created_by=MANAGER,
            docx_sha256="d" * 64,
            docx_path="K-1/d.docx",
            pages=3,
        )
        session.add(version)
        session.flush()
        told = {"actor": MANAGER, "now": NOW}
        record_event(session, version, "version.added", **told, snapshot_sha256=digest)
        files = {"template_sha256": "", "docx_sha256": "d" * 64, "pdf_sha256": "", "pdf_engine": ""}
        record_event(session, version, "files.recorded", **told, **files)
    assert checked(database).faults == []
    alter(database, sa.update(DocumentVersion).values(docx_sha256="e" * 64))
    assert len(checked(database).faults) == 1


def test_a_snapshot_nobody_can_read_is_found(lives: Database) -> None:
    alter(lives, sa.text("UPDATE document_version SET snapshot = '{\"fee\": 0.5}' WHERE id = 2"))
    [fault] = checked(lives).faults
    assert fault.where == "V-2026-0002 v1"
    if lives.engine.dialect.name == "sqlite":
        alter(lives, sa.text("UPDATE document_version SET snapshot = '{' WHERE id = 2"))
        [fault] = checked(lives).faults
        assert "cannot be read" in fault.what


def test_while_others_work_nothing_seems_altered(database: Database) -> None:
    def work(caller: int) -> list[Any]:
        if caller:
            for _ in range(8):
                with database.transaction() as session:
                    decide(session, ApprovalDecision.REWORK)
            return []
        return [fault for _ in range(12) for fault in checked(database).faults]

    done, failed = race(3, work)
    assert failed == []
    assert [fault for faults in done for fault in faults] == []
