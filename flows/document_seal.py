"""The accepted document with its evidence, sealed: made once, however often it is asked for."""

from prefect.logging import get_run_logger

from acctflows.app import App, load_app
from acctflows.db.models.documents import DocumentVersion
from acctflows.db.models.signing import SealedFile
from acctflows.documents.proofs import file_proof
from acctflows.documents.sealed_files import record_seal
from acctflows.documents.staging import fetch, let_go, put_aside
from acctflows.documents.store import read_checked, write_once
from flows.document_file import load_version, staging
from flows.steps import step


@step("Seal the document", again=True)
def seal_document(version_id: int) -> None:
    """Put the evidence of the acceptance behind the document and seal both, once."""
    get_run_logger().info("version %s: %s", version_id, seal_version(load_app(), version_id))


def seal_version(app: App, version_id: int) -> str:
    """Seal an accepted version and file it; what was sealed before is only filed. Its path.

    Killed at any point, the next call finds what is registered: its bytes are put aside until they
    are filed. Two at once make two seals, of which the first registered one counts.

    Raises:
        ConfigurationError: The agency's seal cannot be used.
    """
    with app.database.reading() as session:
        version = load_version(session, version_id)
        sealed, decision = version.sealed, version.decision
        proof = decision.proof if decision else None
    if proof is not None:  # whoever recorded it may have been killed before it was filed
        file_proof(app.docs_out, app.unfinished, proof)
    ours = ""
    if sealed is None:
        sealed, ours = _seal(app, version_id)
    if not (app.docs_out / sealed.path).is_file():
        write_once(app.docs_out, sealed.path, fetch(staging(app), sealed.sha256))
    let_go(staging(app), sealed.sha256, ours)
    return sealed.path


def read_sealed(app: App, version: DocumentVersion) -> bytes | None:
    """The sealed file, checked against the register; None while there is none."""
    if version.sealed is None:
        return None
    return read_checked(app.docs_out, version.sealed.path, version.sealed.sha256)


def _seal(app: App, version_id: int) -> tuple[SealedFile, str]:
    """What is registered in the end, and the hash of what this run has put aside."""
    from acctflows.dispatch import sealing  # noqa: PLC0415 — only who seals waits for pyHanko

    with app.database.reading() as session:
        acceptance = sealing.read_acceptance(
            session,
            load_version(session, version_id),
            docs_out=app.docs_out,
            url=f"{app.portal_url}/verify",
        )
    key = app.seal_key()
    made = sealing.seal_acceptance(
        acceptance, house=app.house(), seal_key=key, timestamps=app.timestamps()
    )
    ours = put_aside(staging(app), made.file.pdf)
    with app.database.transaction() as session:
        version = load_version(session, version_id)
        sealed = record_seal(
            session,
            version,
            path=app.path_of(version, made.ending),
            sha256=made.file.sha256,
            certificate_sha256=key.fingerprint,
            timestamped=made.file.timestamped,
            note=made.file.note,
            actor="acctflows",
            now=app.clock.now(),
        )
    return sealed, ours
