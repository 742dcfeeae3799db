"""Why an invoice is or is not reminded of: a code with its facts, said in German and English."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from babel.dates import format_date

from acctflows.money import LOCALES, Money

Fact = int | str | date | Money


class Why(StrEnum):
    """The codes; each has its sentences in ``SENTENCES``."""

    STEP_DUE = "step_due"
    COURTESY_DUE = "courtesy_due"
    PROMISE_BROKEN = "promise_broken"
    PAID = "paid"
    CREDIT = "credit"
    NO_DUE_DATE = "no_due_date"
    NEVER_SENT = "never_sent"
    SENT_RECENTLY = "sent_recently"
    HISTORY_UNCLEAR = "history_unclear"
    ON_HOLD = "on_hold"
    DISPUTED = "disputed"
    PROMISED = "promised"
    MONEY_WAITS = "money_waits"
    NOT_DUE = "not_due"
    WAITING = "waiting"
    BANK_DATA_BEHIND = "bank_data_behind"
    LAST_LEVEL_SENT = "last_level_sent"
    LETTER_PENDING = "letter_pending"
    LETTER_GAP = "letter_gap"
    BELOW_MINIMUM = "below_minimum"
    COVERED_BY_CREDIT = "covered_by_credit"
    NO_SENDING_DAY = "no_sending_day"
    NO_BANK_DATA = "no_bank_data"
    STALE_BANK_DATA = "stale_bank_data"
    UNKNOWN_ITEM = "unknown_item"
    AMOUNT_CHANGED = "amount_changed"
    CREDITS_CHANGED = "credits_changed"
    STEP_CHANGED = "step_changed"
    LETTER_EXPIRED = "letter_expired"


class Sentence(NamedTuple):
    """The same in both languages; braces hold the facts."""

    de: str
    en: str


SENTENCES: dict[Why, Sentence] = {
    Why.STEP_DUE: Sentence("Stufe {level} ist seit {since} dran.", "Level {level} since {since}."),
    Why.COURTESY_DUE: Sentence("Wird am {due_on} fällig.", "Falls due on {due_on}."),
    Why.PROMISE_BROKEN: Sentence(
        "Die für den {pay_by} zugesagte Zahlung ist ausgeblieben.",
        "The payment promised for {pay_by} did not arrive.",
    ),
    Why.PAID: Sentence("Bezahlt.", "Paid."),
    Why.CREDIT: Sentence("Guthaben von {amount}, wird abgezogen.", "Credit of {amount}, deducted."),
    Why.NO_DUE_DATE: Sentence(
        "Ohne Fälligkeit wird nicht gemahnt; bitte ein Datum eintragen.",
        "Without a due date there is no reminder; please enter one.",
    ),
    Why.NEVER_SENT: Sentence(
        "Die Rechnung wurde dem Kunden noch nicht geschickt.",
        "The invoice has not been sent to the client yet.",
    ),
    Why.SENT_RECENTLY: Sentence(
        "Die Rechnung ging erst am {sent_on} hinaus; frühestens ab {until}.",
        "The invoice was sent only on {sent_on}; not before {until}.",
    ),
    Why.HISTORY_UNCLEAR: Sentence(
        "Die bisherigen Stufen sind nicht lückenlos; bitte prüfen.",
        "The levels so far are not in unbroken order; please check.",
    ),
    Why.ON_HOLD: Sentence("Mahnstopp bis {until}.", "On hold until {until}."),
    Why.DISPUTED: Sentence(
        "Bestritten; ruht bis {until}.", "Disputed; nothing is sent until {until}."
    ),
    Why.PROMISED: Sentence(
        "Zahlung zugesagt für {pay_by}; der Kontostand wird bis {until} abgewartet.",
        "Payment promised for {pay_by}; the bank data are awaited until {until}.",
    ),
    Why.MONEY_WAITS: Sentence(
        "Am {booked_on} kam Geld, das dazu passt und noch niemand zugeordnet hat; bitte zuordnen.",
        "Money that fits came on {booked_on} and nobody has assigned it yet; please assign it.",
    ),
    Why.NOT_DUE: Sentence("Bis {due_on} zahlbar.", "Payable until {due_on}."),
    Why.WAITING: Sentence("Stufe {level} frühestens am {step_on}.", "Level {level} on {step_on}."),
    Why.BANK_DATA_BEHIND: Sentence(
        "Die Kontoumsätze reichen noch nicht bis {deadline}, bis dahin konnte bezahlt werden.",
        "The bank data do not yet reach {deadline}, until when payment was possible.",
    ),
    Why.LAST_LEVEL_SENT: Sentence(
        "Die letzte Stufe ging am {sent_on} hinaus; bitte über das Weitere entscheiden.",
        "The last level was sent on {sent_on}; please decide how to go on.",
    ),
    Why.LETTER_PENDING: Sentence(
        "Ein Schreiben an den Kunden wartet auf Freigabe oder Versand.",
        "A letter to the client awaits approval or sending.",
    ),
    Why.LETTER_GAP: Sentence(
        "Das letzte Schreiben ging am {sent_on} hinaus; das nächste frühestens am {next_on}.",
        "The last letter was sent on {sent_on}; the next one not before {next_on}.",
    ),
    Why.BELOW_MINIMUM: Sentence(
        "{amount} liegen unter der Mindestsumme von {minimum}.",
        "{amount} is below the minimum of {minimum}.",
    ),
    Why.COVERED_BY_CREDIT: Sentence(
        "Durch Guthaben gedeckt ({credit}); bitte verrechnen.",
        "Covered by credits ({credit}); please set them off.",
    ),
    Why.NO_SENDING_DAY: Sentence(
        "Heute wird nicht versendet; wieder am {next_on}.",
        "Nothing is sent today; again on {next_on}.",
    ),
    Why.NO_BANK_DATA: Sentence(
        "Es liegen keine Kontoumsätze vor; bitte einlesen.",
        "There are no bank data; please import them.",
    ),
    Why.STALE_BANK_DATA: Sentence(
        "Die Kontoumsätze reichen nur bis {as_of}; bitte neuere einlesen.",
        "The bank data reach only {as_of}; please import newer ones.",
    ),
    Why.UNKNOWN_ITEM: Sentence(
        "Der Posten ist nicht mehr offen verbucht.", "The item is no longer on the account."
    ),
    Why.AMOUNT_CHANGED: Sentence(
        "Offen sind jetzt {now} statt {then}.", "{now} is open now instead of {then}."
    ),
    Why.CREDITS_CHANGED: Sentence(
        "Das Guthaben beträgt jetzt {now} statt {then}.",
        "The credit is {now} now instead of {then}.",
    ),
    Why.STEP_CHANGED: Sentence(
        "Inzwischen wäre Stufe {now} dran statt {then}.",
        "By now level {now} would be next instead of {then}.",
    ),
    Why.LETTER_EXPIRED: Sentence(
        "Das Schreiben vom {decided_on} ist zu alt und wird neu erstellt.",
        "The letter of {decided_on} is too old and is made anew.",
    ),
}


@dataclass(frozen=True)
class Reason:
    """One reason.

    Args:
        code: What it is.
        facts: The values in the sentence, by name.
    """

    code: Why
    facts: tuple[tuple[str, Fact], ...] = ()

    def say(self, language: str) -> str:
        """The sentence in ``de`` or ``en``."""
        sentence = SENTENCES[self.code]
        text = sentence.de if language == "de" else sentence.en
        return text.format_map({name: _written(fact, language) for name, fact in self.facts})


def because(code: Why, **facts: Fact) -> Reason:
    """A reason with its facts."""
    return Reason(code, tuple(facts.items()))


def _written(fact: Fact, language: str) -> str:
    match fact:
        case Money():
            return fact.format(language)
        case date():
            return str(format_date(fact, "long", locale=LOCALES[language]))
        case _:
            return str(fact)
