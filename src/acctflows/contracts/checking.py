"""Whether terms and notices on record still are what the audit trail says of them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload

from acctflows.db.models.contracts import Contract, ContractNotice, ContractTerm
from acctflows.db.models.documents import AuditEntry
from acctflows.errors import AcctflowsError, ConflictError

Said = dict[str, list[str]]
"""What is said of each term and of each side's notices of a day, in the order it happened."""

_TODO = "restore the database from the backup and find out who changed it"

_TELL = ("term.begun", "term.renewed", "notice.recorded", "notice.withdrawn")
"""Events that tell of terms and notices."""

Row = TypeVar("Row", ContractTerm, ContractNotice)


def check_terms(session: Session) -> list[AcctflowsError]:
    """Compare the terms and notices of all contracts with the trail, in both directions.

    Args:
        session: For reading, as of one moment, as the register is checked.
    """
    try:
        said, kept = _said(session), _kept(session)
    except (DBAPIError, ValueError, LookupError) as error:
        what = f"a row cannot be read ({type(error).__name__})"
        return [ConflictError(what, where="terms and notices", todo=_TODO)]
    return [
        ConflictError(
            f"it is “{_words(kept.get(what, []))}”, but the audit trail says "
            f"“{_words(said.get(what, []))}”",
            where=what,
            todo=_TODO,
        )
        for what in sorted(said.keys() | kept.keys())
        if said.get(what, []) != kept.get(what, [])
    ]


def _said(session: Session) -> Said:
    said: Said = defaultdict(list)
    query = sa.select(AuditEntry).where(AuditEntry.event.in_(_TELL)).order_by(AuditEntry.seq)
    for entry in session.scalars(query.execution_options(yield_per=500)):
        number, data = entry.subject.removeprefix("document/"), entry.data
        if entry.event == "notice.withdrawn":
            notices = said[_notice(number, data["party"], data["received_on"])]
            notices[-1:] = [f"{last}, taken back: {data['note']}" for last in notices[-1:]]
        elif entry.event == "notice.recorded":
            facts = (data["channel"], data["ends_on"], data["note"])
            said[_notice(number, data["party"], data["received_on"])].append(" ".join(facts))
        else:
            said[_term(number, data["term"])].append(f"{data['first_day']}–{data['last_day']}")
    return said


def _kept(session: Session) -> Said:
    kept: Said = defaultdict(list)
    for term in _rows(session, ContractTerm):
        number, last_day = term.contract.document.number, term.last_day or ""
        kept[_term(number, term.number)].append(f"{term.first_day}–{last_day}")
    for notice in _rows(session, ContractNotice):
        number = notice.contract.document.number
        facts = f"{notice.channel.value} {notice.ends_on} {notice.note}"
        if notice.withdrawn_at is not None:
            facts += f", taken back: {notice.withdrawn_note}"
        day = notice.received_on.isoformat()
        kept[_notice(number, notice.party.value, day)].append(facts)
    return kept


def _rows(session: Session, kind: type[Row]) -> Sequence[Row]:
    with_number = joinedload(kind.contract).joinedload(Contract.document)
    return session.scalars(sa.select(kind).options(with_number).order_by(kind.id)).all()


def _term(number: str, term: Any) -> str:
    return f"{number}, term {term}"


def _notice(number: str, party: str, day: str) -> str:
    return f"{number}, notice of the {party} received on {day}"


def _words(facts: list[str]) -> str:
    return " | ".join(facts) or "not on record"
