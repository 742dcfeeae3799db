import json
from typing import Any

import pytest

from acctflows.contracts.presenting import must_appear, summary_markdown, word_context
from acctflows.contracts.sample import sample_context, sample_snapshot
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.contracts.terms import TaxTreatment
from acctflows.db.models.agency import ContractNature, Unit
from acctflows.documents.lint import check_template
from tests.contracts.variants import (
    CONSUMER,
    LANGUAGES,
    TEMPLATES,
    headings,
    leaves,
    make_line,
    make_snapshot,
    plain,
    read_word,
    word_text,
    write_word,
)

BARE = {
    "deposit_percent": 0,
    "travel_expenses": False,
    "correction_rounds": 0,
    "confidentiality_years": 0,
    "data_processing": False,
    "e_invoice": False,
    "survey_notice": False,
    "reference_consent": False,
    "early_start": False,
    "special_agreements": "",
}
CHOICES: dict[str, dict[str, Any]] = {
    "nothing optional": {"terms": BARE, "milestones": [], "project_goal": ""},
    "planned without an end": {"terms": {"ends_on": None}},
    "fixed term": {"terms": {"term": "fixed"}},
    "renewing": {"terms": {"term": "renewing", "ends_on": None}},
    "open-ended": {"terms": {"term": "open_ended", "ends_on": None}},
    "long periods": {"terms": {"payment_days": 90, "long_periods_agreed": True}},
    "one round": {"terms": {"correction_rounds": 1}},
    "simple rights": {"terms": {"rights": "simple"}},
    "survey only": {"terms": {"reference_consent": False}},
    "reference only": {"terms": {"survey_notice": False}},
    "individual": {"terms": {"special_agreements": "Erstens.\n\nZweitens."}},
    "reverse charge": {"tax": TaxTreatment.REVERSE_CHARGE},
    "small business": {"tax": TaxTreatment.SMALL_BUSINESS},
    "outside scope": {"tax": TaxTreatment.OUTSIDE_SCOPE},
    "domestic": {"tax": TaxTreatment.DOMESTIC},
    "Austrian law": {"law": "AT"},
    "Swiss francs": {"currency": "CHF"},
    "hours": {"lines": [make_line()]},
    "work only": {"lines": [make_line(nature=ContractNature.WORK, unit=Unit.PIECE)]},
    "two rates": {"lines": [make_line(), make_line(position=2, tax_percent="7.00")]},
    "forty lines": {"lines": [make_line(position=n) for n in range(1, 41)]},
}


@pytest.mark.parametrize("consumer", [False, True], ids=["business", "consumer"])
@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_makes_a_complete_contract(language: str, choice: str, consumer: bool) -> None:
    snapshot = make_snapshot(language, **(CONSUMER if consumer else {}) | CHOICES[choice])

    text = word_text(snapshot)

    assert not [mark for mark in ("{{", "{%", "None", "True", "False", "  ") if mark in text]
    missing = [value for value in must_appear(snapshot) if plain(value) not in text]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_templates_pass_their_own_check(language: str) -> None:
    template = TEMPLATES / "documents" / "contract" / f"{language}.docx"

    assert check_template(template, sample_context(language)) == []


def test_both_languages_have_the_same_clauses() -> None:
    for choice in CHOICES.values():
        counts = {
            language: len(headings(write_word(make_snapshot(language, **choice))))
            for language in LANGUAGES
        }
        assert counts["de"] == counts["en"]


def test_headings_are_numbered_by_word_so_that_absent_clauses_leave_no_gap() -> None:
    full = headings(write_word(make_snapshot("de")))
    bare = headings(write_word(make_snapshot("de", terms=BARE)))

    assert [heading for heading in full if heading not in bare] == [
        "Vertraulichkeit",
        "Befragungen und Referenz",
    ]
    assert not any(heading.startswith("§") for heading in full)


def test_a_contract_of_services_only_knows_no_acceptance() -> None:
    text = word_text(make_snapshot("de", lines=[make_line()], milestones=[]))

    assert "Abnahme und Mängel" not in text
    assert "nach ihrer Abnahme oder Teilabnahme" not in text
    assert "§§ 611 ff. BGB" in text


def test_a_contract_of_works_only_reports_no_effort() -> None:
    work = make_line(nature=ContractNature.WORK, unit=Unit.LUMP_SUM)
    text = word_text(make_snapshot("de", lines=[work]))

    assert "§§ 631 ff. BGB" in text
    assert "berichtet monatlich" not in text


def test_amounts_stand_in_figures_and_words() -> None:
    paragraphs = read_word(write_word(make_snapshot("de")))

    assert "21.063,60 €" in paragraphs
    assert "Umsatzsteuer 19 % auf 17.700,50 €" in paragraphs
    assert (
        "Der Gesamtbetrag in Worten: einundzwanzigtausenddreiundsechzig Euro und sechzig Cent."
        in paragraphs
    )


def test_the_due_rule_puts_a_business_into_default_without_a_reminder() -> None:
    text = word_text(make_snapshot("de"))

    assert "mit Ablauf von 14 Tagen nach Zugang der Rechnung fällig" in text
    assert "ohne Mahnung in Verzug (§ 286 Abs. 2 Nr. 2 BGB)" in text
    assert "neun Prozentpunkte über dem Basiszinssatz (§ 288 Abs. 2 BGB)" in text


