"""What a client wants to read differently in a document, and what the agency answers to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from acctflows.db.models.documents import ClientDecision, VersionState
from acctflows.db.models.signing import Objection, Reply
from acctflows.documents.text import clean_text
from acctflows.documents.versions import lock_version, record_event, require_state
from acctflows.errors import InputError

MOST_OBJECTIONS = 20
"""How many clauses a client may object to at once; more is a matter for a talk."""

LONGEST_WORDING = 8_000
"""How many characters a clause may have."""

LONGEST_REASON = 2_000


@dataclass(frozen=True)
class RaisedObjection:
    """An objection in the client's words.

    Args:
        number: As the document numbers the clause; may be empty.
        heading: Under which it stands.
        original: What the clause says.
        proposal: What it should say; empty where the client only says why.
        reason: Why; may be empty where a proposal says it.
    """

    number: str
    heading: str
    original: str
    proposal: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """What the agency answers to an objection.

    Args:
        reply: Yes, other words of its own, or why not.
        text: The agency's words of the clause, or its explanation; with ``accept`` a remark, which
            may be empty.
    """

    reply: Reply
    text: str


def clean_objections(raised: Sequence[RaisedObjection]) -> list[Objection]:
    """The objections, fit to be stored and printed.

    Raises:
        InputError: When there is none, there are too many, or one says nothing or too much.
    """
    if not 0 < len(raised) <= MOST_OBJECTIONS:
        raise InputError(
            f"{len(raised)} objections, where 1 to {MOST_OBJECTIONS} are taken",
            where="objections",
            todo="name the clauses, or talk about the document",
        )
    return [_clean(position, each) for position, each in enumerate(raised, 1)]


def _clean(position: int, raised: RaisedObjection) -> Objection:
    proposal, reason = clean_text(raised.proposal).strip(), clean_text(raised.reason).strip()
    proposal = "" if proposal == clean_text(raised.original).strip() else proposal
    if not proposal and not reason:
        raise InputError(
            "neither other words nor a reason", where=raised.number, todo="say what should change"
        )
    if len(proposal) > LONGEST_WORDING or len(reason) > LONGEST_REASON:
        raise InputError("too many words", where=raised.number, todo="shorten them")
    return Objection(
        position=position,
        number=clean_text(raised.number)[:40],
        heading=clean_text(raised.heading)[:400],
        original=clean_text(raised.original),
        proposal=proposal,
        reason=reason,
    )


def objection_facts(objection: Objection) -> dict[str, Any]:
    """What the audit trail tells of an objection."""
    told = ("number", "heading", "original", "proposal", "reason")
    return {fact: getattr(objection, fact) for fact in told}


def answer_objections(
    session: Session,
    decision: ClientDecision,
    answers: Mapping[int, Answer],
    *,
    by: str,
    now: datetime,
) -> None:
    """Record the agency's answer to every objection of a decision; the same again changes nothing.

    Args:
        session: The transaction.
        decision: With which the client objected.
        answers: To each objection, by its position.
        by: Who answers.
        now: When.

    Raises:
        InputError: When an answer is missing or says nothing, naming the clause.
        ConflictError: When a next version was drafted already.
    """
    version = decision.version
    lock_version(session, version)
    require_state(version, VersionState.OBJECTED, todo="look at the newest version")
    given = {
        each.position: _checked(each, answers.get(each.position)) for each in decision.objections
    }
    changed = [each for each in decision.objections if _said(each) != given[each.position]]
    for each in changed:
        each.reply, each.reply_text = given[each.position].reply, given[each.position].text
        each.replied_by, each.replied_at = by, now
    session.flush()
    for each in changed:
        facts = {"position": each.position, "reply": each.reply, "text": each.reply_text}
        record_event(session, version, "objection.answered", actor=by, now=now, **facts)


def all_answered(decision: ClientDecision) -> bool:
    """Whether the agency has answered everything the client objected to."""
    return all(each.reply is not None for each in decision.objections)


def _said(objection: Objection) -> Answer | None:
    return Answer(objection.reply, objection.reply_text) if objection.reply else None


def _checked(objection: Objection, answer: Answer | None) -> Answer:
    where = objection.number or objection.heading
    if answer is None:
        raise InputError("an objection has no answer yet", where=where, todo="answer each of them")
    text = clean_text(answer.text).strip()
    if answer.reply is Reply.ACCEPT and not objection.proposal:
        raise InputError(
            "the client has proposed no words", where=where, todo="counter, or explain why not"
        )
    if answer.reply is not Reply.ACCEPT and not text:
        raise InputError("the answer says nothing", where=where, todo="write it")
    if len(text) > LONGEST_WORDING:
        raise InputError(f"more than {LONGEST_WORDING} characters", where=where, todo="shorten it")
    return Answer(answer.reply, text)


def clause_name(objection: Objection) -> str:
    """What people call the clause: ``§ 7 (2) Haftung``."""
    return " ".join(filter(None, (objection.number, objection.heading)))
