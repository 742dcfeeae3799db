"""What was asked of whom how often: an invitation, and the reminders that repeat it.

Tokens are stored as hashes only, so a reminder carries a link of its own. It ends when the link of
its invitation ends, while another invitation begins a deadline anew: by that they are told apart.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from acctflows.db.models.documents import AccessLink, DocumentVersion
from acctflows.documents import access_links
from acctflows.documents.access_links import TOKEN_BYTES, token_hash
from acctflows.documents.versions import record_event


@dataclass(frozen=True)
class Invitation:
    """One contact, asked once, until one moment.

    Args:
        link: Of the invitation itself.
        reminders: Links of its reminders, oldest first.
    """

    link: AccessLink
    reminders: list[AccessLink] = field(default_factory=list)

    @property
    def links(self) -> list[AccessLink]:
        """All its links, oldest first."""
        return [self.link, *self.reminders]

    def is_open(self, now: datetime) -> bool:
        """Whether its links work: neither expired nor taken back."""
        return self.link.revoked_at is None and now < self.link.expires_at

    def is_signed(self, version: DocumentVersion) -> bool:
        """Whether a signer, before whom others sign, has signed through one of its links."""
        return any(consent.link in self.links for consent in version.consents)


def invitations(session: Session, version: DocumentVersion) -> list[Invitation]:
    """Everything that was asked about the version, oldest first, whether it is over or not."""
    return told_apart(access_links.links_to(session, version))


def told_apart(links: Sequence[AccessLink]) -> list[Invitation]:
    """The invitations behind all links to a version, which come oldest first."""
    found: list[Invitation] = []
    for link in links:
        repeated = next((each for each in reversed(found) if _repeats(link, each.link)), None)
        if repeated is None:
            found.append(Invitation(link))
        else:
            repeated.reminders.append(link)
    return found


def _repeats(link: AccessLink, first: AccessLink) -> bool:
    same = (link.contact_id, link.expires_at) == (first.contact_id, first.expires_at)
    return same and link.created_at > first.created_at


def add_reminder(
    session: Session, invitation: Invitation, *, by: str, now: datetime
) -> tuple[AccessLink, str]:
    """A further link for the contact of an invitation, which ends when it does.

    It asks for a code if that did, and that goes on working. Call it in the transaction that queues
    the mail and holds the version's lock.

    Returns:
        The link, and its token for the address in the mail.
    """
    first, token = invitation.link, secrets.token_urlsafe(TOKEN_BYTES)
    link = AccessLink(
        token_sha256=token_hash(token),
        version=first.version,
        contact=first.contact,
        created_at=now,
        expires_at=first.expires_at,
        asks_code=first.asks_code,
    )
    session.add(link)
    session.flush()
    invitation.reminders.append(link)
    record_event(
        session,
        first.version,
        "invitation.reminded",
        actor=by,
        now=now,
        recipient=first.contact.email,
        expires_at=link.expires_at.isoformat(),
    )
    return link, token