@pytest.mark.parametrize(
    ("language", "notice"),
    [
        ("de", "Steuerbefreiung für Kleinunternehmer (§ 19 UStG)"),
        ("en", "small businesses applies"),
    ],
)
def test_a_small_business_says_why_it_charges_no_vat(language: str, notice: str) -> None:
    small = word_text(make_snapshot(language, tax=TaxTreatment.SMALL_BUSINESS))
    other = word_text(make_snapshot(language, tax=TaxTreatment.DOMESTIC))

    assert (notice in small, notice in other) == (True, False)
    assert "VAT 19" not in small
    assert "Umsatzsteuer 19" not in small


def test_a_consumer_is_told_what_the_law_demands() -> None:
    text = word_text(make_snapshot("de", **CONSUMER, tax=TaxTreatment.DOMESTIC))

    assert "Hinweis für Verbraucher" in text
    assert "Anhang: Widerrufsbelehrung" in text
    assert "fünf Prozentpunkte" in text
    assert "§ 36 VSBG" in text
    assert "Gerichtsstand" not in text
    assert "aufrechnen" not in text


def test_a_consumers_contract_goes_on_without_a_new_fixed_term() -> None:
    renewing = {"terms": {"term": "renewing", "ends_on": None}}

    assert "auf unbestimmte Zeit weiter" in word_text(make_snapshot("de", **CONSUMER, **renewing))
    assert "um Zeiträume von jeweils 12 Monaten" in word_text(make_snapshot("de", **renewing))


def test_a_consumer_abroad_keeps_the_protection_of_home() -> None:
    home, abroad = (
        word_text(make_snapshot("de", client=CONSUMER["client"] | {"address": address}))
        for address in (
            {"street": "Am Markt 3", "postal_code": "28195", "city": "Bremen", "country": "DE"},
            {"street": "Am Graben 3", "postal_code": "1010", "city": "Wien", "country": "AT"},
        )
    )

    assert "gewöhnlichen Aufenthalt" not in home
    assert "gewöhnlichen Aufenthalt" in abroad


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("consumer", [False, True])
def test_austrian_law_is_not_mixed_with_german_statutes(language: str, consumer: bool) -> None:
    text = word_text(
        make_snapshot(
            language,
            **(CONSUMER if consumer else {}),
            law="AT",
            terms={"term": "renewing", "ends_on": None},
        )
    )

    assert "ABGB" in text
    assert not [code for code in (" BGB", "UWG", "VSBG") if code in text]


HOSTILE = (
    "Müller & Söhne <b>fett</b> a < b > c \"'„“ {{ 7*7 }} {% if x %} {# y #} </w:t></w:r> "
    "&amp; ]]> \\ $1 %s 🚀👩‍💻 שלום عليكم"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_client_data_arrive_literally(language: str) -> None:
    long = "Ende " + "lang & breit " * 769  # 10,000 characters
    lines = [make_line(title=HOSTILE, description=HOSTILE, note=HOSTILE)]
    snapshot = make_snapshot(
        language,
        lines=lines,
        client={"legal_name": HOSTILE},
        signer={"name": HOSTILE, "function": HOSTILE},
        project_title=HOSTILE,
        project_goal=long,
        terms={"special_agreements": HOSTILE},
    )

    text = word_text(snapshot)

    assert text.count(HOSTILE) >= 9
    assert long in text


def test_control_characters_and_line_ends_of_client_data_do_no_harm() -> None:
    name = "Vor\x00\x08\x1b\ud800\ufffe nach\r\nzweite\x0bdritte"

    text = word_text(make_snapshot("de", client={"legal_name": name}))

    assert "Vor nach\nzweite\ndritte" in text


def test_the_version_is_in_the_document() -> None:
    assert "V-2026-0001 · Version 3" in word_text(make_snapshot("de"), version=3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_snapshot_is_json_without_floats_and_comes_back_the_same(language: str) -> None:
    snapshot = sample_snapshot(language)
    stored = json.loads(json.dumps(snapshot.model_dump(mode="json"), allow_nan=False))

    assert not [value for value in leaves(stored) if isinstance(value, float)]
    assert ContractSnapshot.model_validate(stored) == snapshot


def test_the_template_computes_nothing() -> None:
    values = leaves(word_context(sample_snapshot("de"), version=1))

    assert {type(value) for value in values} == {str, bool}


def test_the_summary_shows_hostile_data_as_text() -> None:
    snapshot = make_snapshot("en", client={"legal_name": "A | B\n# <script> [x](http://y)"})

    summary = summary_markdown(snapshot, "en")

    assert r"A \| B \# \<script\> \[x\](http://y)" in summary
    assert len(summary.splitlines()) == 10


def test_the_summary_speaks_the_managers_language() -> None:
    snapshot = make_snapshot("en")

    assert "| Kunde |" in summary_markdown(snapshot, "de")
    assert "| Client |" in summary_markdown(snapshot, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_who_sign_have_a_line_to_sign_on(language: str) -> None:
    other = make_snapshot(language).signer.model_copy(update={"name": "Ole Finch", "function": ""})
    text = word_text(make_snapshot(language, co_signers=(other,)))
    word = {"de": "Unterschrift", "en": "Signature"}[language]
    assert text.index(f"{word}: Ole Finch") > text.index(make_snapshot(language).signer.name)
    assert "Ole Finch" not in word_text(make_snapshot(language))
