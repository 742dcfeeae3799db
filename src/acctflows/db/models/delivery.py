"""Delivery: the work that was done, from which acts and project reports are made."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt, Fixed
from acctflows.db.models.agency import Milestone, Project, Service, Specialist, Unit
from acctflows.db.models.documents import Document
from acctflows.db.models.kinds import enum_column


class WorkRecord(Base):
    """Work done on one day; ``reference`` is the agency's own key, as of a time tracker."""

    __tablename__ = "work_record"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    reference: Mapped[str] = mapped_column(String(80), unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"))
    specialist_id: Mapped[int | None] = mapped_column(ForeignKey("specialist.id"))
    done_on: Mapped[date] = mapped_column(index=True)
    quantity: Mapped[Decimal] = mapped_column(Fixed(6))
    unit: Mapped[Unit] = enum_column(Unit, default=Unit.HOUR)
    note: Mapped[str] = mapped_column(default="")
    billable: Mapped[bool] = mapped_column(default=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    """The act that reports the work, claimed when it is drafted: nothing is reported twice."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    project: Mapped[Project] = relationship()
    service: Mapped[Service | None] = relationship()
    milestone: Mapped[Milestone | None] = relationship()
    specialist: Mapped[Specialist | None] = relationship()
    document: Mapped[Document | None] = relationship()
