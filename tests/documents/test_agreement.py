"""Whatever is altered in the register behind the audit trail's back is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    Approval,
    ApprovalDecision,
    ClientDecision,
    Defect,
    Document,
    DocumentVersion,
    Outcome,
    VersionState,
)
from acctflows.db.session import Database
from acctflows.documents import acceptance, approval, register
from acctflows.documents.agreement import RegisterReport, check_register
from acctflows.documents.canonical import canonical_sha256
from acctflows.documents.versions import record_event
from tests.documents.stories import MANAGER, approved, draft, in_approval, open_contract, sent
from tests.factories import NOW, make_client, make_contact
from tests.racing import race


def signed_contract(session: Session) -> Any:
    client = make_client(session)
    make_contact(session, client)
    return open_contract(session, client=client, project=None)


def answer(session: Session, outcome: Outcome) -> None:
    _version, token = sent(session, signed_contract(session))
    acceptance.record_decision(
        session,
        acceptance.find_link(session, token, now=NOW),
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


LIVES: dict[str, Callable[[Session], object]] = {
    "drafted": draft,
    "accepted": lambda session: answer(session, Outcome.ACCEPTED),
    "declined": lambda session: answer(session, Outcome.DECLINED),
    "rejected": lambda session: decide(session, ApprovalDecision.REJECT),
    "rework": lambda session: decide(session, ApprovalDecision.REWORK),
    "silent": silent,
    "replaced": replaced,
    "sent": only_sent,
}


def checked(database: Database) -> RegisterReport:
    with database.reading() as session:
        return check_register(session)


def alter(database: Database, *statements: Any) -> None:
    with database.transaction() as session:
        for statement in statements:
            session.execute(statement)


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
        "outcome": Outcome.DECLINED,
        "name": "x",
        "function": "",
        "reason": "x",
        "sha256": "0" * 64,
        "decided_at": OTHER,
    },
    Defect: {"place": "x", "description": "x"},
}
NOT_TOLD = {
    DocumentVersion: {"id", "document_id"},
    Document: {"id", "project_id", "language", "title"},  # a later draft may change the last two
    Approval: {"id", "version_id"},
    # Address and browser stay out of the trail, which cannot forget.
    ClientDecision: {
        *("id", "version_id", "link_id", "consent_text", "consent_language"),
        *("ip", "user_agent", "closed_at"),
    },
    Defect: {"id", "decision_id", "position", "cured_on", "cured_note"},
}
"""Columns the trail does not tell of, or that only say which row belongs to which."""


@pytest.mark.parametrize("table", ALTERED)
def test_every_column_of_weight_is_altered_below(table: type[Any]) -> None:
    columns = set(sa.inspect(table).columns.keys())
    assert columns == {*ALTERED[table], *NOT_TOLD[table]}


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in ALTERED for column in ALTERED[table]]
)
def test_an_altered_column_is_found(lives: Database, table: type[Any], column: str) -> None:
    with lives.reading() as session:
        [chosen] = session.scalars(sa.select(ClientDecision).filter_by(outcome=Outcome.ACCEPTED))
        version = chosen.version
        rows = {
            DocumentVersion: version.id,
            Document: version.document_id,
            Approval: version.approval.id if version.approval else 0,
            ClientDecision: chosen.id,
            Defect: chosen.defects[0].id,
        }
    alter(
        lives, sa.update(table).filter_by(id=rows[table]).values({column: ALTERED[table][column]})
    )
    report = checked(lives)
    assert report.faults != []
    assert {fault.where for fault in report.faults} <= {
        *("V-2026-0002", "V-2026-0002 v1", "V-2026-0002 v7", "V-1", "V-1 v1")
    }


@pytest.mark.parametrize("state", VersionState)
def test_a_state_nothing_led_to_is_found(lives: Database, state: VersionState) -> None:
    with lives.reading() as session:
        before = {
            version.id: version.state for version in session.scalars(sa.select(DocumentVersion))
        }
    alter(lives, sa.update(DocumentVersion).values(state=state))
    faults = checked(lives).faults
    assert len(faults) == sum(was is not state for was in before.values())


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
