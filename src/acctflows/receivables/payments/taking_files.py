"""Takes in a bank file: whole or not at all, the same file and the same line only once."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import BankFile, BankLine, BankStatement, LineState
from acctflows.db.once import find_or_add
from acctflows.documents.text import clean_text
from acctflows.errors import InputError
from acctflows.money import CURRENCIES
from acctflows.receivables.payments.continuing import counted_on
from acctflows.receivables.statements import Statement, StatementLine, read_statements
from acctflows.receivables.statements.accounts import same_account
from acctflows.receivables.statements.coverage import (
    covered_until,
    first_day,
    line_days,
    other_format,
    refuse_mixed_formats,
)


@dataclass(frozen=True)
class BankFileContent:
    """A bank file that could be read."""

    name: str
    sha256: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Taken:
    """What became of a file.

    Args:
        file_id: Its record.
        new: Whether it was taken now; otherwise it had been before and nothing was done.
        lines: How many lines it has.
        new_lines: How many of them no other file had told of.
    """

    file_id: int
    new: bool
    lines: int
    new_lines: int


def read_bank_file(data: bytes, *, name: str) -> BankFileContent:
    """Read a file; call it outside of any transaction, large files take seconds.

    Raises:
        InputError: The file or anything in it cannot be read.
    """
    statements = read_statements(data, file_name=name)
    refuse_mixed_formats(statements, where=name)
    for statement in statements:
        if statement.currency not in CURRENCIES:
            raise InputError(
                f"“{statement.currency}” is no currency of an account",
                where=f"{name} › {statement.account} {statement.id}".strip(),
                todo="ask the bank for a correct file",
            )
    return BankFileContent(name, hashlib.sha256(data).hexdigest(), tuple(statements))


def take_file(session: Session, content: BankFileContent, *, by: str, now: datetime) -> Taken:
    """Store statements and lines of a file; what is on file already is left as it is.

    Args:
        session: The transaction in which all of it is stored, or nothing.
        content: What was read.
        by: Who gave the file.
        now: The present moment on the agency's clock.

    Raises:
        InputError: An account was taken in for the same days in another format.
    """
    lines = sum(len(statement.lines) for statement in content.statements)
    file, new = find_or_add(
        session,
        select(BankFile).where(BankFile.sha256 == content.sha256),
        lambda: BankFile(
            sha256=content.sha256, name=clean_text(content.name)[:255], taken_at=now, taken_by=by
        ),
    )
    if not new:
        return Taken(file.id, new=False, lines=lines, new_lines=0)
    _refuse_other_formats(session, content)
    for position, statement in enumerate(content.statements):
        row = _statement_row(statement, position, taken_on=now.date())
        file.statements.append(row)
        session.flush()
        told = counted_on(session, row, statement.lines)
        for rows in _in_parts([_line_values(line, row.id) for line in told]):
            session.execute(_insert_new(session), rows)
    count = select(func.count()).select_from(BankLine).join(BankStatement)
    new_lines = session.scalars(count.where(BankStatement.file_id == file.id)).one()
    return Taken(file.id, new=True, lines=lines, new_lines=new_lines)


def _refuse_other_formats(session: Session, content: BankFileContent) -> None:
    """The same payments have other keys in another format: nothing else would notice them."""
    known = session.execute(select(BankStatement.account, BankStatement.format).distinct()).all()
    for statement in content.statements:
        days = line_days(statement)
        others = [
            (account, format_)
            for account, format_ in known
            if format_ != statement.format and same_account(account, statement.account)
        ]
        for account, format_ in others if days else ():
            found = _first_line(session, account, format_, days)
            if found:
                raise other_format(statement, format_, *found, where=content.name)


def _first_line(
    session: Session, account: str, format_: str, days: tuple[date, date] | None
) -> tuple[str, date] | None:
    """File and day of the first line an account has in a format within some days."""
    if days is None:
        return None
    query = (
        select(BankFile.name, BankLine.booked_on)
        .select_from(BankLine)
        .join(BankStatement, BankLine.statement_id == BankStatement.id)
        .join(BankFile, BankStatement.file_id == BankFile.id)
        .where(
            BankStatement.account == account,
            BankStatement.format == format_,
            BankLine.booked_on.between(*days),
        )
        .order_by(BankLine.booked_on)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def _statement_row(statement: Statement, position: int, *, taken_on: date) -> BankStatement:
    notes = statement.warnings
    return BankStatement(
        position=position,
        format=statement.format,
        kind=statement.kind.value,
        account=clean_text(statement.account)[:40],
        number=clean_text(statement.id)[:80],
        from_on=first_day(statement),
        to_on=covered_until(statement, taken_on=taken_on),
        currency=statement.currency,
        opening_minor=statement.opening.minor if statement.opening else None,
        closing_minor=statement.closing.minor if statement.closing else None,
        warnings={"de": [note.de for note in notes], "en": [note.en for note in notes]},
    )


def _line_values(line: StatementLine, statement_id: int) -> dict[str, Any]:
    """The columns of a line.

    Money that left us has nothing to do with what clients owe, unless it is a payment or credit
    that went back: that is looked at where the line says anything by which it could be one.
    """
    told = (line.counterparty_iban, line.end_to_end_id, line.remittance, line.creditor_reference)
    ours = line.amount.minor > 0 or (line.amount.minor < 0 and (line.reversal or any(told)))
    return {
        "key": line.idempotency_key,
        "statement_id": statement_id,
        "booked_on": line.booked_on,
        "value_on": line.value_on,
        "amount_minor": line.amount.minor,
        "currency": line.amount.currency,
        "counterparty": clean_text(line.counterparty),
        "counterparty_iban": line.counterparty_iban,
        "remittance": clean_text(line.remittance),
        "creditor_reference": clean_text(line.creditor_reference)[:80],
        "end_to_end_id": clean_text(line.end_to_end_id)[:80],
        "bank_reference": clean_text(line.bank_reference)[:80],
        "reversal": line.reversal,
        "state": LineState.NEW if ours else LineState.LEFT,
    }


def _insert_new(session: Session) -> Any:
    # Two files with the same line at the same moment: the second waits, then leaves it out.
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(BankLine).on_conflict_do_nothing(index_elements=[BankLine.key])


def _in_parts(rows: Sequence[dict[str, Any]], size: int = 500) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])
