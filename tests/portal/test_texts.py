"""The words of the pages: both languages say the same things, and nothing asked for is missing."""

import re
import string
from pathlib import Path

import pytest

from acctflows.contracts.term_dates import Phase
from acctflows.db.models.agency import (
    ClientKind,
    ContactRole,
    ContractNature,
    MilestoneState,
    Stage,
    VatCheck,
)
from acctflows.db.models.contracts import NoticeChannel, NoticeParty
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import ApprovalDecision, Outcome, VersionState
from acctflows.db.models.mail import MailState
from acctflows.db.models.receivables import LetterState, LineState, StopKind
from acctflows.documents.kinds import ANSWERED_KINDS
from acctflows.errors import ConfigurationError
from acctflows.mail.smtp import Outcome as Attempt
from acctflows.portal.desk.frame import SECTIONS
from acctflows.portal.desk.receivables import TABS, Standing
from acctflows.portal.desk.today import TODAY
from acctflows.portal.kinds import KIND_PAGES
from acctflows.portal.texts import Texts, accepted_language, choose_language, load_texts
from acctflows.receivables.invoices.invoice_snapshot import InvoiceTax
from tests.conftest import ROOT

PORTAL = ROOT / "templates" / "portal"
TEXTS = load_texts(PORTAL / "texts")
SPOKEN = {
    "desk.state": VersionState,
    "desk.decision": ApprovalDecision,
    "desk.outcome": Outcome,
    "desk.stage": Stage,
    "desk.milestone": MilestoneState,
    "desk.mail_state": MailState,
    "desk.try": Attempt,
    "desk.role": Role,
    "desk.client_kind": ClientKind,
    "desk.vat_check": VatCheck,
    "desk.contact_role": ContactRole,
    "contract.nature": ContractNature,
    "desk.standing": Standing,
    "desk.line_state": LineState,
    "desk.reminders.kind": StopKind,
    "desk.reminders.state": LetterState,
    "desk.term.phase": Phase,
    "desk.term.channel": NoticeChannel,
    "desk.term.by": NoticeParty,
    "desk.term.side": NoticeParty,
    "invoice.tax": set(InvoiceTax) - {InvoiceTax.STANDARD},
}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts() -> None:
    assert set(TEXTS["de"].entries) == set(TEXTS["en"].entries)


def test_both_languages_fill_in_the_same_values() -> None:
    german, english = (
        {key: placeholders(text) for key, text in TEXTS[language].entries.items()}
        for language in ("de", "en")
    )
    assert german == english


def test_no_text_is_empty() -> None:
    assert [
        key for texts in TEXTS.values() for key, text in texts.entries.items() if not text
    ] == []


def test_every_text_a_template_names_is_there() -> None:
    named = {
        key
        for file in PORTAL.rglob("*.html")
        for key in re.findall(r"\bt\('([\w.]+)'[,)]", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 100
    assert named <= set(TEXTS["de"].entries)


@pytest.mark.parametrize("prefix", SPOKEN)
def test_every_state_has_words(prefix: str) -> None:
    missing = [v for v in SPOKEN[prefix] if f"{prefix}.{v.value}" not in TEXTS["de"]]
    assert missing == []


def test_every_section_and_list_has_words() -> None:
    keys = [f"desk.section.{each.key}" for each in SECTIONS]
    keys += [f"desk.today.{each.key}.title" for each in TODAY]
    keys += [f"desk.receivables.tab.{each.key}" for each in TABS]
    assert [key for key in keys if key not in TEXTS["de"]] == []


@pytest.mark.parametrize("kind", ANSWERED_KINDS)
def test_every_kind_the_client_answers_has_a_page(kind: str) -> None:
    assert (PORTAL / KIND_PAGES[kind].part).is_file()
    for key in ("client.lede", "client.accept"):
        assert f"{key}.{kind}" in TEXTS["de"]
    if KIND_PAGES[kind].pays:
        assert f"client.accept_paying.{kind}" in TEXTS["de"]
    for key in ("open", "explain", "reason", "button"):
        assert f"client.decline.{kind}.{key}" in TEXTS["de"]
    outcomes = [Outcome.ACCEPTED, Outcome.DECLINED]
    for outcome in list(Outcome) if KIND_PAGES[kind].takes_objections else outcomes:
        assert f"client.decided.{kind}.{outcome}.step3" in TEXTS["de"]
    assert f"consent.{kind}.business" in TEXTS["de"]
    assert f"consent.{kind}.private" in TEXTS["de"]


def test_a_value_is_never_read_as_a_placeholder() -> None:
    texts = Texts({"greeting": "Hello {name}"}, source="here")
    assert texts("greeting", name="{name.__class__}") == "Hello {name.__class__}"


def test_a_missing_text_is_named() -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        TEXTS["de"]("nowhere")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "de.yaml").write_text("a: {b: c?: d}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"de\.yaml"):
        load_texts(tmp_path)


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-DE,de;q=0.9,en;q=0.8", "de"), ("fr,en-GB;q=0.7", "en"), ("fr", None), ("", None)],
)
def test_a_browser_is_answered_in_its_language(header: str, language: str | None) -> None:
    assert accepted_language(header) == language


def test_an_unknown_language_is_passed_over() -> None:
    assert choose_language("fr", None, "en") == "en"
    assert choose_language("../../etc", None) == "de"
