"""The acts' Word templates: complete for every choice, literal with any data, honest in law."""

import json
from typing import Any

import pytest

from acctflows.delivery.presenting import must_appear, summary_markdown, word_context
from acctflows.delivery.sample import sample_context, sample_snapshot
from acctflows.delivery.snapshot import ActSnapshot
from acctflows.documents.lint import check_template
from tests.contracts.test_word import HOSTILE
from tests.contracts.variants import TEMPLATES, leaves, plain
from tests.delivery.variants import (
    KINDS,
    LANGUAGES,
    NOTHING_RECORDED,
    make_snapshot,
    unpriced,
    word_text,
)

CHOICES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "no contract on file": {"contract_number": ""},
    "nothing recorded": NOTHING_RECORDED,
    "no defects": {"defects": []},
    "one day": {"acceptance_days": 1},
    "consumer": {"client": {"kind": "consumer", "register_entry": ""}},
    "Austrian law": {"law": "AT"},
    "Austrian consumer": {"law": "AT", "client": {"kind": "consumer"}, "contract_number": ""},
    "Swiss francs": {"currency": "CHF"},
}


@pytest.mark.parametrize("choice", [*CHOICES, "unpriced"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_choice_makes_a_complete_act(kind: str, language: str, choice: str) -> None:
    changes = CHOICES.get(choice) or (unpriced(kind, language) if choice == "unpriced" else {})
    snapshot = make_snapshot(kind, language, **changes)

    text = word_text(snapshot)

    assert not [mark for mark in ("{{", "{%", "None", "True", "False", "  ") if mark in text]
    assert [value for value in must_appear(snapshot) if plain(value) not in text] == []
    assert ("Austrian" in choice) is not (" BGB" in text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_templates_pass_their_own_check(kind: str, language: str) -> None:
    template = TEMPLATES / "documents" / kind / f"{language}.docx"
    assert check_template(template, sample_context(kind, language)) == []


def test_silence_counts_as_acceptance_where_law_or_contract_say_so() -> None:
    words = "gilt das Ergebnis als abgenommen"
    assert f"{words} (§ 640 Abs. 2 BGB)" in word_text(make_snapshot("acceptance", "de"))
    assert words in word_text(make_snapshot("acceptance", "de", law="AT"))
    assert words not in word_text(make_snapshot("acceptance", "de", law="AT", contract_number=""))
    assert words not in word_text(make_snapshot("activity", "de"))


def test_a_consumer_is_told_all_that_silence_means() -> None:
    words = "ohne einen Mangel zu nennen"
    assert words not in word_text(make_snapshot("acceptance", "de"))
    consumer = make_snapshot("acceptance", "de", client={"kind": "consumer"})
    assert words in word_text(consumer)


def test_what_was_refused_is_named_with_its_cure() -> None:
    text = word_text(make_snapshot("acceptance", "de"))
    for words in ("Beseitigte Mängel", "Warenkorb", "19. November 2026", "drei Gutscheinen"):
        assert words in text
    assert "Beseitigte Mängel" not in word_text(make_snapshot("acceptance", "de", defects=[]))


def test_amounts_stand_only_where_there_are_prices() -> None:
    assert "2.105,00 €" in word_text(make_snapshot("activity", "de"))
    text = word_text(make_snapshot("activity", "de", **unpriced("activity", "de")))
    assert "Betrag netto" not in text
    assert "10,5 Stunden" in text


def test_work_that_is_not_billed_says_so() -> None:
    lines = [line | {"billable": False} for line in unpriced("activity", "en")["lines"]]
    lines[0] |= {"billable": True, "net_minor": 115_500}
    assert "not billed" in word_text(make_snapshot("activity", "en", lines=lines))


@pytest.mark.parametrize("language", LANGUAGES)
def test_client_data_arrive_literally(language: str) -> None:
    record = sample_snapshot("acceptance", language).records[0].model_dump()
    defect = {"place": HOSTILE, "description": HOSTILE, "cured_on": None, "cured_note": HOSTILE}
    snapshot = make_snapshot(
        "acceptance",
        language,
        client={"legal_name": HOSTILE},
        signer={"name": HOSTILE, "function": HOSTILE},
        project_title=HOSTILE,
        milestone=HOSTILE,
        records=[record | {"title": HOSTILE, "note": HOSTILE, "specialist": HOSTILE}],
        defects=[defect],
    )
    assert word_text(snapshot).count(HOSTILE) >= 11


@pytest.mark.parametrize("kind", KINDS)
def test_a_snapshot_is_json_without_floats_and_comes_back_the_same(kind: str) -> None:
    snapshot = sample_snapshot(kind, "de")
    stored = json.loads(json.dumps(snapshot.model_dump(mode="json"), allow_nan=False))

    assert not [value for value in leaves(stored) if isinstance(value, float)]
    assert ActSnapshot.model_validate(stored) == snapshot


@pytest.mark.parametrize("kind", KINDS)
def test_the_template_computes_nothing(kind: str) -> None:
    values = leaves(word_context(sample_snapshot(kind, "de"), version=1))
    assert {type(value) for value in values} == {str, bool}


def test_the_summary_shows_what_a_manager_decides_on() -> None:
    snapshot = make_snapshot("acceptance", "de", client={"legal_name": "A | B\n# <script>"})

    summary = summary_markdown(snapshot)

    assert summary.startswith("| Act | A-2026-0001 |\n|---|---|\n")
    for words in (r"A \| B \# \<script\>", "14 days to answer", "€2,105.00", "Warenkorb"):
        assert words in summary
