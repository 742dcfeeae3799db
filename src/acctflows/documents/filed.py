"""Whether the files of documents and templates are still those that were registered."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion
from acctflows.db.models.signing import Proof, SealedFile
from acctflows.db.models.templates import TemplateVersion
from acctflows.documents.store import read_checked
from acctflows.documents.template_files import read_kept
from acctflows.errors import AcctflowsError


@dataclass(frozen=True)
class FilesReport:
    """How many files were compared, and what is wrong with which."""

    checked: int
    faults: list[AcctflowsError]


def check_files(session: Session, root: Path) -> FilesReport:
    """Compare every registered file with its SHA-256: Word and PDF, sealed ones and proofs.

    Args:
        session: For reading.
        root: The folder of documents.
    """
    return _report(partial(read_checked, root, path, sha256) for path, sha256 in _files(session))


def check_templates(session: Session, kept: Path) -> FilesReport:
    """Compare the kept bytes of every version of a Word template with their SHA-256.

    Args:
        session: For reading.
        kept: The folder that keeps them.
    """
    versions = session.scalars(select(TemplateVersion.sha256).order_by(TemplateVersion.id))
    return _report(partial(read_kept, kept, sha256) for sha256 in versions)


def _report(checks: Iterable[Callable[[], object]]) -> FilesReport:
    checked, faults = 0, []
    for check in checks:
        checked += 1
        try:
            check()
        except AcctflowsError as fault:
            faults.append(fault)
    return FilesReport(checked, faults)


def _files(session: Session) -> Iterator[tuple[str, str]]:
    """Path and SHA-256 of every file, in the order they were made."""
    version = DocumentVersion
    for query in (
        select(version.docx_path, version.docx_sha256).order_by(version.id),
        select(version.pdf_path, version.pdf_sha256).order_by(version.id),
        select(SealedFile.path, SealedFile.sha256).order_by(SealedFile.version_id),
        select(Proof.path, Proof.sha256).order_by(Proof.id),
    ):
        for path, sha256 in session.execute(query):
            if path:
                yield path, sha256
