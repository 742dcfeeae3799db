"""The page of a link whose time is over: until when it worked, and whom to ask for another."""

from datetime import datetime
from typing import Self

from fastapi import Request
from starlette.responses import Response

from acctflows.db.models.agency import Specialist
from acctflows.db.models.documents import AccessLink, VersionState
from acctflows.documents.kinds import find_kind
from acctflows.portal.state import portal_of
from acctflows.portal.texts import choose_language


class ExpiredLinkError(Exception):
    """A link was opened whose time is over; carries what its holder is told.

    Args:
        kind: Of the document.
        number: Of the document.
        at: Until when the link worked.
        answered: Whether nobody waits for an answer any more.
        manager: Whom to ask; None where the document belongs to no project.
        language: The reader's own.
    """

    def __init__(
        self,
        kind: str,
        number: str,
        *,
        at: datetime,
        answered: bool,
        manager: Specialist | None,
        language: str,
    ) -> None:
        super().__init__(f"the link to {number} has expired")
        self.kind, self.number = kind, number
        self.at, self.answered = at, answered
        self.manager, self.language = manager, language

    @classmethod
    def of(cls, link: AccessLink) -> Self:
        """What the link, still in its session, tells."""
        version = link.version
        document = version.document
        return cls(
            document.kind,
            document.number,
            at=link.expires_at,
            answered=version.state is not VersionState.SENT,
            manager=document.project.manager if document.project else None,
            language=choose_language(link.contact.language, document.language),
        )


def tell_expired(request: Request, error: Exception) -> Response:
    """The page, gone for good (410)."""
    if not isinstance(error, ExpiredLinkError):  # the handler's type is Starlette's
        raise error
    language = choose_language(request.query_params.get("lang"), error.language)
    return portal_of(request).pages.show(
        "client/expired.html",
        language,
        status=410,
        expired=error,
        kind=find_kind(error.kind).title(language),
    )
