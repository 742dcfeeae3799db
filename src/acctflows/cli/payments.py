"""`acctflows payment …`: what clients have paid."""

import sys
from datetime import date
from pathlib import Path

import cyclopts
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from acctflows.agency import find
from acctflows.agency.problems import ProblemsError, printable, problems_of
from acctflows.app import App
from acctflows.cli.opening import open_app
from acctflows.db.models.receivables import Allocation, BankLine, Invoice, LineState, Payment
from acctflows.errors import InputError
from acctflows.money import Money
from acctflows.receivables.payments.bank_data import bank_data_as_of
from acctflows.receivables.payments.import_figures import bank_report
from acctflows.receivables.payments.importing import InboxOutcome, import_file, match_waiting
from acctflows.receivables.payments.payment_form import PaymentForm
from acctflows.receivables.payments.recording import record_payment

app = cyclopts.App(name="payment", help="What clients have paid: bank files, single payments.")

BY = "command line"


@app.command(name="import")
def import_files(*files: Path) -> None:
    """Take in bank files (CAMT, MT940, CSV, also zipped) and book the payments that are certain.

    The files stay where they are; one that was taken before is left as it is.

    Args:
        files: The files, in any order.
    """
    if not files:
        raise InputError("no file was named", todo="acctflows payment import statement.xml")
    main = open_app()
    now = main.clock.local(main.clock.now())
    outcomes = [
        import_file(main.database, _read(file), name=file.name, by=BY, now=now) for file in files
    ]
    matched = match_waiting(main.database, now=now)
    language = main.agency.language
    with main.database.reading() as session:
        report = bank_report(session, InboxOutcome(files=tuple(outcomes)), matched.booked)
    for line in report.booked:
        why = " ".join(each.de if language == "de" else each.en for each in line.reasons)
        print(f"{line.day}  {line.amount.format(language)}  {line.goes_to}  {printable(why)}")
    print(report.summary(language))
    problems = [*(why for _, why in report.refused), *matched.failed.values()]
    for problem in problems:
        print(problem, file=sys.stderr)
    if report.waiting:
        print(f"{main.portal_url}/desk/payments")
    if problems:
        sys.exit(1)


@app.command
def add(
    amount: str,
    *,
    invoice: str = "",
    client: str = "",
    day: date | None = None,
    reference: str = "",
    currency: str = "",
    key: str = "",
) -> None:
    """Record a payment that no bank file tells of; the same one entered twice is booked once.

    Args:
        amount: Such as 1.190,00 or 1,190.00.
        invoice: Number of the invoice it pays; several with commas.
        client: Number or name; needed only without an invoice.
        day: The day the money came in; today unless given.
        reference: How it was paid, such as "cash".
        currency: That of the invoice or of the client unless given.
        key: Any word of your own, to enter an equal payment of the same day once more.
    """
    said = {
        "amount": amount, "invoice": invoice, "client": client, "received_on": day,
        "reference": reference, "currency": currency, "key": key,
    }  # fmt: skip
    try:
        form = PaymentForm.model_validate(said)
    except ValidationError as error:
        raise ProblemsError(problems_of(error)) from error
    main = open_app()
    with main.database.transaction() as session:
        now = main.clock.local(main.clock.now())
        recorded = record_payment(session, form, by=BY, now=now)
        words = _payment_words(main, recorded.payment)
    print(f"{words}: {'booked' if recorded.new else 'on file already; see --key'}")


@app.command(name="list")
def list_payments(*, client: str = "", waiting: bool = False) -> None:
    """List the newest payments, or the bank lines that wait for a decision.

    Args:
        client: Number or name of one client.
        waiting: The bank lines nobody has assigned yet.
    """
    main = open_app()
    if waiting:
        _list_waiting(main)
        return
    query = (
        select(Payment)
        .options(
            joinedload(Payment.client),
            joinedload(Payment.reversal),
            selectinload(Payment.allocations)
            .joinedload(Allocation.invoice)
            .joinedload(Invoice.document),
        )
        .order_by(Payment.id.desc())
        .limit(50)
    )
    with main.database.reading() as session:
        if client:
            query = query.where(Payment.client_id == find.client(session, client).id)
        payments = session.scalars(query).all()
        for payment in payments:
            print(_payment_words(main, payment))
        as_of = bank_data_as_of(session)
    if not payments:
        print("no payment is booked; see “acctflows payment import --help”")
    print(f"bank data until {as_of}" if as_of else "no bank data yet")


def _list_waiting(main: App) -> None:
    language = main.agency.language
    query = (
        select(BankLine)
        .where(BankLine.state.in_((LineState.PROPOSED, LineState.OPEN, LineState.NEW)))
        .order_by(BankLine.booked_on, BankLine.id)
    )
    table = Table("Day", "Payer", "Text", "Amount", "State", "Why")
    with main.database.reading() as session:
        lines = session.scalars(query).all()
        for line in lines:
            said = [*line.match.get("evidence", []), *line.match.get("doubts", [])]
            cells = (
                *(line.booked_on.isoformat(), line.counterparty, line.remittance),
                Money(line.amount_minor, line.currency).format(language),
                *(line.state.value, " ".join(each[language] for each in said)),
            )
            table.add_row(*(escape(printable(cell)) for cell in cells))
    if lines:
        Console().print(table)
        print(f"{main.portal_url}/desk/payments")
    else:
        print("all payments are assigned")


def _payment_words(main: App, payment: Payment) -> str:
    language = main.agency.language
    numbers = ", ".join(each.invoice.document.number for each in payment.allocations)
    left = Money(payment.left_minor, payment.currency)
    facts = (
        payment.received_on.isoformat(),
        Money(payment.amount_minor, payment.currency).format(language),
        payment.client.legal_name,
        numbers,
        f"credit {left.format(language)}" if left.minor else "",
        "taken back" if payment.reversal else "",
        "takes back" if payment.reversal_of_id else "",
    )
    return printable("  ".join(filter(None, facts)))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}", where=str(file), todo="check its name"
        ) from error
