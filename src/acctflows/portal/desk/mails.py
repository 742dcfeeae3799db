"""Mails: what went out, what is in doubt, what failed, and a person's word about it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import defer
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.dispatch.codes import MAIL as CODE_MAIL
from acctflows.documents.codes import DIGITS
from acctflows.mail import outbox
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.lines import Action, Found, Line
from acctflows.portal.desk.listing import WishDep, chosen, containing, page_of
from acctflows.portal.fields import FormFields
from acctflows.portal.state import Portal, PortalDep

router = APIRouter()

LONGEST_REASON = 2_000

_CODE = re.compile(rf"\b[0-9]{{{DIGITS}}}\b")


@dataclass(frozen=True)
class MailText:
    """What a stored mail says."""

    text: str
    attachments: tuple[str, ...]


def doubtful_mails(portal: Portal) -> Found:
    """Mails the server may or may not have taken."""
    with portal.app.database.reading() as session:
        return Found(
            [
                _line(mail, *_posts(mail, portal.app.clock.now()))
                for mail in outbox.doubtful(session)
            ]
        )


def failed_mails(portal: Portal) -> Found:
    """Mails that were refused for good or tried too often."""
    with portal.app.database.reading() as session:
        return Found(
            [_line(mail, *_posts(mail, portal.app.clock.now())) for mail in outbox.failed(session)]
        )


def words_for(mail: OutboxMail, now: datetime) -> list[str]:
    """What a person may say of the mail, the likeliest first; one too old is not sent any more."""
    words = {
        MailState.UNKNOWN: ["was_sent", "send_again", "was_not_sent"],
        MailState.FAILED: ["retry", "give_up"],
    }.get(mail.state, [])
    sending = () if outbox.may_go_out(mail, now) else ("send_again", "retry")
    return [word for word in words if word not in sending]


def _posts(mail: OutboxMail, now: datetime) -> list[Action]:
    address = f"/desk/mails/{mail.id}/settle"
    asks = {"give_up": "reason"}
    return [
        Action(
            word,
            address,
            post=True,
            fields={"word": word},
            asks=asks.get(word, ""),
            main=at == 0,
        )
        for at, word in enumerate(words_for(mail, now))
    ]


def _line(mail: OutboxMail, *actions: Action) -> Line:
    return Line(
        client=mail.recipient_name or mail.recipient,
        matter=mail.subject,
        address=f"/desk/mails/{mail.id}",
        since=mail.created_at,
        actions=actions,
        detail=mail.error or mail.server_reply,
    )


@router.api_route("/mails", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def list_mails(request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep) -> Response:
    """The outbox, newest first."""
    query = select(OutboxMail).options(defer(OutboxMail.raw)).order_by(OutboxMail.id.desc())
    wanted = chosen(MailState, wish.state)
    if wanted:
        query = query.where(OutboxMail.state == wanted)
    if wish.words:
        searched = (OutboxMail.recipient_name, OutboxMail.recipient, OutboxMail.subject)
        query = query.where(containing(wish.words, *searched, OutboxMail.matter))
    with portal.app.database.reading() as session:
        mails = page_of(session, query, wish.page)
    return show(
        request,
        portal,
        visitor,
        "desk/mails.html",
        section="mails",
        listing=mails,
        state=wanted,
        states=list(MailState),
    )


@router.api_route("/mails/{mail_id}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_mail(request: Request, portal: PortalDep, visitor: VisitorDep, mail_id: Id) -> Response:
    """One mail: its words as they were frozen, and every attempt to deliver it."""
    with portal.app.database.reading() as session:
        mail = session.get(OutboxMail, mail_id)
        if mail is None:
            raise HTTPException(404)
        return show(
            request,
            portal,
            visitor,
            "desk/mail.html",
            section="mails",
            mail=mail,
            said=_to_show(mail),
            actions=_posts(mail, portal.app.clock.now()),
        )


@router.post("/mails/{mail_id}/settle")
@allow(Permission.SETTLE)
def settle(portal: PortalDep, visitor: VisitorDep, mail_id: Id, fields: FormFields) -> Response:
    """A person's word: it was sent, send it again, it was not sent, try again, or give up."""
    word, by, now = fields.text("word"), visitor.signature, portal.app.clock.now()
    with portal.app.database.transaction() as session:
        if word in ("was_sent", "send_again"):
            outbox.settle_doubtful(session, mail_id, was_sent=word == "was_sent", by=by, now=now)
        elif word == "was_not_sent":
            outbox.was_not_sent(session, mail_id, by=by, now=now)
        elif word == "retry":
            outbox.retry_failed(session, mail_id, by=by, now=now)
        elif word == "give_up":
            reason = fields.text("reason")[:LONGEST_REASON]
            outbox.cancel(session, mail_id, by=by, reason=reason, now=now)
        else:
            raise HTTPException(400)
    return go_on("/desk/", done=word)


def _to_show(mail: OutboxMail) -> MailText:
    """What may be read of it: a code is for its recipient alone, as our own mail says."""
    said = read_mail(mail.raw)
    return (
        replace(said, text=_CODE.sub("••••••", said.text)) if mail.template == CODE_MAIL else said
    )


def read_mail(raw: bytes) -> MailText:
    """The text and the names of the attachments of a stored mail."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)  # noqa: S101 — the policy decides the type
    body = message.get_body(("plain",))
    names = (part.get_filename() or "" for part in message.iter_attachments())
    return MailText(text=body.get_content() if body else "", attachments=tuple(names))
