"""What is recorded under a hash, in both databases, and what of it is told."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.signing import ProofKind
from acctflows.documents import proofs, register, store
from acctflows.documents.filed import check_files
from acctflows.documents.recorded_files import find_recorded
from acctflows.documents.sealed_files import record_seal
from acctflows.documents.sealing.verify import Filed, Record
from tests.documents.stories import MANAGER, draft, in_approval, open_contract, sent
from tests.factories import NOW, TODAY, make_client, make_contact

PROOF, SEALED = b"a scan", b"a sealed file"


def accepted_on_paper(session: Session, root: Path) -> DocumentVersion:
    """With its proof and its sealed file in the folder."""
    client = make_client(session)
    make_contact(session, client)
    version, _token = sent(session, open_contract(session, client=client, project=None))
    proofs.record_outside(
        session,
        version,
        proofs.OutsideSignature(
            name="Käthe Brünning",
            function="",
            signed_on=TODAY,
            received_on=TODAY,
            kind=ProofKind.SCAN,
            sha256=store.write_once(root, "K-1/x.scan.pdf", PROOF),
        ),
        path="K-1/x.scan.pdf",
        language="en",
        by=MANAGER,
        now=NOW,
    )
    record_seal(
        session,
        version,
        path="K-1/x.sealed.pdf",
        sha256=store.write_once(root, "K-1/x.sealed.pdf", SEALED),
        certificate_sha256="7" * 64,
        timestamped=False,
        note="",
        actor="acctflows",
        now=NOW + timedelta(minutes=1),
    )
    return version


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def test_each_file_of_an_accepted_version_is_found_as_what_it_is(
    session: Session, tmp_path: Path
) -> None:
    version = accepted_on_paper(session, tmp_path)
    digests = {
        version.pdf_sha256: Filed.SHOWN,
        version.docx_sha256: Filed.WORD,
        digest_of(PROOF): Filed.PROOF,
        digest_of(SEALED): Filed.SEALED,
    }
    for digest, filed in digests.items():
        found = find_recorded(session, [digest])
        assert found
        assert (found.filed, found.number, found.version) == (filed, "V-2026-0001", 1)
        assert (found.kind, found.state) == ("contract", VersionState.ACCEPTED)
        assert (found.accepted_at, found.sealed_at) == (NOW, NOW + timedelta(minutes=1))
        assert found.record == Record(digest, "V-2026-0001 v1", filed)
        assert not found.replaced
    assert find_recorded(session, ["0" * 64]) is None
    assert find_recorded(session, [""]) is None
    assert find_recorded(session, []) is None


def test_of_many_the_first_recorded_one_is_found(session: Session) -> None:
    one, other = in_approval(session), in_approval(session)
    many = [f"{number:064x}" for number in range(400)]
    found = find_recorded(session, [*many, other.pdf_sha256, one.pdf_sha256])
    assert found
    assert found.number == other.document.number
    assert (found.accepted_at, found.sealed_at) == (None, None)


def test_without_a_pdf_the_word_file_is_what_was_shown(session: Session) -> None:
    version = draft(session)
    register.record_files(
        session,
        version,
        template_sha256="",
        docx_path="K-1/x.docx",
        docx_sha256="d" * 64,
        pdf_path="",
        pdf_sha256="",
        pdf_engine="",
        pdf_note="no converter",
        pages=None,
        actor=MANAGER,
        now=NOW,
    )
    draft(session, version.document, fee_minor=1)
    found = find_recorded(session, ["d" * 64])
    assert found
    assert (found.filed, found.replaced) == (Filed.SHOWN, True)


def test_changed_and_missing_proofs_and_sealed_files_are_named(
    session: Session, tmp_path: Path
) -> None:
    accepted_on_paper(session, tmp_path)
    made_up = 2  # the Word file and the PDF of these stories are no files
    assert len(check_files(session, tmp_path).faults) == made_up
    (tmp_path / "K-1/x.scan.pdf").write_bytes(b"another scan")
    (tmp_path / "K-1/x.sealed.pdf").unlink()
    report = check_files(session, tmp_path)
    assert report.checked == 4
    named = {fault.where: fault.what for fault in report.faults}
    assert "differs" in named["K-1/x.scan.pdf"]
    assert "missing" in named["K-1/x.sealed.pdf"]
