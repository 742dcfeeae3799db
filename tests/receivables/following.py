"""A small world for the tests of the payment follow-up: rules, and a day's work without files."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile, load_agency
from acctflows.db.models.agency import Client, Contact
from acctflows.db.models.documents import ApprovalDecision, DocumentVersion, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.receivables import BankFile, BankStatement, DunningLetter, Invoice
from acctflows.db.session import Database
from acctflows.dispatch.letters import Office
from acctflows.documents import approval, register
from acctflows.documents.canonical import canonical_sha256
from acctflows.mail.deliver import Wait
from acctflows.receivables.follow_up.deciding import write_letters
from acctflows.receivables.follow_up.dunning_policy import Approver
from acctflows.receivables.follow_up.follow_up_rules import FollowUpRules, load_rules
from acctflows.receivables.follow_up.letter_mail import Copy
from acctflows.receivables.follow_up.letter_sending import (
    Sent,
    decided_letters,
    read_letter,
    send_letter,
    still_asks,
)
from acctflows.receivables.payments.bank_data import bank_data_as_of
from tests.conftest import ROOT
from tests.factories import make_client, make_contact, make_invoice

AGENCY = load_agency(ROOT / "templates" / "agency" / "agency.yaml")
RULES = load_rules(ROOT / "templates", AGENCY)
DUE = date(2026, 9, 1)  # a Tuesday
FIRST = date(2026, 9, 7)  # the Monday on which the first level is due
SECOND = date(2026, 9, 21)
"""A Monday, 14 days after the first letter."""


def moment(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(AGENCY.timezone))


@dataclass
class World:
    """The agency at work; every day it knows the payments of the business day before."""

    database: Database
    agency: AgencyProfile = AGENCY
    rules: FollowUpRules = RULES
    office: Office = field(
        default_factory=lambda: Office(AGENCY, ROOT / "templates", "https://portal.example")
    )

    def client(self, **given: object) -> Client:
        with self.database.transaction() as session:
            client = make_client(session, **given)
            contact: Contact = make_contact(session, client)
            assert contact in client.contacts
            return client

    def invoice(self, client: Client, **given: object) -> Invoice:
        values = {"due_on": DUE, "issued_on": date(2026, 8, 18), "sent_on": date(2026, 8, 18)}
        with self.database.transaction() as session:
            return make_invoice(session, session.merge(client), **(values | given))

    def pay(self, invoice: Invoice, minor: int | None = None) -> None:
        with self.database.transaction() as session:
            row = session.get_one(Invoice, invoice.id)
            row.open_minor -= row.open_minor if minor is None else minor

    def known(self, today: date) -> date:
        return self.rules.calendar.before(today)

    def last_look(self, session: Session, mail: OutboxMail, now: datetime) -> bool | Wait:
        """What the sweep is told before it hands the mail over, with the bank data of the day."""
        day = self.known(now.date())
        if bank_data_as_of(session) != day:
            make_statement(session, day)
            session.flush()
        return still_asks(session, mail, rules=self.rules, now=now)

    def decide(self, client: Client, today: date) -> list[int]:
        """Write what is due; ids of the letters written now."""
        with self.database.transaction() as session:
            letters = write_letters(
                session,
                client.id,
                rules=self.rules,
                agency=self.agency,
                today=today,
                bank_data_as_of=self.known(today),
                now=moment(today),
            )
            return [letter.id for letter in letters]

    def send(self, client: Client, today: date, *, approve: bool = True) -> list[Sent]:
        """File, have approved and send all that was decided."""
        with self.database.reading() as session:
            letters = decided_letters(session, [client.id])
        return [self.send_one(letter, today, approve=approve) for letter in letters]

    def send_one(self, letter_id: int, today: date, *, approve: bool = True) -> Sent:
        with self.database.transaction() as session:
            version = session.get_one(DunningLetter, letter_id).document.newest
            file_letter(session, version, today)
            if approve and version.state is VersionState.IN_APPROVAL:
                self.judge(session, version, ApprovalDecision.APPROVE, today)
        with self.database.transaction() as session:
            return send_letter(
                session,
                letter_id,
                rules=self.rules,
                office=self.office,
                today=today,
                bank_data_as_of=self.known(today),
                now=moment(today),
                pdf=b"%PDF",
                copies=[Copy("RE-1", b"%PDF")],
            )

    def judge(
        self, session: Session, version: DocumentVersion, decision: ApprovalDecision, today: date
    ) -> None:
        approval.decide_approval(
            session,
            version,
            decision=decision,
            sha256=version.shown_sha256,
            by="Lena",
            comment="so nicht",
            now=moment(today),
        )

    def work(self, client: Client, today: date) -> list[Sent]:
        """A whole day, until the mails are delivered."""
        self.decide(client, today)
        sent = self.send(client, today)
        with self.database.transaction() as session:
            queued = update(OutboxMail).where(OutboxMail.state == MailState.QUEUED)
            session.execute(queued.values(state=MailState.SENT))
        return sent

    def letters(self, client: Client) -> list[DunningLetter]:
        with self.database.reading() as session:
            query = select(DunningLetter).where(DunningLetter.client_id == client.id)
            letters = list(session.scalars(query.order_by(DunningLetter.id)))
            for letter in letters:
                assert letter.document.versions
                for line in letter.lines:
                    assert line.invoice
                assert letter.mail is None or letter.mail.id
            return letters

    def steps(self, client: Client) -> list[tuple[str, list[int | None]]]:
        """State and new levels of each letter."""
        return [(x.state.value, [line.step for line in x.lines]) for x in self.letters(client)]


def file_letter(session: Session, version: DocumentVersion, today: date) -> None:
    """Register a PDF as the edge would, and ask for the approval where one is needed."""
    digest = canonical_sha256(version.snapshot)
    if not version.pdf_sha256:
        register.record_files(
            session,
            version,
            template_sha256="",
            docx_path="",
            docx_sha256="",
            pdf_path=f"{version.document.number}.pdf",
            pdf_sha256=digest,
            pdf_engine="test",
            pdf_note="",
            pages=1,
            actor="test",
            now=moment(today),
        )
    if read_letter(version).approved_by is Approver.MANAGER:
        approval.ask_approval(session, version, actor="test", now=moment(today))


def make_statement(session: Session, day: date) -> None:
    """The bank tells of everything up to that day, which is nothing."""
    file = BankFile(sha256=f"{day}", name="test", taken_at=moment(day), taken_by="test")
    statement = BankStatement(
        file=file,
        position=1,
        format="camt",
        kind="camt.053",
        account="DE1",
        to_on=day,
        currency="EUR",
    )
    session.add(statement)
