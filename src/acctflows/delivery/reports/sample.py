"""A made-up report in each language, for checking templates without a database."""

from datetime import date
from decimal import Decimal
from typing import Any

from acctflows.db.models.agency import Discipline, Unit
from acctflows.delivery import sample as acts
from acctflows.delivery.reports.job import CHART
from acctflows.delivery.reports.presenting import word_context
from acctflows.delivery.reports.snapshot import ReportSnapshot, Risk
from acctflows.documents.fonts import FontSet

_WORDS: dict[str, dict[str, Any]] = {
    "de": {
        "services": ("SEO-Betreuung", "Pflege nach Aufwand", "Text je Seite"),
        "notes": (
            ("Suchanfragen im November ausgewertet", "Seite „Kaffee-Abo“ neu gegliedert"),
            ("Bestellformular: Umlaute in der Lieferadresse",),
            ("Produkttexte Seifen und Öle", "Produkttexte Gesichtspflege"),
        ),
        "steps": ("Halbjahresbericht", "Jahresbericht", "Texte der Produktseiten"),
        "risk": "Die Zugangsdaten zum Kassensystem fehlen uns noch.",
        "next": "Am 26. November sprechen wir mit Ihrer Lagerleitung.",
    },
    "en": {
        "services": ("SEO care", "Maintenance by the hour", "Copy per page"),
        "notes": (
            ("Search queries of November analysed", "Page “Coffee subscription” restructured"),
            ("Order form: umlauts in the delivery address",),
            ("Product texts soaps and oils", "Product texts skin care"),
        ),
        "steps": ("Half-year report", "Annual report", "Copy of the product pages"),
        "risk": "We still lack the access to the till system.",
        "next": "On 26 November we talk to your head of logistics.",
    },
}


def sample_context(language: str) -> dict[str, Any]:
    """The values a report's template of that language (``de`` or ``en``) is given."""
    return word_context(sample_snapshot(language), version=1)


def sample_pictures(language: str, fonts: FontSet) -> dict[str, bytes]:
    """The pictures a report's template of that language is given."""
    from acctflows.delivery.reports.chart import budget_chart  # noqa: PLC0415 — only who draws waits for matplotlib

    return {CHART: budget_chart(sample_snapshot(language), fonts=fonts)}


def sample_snapshot(language: str) -> ReportSnapshot:
    """A week with work on three services, a milestone reached, risks and open matters."""
    words = _WORDS[language]
    reached, planned, late = words["steps"]
    parties = acts.sample_snapshot("activity", language).model_dump()
    shared = ("language", "currency", "project_number", "project_title", "agency", "client")
    return ReportSnapshot.model_validate(
        {name: parties[name] for name in (*shared, "manager")}
        | {
            "number": "S-2026-0001",
            "recipient": parties["signer"],
            "period_from": date(2026, 11, 16),
            "period_to": date(2026, 11, 22),
            "as_of": date(2026, 11, 23),
            "done": _done(words),
            "reached": [{"title": reached, "done_on": date(2026, 11, 20)}],
            "next": [
                {"title": late, "due_on": date(2026, 11, 16)}
                | {"in_progress": True, "overdue": True},
                {"title": planned, "due_on": date(2026, 12, 11)}
                | {"in_progress": False, "overdue": False},
            ],
            "budget": _budget(words["services"]),
            "time_percent": Decimal(58),
            "risks": [
                Risk(kind="overdue", subject=late, day=date(2026, 11, 16), days=7),
                Risk(kind="ahead", used_percent=Decimal(81), time_percent=Decimal(58)),
            ],
            "risk_words": [words["risk"]],
            "next_words": [words["next"]],
            "documents": [
                {"kind": "activity", "number": "L-2026-0012", "answer_by": date(2026, 12, 4)}
            ],
            "invoices": [
                {"number": "RE-2026-0017", "due_on": date(2026, 11, 15), "open_minor": 119_000}
                | {"currency": "EUR", "overdue": True}
            ],
        }
    )


def _done(words: dict[str, Any]) -> list[dict[str, Any]]:
    disciplines = (Discipline.SEO, Discipline.DEVELOPMENT, Discipline.COPY)
    amounts = (("5.250", Unit.HOUR), ("1.333", Unit.HOUR), ("7.000", Unit.PIECE))
    return [
        {
            "title": title,
            "discipline": discipline,
            "amounts": [{"quantity": Decimal(quantity), "unit": unit}],
            "notes": notes,
        }
        for title, notes, discipline, (quantity, unit) in zip(
            words["services"], words["notes"], disciplines, amounts, strict=True
        )
    ]


def _budget(titles: tuple[str, ...]) -> list[dict[str, Any]]:
    seo, care, copy = titles
    none: dict[str, Any] = {"other": [], "unbilled": []}
    return [
        none
        | {
            "title": seo,
            "planned": {"quantity": Decimal("12.000"), "unit": Unit.MONTH},
            "planned_minor": 1_140_000,
            "used": None,
            "used_minor": None,
            "other": [{"quantity": Decimal("42.500"), "unit": Unit.HOUR}],
            "hours_before": Decimal("37.250"),
            "hours_now": Decimal("5.250"),
        },
        none
        | {
            "title": care,
            "planned": {"quantity": Decimal("10.000"), "unit": Unit.HOUR},
            "planned_minor": 115_000,
            "used": Decimal("7.333"),
            "used_minor": 84_330,
            "unbilled": [{"quantity": Decimal("1.500"), "unit": Unit.HOUR}],
            "hours_before": Decimal("7.500"),
            "hours_now": Decimal("1.333"),
        },
        none
        | {
            "title": copy,
            "planned": {"quantity": Decimal("18.000"), "unit": Unit.PIECE},
            "planned_minor": 324_000,
            "used": Decimal("15.000"),
            "used_minor": 270_000,
            "hours_before": Decimal("0.000"),
            "hours_now": Decimal("0.000"),
        },
    ]
