"""A stored bank line as the rules see it, and what was found about it as it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from acctflows.db.models.receivables import BankLine, LineState, Payment
from acctflows.errors import NotFoundError
from acctflows.money import Money
from acctflows.receivables.payments.allocation import Rule
from acctflows.receivables.payments.booking import Portion
from acctflows.receivables.payments.matching_evidence import Evidence, Kind
from acctflows.receivables.payments.matching_values import Match
from acctflows.receivables.statements import StatementLine

AUTOMATIC = "acctflows"
"""Who books what is certain."""
WAITING = (LineState.NEW, LineState.OPEN, LineState.PROPOSED)
"""States in which a line may still find its invoice: one may be issued after the payment."""


@dataclass(frozen=True)
class Finding:
    """What was found about a line.

    Args:
        portions: What of it goes to which invoices.
        reverses: Id of the payment it takes back; None for most.
        pays_out: Id of the payment whose credit it pays back to the client; None for most.
        evidence: What speaks for it.
        doubts: What speaks against it, or why nothing was found.
    """

    portions: tuple[Portion, ...] = ()
    reverses: int | None = None
    evidence: tuple[Evidence, ...] = ()
    doubts: tuple[Evidence, ...] = ()
    pays_out: int | None = None

    @classmethod
    def of(cls, match: Match, *, reverses: int | None = None) -> "Finding":
        """What a match says, with ids of the database."""
        portions = (
            Portion(int(share.invoice_id), share.amount, share.rule, share.discount.minor)
            for share in match.shares
        )
        return cls(tuple(portions), reverses, match.evidence, match.doubts)

    def stored(self) -> dict[str, Any]:
        """As JSON, for ``BankLine.match``."""
        return {
            "portions": [
                {
                    "invoice_id": each.invoice_id,
                    "amount_minor": each.amount.minor,
                    "discount_minor": each.discount_minor,
                    "rule": str(each.rule),
                }
                for each in self.portions
            ],
            "reverses": self.reverses,
            "pays_out": self.pays_out,
            "evidence": _sentences(self.evidence),
            "doubts": _sentences(self.doubts),
        }


def finding_of(line: BankLine) -> Finding:
    """What is stored of a line."""
    said = line.match
    return Finding(
        portions=tuple(
            Portion(
                each["invoice_id"],
                Money(each["amount_minor"], line.currency),
                Rule(each["rule"]),
                each["discount_minor"],
            )
            for each in said.get("portions", [])
        ),
        reverses=said.get("reverses"),
        pays_out=said.get("pays_out"),
        evidence=_read(said.get("evidence", [])),
        doubts=_read(said.get("doubts", [])),
    )


def statement_line(line: BankLine) -> StatementLine:
    """A stored line as the rules see it."""
    return StatementLine(
        account=line.statement.account,
        booked_on=line.booked_on,
        value_on=line.value_on,
        amount=Money(line.amount_minor, line.currency),
        counterparty=line.counterparty,
        counterparty_iban=line.counterparty_iban,
        remittance=line.remittance,
        creditor_reference=line.creditor_reference,
        end_to_end_id=line.end_to_end_id,
        bank_reference=line.bank_reference,
        reversal=line.reversal,
        idempotency_key=line.key,
    )


def locked_line(session: Session, line_id: int) -> BankLine:
    """The line as it is now, locked until the transaction ends.

    Raises:
        NotFoundError: There is none.
    """
    query = (
        select(BankLine)
        .where(BankLine.id == line_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    line = session.scalars(query).one_or_none()
    if line is None:
        raise NotFoundError(f"there is no bank line with the id {line_id}")
    return line


def payment_of(session: Session, line: BankLine) -> Payment | None:
    """The payment a line is booked as, unless it was taken back."""
    back = aliased(Payment)
    query = (
        select(Payment)
        .outerjoin(back, back.reversal_of_id == Payment.id)
        .where(Payment.bank_line_id == line.id, back.id.is_(None))
        .order_by(Payment.id.desc())
    )
    return session.scalars(query).first()


def payment_key(session: Session, line: BankLine) -> str:
    """The key of the next payment of a line: one that was undone may be booked again."""
    earlier = select(func.count()).where(Payment.bank_line_id == line.id)
    return f"line/{line.key}/{session.scalars(earlier).one() + 1}"


def settle(line: BankLine, state: LineState, finding: Finding, *, now: datetime) -> None:
    """Note what was decided about a line without a person."""
    line.state = state
    line.match = finding.stored()
    line.settled_by = AUTOMATIC
    line.settled_at = now


def _sentences(found: Sequence[Evidence]) -> list[dict[str, str]]:
    return [{"kind": each.kind.value, "de": each.de, "en": each.en} for each in found]


def _read(said: Sequence[dict[str, str]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(Kind(each["kind"]), each["de"], each["en"]) for each in said)
