"""Documents: numbers, versions, approvals, the client's decision and defects, the audit trail."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from acctflows.db.base import Base, BigInt
from acctflows.db.models.agency import Client, Contact, Project
from acctflows.db.models.kinds import enum_column

if TYPE_CHECKING:
    from acctflows.db.models.signing import Objection, Proof, SealedFile, SignerConsent


class VersionState(StrEnum):
    """The life of a version.

    ``superseded`` when a newer one took its place before a decision, ``objected`` when the client
    wants other words in it, ``withdrawn`` when the agency took it back before it was accepted.
    """

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    REWORK = "rework"
    REJECTED = "rejected"
    APPROVED = "approved"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OBJECTED = "objected"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class ApprovalDecision(StrEnum):
    """What a manager decides about a version."""

    APPROVE = "approve"
    REJECT = "reject"
    REWORK = "rework"


class Outcome(StrEnum):
    """What a client decides about a document.

    ``objected`` is an acceptance with other words, which refuses this version and proposes the next
    (§ 150 (2) BGB).
    """

    ACCEPTED = "accepted"
    DECLINED = "declined"
    OBJECTED = "objected"


class Means(StrEnum):
    """How a decision came to us.

    Through the link in the mail, with a code mailed besides, on paper, or as a PDF that was signed
    elsewhere (such as with a qualified electronic signature).
    """

    LINK = "link"
    CODE = "code"
    PAPER = "paper"
    SIGNED_PDF = "signed_pdf"


class NumberSeries(Base):
    """The last number given out, per kind and year."""

    __tablename__ = "number_series"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Document(Base):
    """A numbered document of a client; ``key`` is the business key that makes it once."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("kind", "number"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(40))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]

    client: Mapped[Client] = relationship()
    project: Mapped[Project | None] = relationship()
    versions: Mapped[list["DocumentVersion"]] = relationship(
        back_populates="document", order_by="DocumentVersion.version"
    )

    @property
    def newest(self) -> "DocumentVersion":
        """The version with the highest number."""
        return self.versions[-1]


class DocumentVersion(Base):
    """One frozen version: the snapshot it was made from and the bytes that were made."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "version"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    version: Mapped[int]
    state: Mapped[VersionState] = enum_column(VersionState, default=VersionState.DRAFT, index=True)
    snapshot: Mapped[dict[str, Any]]
    snapshot_sha256: Mapped[str] = mapped_column(String(64))
    template_name: Mapped[str] = mapped_column(String(200))
    template_sha256: Mapped[str] = mapped_column(String(64), default="")
    docx_path: Mapped[str] = mapped_column(String(400), default="")
    docx_sha256: Mapped[str] = mapped_column(String(64), default="")
    pdf_path: Mapped[str] = mapped_column(String(400), default="")
    pdf_sha256: Mapped[str] = mapped_column(String(64), default="")
    pdf_engine: Mapped[str] = mapped_column(String(60), default="")
    """Engine and version that made the PDF; empty when there is none."""
    pdf_note: Mapped[str] = mapped_column(default="")
    """Why there is no PDF, or what the checks remarked; empty when all is well."""
    pages: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))

    document: Mapped[Document] = relationship(back_populates="versions")
    approval: Mapped["Approval | None"] = relationship(back_populates="version")
    decision: Mapped["ClientDecision | None"] = relationship(back_populates="version")
    consents: Mapped[list["SignerConsent"]] = relationship(
        back_populates="version", order_by="SignerConsent.position"
    )
    sealed: Mapped["SealedFile | None"] = relationship(back_populates="version")

    @property
    def shown_sha256(self) -> str:
        """The hash a decision is bound to: that of the PDF, or of the Word file without one."""
        return self.pdf_sha256 or self.docx_sha256


class Approval(Base):
    """The one internal decision about a version, bound to the hash of what was shown."""

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("document_version.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    decision: Mapped[ApprovalDecision | None] = enum_column(ApprovalDecision)
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(default="")

    version: Mapped[DocumentVersion] = relationship(back_populates="approval")


class AccessLink(Base):
    """A client's link to one version; only the hash of its token is stored."""

    __tablename__ = "access_link"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("document_version.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    asks_code: Mapped[bool] = mapped_column(default=False)
    """Whether accepting through it needs a code that is mailed besides."""

    version: Mapped[DocumentVersion] = relationship()
    contact: Mapped[Contact] = relationship()


class ClientDecision(Base):
    """The one decision of the client about a version, with the evidence of how it was given."""

    __tablename__ = "client_decision"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("document_version.id"), unique=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("access_link.id"))
    """Through which the client came; None where it was given on paper or signed elsewhere."""
    means: Mapped[Means] = enum_column(Means, default=Means.LINK)
    outcome: Mapped[Outcome] = enum_column(Outcome)
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(default="")
    consent_text: Mapped[str]
    consent_language: Mapped[str] = mapped_column(String(2))
    sha256: Mapped[str] = mapped_column(String(64))
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(400))
    decided_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the follow-up work (copies, project stage) was done; None: the sweep still owes it."""

    version: Mapped[DocumentVersion] = relationship(back_populates="decision")
    link: Mapped[AccessLink | None] = relationship()
    objections: Mapped[list["Objection"]] = relationship(
        back_populates="decision", order_by="Objection.position"
    )
    defects: Mapped[list["Defect"]] = relationship(
        back_populates="decision", order_by="Defect.position"
    )
    proof: Mapped["Proof | None"] = relationship(back_populates="decision")


class Defect(Base):
    """A defect the client names when refusing to accept (§ 640 BGB), and how it was cured."""

    __tablename__ = "defect"
    __table_args__ = (UniqueConstraint("decision_id", "position"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("client_decision.id"), index=True)
    position: Mapped[int]
    place: Mapped[str] = mapped_column(String(200))
    """Where in the work it shows, in the client's words."""
    description: Mapped[str]
    cured_on: Mapped[date | None]
    cured_note: Mapped[str] = mapped_column(default="")

    decision: Mapped[ClientDecision] = relationship(back_populates="defects")


class AuditEntry(Base):
    """One entry of the append-only, hash-chained audit trail; ``seq`` counts without gaps."""

    __tablename__ = "audit_entry"

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(200), index=True)
    event: Mapped[str] = mapped_column(String(80))
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The one row that says where the chain ends, so that a cut-off end is noticed too."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInt)
    hash: Mapped[str] = mapped_column(String(64))
