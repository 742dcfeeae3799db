"""The mail that carries a letter about open invoices, with the letter and copies as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.db.models.documents import DocumentVersion
from acctflows.db.models.mail import OutboxMail
from acctflows.dispatch.letters import MOST_ATTACHED, Office, mail_key, matter
from acctflows.documents.wording import long_date
from acctflows.mail import outbox
from acctflows.mail.compose import compose
from acctflows.mail.outbox import Attachment
from acctflows.mail.sender import agency_sender
from acctflows.receivables.follow_up.dunning_items import Role
from acctflows.receivables.follow_up.dunning_snapshot import DunningSnapshot, LetterItem
from acctflows.receivables.follow_up.dunning_words import (
    invoice_words,
    payment_words,
    standing_words,
)
from acctflows.receivables.invoices.invoice_words import short_date
from acctflows.receivables.payment_code import spaced


@dataclass(frozen=True)
class Copy:
    """A file that may go along: the letter itself, or a copy of an invoice.

    Args:
        number: Of the document.
        pdf: Its bytes.
    """

    number: str
    pdf: bytes

    @property
    def attachment(self) -> Attachment:
        """The file as it stands in the mail."""
        return Attachment(name=f"{self.number}.pdf", content=self.pdf, media_type="application/pdf")


def fitting(files: Sequence[Copy], most: int = MOST_ATTACHED) -> list[Copy]:
    """The files that go along: each in order that still fits into the mail."""
    chosen, room = [], most
    for file in files:
        if len(file.pdf) <= room:
            chosen.append(file)
            room -= len(file.pdf)
    return chosen


def queue_mail(
    session: Session,
    version: DocumentVersion,
    snapshot: DunningSnapshot,
    *,
    office: Office,
    files: Sequence[Copy],
    now: datetime,
    expires_at: datetime,
) -> OutboxMail:
    """Queue the mail that carries a letter, once per version.

    Args:
        session: The transaction that counts the letter as sent.
        version: Of the letter.
        snapshot: Its facts.
        office: Who writes.
        files: What goes along.
        now: The present moment.
        expires_at: After that it is too old to be sent.
    """
    writer, reader = snapshot.writer, snapshot.reader
    sender = agency_sender(
        office.agency,
        language=snapshot.language,
        name=writer.name,
        phone=writer.phone,
        email=writer.email,
    )
    context = mail_facts(snapshot, [file.number for file in files]) | {"sender": sender}
    return outbox.enqueue(
        session,
        key=mail_key(version, "letter"),
        template=snapshot.mail,
        matter=matter(version),
        sender=sender,
        recipient=(reader.name, reader.email),
        message=compose(
            snapshot.mail,
            language=snapshot.language,
            context=context,
            templates=office.templates,
        ),
        attachments=[file.attachment for file in files],
        now=now,
        reply_to=(writer.name, writer.email)
        if writer.email
        else (office.agency.short_name, office.agency.email),
        expires_at=expires_at,
    )


def mail_facts(snapshot: DunningSnapshot, attached: Sequence[str]) -> dict[str, Any]:
    """What the mail of a letter names, besides the sender.

    Args:
        snapshot: The letter.
        attached: Numbers of the documents that go along.
    """
    language = snapshot.language
    account = snapshot.supplier.account
    asked = [item.label for item in snapshot.asked]
    *payable, considered = payment_words(snapshot)
    return {
        "number": snapshot.number,
        "client": snapshot.recipient.legal_name,
        "greeting": snapshot.greeting,
        "due": long_date(snapshot.asked_until, language),
        "pay_by": long_date(snapshot.asked_until, language),
        "invoices": invoice_words(snapshot.demanded, language),
        "items": [_item_facts(snapshot, item) for item in snapshot.demanded],
        "others": [_item_facts(snapshot, item) for item in snapshot.others],
        "later": [_item_facts(snapshot, item) for item in snapshot.later],
        "credits": [
            {"label": item.label, "amount": snapshot.money(item.open_minor).format(language)}
            for item in snapshot.credits
        ],
        "to_pay": snapshot.money(snapshot.to_pay_minor).format(language),
        "earlier": " ".join(payable[1:]),
        "interest_name": snapshot.interest_name,
        "interest": _amount(snapshot, snapshot.interest_minor),
        "fee": _amount(snapshot, snapshot.fee_minor),
        "considered": considered,
        "account": {
            "holder": account.holder,
            "iban": spaced(account.iban),
            "bic": account.bic,
        },
        "reference": snapshot.reference or snapshot.purpose,
        "coded": isinstance(snapshot.payment_code, str),
        "copies": [number for number in asked if number in attached],
        "omitted": [number for number in asked if number not in attached],
    }


def _item_facts(snapshot: DunningSnapshot, item: LetterItem) -> dict[str, str]:
    language = snapshot.language
    return {
        "number": item.label,
        "due": short_date(item.due_on, language) if item.due_on else "",
        "amount": snapshot.money(item.open_minor).format(language),
        "level": standing_words(item, language) if item.role is not Role.NOT_DUE else "",
    }


def _amount(snapshot: DunningSnapshot, minor: int) -> str:
    return snapshot.money(minor).format(snapshot.language) if minor else ""
