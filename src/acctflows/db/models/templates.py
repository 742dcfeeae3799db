"""The versions of the Word templates."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from acctflows.db.base import Base, BigInt
from acctflows.db.models.kinds import enum_column


class TemplateSource(StrEnum):
    """How a version of a template came to us: saved in the folder, or uploaded on the desk."""

    FOLDER = "folder"
    UPLOAD = "upload"


class TemplateVersion(Base):
    """Bytes that are or were a kind's Word template in a language; kept for ever.

    One of each kind and language is active. The times are those of the last time it was; the audit
    trail tells of all.
    """

    __tablename__ = "template_version"
    __table_args__ = (
        UniqueConstraint("kind", "language", "number"),
        UniqueConstraint("kind", "language", "sha256"),
        Index(
            "uq_template_version_active",
            "kind",
            "language",
            unique=True,
            sqlite_where=text("active_since is not null and ended_at is null"),
            postgresql_where=text("active_since is not null and ended_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[TemplateSource] = enum_column(TemplateSource)
    note: Mapped[str] = mapped_column(default="")
    """What is new in it, in the words of who uploaded it."""
    added_by: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
    active_since: Mapped[datetime | None]
    activated_by: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        """Whether new documents are written with it."""
        return self.active_since is not None and self.ended_at is None
