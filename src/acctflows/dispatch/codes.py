"""Mails a signer the code with which they accept."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from acctflows.db.models.documents import AccessLink, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.signing import MailCode
from acctflows.dispatch.jobs import DocumentJob
from acctflows.dispatch.letters import (
    Office,
    mail_key,
    mail_language,
    write_to_client,
)
from acctflows.documents import codes

MAIL = "signing_code"


def mail_code(
    session: Session,
    link: AccessLink,
    token: str,
    *,
    job: DocumentJob,
    office: Office,
    now: datetime,
) -> OutboxMail:
    """A new code for what the link shows, and the mail that brings it; hand it over at once.

    It expires with the code: nobody gets one that is of no use any more.

    Args:
        session: Open transaction that holds the lock of the version (`acceptance.still_open`).
        link: Through which it is asked for.
        token: The link's.
        job: Of the document's kind.
        office: Who writes.
        now: The present moment.

    Raises:
        TooManyCodesError: When that person was mailed too many.
    """
    made, code = codes.make_code(session, link, token, now=now)
    version, contact = link.version, link.contact
    language = mail_language(contact.language, version.document.language)
    until = made.expires_at.astimezone(ZoneInfo(office.agency.timezone))
    context = {"kind": job.kind.title(language), "code": code, "until": f"{until:%H:%M}"}
    return write_to_client(
        session,
        version,
        contact,
        template=MAIL,
        key=mail_key(version, f"code/{made.id}"),
        language=language,
        context=context,
        job=job,
        office=office,
        now=now,
        expires_at=made.expires_at,
    )


def still_wanted(session: Session, mail: OutboxMail) -> bool:
    """Whether a code may still go out: nobody has answered, and no newer one took its place.

    Asked right before it is sent; that it has not expired, the outbox sees to.

    Args:
        session: For looking only.
        mail: A mail that `mail_code` made.
    """
    made = session.get(MailCode, int(mail.dedup_key.rpartition("/")[2]))
    if made is None or made.link.version.state is not VersionState.SENT:
        return False
    return made.link.revoked_at is None and codes.is_newest(session, made)
