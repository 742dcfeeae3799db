"""Whether the files in the folder of documents are still those that were registered."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion
from acctflows.documents.store import read_checked
from acctflows.errors import AcctflowsError


@dataclass(frozen=True)
class FilesReport:
    """How many files were compared, and what is wrong with which."""

    checked: int
    faults: list[AcctflowsError]


def check_files(session: Session, root: Path) -> FilesReport:
    """Compare every registered Word file and PDF with its SHA-256.

    Args:
        session: For reading.
        root: The folder of documents.
    """
    version = DocumentVersion
    query = select(version.docx_path, version.docx_sha256, version.pdf_path, version.pdf_sha256)
    checked, faults = 0, []
    for docx_path, docx_sha256, pdf_path, pdf_sha256 in session.execute(query.order_by(version.id)):
        for path, sha256 in ((docx_path, docx_sha256), (pdf_path, pdf_sha256)):
            if not path:
                continue
            checked += 1
            try:
                read_checked(root, path, sha256)
            except AcctflowsError as fault:
                faults.append(fault)
    return FilesReport(checked, faults)
