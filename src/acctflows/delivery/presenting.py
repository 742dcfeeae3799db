"""An act's snapshot as people read it: values for the Word template, checks and a summary."""

from datetime import date
from typing import Any

from acctflows.delivery.snapshot import ActLine, ActSnapshot, NamedDefect, RecordedWork
from acctflows.delivery.wording import citations, period_words
from acctflows.dispatch.parties import agency_words, client_words, person_words
from acctflows.documents.wording import long_date, markdown_table, period, quantity

NOTHING = "–"
UNBILLED = {"de": "ohne Berechnung", "en": "not billed"}


def word_context(snapshot: ActSnapshot, *, version: int) -> dict[str, Any]:
    """The values the Word template places: texts, truth values and lists of them.

    Args:
        snapshot: The frozen facts.
        version: The version's number within its document, which the header prints.
    """
    language = snapshot.language
    return {
        "number": snapshot.number,
        "version": str(version),
        "law": snapshot.law,
        "consumer": snapshot.consumer,
        "deemed": deemed_accepted(snapshot),
        "agency": agency_words(snapshot.agency, language),
        "client": client_words(snapshot.client, snapshot.agency, language),
        "signer": person_words(snapshot.signer),
        "manager": person_words(snapshot.manager),
        "project": {"number": snapshot.project_number, "title": snapshot.project_title},
        "contract_number": snapshot.contract_number,
        "subject": about(snapshot, language),
        "completed_on": _day(snapshot.completed_on, language),
        "period_from": _day(snapshot.period_from, language),
        "period_to": _day(snapshot.period_to, language),
        "lines": [_line(snapshot, line) for line in snapshot.lines],
        "priced": snapshot.priced,
        "net": snapshot.money(snapshot.net_minor).format(language),
        "records": [_record(record, language) for record in snapshot.records],
        "defects": [
            _defect(position, defect, language)
            for position, defect in enumerate(snapshot.defects, 1)
        ],
        "days": period(snapshot.acceptance_days, "day", language),
        "cite": citations(snapshot.law, language),
    }


def must_appear(snapshot: ActSnapshot) -> list[str]:
    """What a reader must find in the finished document, whatever converted it."""
    language = snapshot.language
    days = (snapshot.completed_on, snapshot.period_from, snapshot.period_to)
    return [
        snapshot.number,
        snapshot.agency.legal_name,
        snapshot.client.legal_name,
        snapshot.signer.name,
        snapshot.project_title,
        *([snapshot.milestone] if snapshot.milestone else []),
        *(long_date(day, language) for day in days if day),
        *([snapshot.money(snapshot.net_minor).format(language)] if snapshot.priced else []),
    ]


def summary_markdown(snapshot: ActSnapshot) -> str:
    """The facts a manager decides on, as a Markdown table in English."""
    days = f"{snapshot.acceptance_days} days to answer"
    rows = [
        ("Act", snapshot.number),
        ("Client", f"{snapshot.client.legal_name} ({snapshot.client.number})"),
        ("Accepted by", f"{snapshot.signer.name}, {snapshot.signer.email}, {days}"),
        ("Project", f"{snapshot.project_title} ({snapshot.project_number})"),
        ("Contract", snapshot.contract_number or "none on file"),
        ("About", about(snapshot, "en")),
        ("Work", "; ".join(_total(line) for line in snapshot.lines) or "none recorded"),
        ("Net", snapshot.money(snapshot.net_minor).format("en") if snapshot.priced else NOTHING),
    ]
    if snapshot.defects:
        rows.append(("Cured defects", "; ".join(defect.place for defect in snapshot.defects)))
    return markdown_table(rows)


def about(snapshot: ActSnapshot, language: str) -> str:
    """The milestone's title, or the period in that language."""
    if snapshot.period_from and snapshot.period_to:
        return period_words(snapshot.period_from, snapshot.period_to, language)
    return snapshot.milestone


def deemed_accepted(snapshot: ActSnapshot) -> bool:
    """Whether silence counts as acceptance: by law (§ 640 (2) BGB) or as the contract has it."""
    return bool(snapshot.milestone) and (snapshot.law == "DE" or bool(snapshot.contract_number))


def _line(snapshot: ActSnapshot, line: ActLine) -> dict[str, str]:
    language = snapshot.language
    amount = NOTHING if line.billable else UNBILLED[language]
    if line.net_minor is not None:
        amount = snapshot.money(line.net_minor).format(language)
    price = line.unit_price_minor
    return {
        "position": str(line.position),
        "title": line.title,
        "quantity": quantity(line.quantity, line.unit, language),
        "unit_price": NOTHING if price is None else snapshot.money(price).format(language),
        "amount": amount,
    }


def _record(record: RecordedWork, language: str) -> dict[str, str]:
    return {
        "day": _short_day(record, language),
        "title": record.title,
        "note": record.note,
        "specialist": record.specialist or NOTHING,
        "quantity": quantity(record.quantity, record.unit, language),
    }


def _short_day(record: RecordedWork, language: str) -> str:
    return record.done_on.strftime("%d.%m.%Y" if language == "de" else "%d/%m/%Y")


def _defect(position: int, defect: NamedDefect, language: str) -> dict[str, str]:
    return {
        "position": str(position),
        "place": defect.place,
        "description": defect.description,
        "cured_on": _day(defect.cured_on, language) or NOTHING,
        "note": defect.cured_note,
    }


def _day(day: date | None, language: str) -> str:
    return long_date(day, language) if day else ""


def _total(line: ActLine) -> str:
    return f"{line.title}: {quantity(line.quantity, line.unit, 'en')}"
