"""Sends invoices whose PDF is filed: asks for the approval the policy wants, then mails once."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.receivables import Invoice
from acctflows.dispatch.letters import (
    Office,
    attach,
    mail_key,
    matter,
    responsible_manager,
)
from acctflows.documents import register
from acctflows.documents.approval import ask_approval
from acctflows.documents.versions import lock_version
from acctflows.documents.wording import long_date
from acctflows.errors import ConflictError
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.sender import agency_sender
from acctflows.receivables.follow_up.dunning_policy import Approver
from acctflows.receivables.invoices.invoicing import read_invoice
from acctflows.receivables.invoices.invoicing_policy import InvoicingPolicy
from acctflows.receivables.parties import reader_of

ACTOR = "issue-invoices"


class Fate(StrEnum):
    """What became of an issued invoice."""

    SENT = "sent"
    WAITING = "waiting"
    """For a manager's approval."""
    REFUSED = "refused"
    """A manager rejected it or sent it back: it has its number and stays unsent."""


@dataclass(frozen=True)
class Sending:
    """What became of an invoice, and what the manager said about it."""

    fate: Fate
    comment: str = ""


def unsent_invoices(session: Session, *, client_id: int | None = None) -> list[int]:
    """Ids of the invoices for which no mail has been queued, oldest first."""
    query = sa.select(Invoice.id).where(Invoice.sent_on.is_(None)).order_by(Invoice.id)
    if client_id is not None:
        query = query.where(Invoice.client_id == client_id)
    return list(session.scalars(query))


def approved_invoices(session: Session) -> list[int]:
    """Ids of the invoices a manager has approved and nobody has sent yet, oldest first."""
    query = (
        sa.select(Invoice.id)
        .join(DocumentVersion, DocumentVersion.document_id == Invoice.document_id)
        .where(Invoice.sent_on.is_(None), DocumentVersion.state == VersionState.APPROVED)
    )
    return list(session.scalars(query.order_by(Invoice.id)))


def send_invoice(
    session: Session,
    invoice: Invoice,
    *,
    policy: InvoicingPolicy,
    office: Office,
    pdf: bytes,
    now: datetime,
    today: date,
) -> Sending:
    """Queue the mail with the invoice and note it as sent, in one; or ask for its approval.

    Args:
        session: The transaction of this invoice.
        invoice: Issued, its PDF filed.
        policy: Says who approves it, and with which mail it goes out.
        office: Who writes.
        pdf: The filed PDF, which goes along.
        now: The present moment.
        today: The agency's date.

    Raises:
        ConflictError: When the PDF is too large for a mail.
        InputError: When there is no address to send it to.
    """
    version = invoice.document.newest
    lock_version(session, version)
    session.refresh(invoice)
    if invoice.sent_on is not None:
        return Sending(Fate.SENT)
    if version.state in (VersionState.REJECTED, VersionState.REWORK):
        return Sending(Fate.REFUSED, version.approval.comment if version.approval else "")
    careful = policy.approver(of_act=invoice.act_id is not None) is Approver.MANAGER
    if version.state is VersionState.DRAFT and careful:
        ask_approval(session, version, actor=ACTOR, now=now)
    if version.state is VersionState.IN_APPROVAL:
        return Sending(Fate.WAITING)
    _queue_mail(session, invoice, version, policy=policy, office=office, pdf=pdf, now=now)
    register.mark_sent(session, version, actor=ACTOR, now=now)
    invoice.sent_on = today
    session.flush()
    return Sending(Fate.SENT)


def _queue_mail(
    session: Session,
    invoice: Invoice,
    version: DocumentVersion,
    *,
    policy: InvoicingPolicy,
    office: Office,
    pdf: bytes,
    now: datetime,
) -> OutboxMail:
    snapshot, manager = read_invoice(invoice), responsible_manager(version)
    reader = reader_of(invoice.client, snapshot.language)
    sender = agency_sender(
        office.agency,
        language=reader.language,
        name=manager.full_name,
        phone=manager.phone,
        email=manager.email,
    )
    attachments = attach(version, pdf)
    if not attachments:
        raise ConflictError(
            "the PDF is too large for a mail", where=snapshot.number, todo="send it by hand"
        )
    context = {
        "sender": sender,
        "greeting": reader.greeting,
        "number": snapshot.number,
        "client": snapshot.recipient.legal_name,
        "project": snapshot.references.project_title,
        "act": ", ".join(snapshot.references.act_numbers),
        "total": snapshot.money(snapshot.totals.due_minor).format(reader.language),
        "due": long_date(snapshot.terms.due_on, reader.language),
        "reference": snapshot.rf_reference,
        "coded": snapshot.currency == "EUR",
    }
    return outbox.enqueue(
        session,
        key=mail_key(version, "issued"),
        template=policy.mail,
        matter=matter(version),
        sender=sender,
        recipient=(reader.name, reader.email),
        message=compose(
            policy.mail, language=reader.language, context=context, templates=office.templates
        ),
        attachments=attachments,
        now=now,
        reply_to=(manager.full_name, manager.email),
    )
