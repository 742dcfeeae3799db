"""Contracts: the agreement of a project, whose versions are documents, its terms and notices."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import Document
from acctflows.db.models.kinds import enum_column


class Agreement(StrEnum):
    """What kind of agreement a contract is.

    An order (Einzelauftrag) is made under a framework contract (Rahmenvertrag), which agrees on no
    services itself; a change order (Änderungsauftrag) changes what a contract agrees on.
    """

    SINGLE = "single"
    FRAMEWORK = "framework"
    ORDER = "order"
    CHANGE = "change"


class NoticeParty(StrEnum):
    """Who gives notice."""

    AGENCY = "agency"
    CLIENT = "client"


class NoticeChannel(StrEnum):
    """How a notice came; the contract asks for text form, so a call is none."""

    EMAIL = "email"
    LETTER = "letter"
    HANDED_OVER = "handed_over"
    OTHER = "other"


class Contract(Base):
    """The contract of a project; ``reference`` tells several of one project apart."""

    __tablename__ = "contract"
    __table_args__ = (UniqueConstraint("project_id", "reference"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    reference: Mapped[str] = mapped_column(String(60), default="main")
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    created_at: Mapped[datetime]
    agreement: Mapped[Agreement] = enum_column(Agreement, default=Agreement.SINGLE)
    refers_to_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), index=True)
    """The framework contract of an order, the contract a change order changes."""
    concluded_at: Mapped[datetime | None]
    """When its acceptance was put on record, and its first term with it."""

    refers_to: Mapped["Contract | None"] = relationship(
        back_populates="referring", remote_side="Contract.id"
    )
    referring: Mapped[list["Contract"]] = relationship(
        back_populates="refers_to", order_by="Contract.id"
    )
    project: Mapped[Project] = relationship()
    document: Mapped[Document] = relationship()
    terms: Mapped[list["ContractTerm"]] = relationship(
        back_populates="contract", order_by="ContractTerm.number"
    )
    notices: Mapped[list["ContractNotice"]] = relationship(
        back_populates="contract", order_by="ContractNotice.id"
    )


class ContractTerm(Base):
    """A term that began: the first with the contract, every further one by tacit renewal.

    A notice that is recorded after its day ends the contract before terms that are on record; they
    stay as what was believed then, and the notice says so.
    """

    __tablename__ = "contract_term"
    __table_args__ = (UniqueConstraint("contract_id", "number"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    number: Mapped[int]
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    """None where the term has no end of its own."""
    recorded_at: Mapped[datetime]

    contract: Mapped[Contract] = relationship(back_populates="terms")


class ContractNotice(Base):
    """A notice of either side; one that is withdrawn counts no more, but stays."""

    __tablename__ = "contract_notice"
    __table_args__ = (
        Index(
            "uq_contract_notice_standing",
            "contract_id",
            "party",
            "received_on",
            unique=True,
            sqlite_where=text("withdrawn_at is null"),
            postgresql_where=text("withdrawn_at is null"),
        ),
        Index("ix_contract_notice_contract_id", "contract_id"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    party: Mapped[NoticeParty] = enum_column(NoticeParty)
    received_on: Mapped[date]
    channel: Mapped[NoticeChannel] = enum_column(NoticeChannel)
    note: Mapped[str] = mapped_column(default="")
    """What it says, why it ends the contract early, where the letter or its scan is kept."""
    ends_on: Mapped[date]
    """Last day of the contract by this notice."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str] = mapped_column(String(200), default="")
    withdrawn_note: Mapped[str] = mapped_column(default="")

    contract: Mapped[Contract] = relationship(back_populates="notices")
