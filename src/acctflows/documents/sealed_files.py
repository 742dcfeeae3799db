"""The sealed file of an accepted version, noted once."""

from datetime import datetime

from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.signing import SealedFile
from acctflows.documents.versions import lock_version, record_event, require_state


def record_seal(
    session: Session,
    version: DocumentVersion,
    *,
    path: str,
    sha256: str,
    certificate_sha256: str,
    timestamped: bool,
    note: str,
    actor: str,
    now: datetime,
) -> SealedFile:
    """Note the sealed file of an accepted version: the first one; a later one is not taken.

    No two seals are alike, so whoever comes second finds what the first has noted and files that.

    Args:
        session: The transaction.
        version: Accepted.
        path: Where it lies, relative to the folder of documents.
        sha256: Of the sealed file.
        certificate_sha256: Of the certificate it is sealed with.
        timestamped: Whether a time-stamp service vouches for the moment.
        note: What could not be done.
        actor: Who sealed it.
        now: When.

    Raises:
        ConflictError: When the version is not accepted.
    """
    lock_version(session, version)
    if version.sealed is not None:
        return version.sealed
    require_state(version, VersionState.ACCEPTED, todo="only what was accepted is sealed")
    sealed = SealedFile(
        version=version,
        path=path,
        sha256=sha256,
        certificate_sha256=certificate_sha256,
        timestamped=timestamped,
        note=note,
        sealed_at=now,
    )
    session.add(sealed)
    session.flush()
    record_event(
        session,
        version,
        "version.sealed",
        actor=actor,
        now=now,
        path=path,
        sha256=sha256,
        certificate_sha256=certificate_sha256,
        timestamped=timestamped,
        note=note,
    )
    return sealed
