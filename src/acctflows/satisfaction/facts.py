"""Gathers what the rules must know before a contact is asked or reminded."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.agency import Contact, Project, SurveyBasis
from acctflows.db.models.surveys import Survey
from acctflows.satisfaction.asking import AskFacts
from acctflows.satisfaction.job import Standing


def same_address(session: Session, contact: Contact, *, lock: bool = False) -> list[Contact]:
    """Every record of the contact's address, at whichever client.

    An objection belongs to the address (Art. 21 (2) GDPR), and so does the quiet period.

    Args:
        session: The transaction.
        contact: One of them.
        lock: Whether nobody else may ask or object meanwhile.
    """
    query = (
        sa.select(Contact)
        .where(sa.func.lower(Contact.email) == contact.email.lower())
        .order_by(Contact.id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(query))


def has_objected(records: Iterable[Contact]) -> bool:
    """Whether any record of an address says that its owner wants no surveys."""
    return any(record.opted_out_at is not None for record in records)


def gather(
    session: Session,
    project: Project,
    contact: Contact,
    *,
    questionnaire: str,
    standing: Standing,
    lock: bool = False,
) -> AskFacts:
    """What is known now of this contact and this project.

    Args:
        session: The transaction.
        project: What would be asked about.
        contact: Who would be asked.
        questionnaire: Name of the survey.
        standing: Of the client.
        lock: Whether nobody else may ask the contact or change these facts until the end of the
            transaction.
    """
    records = same_address(session, contact, lock=lock)
    surveys = session.execute(
        sa.select(Survey.questionnaire, Survey.project_id, Survey.contact_id, Survey.invited_at)
        .where(Survey.contact_id.in_([record.id for record in records]))
        .order_by(Survey.invited_at)
    ).all()
    mine = (questionnaire, project.id, contact.id)
    return AskFacts(
        stage=project.stage,
        closed_on=project.closed_on,
        already_asked=any(tuple(asked)[:3] == mine for asked in surveys),
        basis=SurveyBasis(contact.survey_basis),
        evidence=contact.survey_evidence,
        basis_on=contact.survey_basis_on,
        notice_in_contract=bool(standing.notice),
        opted_out=has_objected(records),
        active=contact.archived_at is None and project.client.archived_at is None,
        last_asked_at=surveys[-1].invited_at if surveys else None,
        open_dispute=bool(standing.dispute),
        dunning_level=standing.dunning_level,
    )
