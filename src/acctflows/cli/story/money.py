"""Money: a fee is invoiced, paid in part, followed up twice, promised, and paid."""

import os
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from acctflows.cli.story.bank import Credit, statement
from acctflows.cli.story.stage import Story
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.receivables import DunningLetter, Invoice
from acctflows.delivery.acts import ACT_KINDS
from acctflows.money import Money

ISSUE = "issue-invoices/Issue invoices"
IMPORT = "import-statements/Import bank statements"
FOLLOW_UP = "follow-up-invoices/Follow up invoices"
PROMISE = "record-promise/Record a promise to pay"


@dataclass(frozen=True)
class Bill:
    """An invoice as the story tells of it."""

    id: int
    number: str
    gross: Money
    due_on: date
    client_id: int
    payer: str


def issue(story: Story, day: date) -> list[Bill]:
    """Issue what is due on that day; all invoices of that day."""
    story.chapter("Invoices", f"as of {day}")
    run = story.perform("Invoices are being issued", ISSUE, f"issue/{day}", as_of=f"{day}")
    story.say(run.message, story.run_page(run))
    bills = issued_on(story, day)
    for bill in bills:
        _tell(story, bill)
    return bills


def issued_on(story: Story, day: date) -> list[Bill]:
    """The invoices of that day, in the order of their numbers."""
    return _bills(story, Invoice.issued_on == day)


def issued_for_acts(story: Story) -> list[Bill]:
    """The invoices of all accepted acts, which the acceptance has started."""

    def mailed() -> list[Bill] | None:
        accepted = select(DocumentVersion.document_id).join(DocumentVersion.document)
        accepted = accepted.where(
            Document.kind.in_(ACT_KINDS), DocumentVersion.state == VersionState.ACCEPTED
        )
        with story.app.database.reading() as session:
            acts = set(session.scalars(accepted))
        bills = _bills(story, Invoice.act_id.in_(acts), Invoice.sent_on.is_not(None))
        return bills if len(bills) == len(acts) else None

    bills = story.wait("The invoices are being issued", mailed)
    for bill in bills:
        _tell(story, bill)
    return bills


def _bills(story: Story, *which: ColumnElement[bool]) -> list[Bill]:
    query = select(Invoice).join(Invoice.document).where(*which).order_by(Document.number)
    loaded = (joinedload(Invoice.document), joinedload(Invoice.client))
    with story.app.database.reading() as session:
        return [
            Bill(
                each.id,
                each.document.number,
                Money(each.gross_minor, each.currency),
                each.due_on,
                each.client_id,
                each.client.legal_name,
            )
            for each in session.scalars(query.options(*loaded))
        ]


def _tell(story: Story, bill: Bill) -> None:
    story.say(
        f"Invoice [bold]{bill.number}[/] to {bill.payer}: {bill.gross.format('en')}, "
        f"due {bill.due_on}",
        story.desk(f"documents/{bill.number}"),
    )


def bank_says(story: Story, until: date, *received: Credit) -> None:
    """The bank's statement up to that day comes into the inbox and is taken in."""
    story.chapter("Bank", f"statement up to {until}")
    key = f"bank/{until}"
    data = statement(story.app.agency, until=until, received=received)
    _put(story.app.bank_inbox, f"camt053-{until}.xml", data)
    run = story.perform("The bank's file is being taken in", IMPORT, key)
    for each in received:
        story.say(f"{each.payer} has paid {each.amount.format('en')}: “{each.text}”")
    story.say(run.message, story.desk("payments"))


def _put(inbox: Path, name: str, data: bytes) -> None:
    """Lay a finished file into the inbox, unless it was taken from there before."""
    if (inbox / "taken" / name).exists():
        return
    inbox.mkdir(parents=True, exist_ok=True)
    part = inbox / f"{name}.part"
    part.write_bytes(data)
    saved = time.time() - 60  # the inbox lets a file rest that has only just changed
    os.utime(part, (saved, saved))
    part.replace(inbox / name)


def follow_up(story: Story, day: date, *, again: bool = False) -> None:
    """Follow up as of that day; what the run says it did."""
    story.chapter("Follow-up", f"as of {day}")
    key = f"follow-up/{day}{'/again' if again else ''}"
    run = story.perform("Invoices are being followed up", FOLLOW_UP, key, as_of=f"{day}")
    story.say(run.message, story.run_page(run))


def approve_letters(story: Story) -> None:
    """The manager approves the letters that wait for her, on the desk."""
    waiting = (
        select(DocumentVersion)
        .join(DunningLetter, DunningLetter.document_id == DocumentVersion.document_id)
        .where(DocumentVersion.state == VersionState.IN_APPROVAL)
        .options(joinedload(DocumentVersion.document))
    )
    with story.app.database.reading() as session:
        versions = list(session.scalars(waiting))
    for version in versions:
        page = f"approvals/{version.id}"
        story.press(page, page, decision="approve")
        number = version.document.number
        story.say(
            f"{story.manager.name} has approved {number} on the desk",
            story.desk(f"documents/{number}"),
        )


def promise(story: Story, bill: Bill, *, given_on: date, pay_by: date) -> None:
    """The client promises to pay the rest; nothing is sent until that day has passed."""
    form = {
        "invoice": bill.number,
        "given_on": f"{given_on}",
        "pay_by": f"{pay_by}",
        "note": "Am Telefon zugesagt: Die Überweisung ist für den Freitag vorgemerkt.",
    }
    run = story.perform(
        "The promise is being noted", PROMISE, f"promise/{bill.number}", promise=form
    )
    story.say(run.message, story.desk(f"clients/{bill.client_id}/reminders"))
