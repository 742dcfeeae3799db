"""The client's invitation: how long its link works, what became of its mail, and a new one."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.app import JOBS, App
from acctflows.db.models.agency import Contact
from acctflows.db.models.desk import WaitingFor
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.dispatch import sending
from acctflows.dispatch.reminding import Planned, planned
from acctflows.dispatch.signing_policy import load_signing_policy
from acctflows.documents import access_links
from acctflows.documents.invitations import invitations
from acctflows.errors import ConfigurationError
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on
from acctflows.portal.desk.ids import Id
from acctflows.portal.fields import FormFields
from acctflows.portal.files import read_document
from acctflows.portal.state import PortalDep

router = APIRouter()


@dataclass(frozen=True)
class Invitation:
    """How it stands with a version at the client's.

    Args:
        until: Until when the link works; None when none does.
        mail: That carries the newest link; None where there is none.
        times: How often the client was invited.
        contacts: Whom it may be sent to.
        chosen: Id of the contact who has the newest link.
        asks_code: Whether accepting needs a code by mail.
        reminders: When they were and will be reminded.
    """

    until: datetime | None
    mail: OutboxMail | None
    times: int
    contacts: list[Contact]
    chosen: int
    asks_code: bool
    reminders: Planned


def read_invitation(
    app: App, session: Session, version: DocumentVersion, *, now: datetime
) -> Invitation | None:
    """How it stands with the invitation; None when no client's answer is waited for."""
    if version.document.kind not in JOBS or version.state is not VersionState.SENT:
        return None
    asked = invitations(session, version)
    newest = asked[-1].links[-1]
    return Invitation(
        until=access_links.open_until(session, version, now=now),
        mail=sending.latest_invitation(session, version),
        times=len(asked),
        contacts=[each for each in version.document.client.contacts if not each.archived_at],
        chosen=newest.contact_id,
        asks_code=newest.asks_code,
        reminders=_reminders(app, session, version, now),
    )


def _reminders(app: App, session: Session, version: DocumentVersion, now: datetime) -> Planned:
    try:
        policy = load_signing_policy(app.templates)
    except ConfigurationError:  # the sweep says so, and `acctflows doctor`
        return Planned([], None)
    return planned(session, version, policy=policy, office=app.office, now=now)


@router.post("/versions/{version_id}/invitation")
@allow(Permission.SETTLE)
def invite_again(
    portal: PortalDep, visitor: VisitorDep, version_id: Id, fields: FormFields
) -> Response:
    """Send the contact a new link, in place of the one before it."""
    app = portal.app
    contact_id, times = _whole(fields.text("contact")), _whole(fields.text("times"))
    with app.database.reading() as session:
        version = session.get(DocumentVersion, version_id)
        if version is None or version.document.kind not in JOBS:
            raise HTTPException(404)
        pdf = read_document(app.docs_out, version, "pdf") if version.pdf_path else None
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        contact = session.get(Contact, contact_id)
        if contact is None:
            raise HTTPException(404)
        sending.invite_again(
            session,
            version,
            contact,
            times=times,
            job=JOBS[version.document.kind],
            office=app.office,
            by=visitor.signature,
            now=app.clock.now(),
            attach_pdf=pdf,
        )
        number = version.document.number
    # It waits until the end of the link before; woken, it waits until the end of the new one.
    portal.resumer.wake(version_id, WaitingFor.CLIENT)
    return go_on(f"/desk/documents/{number}", done="invited")


def _whole(text: str) -> int:
    """A number our own form has sent.

    Raises:
        HTTPException: 400, it did not.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise HTTPException(400)
    return int(text)
