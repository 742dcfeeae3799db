from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from acctflows.business_days import BusinessCalendar
from acctflows.errors import ConfigurationError
from acctflows.receivables.follow_up.dunning_policy import check_texts, load_policy

FILE = Path(__file__).parents[2] / "templates/dunning/standard.yaml"
BOTH = frozenset({"de", "en"})
BERLIN = BusinessCalendar("DE", "BE")


def write(folder: Path, data: Any) -> Path:
    file = folder / "own.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return file


def standard() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return data


def test_the_standard_policy_loads_and_costs_nothing() -> None:
    policy = load_policy(FILE)

    assert policy.last_level == 3
    assert [policy.spacing(level) for level in (2, 3)] == [14, 14]
    assert all(level.fee == 0 for level in policy.levels)
    assert [policy.name_of(level, "de") for level in range(4)] == [
        "Zahlungshinweis",
        "Zahlungserinnerung",
        "Mahnung",
        "Letzte Mahnung",
    ]


def test_a_level_may_have_a_spacing_of_its_own(tmp_path: Path) -> None:
    data = standard()
    data["levels"][2]["spacing_days"] = 10

    assert load_policy(write(tmp_path, data)).spacing(3) == 10


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("levels", 1, "days_after_due"), 5, "level 2 must come later"),
        (("levels", 0, "days_after_due"), 0, "levels.0.days_after_due"),
        (("levels", 1, "pay_within_days"), "soon", "levels.1.pay_within_days"),
        (("levels", 0, "fee"), "5.00", "levels.0.fee"),
        (("levels", 0, "name"), {"de": "Mahnung"}, "levels.0.name.en"),
        (("levels", 0, "approved_by"), "boss", "levels.0.approved_by"),
        (("levels",), [], "levels"),
        (("sending", "weekdays"), ["caturday"], "sending.weekdays"),
        (("sending", "weekdays"), [], "sending.weekdays"),
        (("minimum_amount",), 10.5, "minimum_amount"),
        (("minimum_amount",), "-1", "minimum_amount"),
        (("bank_data_max_age_business_days",), None, "bank_data_max_age_business_days"),
        (("days_after_invoice_sent",), 1, "days_after_invoice_sent"),
        (("grace",), 3, "grace"),
        (("courtesy_note", "mail"), "Hello World", "courtesy_note.mail"),
        (("levels", 2, "text"), {"de": {}}, "levels.2.text.de.opening"),
        (("levels", 2, "text", "en", "closing"), "", "levels.2.text.en.closing"),
        (("levels", 1, "text", "de", "opening"), "zu {sum}", "“{sum}” is not known"),
        (("levels", 1, "text", "de", "opening"), "zu {invoices!r}", "“{invoices}” is not known"),
    ],
)
def test_a_mistake_is_named_with_file_and_field(
    path: tuple[Any, ...], value: Any, complaint: str, tmp_path: Path
) -> None:
    data = standard()
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    with pytest.raises(ConfigurationError, match=complaint) as refused:
        load_policy(write(tmp_path, data))

    assert refused.value.where.endswith("own.yaml")


def test_a_missing_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is missing"):
        load_policy(tmp_path / "none.yaml")
    (tmp_path / "own.yaml").write_text("levels: [", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no valid YAML"):
        load_policy(tmp_path / "own.yaml")


def test_a_letter_without_its_text_in_a_language_is_named() -> None:
    policy = load_policy(FILE)
    there = dict.fromkeys(policy.mails().values(), BOTH)

    check_texts(policy, there, where="standard.yaml")
    with pytest.raises(ConfigurationError, match=r"levels\.1\.mail: .* “en”"):
        check_texts(
            policy, there | {"dunning_second_reminder": frozenset({"de"})}, where="standard.yaml"
        )
    with pytest.raises(ConfigurationError, match=r"courtesy_note\.mail.*courtesy_note\.mail"):
        check_texts(
            policy,
            {mail: BOTH for mail in there if mail != "dunning_courtesy_note"},
            where="standard.yaml",
        )


def test_letters_are_sent_on_the_chosen_days_only(tmp_path: Path) -> None:
    policy = load_policy(FILE)
    assert policy.sending_day(date(2026, 4, 3), BERLIN) == date(2026, 4, 7)
    assert policy.sending_day(date(2026, 11, 24), BERLIN) == date(2026, 11, 24)

    data = standard()
    data["sending"] = {"weekdays": ["tuesday"], "on_public_holidays": True}
    tuesdays = load_policy(write(tmp_path, data))
    assert tuesdays.sending_day(date(2026, 11, 25), BERLIN) == date(2026, 12, 1)
    data["sending"] = {"weekdays": ["friday"], "on_public_holidays": True}
    assert load_policy(write(tmp_path, data)).is_sending_day(date(2026, 4, 3), BERLIN)
