"""What a job room tells the house about its kind of document, so that all kinds go one way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.db.models.documents import ClientDecision, DocumentVersion
from acctflows.documents.clauses import AgreedWording
from acctflows.documents.fonts import FontSet
from acctflows.documents.kinds import DocumentKind
from acctflows.money import Money


@dataclass(frozen=True)
class Addressed:
    """Who is to answer a document.

    Args:
        contact_id: The contact's row.
        name: As the document names them.
        language: The document's own, for a contact whose language no mail is written in.
        answer_days: How many days the link is open.
    """

    contact_id: int
    name: str
    language: str
    answer_days: int


def no_pictures(_version: DocumentVersion, _fonts: FontSet) -> dict[str, bytes]:
    """For kinds whose Word template has no picture of the document's own."""
    return {}


def nobody(_version: DocumentVersion) -> tuple[Addressed, ...]:
    """For kinds that one person answers."""
    return ()


def as_written(_version: DocumentVersion) -> tuple[AgreedWording, ...]:
    """For kinds whose words are the template's."""
    return ()


def no_amount(_version: DocumentVersion) -> Money | None:
    """For kinds that name no amount."""
    return None


def never(_version: DocumentVersion) -> bool:
    """For kinds whose client must speak."""
    return False


@dataclass(frozen=True, kw_only=True)
class WordJob:
    """A kind of document as its Word template and the checks of its PDF need it.

    Args:
        kind: The kind.
        word_context: The values its Word template places.
        must_appear: What a reader must find in the finished PDF.
        pictures: Names of the template's pictures to the PNG files that take their place.
        wordings: Words that were agreed on in the place of the template's.
    """

    kind: DocumentKind
    word_context: Callable[[DocumentVersion], dict[str, Any]]
    must_appear: Callable[[DocumentVersion], list[str]]
    pictures: Callable[[DocumentVersion, FontSet], dict[str, bytes]] = no_pictures
    wordings: Callable[[DocumentVersion], tuple[AgreedWording, ...]] = as_written


@dataclass(frozen=True, kw_only=True)
class DocumentJob(WordJob):
    """A kind of document the client answers, as mailing and following up need it.

    Args:
        mails: First part of its mails' names, which kinds may share: ``<mails>_invitation``,
            ``<mails>_accepted`` (the client's copy), ``<mails>_accepted_news``,
            ``<mails>_declined`` and, where a client may object, ``<mails>_objected`` (to the
            manager).
        addressed: Who is to answer a version; of several signers, the first.
        co_signers: Who signs after them, in order.
        amount: What it is about, gross where it names that; None where it names no amount.
        summary: The facts a manager decides on, as a Markdown table in English.
        mail_facts: What its mails name besides number and version, in a language.
        accepted: What follows an acceptance in the agency's records.
        silence_accepts: Whether a person may judge that silence counts as acceptance.
    """

    mails: str
    addressed: Callable[[DocumentVersion], Addressed]
    summary: Callable[[DocumentVersion], str]
    mail_facts: Callable[[DocumentVersion, str], dict[str, Any]]
    accepted: Callable[[Session, DocumentVersion, datetime], None]
    silence_accepts: Callable[[DocumentVersion], bool] = never
    co_signers: Callable[[DocumentVersion], tuple[Addressed, ...]] = nobody
    amount: Callable[[DocumentVersion], Money | None] = no_amount

    def signers(self, version: DocumentVersion) -> tuple[Addressed, ...]:
        """All who must sign a version, in order."""
        return (self.addressed(version), *self.co_signers(version))

    def next_signer(self, version: DocumentVersion) -> Addressed | None:
        """Whose turn it is; None when all have signed."""
        return next(iter(self.signers(version)[len(version.consents) :]), None)

    def signs_last(self, version: DocumentVersion) -> bool:
        """Whether whoever signs next is the last who must."""
        return len(version.consents) + 1 >= len(self.signers(version))

    @property
    def invitation(self) -> str:
        """Template of the mail that asks the client."""
        return f"{self.mails}_invitation"

    @property
    def copy(self) -> str:
        """Template of the mail that brings the client their copy."""
        return f"{self.mails}_accepted"

    def news(self, decision: ClientDecision) -> str:
        """Template of the mail that tells the manager of the decision."""
        ending = {"accepted": "accepted_news"}.get(decision.outcome, decision.outcome)
        return f"{self.mails}_{ending}"
