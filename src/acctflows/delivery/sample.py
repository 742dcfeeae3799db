"""A made-up act of each kind and language, for checking templates without a database."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from acctflows.db.models.agency import ContractNature, Unit
from acctflows.delivery.presenting import word_context
from acctflows.delivery.snapshot import ActSnapshot
from acctflows.dispatch.sample import sample_parties

_WORDS: dict[str, dict[str, Any]] = {
    "de": {
        "project": "Relaunch moewe.example",
        "milestone": "Website online",
        "services": ("Entwicklung", "SEO-Betreuung"),
        "notes": ("Warenkorb und Bezahlung angebunden", "Seitentitel überarbeitet", ""),
        "defect": (
            "Warenkorb",
            "Der Gutschein wird nicht abgezogen.",
            "Berechnung berichtigt und mit drei Gutscheinen geprüft",
        ),
    },
    "en": {
        "project": "Relaunch of finch.example",
        "milestone": "Website online",
        "services": ("Development", "SEO care"),
        "notes": ("Basket and payment connected", "Page titles revised", ""),
        "defect": (
            "Basket",
            "The voucher is not deducted.",
            "Calculation corrected and checked with three vouchers",
        ),
    },
}


def sample_context(kind: str, language: str) -> dict[str, Any]:
    """The values an act's template of that kind and language (``de`` or ``en``) is given."""
    return word_context(sample_snapshot(kind, language), version=2)


SAMPLES = {kind: partial(sample_context, kind) for kind in ("acceptance", "activity")}
"""Each kind of act to its sample data in a language."""


def sample_snapshot(kind: str, language: str) -> ActSnapshot:
    """An act of two services and three entries; an acceptance with one cured defect."""
    words = _WORDS[language]
    return ActSnapshot.model_validate(
        {
            "number": f"{'A' if kind == 'acceptance' else 'L'}-2026-0001",
            "language": language,
            "law": "DE",
            "currency": "EUR",
            "project_number": "P-2026-001",
            "project_title": words["project"],
            "contract_number": "V-2026-0001",
            **sample_parties(language),
            "lines": _lines(words["services"]),
            "records": _records(words["services"], words["notes"]),
            "acceptance_days": 14,
            **(_milestone(words) if kind == "acceptance" else _PERIOD),
        }
    )


def _milestone(words: dict[str, Any]) -> dict[str, Any]:
    place, description, note = words["defect"]
    defect = {"place": place, "description": description, "cured_note": note}
    return {
        "nature": ContractNature.WORK,
        "milestone_id": 1,
        "milestone": words["milestone"],
        "completed_on": date(2026, 11, 20),
        "period_from": None,
        "period_to": None,
        "defects": [defect | {"cured_on": date(2026, 11, 19)}],
    }


_PERIOD: dict[str, Any] = {
    "nature": ContractNature.SERVICE,
    "milestone_id": None,
    "milestone": "",
    "completed_on": None,
    "period_from": date(2026, 11, 1),
    "period_to": date(2026, 11, 30),
    "defects": [],
}


def _lines(titles: tuple[str, str]) -> list[dict[str, Any]]:
    first, second = titles
    shared = {"billable": True, "tax_percent": Decimal("19.00")}
    return [
        {
            "position": 1,
            "service_code": "DEV-HOUR",
            "title": first,
            "quantity": Decimal("10.500"),
            "unit": Unit.HOUR,
            "unit_price_minor": 11_000,
            "net_minor": 115_500,
            **shared,
        },
        {
            "position": 2,
            "service_code": "SEO-CARE",
            "title": second,
            "quantity": Decimal("1.000"),
            "unit": Unit.MONTH,
            "unit_price_minor": 95_000,
            "net_minor": 95_000,
            **shared,
        },
    ]


def _records(titles: tuple[str, str], notes: tuple[str, str, str]) -> list[dict[str, Any]]:
    first, second = titles
    entries = (
        (date(2026, 11, 3), first, "Mara Lindqvist", Decimal("8.000"), Unit.HOUR, notes[0]),
        (date(2026, 11, 12), second, "Aino Koski", Decimal("1.000"), Unit.MONTH, notes[1]),
        (date(2026, 11, 18), first, "", Decimal("2.500"), Unit.HOUR, notes[2]),
    )
    names = ("done_on", "title", "specialist", "quantity", "unit", "note")
    return [dict(zip(names, entry, strict=True)) for entry in entries]
