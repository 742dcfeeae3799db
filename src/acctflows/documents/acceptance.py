"""The one decision a client gives about a version, and the evidence of how it was given."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    AccessLink,
    ClientDecision,
    Defect,
    DocumentVersion,
    Means,
    Outcome,
    VersionState,
)
from acctflows.db.models.signing import SignerConsent
from acctflows.documents.access_links import no_such_link, open_until, opens
from acctflows.documents.objections import RaisedObjection, clean_objections, objection_facts
from acctflows.documents.text import clean_text
from acctflows.documents.versions import lock_version, record_event, require_state
from acctflows.documents.versions import name as version_name
from acctflows.errors import ConflictError, InputError

STATE_AFTER = {
    Outcome.ACCEPTED: VersionState.ACCEPTED,
    Outcome.DECLINED: VersionState.DECLINED,
    Outcome.OBJECTED: VersionState.OBJECTED,
}
"""What each outcome makes of the version."""

LONGEST = {"name": 200, "function": 200, "reason": 10_000}
"""How many characters a client may type."""

LONGEST_DEFECT = {"place": 200, "description": 2_000}
MOST_DEFECTS = 20
"""How much a client may name at once; more is a matter for a talk."""

LONGEST_IP, LONGEST_AGENT = 45, 400


@dataclass(frozen=True)
class NamedDefect:
    """A defect in the client's words: where it shows and how it can be recognised."""

    place: str
    description: str


def record_decision(
    session: Session,
    link: AccessLink,
    *,
    outcome: Outcome,
    name: str,
    function: str,
    reason: str,
    defects: Sequence[NamedDefect] = (),
    objections: Sequence[RaisedObjection] = (),
    consent_text: str,
    consent_language: str,
    ip: str,
    user_agent: str,
    now: datetime,
    means: Means = Means.LINK,
) -> ClientDecision:
    """Record the client's one decision about the version, with the evidence of how it was given.

    Args:
        session: The transaction.
        link: Through which the client came.
        outcome: Accepted, declined or objected to.
        name: Who decides, as they typed it.
        function: In what function; may be empty.
        reason: Why it is declined; may be empty where defects say it.
        defects: What the client names: why it is declined, or reserves in accepting (§ 640 BGB).
        objections: What the client wants to read differently; at least one where it is objected to.
        consent_text: The declaration exactly as the page showed it.
        consent_language: In which language.
        ip: From which address.
        user_agent: With which browser.
        now: When.
        means: How it came to us.

    Raises:
        InputError: When the name, or every reason of a decline, is missing, or words are too long.
        ConflictError: When a decision was made already, the version was not sent, or accepting
            through this link needs a code.
        NotFoundError: When the link stopped working meanwhile.
    """
    named = _clean_defects(defects)
    raised = clean_objections(objections) if outcome is Outcome.OBJECTED else []
    words = _clean_words(outcome, name, function, reason, reason_needed=not named)
    version = still_open(session, link, now=now)
    _require_code(link, outcome, means)
    decision = ClientDecision(
        version=version,
        link=link,
        means=means,
        outcome=outcome,
        **words,
        consent_text=consent_text,
        consent_language=consent_language,
        sha256=version.shown_sha256,
        ip=ip[:LONGEST_IP],
        user_agent=clean_text(user_agent)[:LONGEST_AGENT],
        decided_at=now,
        defects=named,
        objections=raised,
    )
    version.state = STATE_AFTER[outcome]
    session.add(decision)
    session.flush()
    record_answer(session, decision)
    return decision


def record_consent(
    session: Session,
    link: AccessLink,
    *,
    name: str,
    function: str,
    consent_text: str,
    consent_language: str,
    ip: str,
    user_agent: str,
    now: datetime,
    means: Means = Means.LINK,
) -> SignerConsent:
    """Record the acceptance of a signer after whom others sign; the version goes on waiting.

    The arguments are those of `record_decision`, with which the last signer accepts.

    Raises:
        InputError: When the name is missing, or words are too long.
        ConflictError: When this person has signed already, the version does not wait any more, or
            accepting through this link needs a code.
        NotFoundError: When the link stopped working meanwhile.
    """
    words = _clean_words(Outcome.ACCEPTED, name, function, "", reason_needed=False)
    version = still_open(session, link, now=now)
    _require_code(link, Outcome.ACCEPTED, means)
    consent = SignerConsent(
        version=version,
        position=len(version.consents) + 1,
        link=link,
        means=means,
        name=words["name"],
        function=words["function"],
        consent_text=consent_text,
        consent_language=consent_language,
        sha256=version.shown_sha256,
        ip=ip[:LONGEST_IP],
        user_agent=clean_text(user_agent)[:LONGEST_AGENT],
        given_at=now,
    )
    session.add(consent)
    session.flush()
    record_event(
        session,
        version,
        "consent.given",
        actor=consent.name,
        now=now,
        position=consent.position,
        **_how(consent),
    )
    return consent


