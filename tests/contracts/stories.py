"""Contracts at the points of their life that tests begin at."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.drafting import draft_contract
from acctflows.contracts.job import JOB
from acctflows.contracts.life import begin, find_contract
from acctflows.contracts.terms import ContractTerms
from acctflows.db.models.agency import Project
from acctflows.db.models.contracts import Contract
from acctflows.db.models.documents import (
    AccessLink,
    ApprovalDecision,
    ClientDecision,
    DocumentVersion,
    Outcome,
)
from acctflows.db.models.mail import OutboxMail
from acctflows.dispatch.letters import Office
from acctflows.dispatch.sending import queue_invitation
from acctflows.documents import register
from acctflows.documents.acceptance import record_decision
from acctflows.documents.approval import ask_approval, decide_approval
from acctflows.documents.objections import RaisedObjection
from tests.contracts.variants import TEMPLATES
from tests.factories import NOW, TODAY, make_project

PDF = b"%PDF-1.7 a small one"
SHA256 = "b" * 64
PORTAL = "https://portal.nordlicht-digital.example"


def draft(
    session: Session, project: Project, agency: AgencyProfile, **terms: Any
) -> DocumentVersion:
    """The contract of the project, drafted."""
    return draft_as(session, project, agency, **terms)


def draft_as(
    session: Session,
    project: Project,
    agency: AgencyProfile,
    *,
    reference: str = "main",
    today: date = TODAY,
    **terms: Any,
) -> DocumentVersion:
    """A contract of the project under that reference, drafted on that day."""
    return draft_contract(
        session,
        agency=agency,
        project=project,
        terms=ContractTerms(**terms),
        reference=reference,
        actor="lena",
        now=NOW,
        today=today,
    )


def approve(session: Session, version: DocumentVersion) -> None:
    """Files made, shown to a manager and approved."""
    register.record_files(
        session,
        version,
        template_sha256="a" * 64,
        docx_path="contract.docx",
        docx_sha256="c" * 64,
        pdf_path="contract.pdf",
        pdf_sha256=SHA256,
        pdf_engine="dxpdf",
        pdf_note="",
        pages=5,
        actor="lena",
        now=NOW,
    )
    ask_approval(session, version, actor="lena", now=NOW)
    decide_approval(
        session,
        version,
        decision=ApprovalDecision.APPROVE,
        sha256=SHA256,
        by="lena",
        comment="",
        now=NOW,
    )


def approved(session: Session, agency: AgencyProfile, **given: Any) -> DocumentVersion:
    """An approved contract of a new project."""
    version = draft(session, make_project(session, **given), agency)
    approve(session, version)
    return version


def invite(
    session: Session,
    version: DocumentVersion,
    agency: AgencyProfile,
    pdf: bytes | None = PDF,
) -> OutboxMail:
    """The invitation to the approved contract."""
    return queue_invitation(
        session,
        version,
        job=JOB,
        office=Office(agency, TEMPLATES, PORTAL),
        now=NOW,
        attach_pdf=pdf,
    )


OBJECTION = RaisedObjection(
    number="§ 12 (2)",
    heading="Haftung",
    original="Bei einfacher Fahrlässigkeit haftet sie nicht.",
    proposal="Bei einfacher Fahrlässigkeit haftet sie bis 50.000 €.",
    reason="Das verlangt unsere Versicherung.",
)


def decide(
    session: Session,
    version: DocumentVersion,
    outcome: Outcome,
    reason: str = "",
    objections: Sequence[RaisedObjection] = (OBJECTION,),
) -> ClientDecision:
    """The client's decision through the newest link."""
    links = session.query(AccessLink).filter_by(version_id=version.id)
    link = links.order_by(AccessLink.id.desc()).first()
    assert link is not None
    return record_decision(
        session,
        link,
        outcome=outcome,
        name="Käthe Brünning",
        function="Geschäftsführerin",
        reason=reason,
        objections=objections if outcome is Outcome.OBJECTED else (),
        consent_text="Ich nehme an.",
        consent_language="de",
        ip="192.0.2.7",
        user_agent="Browser",
        now=NOW,
    )


def concluded(
    session: Session, agency: AgencyProfile, *, project: Project | None = None, **terms: Any
) -> DocumentVersion:
    """A contract that the client has accepted and whose first term is on record."""
    version = draft(session, project or make_project(session), agency, **terms)
    approve(session, version)
    invite(session, version, agency)
    decide(session, version, Outcome.ACCEPTED)
    begin(session, version, now=NOW)
    return version


def contract_of(session: Session, version: DocumentVersion) -> Contract:
    """The contract whose document the version belongs to."""
    return find_contract(session, version.document.number)
