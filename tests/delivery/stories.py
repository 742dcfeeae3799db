"""Acts at the points of their life that tests begin at."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import MilestoneState, Project
from acctflows.db.models.documents import AccessLink, ClientDecision, DocumentVersion, Outcome
from acctflows.delivery.acts import draft_act
from acctflows.delivery.job import ACCEPTANCE, ACTIVITY
from acctflows.delivery.subject import Period, Subject
from acctflows.delivery.terms import ActTerms
from acctflows.dispatch.closing import close_decision
from acctflows.dispatch.letters import Office
from acctflows.dispatch.sending import queue_invitation
from acctflows.documents import acceptance
from acctflows.documents.acceptance import NamedDefect
from tests.contracts.stories import PORTAL, approve
from tests.contracts.variants import TEMPLATES
from tests.factories import NOW, TODAY, make_project, make_work_record

OCTOBER = Period.month("2026-10")
JOBS = {"acceptance": ACCEPTANCE, "activity": ACTIVITY}


def finished(session: Session, **given: Any) -> Project:
    """A project whose first milestone was finished yesterday, with an hour and a half of work."""
    project = make_project(session, **given)
    milestone = project.milestones[0]
    milestone.state, milestone.done_on = MilestoneState.DONE, date(2026, 11, 22)
    make_work_record(session, project, milestone=milestone)
    return project


def worked(session: Session, **given: Any) -> Project:
    """A project with work of its service contract in October."""
    project = make_project(session, **given)
    care = project.services[1].service
    make_work_record(session, project, service=care, done_on=date(2026, 10, 7))
    return project


def draft(
    session: Session,
    project: Project,
    subject: Subject,
    agency: AgencyProfile,
    *,
    today: date = TODAY,
    now: datetime = NOW,
    asked: datetime | None = None,
    **terms: Any,
) -> DocumentVersion:
    """The act of that milestone or period, drafted."""
    return draft_act(
        session,
        agency=agency,
        project=project,
        subject=subject,
        terms=ActTerms(**terms),
        actor="lena",
        now=now,
        today=today,
        asked=asked,
    )


def send(session: Session, version: DocumentVersion, agency: AgencyProfile) -> AccessLink:
    """The act approved and sent; the client's link."""
    approve(session, version)
    office = Office(agency, TEMPLATES, PORTAL)
    job = JOBS[version.document.kind]
    queue_invitation(session, version, job=job, office=office, now=NOW, attach_pdf=None)
    return session.scalars(sa.select(AccessLink).where(AccessLink.version_id == version.id)).one()


def decide(
    session: Session,
    version: DocumentVersion,
    agency: AgencyProfile,
    outcome: Outcome,
    *,
    reason: str = "",
    defects: tuple[NamedDefect, ...] = (),
) -> ClientDecision:
    """The act approved, sent, decided by the client and followed up."""
    decision = acceptance.record_decision(
        session,
        send(session, version, agency),
        outcome=outcome,
        name="Käthe Brünning",
        function="Geschäftsführerin",
        reason=reason,
        defects=defects,
        consent_text="",
        consent_language="de",
        ip="192.0.2.7",
        user_agent="Browser",
        now=NOW,
    )
    job, office = JOBS[version.document.kind], Office(agency, TEMPLATES, PORTAL)
    close_decision(session, decision, job=job, office=office, pdf=None, now=NOW)
    return decision
