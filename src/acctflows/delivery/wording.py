"""The words an act is made of that depend on language and law: its subject, citations."""

from calendar import monthrange
from datetime import date

from babel.dates import format_date

from acctflows.db.models.agency import Milestone
from acctflows.delivery.subject import Subject
from acctflows.documents.wording import bind_citation, long_date
from acctflows.money import LOCALES, NBSP

CITATIONS = {
    ("DE", "de"): {
        "refusal": " (§ 640 Abs. 1 BGB)",
        "deemed": " (§ 640 Abs. 2 BGB)",
        "reserved": " (§ 640 Abs. 3 BGB)",
        "service": " (§§ 611 ff. BGB)",
    },
    ("DE", "en"): {
        "refusal": " (§ 640 (1) BGB)",
        "deemed": " (§ 640 (2) BGB)",
        "reserved": " (§ 640 (3) BGB)",
        "service": " (Dienstvertrag, §§ 611 et seq. BGB)",
    },
    ("AT", "de"): {
        "refusal": "",
        "deemed": "",
        "reserved": "",
        "service": " (§§ 1002 ff. ABGB)",
    },
    ("AT", "en"): {
        "refusal": "",
        "deemed": "",
        "reserved": "",
        "service": " (Auftrag, §§ 1002 et seq. ABGB)",
    },
}
"""Statutes the acts rest on, by law and language; Austrian law has no such rules on acceptance."""


def citations(law: str, language: str) -> dict[str, str]:
    """The statutes of that legal system, ready to print in that language."""
    return {name: bind_citation(text) for name, text in CITATIONS[law, language].items()}


def subject_words(subject: Subject, language: str) -> str:
    """The milestone's title, or the period."""
    if isinstance(subject, Milestone):
        return subject.title
    return period_words(subject.first, subject.last, language)


def period_words(first: date, last: date, language: str) -> str:
    """A period: ``November 2026`` where it is a whole month, else its first and last day."""
    whole = first.replace(day=monthrange(first.year, first.month)[1]) == last and first.day == 1
    if whole:
        return str(format_date(first, "LLLL y", locale=LOCALES[language])).replace(" ", NBSP)
    return f"{long_date(first, language)} – {long_date(last, language)}"
