"""Documents at each point of their life, for the tests of the register and its neighbours."""

import hashlib
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from acctflows.db.models.documents import ApprovalDecision, Document, DocumentVersion
from acctflows.documents import access_links, approval, register
from tests.factories import NOW, make_project

MANAGER = "Lena Hansen"
_serial = count(1)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def open_contract(session: Session, **given: Any) -> Document:
    values: dict[str, Any] = {
        "kind": "contract",
        "key": f"contract/P-2026-{next(_serial):03}/main",
        "project": given["project"] if "project" in given else make_project(session),
        "language": "de",
        "title": "Vertrag über den Relaunch moewe.example",
        "actor": MANAGER,
        "now": NOW,
        "year": 2026,
    }
    values |= given
    if "client" not in values:
        values["client"] = values["project"].client
    return register.open_document(session, **values)


def draft(session: Session, document: Document | None = None, **snapshot: Any) -> DocumentVersion:
    return register.add_version(
        session,
        document or open_contract(session),
        snapshot=snapshot or {"fee_minor": 1_200_050},
        template_name="contract/de.docx",
        actor=MANAGER,
        now=NOW,
    )


def file_version(session: Session, version: DocumentVersion, **given: Any) -> None:
    stem = f"{version.document.number}-v{version.version}"
    values: dict[str, Any] = {
        "template_sha256": sha256("template"),
        "docx_path": f"K-1001/2026/{stem}.docx",
        "docx_sha256": sha256(f"{stem} docx"),
        "pdf_path": f"K-1001/2026/{stem}.pdf",
        "pdf_sha256": sha256(f"{stem} pdf"),
        "pdf_engine": "LibreOffice 7.4",
        "pdf_note": "",
        "pages": 4,
        "actor": MANAGER,
        "now": NOW,
    }
    register.record_files(session, version, **values | given)


def in_approval(session: Session, document: Document | None = None) -> DocumentVersion:
    version = draft(session, document)
    file_version(session, version)
    approval.ask_approval(session, version, actor=MANAGER, now=NOW)
    return version


def approved(session: Session, document: Document | None = None) -> DocumentVersion:
    version = in_approval(session, document)
    approval.decide_approval(
        session,
        version,
        decision=ApprovalDecision.APPROVE,
        sha256=version.shown_sha256,
        by=MANAGER,
        comment="",
        now=NOW,
    )
    return version


def sent(session: Session, document: Document | None = None) -> tuple[DocumentVersion, str]:
    """A version at the client's, and the token of its link."""
    version = approved(session, document)
    signer = version.document.client.contacts[0]
    _link, token = access_links.invite(session, version, signer, now=NOW, valid_days=14)
    return version, token
