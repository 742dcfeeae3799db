"""A made-up contract in each language, for checking templates without a database."""

from datetime import date
from decimal import Decimal
from typing import Any

from acctflows.contracts.presenting import word_context
from acctflows.contracts.snapshot import ContractSnapshot, ServiceLine
from acctflows.contracts.terms import TaxTreatment
from acctflows.contracts.totals import line_amount, sum_lines
from acctflows.db.models.agency import ContractNature, Unit
from acctflows.dispatch.sample import sample_parties
from acctflows.money import Money

_WORDS: dict[str, dict[str, Any]] = {
    "de": {
        "project": ("Relaunch moewe.example", "Mehr Anfragen über die Website"),
        "work": (
            "Relaunch der Website",
            "Konzept, Gestaltung und Umsetzung",
            "einschließlich Blog",
        ),
        "care": ("SEO-Betreuung", "Analyse, Texte und Technik", ""),
        "steps": ("Konzept abgenommen", "Website online"),
    },
    "en": {
        "project": ("Relaunch of finch.example", "More enquiries through the website"),
        "work": ("Website relaunch", "Concept, design and build", "including the blog"),
        "care": ("SEO care", "Analysis, copy and technical work", ""),
        "steps": ("Concept accepted", "Website online"),
    },
}


def sample_context(language: str) -> dict[str, Any]:
    """The values a contract template of that language (``de`` or ``en``) is given."""
    return word_context(sample_snapshot(language), version=1)


def sample_snapshot(language: str) -> ContractSnapshot:
    """A contract with a work and a service line, two milestones and most optional clauses."""
    words = _WORDS[language]
    lines = (
        _line(
            1,
            words["work"],
            nature=ContractNature.WORK,
            quantity=Decimal("1.000"),
            unit=Unit.LUMP_SUM,
            price=1_200_050,
        ),
        _line(
            2,
            words["care"],
            nature=ContractNature.SERVICE,
            quantity=Decimal("6.000"),
            unit=Unit.MONTH,
            price=95_000,
        ),
    )
    tax = TaxTreatment.DOMESTIC if language == "de" else TaxTreatment.OUTSIDE_SCOPE
    return ContractSnapshot.model_validate(
        {
            "number": "V-2026-0001",
            "language": language,
            "law": "DE",
            "currency": "EUR",
            "project_number": "P-2026-001",
            "project_title": words["project"][0],
            "project_goal": words["project"][1],
            **sample_parties(language),
            "lines": lines,
            "milestones": [
                {"position": 1, "title": words["steps"][0], "due_on": date(2027, 1, 15)}
                | {"with_acceptance": True},
                {"position": 2, "title": words["steps"][1], "due_on": date(2027, 3, 31)}
                | {"with_acceptance": True},
            ],
            "tax": tax,
            "totals": sum_lines(lines, "EUR", tax),
            "terms": _TERMS,
        }
    )


def _line(
    position: int,
    words: tuple[str, str, str],
    *,
    nature: ContractNature,
    quantity: Decimal,
    unit: Unit,
    price: int,
) -> ServiceLine:
    title, description, note = words
    return ServiceLine(
        position=position,
        title=title,
        description=description,
        note=note,
        nature=nature,
        quantity=quantity,
        unit=unit,
        unit_price_minor=price,
        tax_percent=Decimal("19.00"),
        net_minor=line_amount(Money(price, "EUR"), quantity).minor,
    )


_TERMS = {
    "term": "project",
    "starts_on": date(2026, 12, 1),
    "ends_on": date(2027, 5, 31),
    "initial_months": 12,
    "renewal_months": 12,
    "notice_months": 1,
    "payment_days": 14,
    "long_periods_agreed": False,
    "deposit_percent": 30,
    "travel_expenses": True,
    "acceptance_days": 14,
    "correction_rounds": 2,
    "feedback_days": 5,
    "rights": "exclusive",
    "confidentiality_years": 3,
    "data_processing": True,
    "data_kinds": "",
    "data_subjects": "",
    "e_invoice": True,
    "survey_notice": True,
    "reference_consent": True,
    "early_start": True,
    "special_agreements": "",
    "answer_days": 14,
}
