"""Turns a decision into a letter: numbered, frozen and noted with its levels, all or nothing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Client
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import DunningLetter, DunningLine, Invoice, Payment
from acctflows.documents import register
from acctflows.receivables.follow_up.accounts import CREDIT_KEY, client_accounts
from acctflows.receivables.follow_up.dunning import decide
from acctflows.receivables.follow_up.dunning_items import ClientAccount, Letter, Line, Role
from acctflows.receivables.follow_up.dunning_policy import COURTESY
from acctflows.receivables.follow_up.dunning_snapshot import (
    DunningSnapshot,
    LetterItem,
    Person,
)
from acctflows.receivables.follow_up.follow_up_rules import FollowUpRules
from acctflows.receivables.follow_up.letter_interest import interest_of, rates_of
from acctflows.receivables.follow_up.withdrawing import drop_unsent, lock_client
from acctflows.receivables.invoices.invoice_words import short_date
from acctflows.receivables.law.interest import Interest
from acctflows.receivables.parties import account_manager, reader_of, recipient_of, supplier_of

KIND = "dunning"
ACTOR = "follow-up"
_NEW = (Role.STEP, Role.COURTESY)
_CREDIT = {"de": "Guthaben aus Zahlung vom {}", "en": "Credit from your payment of {}"}


def write_letters(
    session: Session,
    client_id: int,
    *,
    rules: FollowUpRules,
    agency: AgencyProfile,
    today: date,
    bank_data_as_of: date | None,
    now: datetime,
) -> list[DunningLetter]:
    """Decide about a client and write what is to be sent; called twice, nothing is written twice.

    The client stays locked until the transaction ends, so that of two runs at once the second finds
    what the first has written.

    Args:
        session: The transaction of this one client.
        client_id: The client.
        rules: The agency's rules.
        agency: Whose letters.
        today: The day decided for.
        bank_data_as_of: Last day that the imported bank statements cover.
        now: The present moment.

    Raises:
        ConfigurationError: A letter shows interest and the base rate is not known.
        InputError: The client has no address to write to.
    """
    client = lock_client(session, client_id)
    drop_unsent(session, client_id, now=now)
    account = client_accounts(session, [client_id])[client_id]
    decision = decide(
        account,
        rules.policy,
        today=today,
        bank_data_as_of=bank_data_as_of,
        calendar=rules.calendar,
    )
    return [
        _write(session, client, account, letter, rules=rules, agency=agency, now=now)
        for letter in decision.letters
        if not _written_today(session, client_id, letter)
    ]


def _written_today(session: Session, client_id: int, letter: Letter) -> bool:
    """Whether there is one of the day, though dropped: then the next is of another day."""
    query = select(DunningLetter.id).where(
        DunningLetter.client_id == client_id,
        DunningLetter.currency == letter.currency,
        DunningLetter.decided_on == letter.decided_on,
    )
    return session.scalar(query) is not None


def _write(
    session: Session,
    client: Client,
    account: ClientAccount,
    letter: Letter,
    *,
    rules: FollowUpRules,
    agency: AgencyProfile,
    now: datetime,
) -> DunningLetter:
    invoices = _invoices(session, client.id, letter.lines)
    reader = reader_of(client, agency.language)
    title = rules.policy.name_of(letter.level, reader.language)
    document = register.open_document(
        session,
        kind=KIND,
        key=f"{KIND}/{client.number}/{letter.currency}/{letter.decided_on.isoformat()}",
        client=client,
        project=None,
        language=reader.language,
        title=title,
        actor=ACTOR,
        now=now,
        year=letter.decided_on.year,
    )
    manager = account_manager(session, client)
    items, interests = _letter_items(
        session, client, account, letter, invoices, rules=rules, language=reader.language
    )
    words = rules.policy.words_of(letter.level, reader.language)
    snapshot = DunningSnapshot(
        number=document.number,
        language="de" if reader.language == "de" else "en",
        currency=letter.currency,
        title=title,
        opening=words.opening,
        closing=words.closing,
        level=letter.level,
        mail=letter.mail,
        approved_by=letter.approved_by,
        decided_on=letter.decided_on,
        pay_by=letter.pay_by,
        to_pay_minor=letter.to_pay.minor,
        fee_minor=letter.fee.minor,
        show_interest=letter.show_interest,
        interest_name=rules.laws[client.law].interest.name_in(reader.language) if interests else "",
        interest_rates=rates_of(interests),
        day_count=interests[0].day_count.value if interests else "",
        bank_data_as_of=letter.bank_data_as_of,
        supplier=supplier_of(agency),
        recipient=recipient_of(client),
        writer=Person(name=manager.full_name, phone=manager.phone, email=manager.email)
        if manager
        else Person(),
        reader=Person(name=reader.name, email=reader.email),
        greeting=reader.greeting,
        items=items,
    )
    register.add_version(
        session,
        document,
        snapshot=snapshot.model_dump(mode="json"),
        template_name="",
        actor=ACTOR,
        now=now,
    )
    return _note(session, document, client, letter, invoices)


def _note(
    session: Session,
    document: Document,
    client: Client,
    letter: Letter,
    invoices: Mapping[str, Invoice],
) -> DunningLetter:
    row = DunningLetter(
        document=document,
        client=client,
        currency=letter.currency,
        decided_on=letter.decided_on,
        level=letter.level,
        pay_by=letter.pay_by,
        to_pay_minor=letter.to_pay.minor,
        lines=[
            DunningLine(
                invoice=invoices[line.number],
                role=line.role.value,
                level=line.level,
                step=line.level if line.role in _NEW else None,
                amount_minor=line.amount.minor,
            )
            for line in letter.lines
            if line.number in invoices
        ],
    )
    session.add(row)
    session.flush()
    return row


def _invoices(session: Session, client_id: int, lines: Sequence[Line]) -> dict[str, Invoice]:
    numbers = [line.number for line in lines]
    query = (
        select(Invoice)
        .join(Invoice.document)
        .where(Invoice.client_id == client_id, Document.number.in_(numbers))
        .options(
            selectinload(Invoice.document).selectinload(Document.versions),
            selectinload(Invoice.allocations),
        )
    )
    return {invoice.document.number: invoice for invoice in session.scalars(query)}


def _letter_items(
    session: Session,
    client: Client,
    account: ClientAccount,
    letter: Letter,
    invoices: Mapping[str, Invoice],
    *,
    rules: FollowUpRules,
    language: str,
) -> tuple[tuple[LetterItem, ...], list[Interest]]:
    known = {item.number: item for item in account.items}
    items, interests = [], []
    for line in letter.lines:
        invoice = invoices.get(line.number)
        if invoice is None:
            items.append(_credit(session, line, language))
            continue
        since, interest = None, None
        if letter.show_interest and line.role in (Role.STEP, Role.OVERDUE):
            since, interest = interest_of(
                client, invoice, known[line.number], rules, today=letter.decided_on
            )
        if interest:
            interests.append(interest)
        items.append(
            LetterItem(
                key=line.number,
                label=line.number,
                role=line.role,
                level=line.level,
                level_name=rules.policy.name_of(line.level, language)
                if line.level > COURTESY
                else "",
                issued_on=invoice.issued_on,
                due_on=line.due_on,
                gross_minor=invoice.gross_minor,
                open_minor=line.amount.minor,
                rf_reference=invoice.rf_reference,
                default_since=since,
                interest_minor=interest.total.minor if interest else 0,
            )
        )
    return tuple(items), interests


def _credit(session: Session, line: Line, language: str) -> LetterItem:
    payment = session.get_one(Payment, int(line.number.removeprefix(CREDIT_KEY)))
    return LetterItem(
        key=line.number,
        label=_CREDIT[language].format(short_date(payment.received_on, language)),
        role=line.role,
        level=line.level,
        gross_minor=line.amount.minor,
        open_minor=line.amount.minor,
    )
