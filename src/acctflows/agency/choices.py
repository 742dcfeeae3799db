"""What the choices of a record are called in German and English, and how people write them."""

from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from acctflows.agency.messages import Message
from acctflows.agency.problems import fault
from acctflows.agency.rules import fold
from acctflows.db.models.agency import (
    ClientKind,
    ContactRole,
    ContractNature,
    Discipline,
    MilestoneState,
    Stage,
    SurveyBasis,
    Unit,
)


class Words(NamedTuple):
    """The words for one choice; ``also``, separated by ``|``, are understood, never written."""

    de: str
    en: str
    also: str = ""

    def spellings(self) -> list[str]:
        """Every word that means the choice."""
        return [self.de, self.en, *filter(None, self.also.split("|"))]


WORDS: dict[StrEnum, Words] = {
    ClientKind.BUSINESS: Words(
        "Unternehmen", "Business", "B2B|Firma|Unternehmer|Unternehmerin|Company|gewerblich"
    ),
    ClientKind.CONSUMER: Words(
        "Verbraucher", "Consumer", "Verbraucherin|B2C|Privat|Privatkunde|Private|Privatperson"
    ),
    ContactRole.SIGNER: Words(
        "Unterzeichner",
        "Signer",
        "Zeichnungsberechtigt|Unterzeichnerin|Vertrag|Signatory|Entscheider",
    ),
    ContactRole.BILLING: Words(
        "Rechnung", "Billing", "Buchhaltung|Rechnungsempfänger|Invoice|Accounting"
    ),
    ContactRole.PROJECT: Words(
        "Projekt", "Project", "Projektleitung|Ansprechpartner|Ansprechpartnerin"
    ),
    ContactRole.SURVEY: Words("Umfrage", "Survey", "Befragung|Feedback"),
    SurveyBasis.CONSENT: Words("Einwilligung", "Consent", "Opt-in|Zustimmung"),
    SurveyBasis.EXISTING_CUSTOMER: Words(
        "Bestandskunde", "Existing customer", "Bestandskundin|Soft opt-in"
    ),
    SurveyBasis.NONE: Words("keine", "None", "nein|no|ohne"),
    Discipline.ACCOUNT_MANAGEMENT: Words(
        "Kundenberatung", "Account management", "Account Manager|Account Managerin|Kundenbetreuung"
    ),
    Discipline.USABILITY: Words("Usability", "Usability", "UX|User Experience"),
    Discipline.COPY: Words("Text", "Copy", "Copywriting|Redaktion|Content|Texterin"),
    Discipline.ANALYTICS: Words("Webanalyse", "Analytics", "Web Analytics|Analyse|Tracking"),
    Discipline.SEO: Words("SEO", "SEO", "Suchmaschinenoptimierung"),
    Discipline.ADVERTISING: Words(
        "Werbung", "Advertising", "Online-Werbung|SEA|Ads|Paid Media|Performance"
    ),
    Discipline.DESIGN: Words("Gestaltung", "Design", "Grafik|Webdesign|UI Design"),
    Discipline.DEVELOPMENT: Words(
        "Entwicklung", "Development", "Programmierung|Webentwicklung|Web Development"
    ),
    Discipline.CONSULTING: Words("Beratung", "Consulting", "Strategie|Strategy"),
    Stage.LEAD: Words("Anfrage", "Lead", "Interessent|Kontakt"),
    Stage.PROPOSAL: Words("Angebot", "Proposal", "Offerte|Quote|Offer"),
    Stage.CONTRACT: Words("Vertrag", "Contract", "Vertragsphase"),
    Stage.ACTIVE: Words("Laufend", "Active", "Aktiv|In Arbeit|Läuft|Running"),
    Stage.ON_HOLD: Words("Pausiert", "On hold", "Ruht|Paused|Wartet"),
    Stage.DELIVERED: Words("Geliefert", "Delivered", "Übergeben|Fertig"),
    Stage.CLOSED: Words("Abgeschlossen", "Closed", "Beendet|Done"),
    Stage.LOST: Words("Verloren", "Lost", "Abgelehnt|Abgesagt"),
    ContractNature.WORK: Words(
        "Werkvertrag", "Work contract", "Werk|Contract for work|Werkleistung"
    ),
    ContractNature.SERVICE: Words("Dienstvertrag", "Service contract", "Dienst|Dienstleistung"),
    Unit.HOUR: Words("Stunde", "Hour", "Stunden|Std|h|Hours|hrs"),
    Unit.DAY: Words("Tag", "Day", "Tage|Tagessatz|Days|PT|Personentag"),
    Unit.MONTH: Words("Monat", "Month", "Monate|mtl|monatlich|Months|monthly"),
    Unit.PIECE: Words("Stück", "Piece", "Stk|St|Pieces|pcs|Anzahl"),
    Unit.LUMP_SUM: Words("Pauschale", "Lump sum", "pauschal|psch|Festpreis|Fixed price|Flat"),
    MilestoneState.PLANNED: Words("Geplant", "Planned", "Offen|Open"),
    MilestoneState.IN_PROGRESS: Words("In Arbeit", "In progress", "Laufend|Begonnen"),
    MilestoneState.DONE: Words("Erledigt", "Done", "Fertig|Erreicht|Completed"),
    MilestoneState.ACCEPTED: Words("Abgenommen", "Accepted", "Abnahme erfolgt"),
}
"""Every choice of the records; a test fails when one is forgotten."""

LANGUAGES = {
    "de": Words("Deutsch", "German", "ger|deu|de-DE|de-AT|de-CH"),
    "en": Words("Englisch", "English", "eng|en-GB|en-US"),
}
"""Languages the house writes in."""

YES_NO = {
    True: Words("ja", "yes", "true|wahr|x|j|y|1|✓|✔|☑|☒|ok|an|on|(x)|[x]"),
    False: Words("nein", "no", "false|falsch|n|0|aus|off|☐|( )|[ ]|✗|✘"),
}
"""How yes and no are written."""


def label(choice: StrEnum, language: str) -> str:
    """The word for a choice in that language (``de`` or ``en``)."""
    words = WORDS[choice]
    return words.de if language == "de" else words.en


@cache
def _spellings(kind: type[StrEnum]) -> dict[str, StrEnum]:
    found: dict[str, StrEnum] = {}
    for choice in kind:
        words = WORDS[choice]
        for spelling in (choice.value, *words.spellings()):
            found[fold(spelling)] = choice
    return found


def read_choice(kind: type[StrEnum], value: Any) -> Any:
    """The choice meant by a value or a German or English word for it.

    Anything that is no text passes on to pydantic; unknown words are refused with the choices.
    """
    if not isinstance(value, str):
        return value
    choice = _spellings(kind).get(fold(value))
    if choice is None:
        raise fault("no_choice", value=value, expected=_all_labels(kind))
    return choice


def _all_labels(kind: type[StrEnum]) -> Message:
    german, english = (
        ", ".join(label(choice, language) for choice in kind) for language in ("de", "en")
    )
    return Message(en=english, de=german)


def read_language(text: str) -> str:
    """``de`` or ``en`` from the code or the name of the language."""
    for code, words in LANGUAGES.items():
        if fold(text) in {code, *map(fold, words.spellings())}:
            return code
    raise fault("no_choice", value=text, expected="de, en")


def read_yes_no(value: Any) -> Any:
    """True or False from how people tick a box; anything that is no text passes on."""
    if not isinstance(value, str):
        return value
    bare = value.strip().casefold()
    for answer, words in YES_NO.items():
        if bare in words.spellings():
            return answer
    raise fault("no_yes_or_no", value=value)
