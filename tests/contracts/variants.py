"""Snapshots of contracts that differ from the sample in a few facts, and their Word text."""

import itertools
import re
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml.ns import qn

from acctflows.contracts.presenting import word_context
from acctflows.contracts.sample import sample_snapshot
from acctflows.contracts.snapshot import ContractSnapshot, ServiceLine
from acctflows.contracts.terms import TaxTreatment
from acctflows.contracts.totals import line_amount, sum_lines
from acctflows.db.models.agency import ContractNature, Unit
from acctflows.documents.word import render_word
from acctflows.money import Money
from tests.factories import NOW

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LANGUAGES = ("de", "en")

CONSUMER = {"client": {"kind": "consumer", "register_entry": "", "vat_id": ""}}


def make_line(**given: Any) -> ServiceLine:
    """One service; its amount follows from price and quantity."""
    values: dict[str, Any] = {
        "position": 1,
        "title": "Beratung",
        "description": "",
        "note": "",
        "nature": ContractNature.SERVICE,
        "quantity": Decimal("1.000"),
        "unit": Unit.HOUR,
        "unit_price_minor": 10_000,
        "tax_percent": Decimal("19.00"),
    }
    values |= given
    amount = line_amount(Money(values["unit_price_minor"], "EUR"), values["quantity"])
    return ServiceLine.model_validate({"net_minor": amount.minor} | values)


def make_snapshot(
    language: str, *, lines: Sequence[ServiceLine] | None = None, **changes: Any
) -> ContractSnapshot:
    """The sample contract with these facts changed; mappings change single fields."""
    data = sample_snapshot(language).model_dump()
    if lines is not None:
        data["lines"] = lines
    for field, value in changes.items():
        data[field] = data[field] | value if isinstance(value, dict) else value
    tax = TaxTreatment(data["tax"])
    chosen = [ServiceLine.model_validate(line) for line in data["lines"]]
    data["totals"] = sum_lines(chosen, data["currency"], tax)
    return ContractSnapshot.model_validate(data)


def write_word(snapshot: ContractSnapshot, *, version: int = 1) -> bytes:
    """The Word file of the contract, made from the template of the house."""
    template = TEMPLATES / "documents" / "contract" / f"{snapshot.language}.docx"
    context = word_context(snapshot, version=version)
    return render_word(
        template, context, created=NOW, title=snapshot.number, author="Nordlicht"
    ).content


def read_word(content: bytes) -> list[str]:
    """The text of every paragraph of the body, in order, with non-breaking spaces as spaces."""
    body = Document(BytesIO(content)).element.body
    return [_text(paragraph) for paragraph in body.iter(qn("w:p"))]


def word_text(snapshot: ContractSnapshot, *, version: int = 1) -> str:
    """All the text of the contract's body."""
    return "\n".join(read_word(write_word(snapshot, version=version)))


def headings(content: bytes) -> list[str]:
    """The contract's numbered headings, without their numbers."""
    return [
        paragraph.text
        for paragraph in Document(BytesIO(content)).paragraphs
        if paragraph.style is not None and paragraph.style.name == "Heading 1"
    ]


def _text(paragraph: Any) -> str:
    marks = {qn("w:br"): "\n", qn("w:tab"): "\t", qn("w:cr"): "\n"}
    pieces = (
        node.text or "" if node.tag == qn("w:t") else marks.get(node.tag, "")
        for node in paragraph.iter()
    )
    return re.sub("\N{NO-BREAK SPACE}", " ", "".join(pieces))


def plain(value: str) -> str:
    """The text with its non-breaking spaces as spaces."""
    return value.replace("\N{NO-BREAK SPACE}", " ")


def leaves(value: Any) -> list[Any]:
    """Every value inside mappings and lists."""
    if isinstance(value, dict):
        return list(itertools.chain.from_iterable(map(leaves, value.values())))
    if isinstance(value, list | tuple):
        return list(itertools.chain.from_iterable(map(leaves, value)))
    return [value]