def still_open(session: Session, link: AccessLink, *, now: datetime) -> DocumentVersion:
    """The version, locked, that this link may still answer.

    Raises:
        ConflictError: When a decision was made, this person has signed, or it does not wait.
        NotFoundError: When the link stopped working meanwhile.
    """
    version = link.version
    lock_version(session, version)
    session.refresh(link)
    if not opens(link, now):
        raise no_such_link()
    if version.decision is not None:
        raise ConflictError("a decision was made already", where=version_name(version))
    if link.contact_id in [consent.link.contact_id for consent in version.consents]:
        raise ConflictError(
            f"{link.contact.full_name} has signed already", where=version_name(version)
        )
    require_state(version, VersionState.SENT, todo="wait for the invitation")
    return version


def _require_code(link: AccessLink, outcome: Outcome, means: Means) -> None:
    """Whatever page forgets to ask: what the policy wants a code for is not accepted without."""
    if link.asks_code and outcome is Outcome.ACCEPTED and means is Means.LINK:
        raise ConflictError("accepting needs a code by mail", where=version_name(link.version))


def record_silence(
    session: Session, version: DocumentVersion, *, by: str, reason: str, now: datetime
) -> None:
    """Record that nobody answered in time and that this counts as acceptance (§ 640 (2) BGB).

    A person's judgement, never a machine's: whether the request arrived is not in our database.

    Args:
        session: The transaction.
        version: That was sent.
        by: Who judges so.
        reason: Why, such as how it is known that the request arrived.
        now: When.

    Raises:
        InputError: When the reason is missing or too long.
        ConflictError: When it was answered after all, or can still be answered.
    """
    reason = clean_text(reason).strip()
    if not 0 < len(reason) <= LONGEST["reason"]:
        raise InputError("the reason is missing or too long", where="reason", todo="say why")
    lock_version(session, version)
    require_state(version, VersionState.SENT, todo="look at the document again")
    until = open_until(session, version, now=now)
    if until is not None:
        raise ConflictError(
            f"the client can still answer, until {until:%Y-%m-%d %H:%M} UTC",
            where=version_name(version),
            todo="wait until the time is over",
        )
    version.state = VersionState.ACCEPTED
    session.flush()
    record_event(session, version, "acceptance.deemed", actor=by, now=now, reason=reason)


def accepted_on(version: DocumentVersion, zone: ZoneInfo) -> date:
    """The day on which the acceptance of a version took effect, by the calendar of that zone.

    It is the day on which it came to the agency (§ 130 (1) BGB): for what was signed outside of our
    page, the one that was recorded with its proof. Where nobody answered, it is the day on which
    the version was made: what it tells of was there by then.
    """
    decision = version.decision
    if decision is None:
        return version.created_at.astimezone(zone).date()
    received_on = decision.proof.received_on if decision.proof else None
    return received_on or decision.decided_at.astimezone(zone).date()


def clean_signature(name: str, function: str) -> dict[str, str]:
    """Name and function of whoever accepts, fit to be stored and printed.

    Raises:
        InputError: The name is missing, or one of them is too long.
    """
    words = _clean_words(Outcome.ACCEPTED, name, function, "", reason_needed=False)
    return {"name": words["name"], "function": words["function"]}


def _clean_words(
    outcome: Outcome, name: str, function: str, reason: str, *, reason_needed: bool
) -> dict[str, str]:
    """What the client typed, fit to be stored and printed."""
    words = {
        "name": clean_text(name).strip(),
        "function": clean_text(function).strip(),
        "reason": clean_text(reason).strip(),
    }
    if not words["name"]:
        raise InputError("the name is missing", where="name", todo="say who decides")
    if outcome is Outcome.DECLINED and reason_needed and not words["reason"]:
        raise InputError("the reason is missing", where="reason", todo="say what is not right")
    for field, longest in LONGEST.items():
        if len(words[field]) > longest:
            raise InputError(f"more than {longest} characters", where=field, todo="shorten it")
    return words


def _clean_defects(defects: Sequence[NamedDefect]) -> list[Defect]:
    if len(defects) > MOST_DEFECTS:
        raise InputError(f"more than {MOST_DEFECTS} defects", where="defects", todo="combine some")
    named = [
        {
            "place": clean_text(each.place).strip(),
            "description": clean_text(each.description).strip(),
        }
        for each in defects
    ]
    for words in named:
        for field, longest in LONGEST_DEFECT.items():
            if not words[field]:
                raise InputError(f"a defect without {field}", where=field, todo="say both")
            if len(words[field]) > longest:
                raise InputError(f"more than {longest} characters", where=field, todo="shorten it")
    return [Defect(position=position, **words) for position, words in enumerate(named, 1)]


def record_answer(session: Session, decision: ClientDecision) -> None:
    """Enter the decision in the audit trail."""
    record_event(
        session,
        decision.version,
        f"decision.{decision.outcome}",
        actor=decision.name,
        now=decision.decided_at,
        reason=decision.reason,
        defects=[f"{each.place}: {each.description}" for each in decision.defects],
        objections=[objection_facts(each) for each in decision.objections],
        **_how(decision),
    )


def _how(given: ClientDecision | SignerConsent) -> dict[str, str]:
    # Address and browser stay out of the trail, which cannot forget: they may be erased one day.
    return {
        "sha256": given.sha256,
        "function": given.function,
        "means": given.means,
        "invited": given.link.contact.email if given.link else "",
        "consent_language": given.consent_language,
        "consent_sha256": hashlib.sha256(given.consent_text.encode()).hexdigest(),
    }
