"""Contracts: the agreement of a project, whose versions are documents."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import Document


class Contract(Base):
    """The contract of a project; ``reference`` tells several of one project apart."""

    __tablename__ = "contract"
    __table_args__ = (UniqueConstraint("project_id", "reference"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    reference: Mapped[str] = mapped_column(String(60), default="main")
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    created_at: Mapped[datetime]

    project: Mapped[Project] = relationship()
    document: Mapped[Document] = relationship()
