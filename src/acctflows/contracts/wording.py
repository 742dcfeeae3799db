"""The words a contract is made of that depend on language and law: units, dates, citations."""

import re
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date

from acctflows.contracts.terms import Term
from acctflows.db.models.agency import ContractNature, Unit
from acctflows.money import LOCALES, NBSP, format_number

UNITS = {
    "de": {
        Unit.HOUR: ("Stunde", "Stunden"),
        Unit.DAY: ("Tag", "Tage"),
        Unit.MONTH: ("Monat", "Monate"),
        Unit.PIECE: ("Stück", "Stück"),
        Unit.LUMP_SUM: ("pauschal", "pauschal"),
    },
    "en": {
        Unit.HOUR: ("hour", "hours"),
        Unit.DAY: ("day", "days"),
        Unit.MONTH: ("month", "months"),
        Unit.PIECE: ("piece", "pieces"),
        Unit.LUMP_SUM: ("lump sum", "lump sum"),
    },
}

NATURES = {
    ("DE", "de"): {ContractNature.WORK: "Werkvertrag", ContractNature.SERVICE: "Dienstvertrag"},
    # In Austria “Dienstvertrag” is the contract of employment (§ 1151 ABGB).
    ("AT", "de"): {ContractNature.WORK: "Werkvertrag", ContractNature.SERVICE: "Auftrag"},
    ("DE", "en"): {ContractNature.WORK: "Work", ContractNature.SERVICE: "Service"},
    ("AT", "en"): {ContractNature.WORK: "Work", ContractNature.SERVICE: "Service"},
}

PERIODS = {
    # After “von” (dative), as every clause of the German template uses them.
    "de": {
        "day": ("einem Tag", "Tagen"),
        "working_day": ("einem Werktag", "Werktagen"),
        "month": ("einem Monat", "Monaten"),
        "year": ("einem Jahr", "Jahren"),
    },
    "en": {
        "day": ("one day", "days"),
        "working_day": ("one working day", "working days"),
        "month": ("one month", "months"),
        "year": ("one year", "years"),
    },
}

CITATIONS = {
    ("DE", "de"): {
        "law": "Recht der Bundesrepublik Deutschland",
        "work": "§§ 631 ff. BGB",
        "service": "§§ 611 ff. BGB",
        "default": "§ 286 Abs. 2 Nr. 2 BGB",
        "interest_business": "neun Prozentpunkte über dem Basiszinssatz (§ 288 Abs. 2 BGB)",
        "interest_consumer": "fünf Prozentpunkte über dem Basiszinssatz (§ 288 Abs. 1 BGB)",
        "deemed": " (§ 640 Abs. 2 BGB)",
        "defects": "§§ 633 ff. BGB",
        "survey": "§ 7 Abs. 3 UWG",
        "product_liability": "Produkthaftungsgesetz",
    },
    ("AT", "de"): {
        "law": "Recht der Republik Österreich",
        "work": "§§ 1165 ff. ABGB",
        "service": "§§ 1002 ff. ABGB",
        "default": "§ 1334 ABGB",
        "interest_business": "9,2 Prozentpunkte über dem Basiszinssatz (§ 456 UGB)",
        "interest_consumer": "vier Prozent pro Jahr (§ 1000 Abs. 1 ABGB)",
        "deemed": "",
        "defects": "§§ 922 ff. ABGB",
        "survey": "§ 174 Abs. 4 TKG 2021",
        "product_liability": "Produkthaftungsgesetz",
    },
    ("DE", "en"): {
        "law": "laws of the Federal Republic of Germany",
        "work": "§§ 631 et seq. BGB",
        "service": "contracts for services (Dienstvertrag, §§ 611 et seq. BGB)",
        "default": "§ 286 (2) no. 2 BGB",
        "interest_business": "nine percentage points above the base rate (§ 288 (2) BGB)",
        "interest_consumer": "five percentage points above the base rate (§ 288 (1) BGB)",
        "deemed": " (§ 640 (2) BGB)",
        "defects": "§§ 633 et seq. BGB",
        "survey": "§ 7 (3) UWG",
        "product_liability": "Product Liability Act",
    },
    ("AT", "en"): {
        "law": "laws of the Republic of Austria",
        "work": "§§ 1165 et seq. ABGB",
        "service": "mandates (Auftrag, §§ 1002 et seq. ABGB)",
        "default": "§ 1334 ABGB",
        "interest_business": "9.2 percentage points above the base rate (§ 456 UGB)",
        "interest_consumer": "four per cent per year (§ 1000 (1) ABGB)",
        "deemed": "",
        "defects": "§§ 922 et seq. ABGB",
        "survey": "§ 174 (4) TKG 2021",
        "product_liability": "Product Liability Act",
    },
}
"""Statutes the clauses rest on, by law and language; the templates place them by name.

Austrian law knows no fiction of acceptance, so ``deemed`` cites nothing there.
"""

