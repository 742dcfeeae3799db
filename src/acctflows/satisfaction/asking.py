"""May this contact be asked about this project now, and when is the next reminder due?

A survey by e-mail is advertising (BGH, 10 July 2018, VI ZR 225/17), to businesses too: it needs
consent (§ 7 (2) no. 2 UWG) or all four conditions of § 7 (3) UWG. The rules on dispute and dunning
are the house's own: whoever is in a quarrel with us is not asked whether they like us.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from acctflows.db.models.agency import Stage, SurveyBasis
from acctflows.documents.wording import long_date
from acctflows.satisfaction.policy import SurveyPolicy, is_expired, last_day, local_day

DUNNING_FROM = 2
"""From this dunning level on a client is not asked."""


@dataclass(frozen=True)
class AskFacts:
    """What is known of a contact and a project when the question comes up; moments are aware."""

    stage: Stage
    """Of the project."""
    closed_on: date | None
    """The agency's day on which the project was closed."""
    already_asked: bool
    """Whether this contact was invited to a survey about this project before."""
    basis: SurveyBasis
    evidence: str
    """How the consent, or the four conditions of § 7 (3) UWG, can be proven."""
    basis_on: date | None
    """The day since which the basis holds, where recorded."""
    notice_in_contract: bool
    """Whether the client's contract tells of surveys and the right to object (no. 4)."""
    opted_out: bool
    active: bool
    """Neither the contact nor the client is archived."""
    last_asked_at: datetime | None
    """The latest invitation of this contact to any survey."""
    open_dispute: bool
    dunning_level: int
    """Highest level reached by an open invoice of the client; 0 for none."""


@dataclass(frozen=True)
class Refusal:
    """One reason not to ask, without a language yet; ``until`` is the day it falls away by itself.

    ``until`` is None where only somebody's action, or nothing, can change it.
    """

    code: str
    until: date | None = None

    def text(self, language: str) -> str:
        """Why not, as one sentence in that language (``de`` or ``en``)."""
        sentence = _SENTENCES[self.code][language]
        return sentence.format(day=long_date(self.until, language)) if self.until else sentence


