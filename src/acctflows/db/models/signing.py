"""How a document is negotiated and signed: objections, several signers, codes, proofs, seals."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt
from acctflows.db.models.documents import AccessLink, ClientDecision, DocumentVersion, Means
from acctflows.db.models.kinds import enum_column


class Reply(StrEnum):
    """What the agency says to an objection: yes, other words of its own, or why not."""

    ACCEPT = "accept"
    COUNTER = "counter"
    EXPLAIN = "explain"


class Objection(Base):
    """What a client wants to read differently in a clause, and what the agency answered."""

    __tablename__ = "objection"
    __table_args__ = (UniqueConstraint("decision_id", "position"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("client_decision.id"), index=True)
    position: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    """As the document numbers the clause, such as ``§ 7 (2)``; empty where it has no number."""
    heading: Mapped[str] = mapped_column(String(400))
    original: Mapped[str]
    """What the clause said."""
    proposal: Mapped[str] = mapped_column(default="")
    """What the client wants it to say; empty where they only say why."""
    reason: Mapped[str] = mapped_column(default="")
    reply: Mapped[Reply | None] = enum_column(Reply)
    reply_text: Mapped[str] = mapped_column(default="")
    """The agency's own words of the clause, or its explanation."""
    replied_by: Mapped[str] = mapped_column(String(200), default="")
    replied_at: Mapped[datetime | None]

    decision: Mapped[ClientDecision] = relationship(back_populates="objections")


class ClauseVariant(Base):
    """Words of a clause that were agreed once and may be used again."""

    __tablename__ = "clause_variant"
    __table_args__ = (UniqueConstraint("kind", "language", "name"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(100))
    heading: Mapped[str] = mapped_column(String(400))
    original: Mapped[str]
    text: Mapped[str]
    objection_id: Mapped[int] = mapped_column(ForeignKey("objection.id"))
    """In answer to which it was agreed."""
    kept_by: Mapped[str] = mapped_column(String(200))
    kept_at: Mapped[datetime]

    objection: Mapped[Objection] = relationship()


class SignerConsent(Base):
    """The acceptance of a signer after whom others sign; the last one's is the decision."""

    __tablename__ = "signer_consent"
    __table_args__ = (UniqueConstraint("version_id", "position"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("document_version.id"))
    position: Mapped[int]
    link_id: Mapped[int] = mapped_column(ForeignKey("access_link.id"), unique=True)
    means: Mapped[Means] = enum_column(Means)
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200), default="")
    consent_text: Mapped[str]
    consent_language: Mapped[str] = mapped_column(String(2))
    sha256: Mapped[str] = mapped_column(String(64))
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(400))
    given_at: Mapped[datetime]

    version: Mapped[DocumentVersion] = relationship(back_populates="consents")
    link: Mapped[AccessLink] = relationship()


class MailCode(Base):
    """A code mailed to a signer, which shows that they read that mailbox now.

    Only its hash is stored, together with that of the document it is for.
    """

    __tablename__ = "mail_code"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("access_link.id"), index=True)
    code_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the file it was asked for."""
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]

    link: Mapped[AccessLink] = relationship()


class SealedFile(Base):
    """The accepted document with its evidence, sealed; one for each accepted version."""

    __tablename__ = "sealed_file"

    version_id: Mapped[int] = mapped_column(ForeignKey("document_version.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(400))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    timestamped: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    """What could not be done, such as a time stamp whose service did not answer."""
    sealed_at: Mapped[datetime]

    version: Mapped[DocumentVersion] = relationship(back_populates="sealed")


class ProofKind(StrEnum):
    """What a file shows that the client has sent or signed elsewhere."""

    SCAN = "scan"
    SIGNED_PDF = "signed_pdf"


class Proof(Base):
    """A file that shows how a client decided outside of our page: a scan, a signed PDF."""

    __tablename__ = "proof"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("client_decision.id"), unique=True)
    kind: Mapped[ProofKind] = enum_column(ProofKind)
    path: Mapped[str] = mapped_column(String(400))
    sha256: Mapped[str] = mapped_column(String(64))
    findings: Mapped[list[str]]
    """What was found in checking it, in sentences."""
    signed_on: Mapped[date | None]
    """Day of the signature; None where it was recorded before these days were kept here."""
    received_on: Mapped[date | None]
    """Day on which it came to the agency, and the acceptance took effect (§ 130 (1) BGB)."""
    added_by: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]

    decision: Mapped[ClientDecision] = relationship(back_populates="proof")
