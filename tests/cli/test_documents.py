"""`acctflows document`: what an operator reads, and what a script can rely on."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from acctflows.app import load_app
from acctflows.cli import documents
from acctflows.db.models.documents import Outcome, VersionState
from acctflows.db.models.templates import TemplateSource
from acctflows.db.session import Database
from acctflows.documents import acceptance, access_links, store
from acctflows.documents.template_versions import add_version
from acctflows.errors import InputError, NotFoundError
from tests.conftest import ROOT
from tests.documents.stories import draft, file_version, open_contract, sent
from tests.factories import NOW, make_client, make_contact

DOCX, PDF = b"the Word file", b"the PDF"


@pytest.fixture
def installed(
    sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """An installation configured by its environment, as the operator's is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name, value in {
        "ROOT": ROOT,
        "HOME": tmp_path / "var",
        "DATABASE_URL": f"sqlite:///{sqlite_file}",
        "DOCS_OUT": tmp_path / "docs_out",
    }.items():
        monkeypatch.setenv(f"ACCTFLOWS_{name}", str(value))
    load_app.cache_clear()
    yield load_app().database
    load_app().database.close()
    load_app.cache_clear()


def file_really(database: Database) -> Path:
    """A document whose files are in the folder of documents; gives back that folder."""
    root = load_app().docs_out
    with database.transaction() as session:
        version = draft(session, open_contract(session))
        paths = {
            f"{kind}_path": store.document_path("K-1001", 2026, "V-2026-0001", 1, kind)
            for kind in ("docx", "pdf")
        }
        hashes = {
            "docx_sha256": store.write_once(root, paths["docx_path"], DOCX),
            "pdf_sha256": store.write_once(root, paths["pdf_path"], PDF),
        }
        file_version(session, version, **paths, **hashes)
    return root


def accept(database: Database) -> None:
    with database.transaction() as session:
        client = make_client(session, legal_name="Möwe Handel GmbH")
        document = open_contract(session, client=client, project=None)
        make_contact(session, client)
        _version, token = sent(session, document)
        acceptance.record_decision(
            session,
            access_links.find_link(session, token, now=NOW),
            outcome=Outcome.ACCEPTED,
            name="Käthe Brünning",
            function="Geschäftsführerin",
            reason="",
            consent_text="Ich nehme an.",
            consent_language="de",
            ip="192.0.2.1",
            user_agent="Browser",
            now=NOW,
        )


def test_what_is_intact_is_called_intact(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    file_really(installed)
    documents.verify()
    said = capsys.readouterr().out
    assert "The audit trail is intact: 3 entries." in said
    assert "2 documents and versions compared, 0 differences from the audit trail." in said
    assert "2 filed documents checked, 0 missing or changed." in said
    anchor = said.split("Anchor: ")[1].strip()
    documents.verify(anchor=anchor)


def test_an_altered_trail_ends_with_an_error(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    file_really(installed)
    with installed.transaction() as session:
        session.execute(sa.text("DROP TRIGGER audit_entry_stays"))
        session.execute(sa.text("UPDATE audit_entry SET actor = 'x' WHERE seq = 2"))
    with pytest.raises(SystemExit, match="1"):
        documents.verify()
    said = capsys.readouterr().out
    assert "The audit trail was altered: entry 2 was changed." in said
    assert "All is well up to entry 1." in said
    assert "an altered trail is no witness" in said


def test_altered_and_missing_files_end_with_an_error(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    root = file_really(installed)
    pdf, docx = sorted(root.rglob("*.pdf")), sorted(root.rglob("*.docx"))
    pdf[0].chmod(0o644)
    pdf[0].write_bytes(PDF + b"!")
    docx[0].unlink()
    with pytest.raises(SystemExit, match="1"):
        documents.verify()
    said = capsys.readouterr().out
    assert "The audit trail is intact" in said
    assert "K-1001/2026/V-2026-0001-v1.docx: " in said
    assert "K-1001/2026/V-2026-0001-v1.pdf: " in said
    assert "2 filed documents checked, 2 missing or changed." in said


def test_a_version_of_a_template_that_was_lost_ends_with_an_error(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with installed.transaction() as session:
        add_version(
            session,
            "contract",
            "de",
            sha256="5" * 64,
            source=TemplateSource.UPLOAD,
            actor="Lena Hansen",
            now=NOW,
        )
    with pytest.raises(SystemExit, match="1"):
        documents.verify()
    said = capsys.readouterr().out
    assert f"{'5' * 64}.docx: " in said
    assert "1 kept templates checked, 1 missing or changed." in said


def test_a_file_swapped_with_its_hash_in_the_register_ends_with_an_error(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    [pdf] = file_really(installed).rglob("*.pdf")
    pdf.chmod(0o644)
    pdf.write_bytes(b"forged")
    forged = hashlib.sha256(b"forged").hexdigest()
    with installed.transaction() as session:
        session.execute(sa.text(f"UPDATE document_version SET pdf_sha256 = '{forged}'"))
    with pytest.raises(SystemExit, match="1"):
        documents.verify()
    said = capsys.readouterr().out
    assert f"V-2026-0001 v1: pdf_sha256 is “{forged}”, but the audit trail says" in said
    assert "1 differences from the audit trail" in said
    assert "2 filed documents checked, 0 missing or changed." in said


@pytest.mark.parametrize("anchor", ["x", "3", "3:abc", ":" + "0" * 64])
def test_what_is_no_anchor_is_refused(installed: Database, anchor: str) -> None:
    with pytest.raises(InputError, match="is no anchor"):
        documents.verify(anchor=anchor)


def test_a_wrong_anchor_unmasks(installed: Database, capsys: pytest.CaptureFixture[str]) -> None:
    file_really(installed)
    with pytest.raises(SystemExit, match="1"):
        documents.verify(anchor=f"2:{'0' * 64}")
    assert "the trail was rewritten: entry 2 has another hash" in capsys.readouterr().out


def test_documents_are_listed_newest_first(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    documents.list_documents()
    assert capsys.readouterr().out == "There is no document yet.\n"
    file_really(installed)
    accept(installed)
    documents.list_documents()
    said = capsys.readouterr().out
    assert said.index("V-2026-0002") < said.index("V-2026-0001")
    documents.list_documents(state=VersionState.ACCEPTED)
    said = capsys.readouterr().out
    assert "V-2026-0001" not in said
    assert "Möwe Handel GmbH" in said
    documents.list_documents(state=VersionState.DECLINED)
    assert capsys.readouterr().out == "There is no such document.\n"


def test_a_document_is_shown_with_all_that_happened(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    accept(installed)
    documents.show("V-2026-0001")
    said = capsys.readouterr().out
    assert "Version 1: accepted" in said
    assert "accepted, says Käthe Brünning, Geschäftsführerin" in said
    events = ["document.opened", "files.recorded", "approval.approved", "decision.accepted"]
    assert sorted(events, key=said.index) == events
    assert "2026-11-23 10:00:00  decision.accepted" in said  # the agency's clock, not UTC


def test_an_unknown_document_is_named(installed: Database) -> None:
    with pytest.raises(NotFoundError, match="there is no document V-1"):
        documents.show("V-1")
