"""A report's snapshot as people read it: values for the Word template, checks, mail and run."""

from typing import Any

from acctflows.delivery.reports import wording
from acctflows.delivery.reports.snapshot import (
    Amount,
    BudgetLine,
    DoneService,
    NextStep,
    ReportSnapshot,
)
from acctflows.dispatch.parties import agency_words, client_words, person_words
from acctflows.documents.wording import long_date

NOTHING = "–"


def word_context(snapshot: ReportSnapshot, *, version: int) -> dict[str, Any]:
    """The values the Word template places: texts, truth values and lists of them.

    Args:
        snapshot: The frozen facts.
        version: The version's number within its document, which the header prints.
    """
    language = snapshot.language
    asks = wording.asks(snapshot, language)
    return {
        "number": snapshot.number,
        "version": str(version),
        "agency": agency_words(snapshot.agency, language),
        "client": client_words(snapshot.client, snapshot.agency, language),
        "recipient": person_words(snapshot.recipient),
        "manager": person_words(snapshot.manager),
        "project": {"number": snapshot.project_number, "title": snapshot.project_title},
        "period": wording.period_words(snapshot.period_from, snapshot.period_to, language),
        "as_of": long_date(snapshot.as_of, language),
        "glance": glance(snapshot, language),
        "done": [_done(each, language) for each in snapshot.done],
        "reached": [
            {"title": step.title, "done_on": long_date(step.done_on, language)}
            for step in snapshot.reached
        ],
        "chart": wording.chart_sentence(snapshot, language) if snapshot.budget else "",
        "budget": [_budget(snapshot, line) for line in snapshot.budget],
        "total": _total(snapshot),
        "fixed": snapshot.has_fixed,
        "steps": [_step(step, language) for step in snapshot.next],
        "next_words": list(snapshot.next_words),
        "risks": wording.risk_sentences(snapshot, language),
        "asks": asks,
        "pays": bool(snapshot.invoices),
    }


def must_appear(snapshot: ReportSnapshot) -> list[str]:
    """What a reader must find in the finished document, whatever converted it."""
    language = snapshot.language
    return [
        snapshot.number,
        snapshot.agency.legal_name,
        snapshot.client.legal_name,
        snapshot.project_title,
        snapshot.manager.name,
        wording.period_words(snapshot.period_from, snapshot.period_to, language),
        *(invoice.amount.format(language) for invoice in snapshot.invoices),
    ]


def glance(snapshot: ReportSnapshot, language: str) -> dict[str, str]:
    """The figures of the report; a dash for what the records do not tell."""
    partly = snapshot.used_percent is not None and snapshot.has_fixed
    return {
        "hours_now": wording.hours_words(snapshot.hours_now, language),
        "hours_total": wording.hours_words(snapshot.hours_total, language),
        "used": wording.percent_words(snapshot.used_percent, language) or NOTHING,
        "used_note": wording.WORDS[language]["without_fixed"] if partly else "",
        "time": wording.percent_words(snapshot.time_percent, language) or NOTHING,
    }


def _done(service: DoneService, language: str) -> dict[str, Any]:
    return {
        "title": wording.service_title(service.title, service.discipline, language),
        "amount": wording.amounts_words(service.amounts, language),
        "notes": list(service.notes),
    }


def _step(step: NextStep, language: str) -> dict[str, str]:
    state = "overdue" if step.overdue else "in_progress" if step.in_progress else "planned"
    return {
        "title": step.title,
        "due_on": long_date(step.due_on, language),
        "state": wording.WORDS[language][state],
    }


def _budget(snapshot: ReportSnapshot, line: BudgetLine) -> dict[str, str]:
    language = snapshot.language
    planned, used = line.planned, NOTHING
    if planned and line.used is not None:
        used = wording.amount_words(Amount(quantity=line.used, unit=planned.unit), language)
    elif line.other:
        used = wording.amounts_words(line.other, language)
    share = wording.percent_words(line.used_percent, language)
    if planned and line.used is None:
        share = wording.WORDS[language]["fixed"]
    return {
        "title": wording.service_title(line.title, None, language),
        "note": wording.use_words(line, language),
        "planned": wording.amount_words(planned, language) if planned else NOTHING,
        "used": used,
        "share": share or NOTHING,
        "planned_amount": _amount(snapshot, line.planned_minor),
        "used_amount": _amount(snapshot, line.used_minor),
    }


def _amount(snapshot: ReportSnapshot, minor: int | None) -> str:
    return NOTHING if minor is None else snapshot.money(minor).format(snapshot.language)


def _total(snapshot: ReportSnapshot) -> dict[str, str]:
    """The sums of what is counted; without texts where nothing is."""
    counted = bool(snapshot.counted)
    return {
        "share": wording.percent_words(snapshot.used_percent, snapshot.language),
        "planned_amount": _amount(snapshot, snapshot.planned_minor) if counted else "",
        "used_amount": _amount(snapshot, snapshot.used_minor) if counted else "",
    }
