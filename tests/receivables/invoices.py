"""Invoices for the tests: one complete invoice, and the ways to change it."""

from datetime import date
from decimal import Decimal
from typing import Any

from acctflows.db.models.agency import ClientKind, Unit
from acctflows.money import Money
from acctflows.receivables.invoices.invoice_snapshot import (
    InvoiceLine,
    InvoiceSnapshot,
    InvoiceTax,
    line_net,
    sum_invoice,
)

SUPPLIER: dict[str, Any] = {
    "legal_name": "Nordlicht Digital GmbH",
    "short_name": "Nordlicht Digital",
    "address": {
        "street": "Speicherstraße 14",
        "postal_code": "20457",
        "city": "Hamburg",
        "country": "DE",
    },
    "email": "hallo@nordlicht-digital.example",
    "phone": "+49 40 5550142",
    "website": "https://www.nordlicht-digital.example",
    "represented_by": ["Jonas Petersen"],
    "register_court": "Amtsgericht Hamburg",
    "register_number": "HRB 123987",
    "vat_id": "DE136695976",
    "tax_number": "",
    "account": {
        "holder": "Nordlicht Digital GmbH",
        "iban": "DE89370400440532013000",
        "bic": "COBADEFFXXX",
        "bank": "Commerzbank",
    },
}

RECIPIENT: dict[str, Any] = {
    "number": "K-1001",
    "legal_name": "Möwe Handel GmbH",
    "kind": "business",
    "address": {
        "street": "Am Markt 3",
        "postal_code": "28195",
        "city": "Bremen",
        "country": "DE",
    },
    "vat_id": "DE811569869",
}

SERVICES: dict[str, list[tuple[str, str, str, Unit, int]]] = {
    "de": [
        (
            "Relaunch der Website",
            "Konzept, Gestaltung und Umsetzung einschließlich Blog, "
            "Redaktionshandbuch und Schulung Ihrer Redaktion",
            "1.000",
            Unit.LUMP_SUM,
            1_200_050,
        ),
        ("SEO-Betreuung", "Analyse, Texte und Technik", "2.000", Unit.MONTH, 95_000),
        ("Beratung nach Aufwand", "", "12.500", Unit.HOUR, 11_000),
    ],
    "en": [
        (
            "Website relaunch",
            "Concept, design and build, including the blog, "
            "an editor's handbook and training for your editors",
            "1.000",
            Unit.LUMP_SUM,
            1_200_050,
        ),
        ("SEO care", "Analysis, copy and technical work", "2.000", Unit.MONTH, 95_000),
        ("Consulting by the hour", "", "12.500", Unit.HOUR, 11_000),
    ],
}


def make_line(position: int = 1, **changes: Any) -> InvoiceLine:
    """A line of one piece at 100.00 with 19 %; its net follows from price and quantity."""
    values = {
        "position": position,
        "title": "Beratung",
        "quantity": Decimal(1),
        "unit": Unit.PIECE,
        "unit_price_minor": 10_000,
        "tax_percent": Decimal("19.00"),
        **changes,
    }
    price = Money(values["unit_price_minor"], "EUR")
    values.setdefault("net_minor", line_net(price, values["quantity"]).minor)
    return InvoiceLine.model_validate(values)


def sample_lines(language: str = "de") -> tuple[InvoiceLine, ...]:
    return tuple(
        make_line(
            position,
            title=title,
            description=description,
            quantity=Decimal(quantity),
            unit=unit,
            unit_price_minor=price,
        )
        for position, (title, description, quantity, unit, price) in enumerate(
            SERVICES[language], start=1
        )
    )


def many_lines(count: int, language: str = "de") -> tuple[InvoiceLine, ...]:
    """That many lines, every third with a description that wraps."""
    services = sample_lines(language)
    return tuple(
        services[number % 3].model_copy(update={"position": number + 1}) for number in range(count)
    )


def make_invoice(language: str = "de", **changes: Any) -> InvoiceSnapshot:
    """A complete invoice; totals follow from lines, tax and prepayments unless given."""
    values: dict[str, Any] = {
        "number": "RE-2026-0017",
        "language": language,
        "currency": "EUR",
        "supplier": SUPPLIER,
        "recipient": RECIPIENT,
        "references": {
            "project_number": "P-2026-001",
            "project_title": "Relaunch moewe.example",
            "contract_number": "V-2026-0001",
            "act_numbers": ["A-2026-0004"],
        },
        "issued_on": date(2026, 11, 24),
        "supplied": {"first": date(2026, 10, 1), "last": date(2026, 11, 20)},
        "lines": sample_lines(language),
        "tax": InvoiceTax.STANDARD,
        "terms": {"due_on": date(2026, 12, 8), "days": 14, "basis": "contract_period"},
        "rf_reference": "RF93RE20260017",
        "purpose": "RE-2026-0017",
        **changes,
    }
    if "totals" not in values:
        draft = InvoiceSnapshot.model_validate(values | {"totals": _NOTHING})
        values["totals"] = sum_invoice(draft.lines, draft.currency, draft.tax, draft.prepayments)
    return InvoiceSnapshot.model_validate(values)


def reverse_charge(language: str = "en", **changes: Any) -> InvoiceSnapshot:
    """For a business in the Netherlands, which owes the tax itself."""
    recipient = {
        "number": "K-1007",
        "legal_name": "Zilvermeeuw B.V.",
        "kind": ClientKind.BUSINESS,
        "address": {
            "street": "Herengracht 182",
            "postal_code": "1016 BR",
            "city": "Amsterdam",
            "country": "NL",
        },
        "vat_id": "NL004495445B01",
    }
    values = {"recipient": recipient, "tax": InvoiceTax.REVERSE_CHARGE, **changes}
    return make_invoice(language, **values)


def consumer(language: str = "de", **changes: Any) -> InvoiceSnapshot:
    """For a private person, with the notice on default."""
    recipient = {
        "number": "K-1009",
        "legal_name": "Käthe Brünning",
        "kind": ClientKind.CONSUMER,
        "address": {
            "street": "Lindenweg 5",
            "postal_code": "28359",
            "city": "Bremen",
            "country": "DE",
        },
    }
    terms = {"due_on": date(2026, 12, 8), "days": 14, "basis": "invoice_only"}
    values = {"recipient": recipient, "consumer_notice": True, "terms": terms, **changes}
    return make_invoice(language, **values)


_NOTHING = {
    "net_minor": 0,
    "tax_minor": 0,
    "gross_minor": 0,
    "prepaid_minor": 0,
    "due_minor": 0,
    "rows": (),
}
