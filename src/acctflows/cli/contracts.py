"""``acctflows contract …``: the concluded contracts, their notice days, and notices."""

import getpass
import socket
from datetime import date

import cyclopts
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acctflows.agency.problems import printable
from acctflows.cli.opening import open_app
from acctflows.contracts.life import Life, find_contract, read_life, read_lives
from acctflows.contracts.notices import record_notice, standing_of, withdraw_notice
from acctflows.contracts.term_dates import RunningTerm, reminders_ahead
from acctflows.contracts.term_words import doubt_words, notice_words, state_words
from acctflows.db.models.contracts import ContractNotice, NoticeChannel, NoticeParty

app = cyclopts.App(name="contract", help="Concluded contracts: terms, notice days, notices.")


@app.command(name="list")
def list_contracts(*, as_of: date | None = None) -> None:
    """List the concluded contracts, the next notice day first.

    Args:
        as_of: The day to look from; today unless given.
    """
    main = open_app()
    today = as_of or main.clock.today()
    table = Table("number", "client", "state", "notice by", "end", "otherwise until")
    with main.database.reading() as session:
        lives, broken = read_lives(session, main.agency, today=today)
        for life in lives:
            table.add_row(*(escape(printable(cell)) for cell in _cells(life)))
    for problem in broken:
        print(problem)
    if lives:
        Console().print(table)
    elif not broken:
        print("No contract is concluded yet.")


@app.command
def show(number: str, *, as_of: date | None = None) -> None:
    """Show where a contract is in its time, what comes, and the notices on record.

    Args:
        number: Such as V-2026-0001.
        as_of: The day to look from; today unless given.
    """
    main = open_app()
    today = as_of or main.clock.today()
    with main.database.reading() as session:
        life = read_life(find_contract(session, number), main.agency, today=today)
        client = printable(life.snapshot.client.legal_name)
        print(f"{life.number}  {client}: {state_words(life, 'en')}")
        print(f"Concluded on {life.concluded_on}.")
        for term in life.contract.terms:
            print(_term_words(RunningTerm(term.number, term.first_day, term.last_day)))
        if life.outlook.notice is not None:
            print(notice_words(life.outlook.notice, "en"))
            ahead = [each.day.isoformat() for each in reminders_ahead(life.outlook.notice, today)]
            if ahead:
                print(f"Reminders: {', '.join(ahead)}")
        for notice in life.contract.notices:
            print(_notice_words(notice))
        for doubt in doubt_words(life.outlook, "en"):
            print(doubt)


@app.command
def notice(
    number: str,
    received: date,
    *,
    party: NoticeParty,
    channel: NoticeChannel = NoticeChannel.EMAIL,
    ends: date | None = None,
    note: str = "",
) -> None:
    """Record a notice of either side; the contract then ends on the earliest day it allows.

    Args:
        number: Of the contract, such as V-2026-0001.
        received: When the other side received it, such as 2027-09-30.
        party: Who gives notice.
        channel: How it came.
        ends: Last day of the contract, where it is another; an earlier one needs a note.
        note: Where the letter or its scan is kept, or why it ends early.
    """
    main = open_app()
    with main.database.transaction() as session:
        given = record_notice(
            session,
            find_contract(session, number),
            agency=main.agency,
            party=party,
            received_on=received,
            channel=channel,
            note=note,
            ends_on=ends,
            by=_me(),
            today=main.clock.today(),
            now=main.clock.now(),
        )
        print(f"{number}: {_notice_words(given)}")


@app.command
def withdraw(number: str, received: date, *, party: NoticeParty, note: str) -> None:
    """Take a notice back that was entered wrongly or that both sides agree to drop.

    Args:
        number: Of the contract.
        received: The day on which the notice was received.
        party: Who gave it.
        note: Why it is taken back.
    """
    main = open_app()
    with main.database.transaction() as session:
        given = standing_of(find_contract(session, number), party, received)
        withdraw_notice(
            session,
            given.id,
            agency=main.agency,
            note=note,
            by=_me(),
            today=main.clock.today(),
            now=main.clock.now(),
        )
        print(f"{number}: {_notice_words(given)}")


def _me() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _cells(life: Life) -> tuple[str, ...]:
    view = life.outlook
    end = view.ends_on or (view.notice.term.last_day if view.notice else None)
    return (
        life.number,
        life.snapshot.client.legal_name,
        view.phase.value.replace("_", " "),
        view.notice.notice_by.isoformat() if view.notice else "",
        end.isoformat() if end else "",
        str(view.notice.renewal.last_day or "open-ended") if view.notice else "",
    )


def _term_words(term: RunningTerm) -> str:
    return f"Term {term.number}: {term.first_day} to {term.last_day or 'no fixed end'}"


def _notice_words(given: ContractNotice) -> str:
    way = given.channel.value.replace("_", " ")
    said = f"notice of the {given.party.value}, received on {given.received_on} ({way})"
    words = f"{said}, to end on {given.ends_on}"
    if given.note:
        words += f": {printable(given.note)}"
    if given.withdrawn_at is not None:
        words += f" – taken back: {printable(given.withdrawn_note)}"
    return words
