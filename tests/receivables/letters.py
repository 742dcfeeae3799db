"""Letters for the tests: one complete letter, and the ways to change it."""

from datetime import date
from typing import Any

from acctflows.receivables.follow_up.dunning_items import Role
from acctflows.receivables.follow_up.dunning_policy import Approver
from acctflows.receivables.follow_up.dunning_snapshot import DunningSnapshot
from acctflows.receivables.law.base_rates import load_law
from acctflows.receivables.payment_code import rf_reference
from tests.conftest import ROOT
from tests.receivables.dunning_cases import POLICY
from tests.receivables.invoices import RECIPIENT, SUPPLIER

LAW = load_law(ROOT / "templates/law/de.yaml")
LEVELS = {"de": ("Zahlungserinnerung", "Mahnung"), "en": ("Payment reminder", "Second reminder")}


def make_item(number: int = 17, **given: Any) -> dict[str, Any]:
    label = f"RE-2026-{number:04}"
    return {
        "key": label,
        "label": label,
        "role": Role.STEP,
        "level": 1,
        "level_name": LEVELS["de"][0],
        "issued_on": date(2026, 11, 1),
        "due_on": date(2026, 11, 15),
        "gross_minor": 119_000,
        "open_minor": 119_000,
        "rf_reference": rf_reference(label),
    } | given


def make_credit(minor: int = -10_000, label: str = "Guthaben aus Zahlung vom 12.11.2026") -> Any:
    return {
        "key": "payment/1",
        "label": label,
        "role": Role.CREDIT,
        "level": 0,
        "gross_minor": minor,
        "open_minor": minor,
    }


def make_letter(language: str = "de", **given: Any) -> DunningSnapshot:
    """A friendly reminder of one invoice, payable until 1 December 2026."""
    name = LEVELS[language][0]
    values: dict[str, Any] = {
        "number": "M-2026-0001",
        "language": language,
        "currency": "EUR",
        "title": name,
        "level": 1,
        "mail": "dunning_reminder",
        "approved_by": Approver.NOBODY,
        "decided_on": date(2026, 11, 24),
        "pay_by": date(2026, 12, 1),
        "fee_minor": 0,
        "show_interest": False,
        "bank_data_as_of": date(2026, 11, 23),
        "supplier": SUPPLIER,
        "recipient": RECIPIENT,
        "writer": {
            "name": "Lena Hansen",
            "phone": "+49 40 5550143",
            "email": "lena@nordlicht-digital.example",
        },
        "reader": {"name": "Käthe Brünning", "email": "kaethe@moewe.example"},
        "greeting": "Guten Tag Frau Brünning" if language == "de" else "Dear Ms Brünning",
        "items": [make_item(level_name=name)],
    } | given
    if "to_pay_minor" not in values:
        asked = (Role.STEP, Role.OVERDUE, Role.CREDIT)
        if not values["level"]:
            asked = (*asked, Role.COURTESY)
        items = values["items"]
        values["to_pay_minor"] = sum(each["open_minor"] for each in items if each["role"] in asked)
    words = POLICY.words_of(values["level"], language)
    values |= {"opening": words.opening, "closing": words.closing}
    return DunningSnapshot.model_validate(values)


def final(language: str = "de", **given: Any) -> DunningSnapshot:
    """Two levels, one invoice not due yet, a credit, interest over two half-years and a fee."""
    first, second = LEVELS[language]
    credit = make_credit()
    if language == "en":
        credit["label"] = "Credit from your payment of 12 Nov 2026"
    values = {
        "title": "Letzte Mahnung" if language == "de" else "Final reminder",
        "level": 3,
        "mail": "dunning_final_reminder",
        "approved_by": Approver.MANAGER,
        "fee_minor": 500,
        "show_interest": True,
        "interest_name": LAW.interest.name_in(language),
        "interest_rates": ["10.27", "10.52"],
        "day_count": "act/365",
        "items": [
            make_item(
                9,
                level=3,
                level_name="Letzte Mahnung" if language == "de" else "Final reminder",
                issued_on=date(2026, 5, 1),
                due_on=date(2026, 5, 15),
                gross_minor=1_190_050,
                open_minor=690_050,
                default_since=date(2026, 5, 19),
                interest_minor=37_201,
            ),
            make_item(
                17, level=2, level_name=second, default_since=date(2026, 11, 17), interest_minor=274
            ),
            make_item(18, role=Role.OVERDUE, level=1, level_name=first, open_minor=20_000),
            make_item(25, role=Role.NOT_DUE, level=0, level_name="", due_on=date(2026, 12, 4)),
            credit,
        ],
    } | given
    return make_letter(language, **values)
