"""The dates of a contract in words, for tasks of the manager, reports of runs and lists."""

from acctflows.contracts.life import Life
from acctflows.contracts.term_dates import Doubt, NoticeDay, Outlook, Phase
from acctflows.contracts.terms import Term
from acctflows.documents.wording import long_date

WORDS = {
    "de": {
        "by": "Soll der Vertrag zum {end} enden, muss die Kündigung bis {by} zugehen.",
        "late": "Rechtlich genügt der Zugang bis {last}; bis dahin ist kein Geschäftstag mehr.",
        "renewed": "Sonst verlängert er sich bis {until}.",
        "open_ended": "Sonst läuft er auf unbestimmte Zeit weiter.",
    },
    "en": {
        "by": "For the contract to end on {end}, notice must be received by {by}.",
        "late": "Receipt by {last} is enough in law, but no business day is left until then.",
        "renewed": "Otherwise it is renewed until {until}.",
        "open_ended": "Otherwise it goes on without a fixed term.",
    },
}

DOUBTS = {
    "de": {
        Doubt.BOUND_TOO_LONG: "Der Verbraucher ist länger als zwei Jahre ab Vertragsschluss "
        "gebunden: Das ist unwirksam (§ 309 Nr. 9 Buchst. a BGB). Bitte rechtlich prüfen lassen.",
        Doubt.AUSTRIAN_CONSUMER: "Österreichischer Verbraucher: § 15 KSchG kann eigene "
        "Kündigungstermine geben, und Schweigen verlängert nur nach rechtzeitigem Hinweis "
        "(§ 6 Abs. 1 Z 2 KSchG). Bitte rechtlich prüfen lassen.",
    },
    "en": {
        Doubt.BOUND_TOO_LONG: "The consumer is bound for more than two years from the conclusion, "
        "which is void (§ 309 no. 9 a BGB). Please have it checked by a lawyer.",
        Doubt.AUSTRIAN_CONSUMER: "Austrian consumer: § 15 KSchG may give notice dates of its own, "
        "and silence renews only after a timely notice of what it means (§ 6 (1) no. 2 KSchG). "
        "Please have it checked by a lawyer.",
    },
}

STATES = {
    "de": {
        Phase.AHEAD: "beginnt am {first}",
        Phase.RUNNING: "läuft",
        Phase.NOTICE_GIVEN: "gekündigt zum {end}",
        Phase.ENDED: "beendet am {end}",
    },
    "en": {
        Phase.AHEAD: "begins on {first}",
        Phase.RUNNING: "running",
        Phase.NOTICE_GIVEN: "notice given, ends on {end}",
        Phase.ENDED: "ended on {end}",
    },
}


def notice_words(notice: NoticeDay, language: str) -> str:
    """By when notice must be there, and what happens otherwise.

    Args:
        notice: The notice day.
        language: ``de`` or ``en``.
    """
    words, until = WORDS[language], notice.renewal.last_day
    end, by = notice.term.last_day or notice.notice_by, notice.notice_by
    said = [words["by"].format(end=long_date(end, language), by=long_date(by, language))]
    if notice.last_receipt != by:
        said.append(words["late"].format(last=long_date(notice.last_receipt, language)))
    if until is None:
        said.append(words["open_ended"])
    else:
        said.append(words["renewed"].format(until=long_date(until, language)))
    return " ".join(said)


def state_words(life: Life, language: str) -> str:
    """Where the contract is, in a few words."""
    view = life.outlook
    if view.phase is Phase.RUNNING and life.snapshot.terms.term is Term.PROJECT:
        return "bis alles geliefert ist" if language == "de" else "until everything is delivered"
    end = long_date(view.ends_on, language) if view.ends_on else ""
    first = long_date(view.term.first_day, language)
    return STATES[language][view.phase].format(first=first, end=end)


def doubt_words(view: Outlook, language: str) -> list[str]:
    """What a person should have checked, each in a sentence or two."""
    return [DOUBTS[language][doubt] for doubt in view.doubts]
