"""Sends invoices whose PDF is filed: asks for the approval the policy wants, then mails once."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.receivables import Cancellation, Invoice
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
from acctflows.receivables.invoices.invoicing_policy import InvoicingPolicy
from acctflows.receivables.invoices.issuing import read_invoice
from acctflows.receivables.parties import reader_of

ACTOR = "issue-invoices"


class Fate(StrEnum):
    """What became of an issued invoice."""

    SENT = "sent"
    WAITING = "waiting"
    """For a manager's approval."""
    REFUSED = "refused"
    """A manager rejected it or sent it back: it stays unsent until it is cancelled."""
    KEPT = "kept"
    """It cancels an invoice that the client never got: it is filed and goes nowhere."""


@dataclass(frozen=True)
class Sending:
    """What became of an invoice, and what the manager said about it."""

    fate: Fate
    comment: str = ""


def unsent_invoices(session: Session, *, client_id: int | None = None) -> list[int]:
    """Ids of the invoices for which no mail has been queued and which are to go out, oldest first.

    Among them are those that cancel what the client never got, until they are filed.
    """
    query = _to_send()
    if client_id is not None:
        query = query.where(Invoice.client_id == client_id)
    return list(session.scalars(query))


def approved_invoices(session: Session) -> list[int]:
    """Ids of the unsent invoices a manager has approved, or made to cancel others, oldest first."""
    by_a_person = sa.or_(
        DocumentVersion.state == VersionState.APPROVED, Cancellation.invoice_id.is_not(None)
    )
    return list(session.scalars(_to_send().where(by_a_person)))


def _to_send() -> sa.Select[tuple[int]]:
    first = aliased(Invoice)
    return (
        sa.select(Invoice.id)
        .join(DocumentVersion, DocumentVersion.document_id == Invoice.document_id)
        .outerjoin(Cancellation, Cancellation.invoice_id == Invoice.id)
        .outerjoin(first, first.id == Cancellation.cancelled_id)
        .where(Invoice.sent_on.is_(None), Invoice.cancelled_on.is_(None))
        .where(
            sa.or_(first.id.is_(None), first.sent_on.is_not(None), DocumentVersion.pdf_sha256 == "")
        )
        .order_by(Invoice.id)
    )


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
    if invoice.cancelled_on is not None or (invoice.cancels and invoice.cancels.sent_on is None):
        return Sending(Fate.KEPT)
    if version.state in (VersionState.REJECTED, VersionState.REWORK):
        return Sending(Fate.REFUSED, version.approval.comment if version.approval else "")
    approver = policy.approver(of_act=invoice.act_id is not None)
    careful = approver is Approver.MANAGER and invoice.cancels is None
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
    template = policy.cancellation_mail if snapshot.cancels else policy.mail
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
        "pay": snapshot.totals.due_minor > 0,
        "deposit": snapshot.deposit,
        "cancelled": snapshot.cancels.number if snapshot.cancels else "",
        "reason": snapshot.cancels.reason if snapshot.cancels else "",
    }
    return outbox.enqueue(
        session,
        key=mail_key(version, "issued"),
        template=template,
        matter=matter(version),
        sender=sender,
        recipient=(reader.name, reader.email),
        message=compose(
            template, language=reader.language, context=context, templates=office.templates
        ),
        attachments=attachments,
        now=now,
        reply_to=(manager.full_name, manager.email),
    )