@dataclass(frozen=True)
class Decision:
    """Whether the contact may be asked now, or everything that speaks against it."""

    refusals: tuple[Refusal, ...]

    @property
    def allowed(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.refusals

    @property
    def may_pass(self) -> bool:
        """Whether all that speaks against it may be over soon, so that a mail can wait for it."""
        return all(refusal.code in _PASSING for refusal in self.refusals)

    @property
    def possible_from(self) -> date | None:
        """The day on which to decide anew because waiting was all that was missing."""
        days = [refusal.until for refusal in self.refusals]
        return max((day for day in days if day), default=None) if all(days) else None

    def text(self, language: str) -> str:
        """All reasons in that language, one sentence after the other; empty when allowed."""
        return " ".join(refusal.text(language) for refusal in self.refusals)


@dataclass(frozen=True)
class Invitation:
    """What became of an invitation so far; moments are aware."""

    invited_at: datetime
    reminded_at: tuple[datetime, ...] = ()
    answered_at: datetime | None = None
    opted_out: bool = False
    bounced: bool = False


_PASSING = frozenset({"dispute", "dunning", "basis_later"})
"""Refusals that end with a settlement, a payment or a day."""

_SENTENCES = {
    "not_closed": {
        "de": "Das Projekt ist nicht abgeschlossen.",
        "en": "The project is not closed.",
    },
    "no_close_day": {
        "de": "Der Tag des Abschlusses ist nicht festgehalten.",
        "en": "The day the project closed is not recorded.",
    },
    "too_early": {
        "de": "Der Abschluss ist noch zu frisch: gefragt wird ab {day}.",
        "en": "The project closed too recently: ask from {day} on.",
    },
    "too_late": {
        "de": "Der Abschluss liegt zu lange zurück.",
        "en": "The project closed too long ago.",
    },
    "already_asked": {
        "de": "Zu diesem Projekt wurde schon gefragt.",
        "en": "This project was already asked about.",
    },
    "no_contact": {
        "de": "Kein Kontakt des Kunden hat die Rolle „Umfrage“.",
        "en": "No contact of the client has the role “Survey”.",
    },
    "inactive": {
        "de": "Der Kontakt oder sein Unternehmen ist archiviert.",
        "en": "The contact or the client is archived.",
    },
    "opted_out": {
        "de": "Der Kontakt hat Umfragen widersprochen (Art. 21 Abs. 3 DSGVO).",
        "en": "The contact has objected to surveys (Art. 21 (3) GDPR).",
    },
    "no_basis": {
        "de": "Es ist keine Rechtsgrundlage für Umfragen festgehalten (§ 7 UWG).",
        "en": "No legal basis for surveys is recorded (§ 7 UWG).",
    },
    "no_evidence": {
        "de": "Die Einwilligung ist nicht belegt (Art. 7 Abs. 1 DSGVO).",
        "en": "There is no evidence of the consent (Art. 7 (1) GDPR).",
    },
    "no_notice": {
        "de": "Der Hinweis auf das Widerspruchsrecht ist nicht belegt: weder steht er im Vertrag, "
        "noch ist ein Nachweis festgehalten (§ 7 Abs. 3 Nr. 4 UWG).",
        "en": "The notice of the right to object is not proven: neither is it in the contract, nor "
        "is any evidence recorded (§ 7 (3) no. 4 UWG).",
    },
    "basis_later": {
        "de": "Die Rechtsgrundlage gilt erst ab {day}.",
        "en": "The legal basis holds only from {day} on.",
    },
    "quiet": {
        "de": "Der Kontakt wurde vor Kurzem gefragt: wieder ab {day}.",
        "en": "The contact was asked recently: ask again from {day} on.",
    },
    "dispute": {
        "de": "Mit dem Kunden ist ein Streit offen.",
        "en": "There is an open dispute with the client.",
    },
    "dunning": {
        "de": f"Der Kunde ist in Mahnstufe {DUNNING_FROM} oder höher.",
        "en": f"The client is at dunning level {DUNNING_FROM} or higher.",
    },
}
"""Why not, by code; ``{day}`` is the day on which the reason falls away."""


def may_ask(facts: AskFacts, policy: SurveyPolicy, *, now: datetime, zone: ZoneInfo) -> Decision:
    """Whether this contact may be invited now; all reasons against it, not only the first.

    Args:
        facts: What is known of the contact and the project.
        policy: The survey's settings.
        now: The present moment, aware.
        zone: The agency's time zone, in which days are counted.
    """
    today = local_day(now, zone)
    return Decision(
        (
            *_project_refusals(facts, policy, today),
            *_contact_refusals(facts, today),
            *_quiet_refusals(facts, policy, today, zone),
            *_client_refusals(facts),
        )
    )


def may_remind(facts: AskFacts, *, now: datetime, zone: ZoneInfo) -> Decision:
    """Whether somebody who was chosen may be written to now, first or again.

    Every use of the address needs its basis anew, and a project that was opened again is not over.
    """
    today = local_day(now, zone)
    return Decision(
        (*_open_refusals(facts), *_contact_refusals(facts, today), *_client_refusals(facts))
    )


def next_reminder(invitation: Invitation, policy: SurveyPolicy, *, zone: ZoneInfo) -> date | None:
    """The day from which on the next reminder is due; None when there is none to come.

    An answer, an objection and a bounce end the reminders, and none is sent after the last day.
    """
    over = invitation.answered_at is not None or invitation.opted_out or invitation.bounced
    if over or len(invitation.reminded_at) >= policy.reminders:
        return None
    latest = max((invitation.invited_at, *invitation.reminded_at))
    day = local_day(latest, zone) + timedelta(days=policy.days_between)
    return day if day <= last_day(invitation.invited_at, policy, zone=zone) else None


def is_reminder_due(
    invitation: Invitation, policy: SurveyPolicy, *, now: datetime, zone: ZoneInfo
) -> bool:
    """Whether a reminder is to be sent now: its day has come and the link still takes answers."""
    day = next_reminder(invitation, policy, zone=zone)
    if day is None or is_expired(invitation.invited_at, policy, now=now, zone=zone):
        return False
    return local_day(now, zone) >= day


def _project_refusals(facts: AskFacts, policy: SurveyPolicy, today: date) -> Iterator[Refusal]:
    if facts.already_asked:
        yield Refusal("already_asked")
    yield from _open_refusals(facts)
    if facts.stage is not Stage.CLOSED:
        return
    if facts.closed_on is None:
        yield Refusal("no_close_day")
    elif today < (first := facts.closed_on + timedelta(days=policy.days_after_close)):
        yield Refusal("too_early", until=first)
    elif today > facts.closed_on + timedelta(days=policy.latest_days_after_close):
        yield Refusal("too_late")


def _open_refusals(facts: AskFacts) -> Iterator[Refusal]:
    if facts.stage is not Stage.CLOSED:
        yield Refusal("not_closed")


def _contact_refusals(facts: AskFacts, today: date) -> Iterator[Refusal]:
    if not facts.active:
        yield Refusal("inactive")
    if facts.opted_out:
        yield Refusal("opted_out")
    yield from _basis_refusals(facts, today)


def _quiet_refusals(
    facts: AskFacts, policy: SurveyPolicy, today: date, zone: ZoneInfo
) -> Iterator[Refusal]:
    if facts.last_asked_at is not None:
        until = local_day(facts.last_asked_at, zone) + timedelta(days=policy.quiet_days)
        if today < until:
            yield Refusal("quiet", until=until)


def _basis_refusals(facts: AskFacts, today: date) -> Iterator[Refusal]:
    proven = bool(facts.evidence.strip())
    if facts.basis is SurveyBasis.NONE:
        yield Refusal("no_basis")
        return
    if facts.basis is SurveyBasis.CONSENT and not proven:
        yield Refusal("no_evidence")
    if facts.basis is SurveyBasis.EXISTING_CUSTOMER and not (proven or facts.notice_in_contract):
        yield Refusal("no_notice")
    if facts.basis_on is not None and today < facts.basis_on:
        yield Refusal("basis_later", until=facts.basis_on)


def _client_refusals(facts: AskFacts) -> Iterator[Refusal]:
    if facts.open_dispute:
        yield Refusal("dispute")
    if facts.dunning_level >= DUNNING_FROM:
        yield Refusal("dunning")
