"""The desk: who may sign in, what waits for a person, and which Prefect runs wait for it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt
from acctflows.db.models.agency import Project, Specialist
from acctflows.db.models.documents import DocumentVersion
from acctflows.db.models.kinds import enum_column


class Role(StrEnum):
    """What a user of the desk may do: everything, settle matters, or look only."""

    ADMIN = "admin"
    MANAGER = "manager"
    READER = "reader"


class WaitingFor(StrEnum):
    """Whose word a suspended Prefect run waits for."""

    APPROVAL = "approval"
    CLIENT = "client"


class User(Base):
    """Someone who signs in to the desk; made by the command line."""

    __tablename__ = "desk_user"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = enum_column(Role)
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[str] = mapped_column(String(200))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class DeskSession(Base):
    """A signed-in browser; only the hash of its cookie is stored."""

    __tablename__ = "desk_session"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class SignInAttempt(Base):
    """A failed sign-in, counted per visitor and per account."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    ip: Mapped[str] = mapped_column(String(45), index=True)
    """Address or network; ``browser …`` for one in which the account signed in before."""
    at: Mapped[datetime] = mapped_column(index=True)


class WorkItem(Base):
    """Something a person must settle; ``key`` makes it once, ``outcome`` closes it."""

    __tablename__ = "work_item"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("document_version.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("specialist.id"), index=True)
    detail: Mapped[str]
    """The words a person wrote (the reason of a decline, the comment of a rework)."""
    due_on: Mapped[date | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    settled_by: Mapped[str] = mapped_column(String(200), default="")
    outcome: Mapped[str] = mapped_column(default="")

    version: Mapped[DocumentVersion | None] = relationship()
    project: Mapped[Project | None] = relationship()
    owner: Mapped[Specialist | None] = relationship()


class WaitingRun(Base):
    """A suspended Prefect flow run that goes on when a person has decided about a version."""

    __tablename__ = "waiting_run"

    flow_run_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    waiting_for: Mapped[WaitingFor] = enum_column(WaitingFor, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("document_version.id"), index=True)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)

    version: Mapped[DocumentVersion] = relationship()
