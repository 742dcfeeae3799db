"""Reads what the report of an import shows."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import (
    BankFile,
    BankLine,
    BankStatement,
    Invoice,
    LineState,
)
from acctflows.money import Money
from acctflows.receivables.payments.bank_data import bank_data_as_of, covered_days
from acctflows.receivables.payments.bank_lines import Finding, finding_of
from acctflows.receivables.payments.import_report import AccountRow, BankReport, FileRow, LineRow
from acctflows.receivables.payments.importing import FileOutcome, InboxOutcome
from acctflows.receivables.statements import FORMATS


def bank_report(session: Session, files: InboxOutcome, booked: Sequence[int]) -> BankReport:
    """The report on these files and the lines booked by this run.

    Args:
        session: For reading.
        files: What became of the files.
        booked: Ids of the lines that were booked.
    """
    waiting = select(BankLine.id).where(
        BankLine.state.in_((LineState.PROPOSED, LineState.OPEN, LineState.NEW))
    )
    proposals_first = BankLine.state != LineState.PROPOSED
    waiting = waiting.order_by(proposals_first, BankLine.booked_on, BankLine.id)
    return BankReport(
        files=tuple(_file_row(session, each) for each in files.files if each.taken),
        refused=tuple(
            (each.name, each.problem) for each in (*files.files, *files.left) if each.taken is None
        ),
        growing=files.growing,
        booked=_line_rows(session, booked),
        waiting=_line_rows(session, session.scalars(waiting).all()),
        accounts=_account_rows(session),
        bank_data_as_of=bank_data_as_of(session),
    )


def invoice_numbers(session: Session, findings: Sequence[Finding]) -> dict[int, str]:
    """Number of each invoice that findings speak of, by its id."""
    wanted = {portion.invoice_id for finding in findings for portion in finding.portions}
    return {
        invoice_id: number
        for part in _in_parts(sorted(wanted))
        for invoice_id, number in session.execute(
            select(Invoice.id, Document.number)
            .join(Document, Invoice.document_id == Document.id)
            .where(Invoice.id.in_(part))
        )
    }


def _file_row(session: Session, outcome: FileOutcome) -> FileRow:
    assert outcome.taken is not None  # noqa: S101 — refused files have no row
    file = session.get_one(
        BankFile, outcome.taken.file_id, options=[selectinload(BankFile.statements)]
    )
    told = file.statements
    days = [day for each in told for day in (each.from_on, each.to_on) if day]
    warnings = {
        pair: None
        for each in told
        for pair in zip(each.warnings.get("de", []), each.warnings.get("en", []), strict=True)
    }
    return FileRow(
        name=outcome.name,
        formats=", ".join(dict.fromkeys(FORMATS[each.format].name for each in told)),
        accounts=", ".join(dict.fromkeys(each.account for each in told if each.account)),
        from_on=min(days, default=None),
        to_on=max(days, default=None),
        lines=outcome.taken.lines,
        new_lines=outcome.taken.new_lines,
        warnings=tuple(warnings),
    )


def _line_rows(session: Session, line_ids: Sequence[int]) -> tuple[LineRow, ...]:
    """The lines in the order of the ids."""
    found: dict[int, BankLine] = {}
    for part in _in_parts(line_ids):
        query = select(BankLine).where(BankLine.id.in_(part))
        found |= {line.id: line for line in session.scalars(query)}
    findings = {line_id: finding_of(line) for line_id, line in found.items()}
    numbers = invoice_numbers(session, list(findings.values()))
    return tuple(
        LineRow(
            day=line.booked_on,
            payer=line.counterparty,
            text=line.remittance or line.creditor_reference,
            amount=Money(line.amount_minor, line.currency),
            goes_to=", ".join(numbers[each.invoice_id] for each in finding.portions),
            reasons=(*finding.evidence, *finding.doubts),
            proposed=line.state is LineState.PROPOSED,
        )
        for line_id in line_ids
        if (line := found.get(line_id)) and (finding := findings[line_id])
    )


def _account_rows(session: Session) -> tuple[AccountRow, ...]:
    """Each account with the closing balance of its newest final statement."""
    rows = []
    for account, as_of in covered_days(session).items():
        newest = session.scalars(
            select(BankStatement)
            .where(BankStatement.account == account, BankStatement.closing_minor.is_not(None))
            .options(joinedload(BankStatement.file))
            .order_by(BankStatement.to_on.desc(), BankStatement.id.desc())
            .limit(1)
        ).one_or_none()
        closing = newest.closing_minor if newest else None
        balance = Money(closing, newest.currency) if newest and closing is not None else None
        rows.append(AccountRow(account, balance, as_of))
    return tuple(rows)


def _in_parts(ids: Sequence[int], size: int = 500) -> list[Sequence[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]
