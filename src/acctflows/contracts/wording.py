"""The words a contract is made of that depend on language and law: natures, citations, labels."""

from acctflows.contracts.terms import Agreement, Term
from acctflows.db.models.agency import ContractNature
from acctflows.documents.wording import bind_citation

NATURES = {
    ("DE", "de"): {ContractNature.WORK: "Werkvertrag", ContractNature.SERVICE: "Dienstvertrag"},
    # In Austria “Dienstvertrag” is the contract of employment (§ 1151 ABGB).
    ("AT", "de"): {ContractNature.WORK: "Werkvertrag", ContractNature.SERVICE: "Auftrag"},
    ("DE", "en"): {ContractNature.WORK: "Work", ContractNature.SERVICE: "Service"},
    ("AT", "en"): {ContractNature.WORK: "Work", ContractNature.SERVICE: "Service"},
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

TITLES = {
    "de": {
        Agreement.SINGLE: "Vertrag",
        Agreement.FRAMEWORK: "Rahmenvertrag",
        Agreement.ORDER: "Einzelauftrag",
        Agreement.CHANGE: "Änderungsauftrag",
    },
    "en": {
        Agreement.SINGLE: "Contract",
        Agreement.FRAMEWORK: "Framework contract",
        Agreement.ORDER: "Order",
        Agreement.CHANGE: "Change order",
    },
}
"""What each kind of agreement is called."""

SUMMARY = {
    "de": {
        "refers_to": "Zum Vertrag",
        "before": "Netto bisher",
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
        "refers_to": "Of contract",
        "before": "Net before",
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


def citations(law: str, language: str) -> dict[str, str]:
    """The statutes of that legal system, ready to print in that language."""
    return {name: bind_citation(text) for name, text in CITATIONS[law, language].items()}
