"""Surveys: who was asked about which project on what legal basis, and what they answered."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt
from acctflows.db.models.agency import Contact, Project


class Survey(Base):
    """A contact asked once about a project; ``questionnaire`` names its file of questions."""

    __tablename__ = "survey"
    __table_args__ = (UniqueConstraint("questionnaire", "project_id", "contact_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    questionnaire: Mapped[str] = mapped_column(String(40))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    invited_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """From this moment on the links take no answer."""
    basis: Mapped[str] = mapped_column(String(40))
    """The SurveyBasis on which the contact was asked, as it was on that day."""
    basis_on: Mapped[date | None]
    evidence: Mapped[str] = mapped_column(default="")
    """How the basis could be proven on that day; an objection or a change later leaves it."""
    questions: Mapped[dict[str, Any] | None]
    """The questionnaire it was sent with: its answers are read with these questions for ever. None
    where the contact was asked before they were kept."""
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Answer by id of its question; empty until there is one."""
    score: Mapped[int | None]
    """The answer to the question that stands in the mail."""
    unsubscribed_at: Mapped[datetime | None]
    """When the contact objected to surveys through a link of this one."""

    project: Mapped[Project] = relationship()
    contact: Mapped[Contact] = relationship()
    links: Mapped[list["SurveyLink"]] = relationship(
        back_populates="survey", order_by="SurveyLink.number"
    )


class SurveyLink(Base):
    """A link of the survey, one per mail; only the hash of its token is stored."""

    __tablename__ = "survey_link"
    __table_args__ = (UniqueConstraint("survey_id", "number"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    """0 for the invitation, 1 for the first reminder and so on: none is made twice."""
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]

    survey: Mapped[Survey] = relationship(back_populates="links")
