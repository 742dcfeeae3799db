"""Snapshots of acts that differ from the sample in a few facts, and their Word text."""

from typing import Any

from acctflows.delivery.presenting import word_context
from acctflows.delivery.sample import sample_snapshot
from acctflows.delivery.snapshot import ActSnapshot
from acctflows.documents.word import render_word
from tests.contracts.variants import TEMPLATES, read_word
from tests.factories import NOW

KINDS = ("acceptance", "activity")
LANGUAGES = ("de", "en")
NOTHING_RECORDED: dict[str, Any] = {"lines": [], "records": []}
UNPRICED = {"unit_price_minor": None, "net_minor": None}


def make_snapshot(kind: str, language: str, **changes: Any) -> ActSnapshot:
    """The sample act with these facts changed; mappings change single fields."""
    data = sample_snapshot(kind, language).model_dump()
    for field, value in changes.items():
        data[field] = data[field] | value if isinstance(value, dict) else value
    return ActSnapshot.model_validate(data)


def unpriced(kind: str, language: str) -> dict[str, Any]:
    """The sample's lines without prices, as changes."""
    lines = sample_snapshot(kind, language).model_dump()["lines"]
    return {"lines": [line | UNPRICED for line in lines]}


def write_word(snapshot: ActSnapshot) -> bytes:
    """The Word file of the act, made from the template of the house."""
    kind = "acceptance" if snapshot.milestone else "activity"
    template = TEMPLATES / "documents" / kind / f"{snapshot.language}.docx"
    context = word_context(snapshot, version=3)
    return render_word(
        template, context, created=NOW, title=snapshot.number, author="Nordlicht"
    ).content


def word_text(snapshot: ActSnapshot) -> str:
    """All the text of the act's body."""
    return "\n".join(read_word(write_word(snapshot)))