SUMMARY = {
    "de": {
        "contract": "Vertrag",
        "client": "Kunde",
        "signer": "Unterzeichnet von",
        "project": "Projekt",
        "services": "Leistungen",
        "time": "Zeitraum",
        "net": "Netto",
        "gross": "Brutto",
        "payment": "Zahlung",
        "days": "innerhalb von {} nach Zugang der Rechnung",
    },
    "en": {
        "contract": "Contract",
        "client": "Client",
        "signer": "Signed by",
        "project": "Project",
        "services": "Services",
        "time": "Period",
        "net": "Net",
        "gross": "Gross",
        "payment": "Payment",
        "days": "within {} of receiving the invoice",
    },
}
"""Labels of the summary a manager decides on."""

DURATION = {
    "de": {
        Term.PROJECT: "bis alles geliefert ist",
        Term.FIXED: "fest",
        Term.RENEWING: "verlängert sich, bis jemand kündigt",
        Term.OPEN_ENDED: "unbefristet",
    },
    "en": {
        Term.PROJECT: "until everything is delivered",
        Term.FIXED: "fixed",
        Term.RENEWING: "renewed until someone gives notice",
        Term.OPEN_ENDED: "open-ended",
    },
}
"""How long a contract without an agreed end lasts."""


def bind_citation(text: str) -> str:
    """The text with everything from a section sign to its statute held together on one line."""
    return re.sub(r"§[^),]*", lambda found: found[0].replace(" ", NBSP), text)


def citations(law: str, language: str) -> dict[str, str]:
    """The statutes of that legal system, ready to print in that language."""
    return {name: bind_citation(text) for name, text in CITATIONS[law, language].items()}


def quantity(value: Decimal, unit: Unit, language: str) -> str:
    """Such as ``6 Monate`` or ``12.5 hours``; a single lump sum needs no number."""
    singular, plural = UNITS[language][unit]
    if unit is Unit.LUMP_SUM and value == 1:
        return singular
    name = singular if value == 1 else plural
    return f"{format_number(value, language)}{NBSP}{name}"


def period(count: int, unit: str, language: str) -> str:
    """A length of time as it stands after “von” or “of”: ``14 Tagen``, ``einem Monat``."""
    one, many = PERIODS[language][unit]
    return one if count == 1 else f"{count}{NBSP}{many}"


def long_date(day: date, language: str) -> str:
    """Such as ``1. Dezember 2026`` or ``1 December 2026``, unbreakable."""
    return str(format_date(day, format="long", locale=LOCALES[language])).replace(" ", NBSP)


def percentage(rate: Decimal, language: str) -> str:
    """Such as ``19 %`` in German and ``19%`` in English."""
    return format_number(rate, language) + (f"{NBSP}%" if language == "de" else "%")


def country_name(code: str, language: str) -> str:
    """The country in that language; an unknown code stays as it is."""
    return str(Locale.parse(LOCALES[language]).territories.get(code, code))
