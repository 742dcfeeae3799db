"""Whether a client's contract tells of surveys and the right to object."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.job import JOB
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.db.models.documents import ClientDecision, Document, DocumentVersion, Outcome
from acctflows.documents.acceptance import accepted_on
from acctflows.documents.wording import long_date


def survey_notice(session: Session, client_id: int, agency: AgencyProfile) -> str:
    """The latest accepted contract with the notice of § 7 (3) no. 4 UWG, as evidence of it.

    Args:
        session: For looking only.
        client_id: Whose contract.
        agency: In whose language and calendar it is said.

    Returns:
        Such as ``V-2026-0001, 3 March 2026``; empty where there is no such contract.
    """
    accepted = session.scalars(
        sa.select(ClientDecision)
        .join(ClientDecision.version)
        .join(DocumentVersion.document)
        .where(
            Document.client_id == client_id,
            Document.kind == JOB.kind.name,
            ClientDecision.outcome == Outcome.ACCEPTED,
        )
        .order_by(ClientDecision.decided_at.desc())
    )
    for decision in accepted:
        version = decision.version
        if ContractSnapshot.model_validate(version.snapshot).terms.survey_notice:
            day = accepted_on(version, ZoneInfo(agency.timezone))
            return f"{version.document.number}, {long_date(day, agency.language)}"
    return ""
