"""``acctflows mail``: what waits, what is in doubt, and a person's word about it."""

import getpass
import socket
import sys
from datetime import timedelta
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from acctflows.app import App
from acctflows.cli.opening import open_app
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.deliver import DeliveryReport
from acctflows.mail.message import build_message, mail_address
from acctflows.mail.sender import agency_sender
from acctflows.mail.smtp import Outcome

Language = Literal["de", "en"]

app = cyclopts.App(name="mail", help="The outbox: what waits, what is in doubt, what was sent.")


@app.command(name="list")
def list_mails(
    *, state: MailState | None = None, limit: Annotated[int, Parameter(name=["--limit", "-n"])] = 50
) -> None:
    """List the newest mails and how many there are in each state.

    Args:
        state: Only mails in this state.
        limit: How many.
    """
    application = open_app()
    with application.database.reading() as session:
        counts = session.execute(
            select(OutboxMail.state, func.count()).group_by(OutboxMail.state)
        ).all()
        newest = select(OutboxMail).order_by(OutboxMail.id.desc()).limit(limit)
        if state is not None:
            newest = newest.where(OutboxMail.state == state)
        mails = list(session.scalars(newest))
    _print_mails(application, mails)
    summary = ", ".join(f"{count} {each.value}" for each, count in sorted(counts))
    print(summary or "The outbox is empty.")


@app.command
def doubtful() -> None:
    """List mails of which nobody knows whether the server took them."""
    application = open_app()
    with application.database.reading() as session:
        mails = outbox.doubtful(session)
    if not mails:
        print("No mail is in doubt.")
        return
    _print_mails(application, mails)
    print(
        "Ask the recipient, or look for the Message-ID in your mail server's log. Then:\n"
        "  acctflows mail sent ID     it did arrive\n"
        "  acctflows mail again ID    it did not: send it again\n"
        "  acctflows mail unsent ID   it did not, and shall not any more (as when it is too old)"
    )


@app.command
def sent(mail_id: int) -> None:
    """Note that a doubtful mail did arrive.

    Args:
        mail_id: Number of the mail, as `acctflows mail doubtful` shows it.
    """
    _settle(mail_id, was_sent=True)


@app.command
def again(mail_id: int) -> None:
    """Send a doubtful mail again, because it did not arrive.

    Args:
        mail_id: Number of the mail, as `acctflows mail doubtful` shows it.
    """
    _settle(mail_id, was_sent=False)


@app.command
def unsent(mail_id: int) -> None:
    """Note that a doubtful mail did not arrive and leave it so; a reminder then never happened.

    Args:
        mail_id: Number of the mail, as `acctflows mail doubtful` shows it.
    """
    application = open_app()
    with application.database.transaction() as session:
        mail = outbox.was_not_sent(session, mail_id, by=_me(), now=application.clock.now())
    print(f"Mail {mail.id} to {mail.recipient} is noted as not sent.")


@app.command
def retry(mail_id: int) -> None:
    """Queue a failed mail again, because its reason is removed.

    Args:
        mail_id: Number of the mail, as `acctflows mail list --state failed` shows it.
    """
    application = open_app()
    with application.database.transaction() as session:
        mail = outbox.retry_failed(session, mail_id, by=_me(), now=application.clock.now())
    print(f"Mail {mail.id} to {mail.recipient} is queued again.")


@app.command
def deliver(*, limit: int = 1000) -> None:
    """Send what is due, now.

    Args:
        limit: Most mails of this sweep.
    """
    report = open_app().sweep_outbox(limit=limit)
    _print_report(report)
    if report.stopped is not None:
        raise report.stopped


@app.command(name="test")
def send_test(address: str, *, language: Language | None = None) -> None:
    """Send a test mail past the outbox and show what the server says.

    Args:
        address: Where to.
        language: The agency's own when not given.
    """
    application = open_app()
    now = application.clock.now()
    chosen = language or application.agency.language
    sender = agency_sender(application.agency, language=chosen)
    context = {
        "sender": sender,
        "sent_on": f"{application.clock.local(now):%d.%m.%Y, %H:%M}",
        "link": application.portal_url,
    }
    raw = build_message(
        compose("test", language=chosen, context=context, templates=application.templates),
        key=f"test/{address}/{now.isoformat()}",
        matter="test",
        sender=sender,
        recipient=("", address),
        attachments=(),
        date=now,
    )
    with application.mailer() as mailer:
        handover = mailer.deliver(mail_address(address), raw)
        print(f"{handover.outcome.value}: {mailer.host}:{mailer.port} says: {handover.words}")
    if handover.outcome is not Outcome.SENT:
        sys.exit(1)


def _settle(mail_id: int, *, was_sent: bool) -> None:
    application = open_app()
    now = application.clock.now()
    with application.database.transaction() as session:
        mail = outbox.settle_doubtful(session, mail_id, was_sent=was_sent, by=_me(), now=now)
    words = "is noted as sent" if was_sent else "is queued again"
    print(f"Mail {mail.id} to {mail.recipient} {words}.")


def _me() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _print_mails(application: App, mails: list[OutboxMail]) -> None:
    table = Table("ID", "State", "Queued", "To", "Subject", "Tries", "Last words", box=None)
    for mail in mails:
        state = mail.state.value
        if mail.state is MailState.QUEUED and mail.not_before - mail.created_at > timedelta(0):
            state += f" until {application.clock.local(mail.not_before):%d.%m. %H:%M}"
        queued = f"{application.clock.local(mail.created_at):%d.%m.%Y %H:%M}"
        words = mail.error or mail.server_reply
        row = (str(mail.id), state, queued, mail.recipient, mail.subject, str(mail.attempts), words)
        table.add_row(*row)
    if mails:
        Console().print(table, highlight=False, markup=False)


def _print_report(report: DeliveryReport) -> None:
    lists = {
        "sent": report.sent,
        "queued again": report.queued_again,
        "failed": report.failed,
        "in doubt (see `acctflows mail doubtful`)": report.doubtful,
        "cancelled": report.cancelled,
    }
    for words, mails in lists.items():
        for mail in mails:
            print(f"{words}: {mail.mail_id} to {mail.recipient}, “{mail.subject}”: {mail.words}")
    if report.held_back:
        print("The limit per minute (ACCTFLOWS_MAIL_PER_MINUTE) is reached; the rest waits.")
    if not any(lists.values()) and report.stopped is None:
        print("Nothing is due.")
