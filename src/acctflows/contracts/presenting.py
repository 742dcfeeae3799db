"""A contract's snapshot as people read it: values for the Word template, checks and a summary."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from acctflows.contracts.snapshot import (
    ContractSnapshot,
    PlanStep,
    ServiceLine,
)
from acctflows.contracts.terms import Agreement, TaxTreatment, Term, UsageRights
from acctflows.contracts.wording import (
    DURATION,
    NATURES,
    SUMMARY,
    TITLES,
    citations,
)
from acctflows.db.models.agency import ContractNature, Unit
from acctflows.dispatch.parties import agency_words, client_words, person_words
from acctflows.documents.wording import long_date, markdown_table, percentage, period, quantity

HOUSE_DEFAULTS = {
    "de": {
        "data_kinds": "Kontaktdaten, Nutzungsdaten, Vertragsdaten",
        "data_subjects": "Besucher, Kunden und Beschäftigte des Auftraggebers",
    },
    "en": {
        "data_kinds": "contact data, usage data, contract data",
        "data_subjects": "visitors, customers and staff of the client",
    },
}


def word_context(snapshot: ContractSnapshot, *, version: int) -> dict[str, Any]:
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
        "agency": agency_words(snapshot.agency, language),
        "client": client_words(snapshot.client, snapshot.agency, language),
        "signer": person_words(snapshot.signer),
        "co_signers": [person_words(person) for person in snapshot.co_signers],
        "manager": person_words(snapshot.manager),
        "project": {
            "number": snapshot.project_number,
            "title": snapshot.project_title,
            "goal": snapshot.project_goal,
        },
        "nature": {nature.value: name for nature, name in NATURES[snapshot.law, language].items()},
        "lines": [_line(snapshot, line) for line in snapshot.lines],
        "milestones": [_step(step, language) for step in snapshot.milestones],
        "fees": _fees(snapshot),
        "terms": _terms(snapshot),
        "clause": _clauses(snapshot),
        "earlier": _earlier(snapshot),
        "changes": _changes(snapshot),
        "special_agreements": _paragraphs(snapshot.terms.special_agreements),
        "cite": citations(snapshot.law, language),
    }


def must_appear(snapshot: ContractSnapshot) -> list[str]:
    """What a reader must find in the finished document, whatever converted it."""
    totals = snapshot.totals
    agreed = [line for each in snapshot.wordings for line in each.text.splitlines()]
    names = [
        snapshot.number,
        snapshot.agency.legal_name,
        snapshot.client.legal_name,
        snapshot.signer.name,
        *(person.name for person in snapshot.co_signers),
        *agreed,
        snapshot.project_title,
    ]
    if snapshot.refers_to is not None:
        names.append(snapshot.refers_to.number)
    amounts = (totals.net_minor, totals.gross_minor) if snapshot.lines else ()
    return [*names, *(snapshot.money(minor).format(snapshot.language) for minor in amounts)]


def summary_markdown(snapshot: ContractSnapshot, language: str) -> str:
    """The facts a manager decides on, as a Markdown table in ``language`` (de or en)."""
    words = SUMMARY[language]
    terms, totals = snapshot.terms, snapshot.totals
    end = long_date(terms.ends_on, language) if terms.ends_on else DURATION[language][terms.term]
    rows = [
        (words["client"], f"{snapshot.client.legal_name} ({snapshot.client.number})"),
        (words["signer"], f"{snapshot.signer.name}, {snapshot.signer.email}"),
        (words["project"], f"{snapshot.project_title} ({snapshot.project_number})"),
        (words["services"], "; ".join(line.title for line in snapshot.lines)),
        (words["time"], f"{long_date(terms.starts_on, language)} – {end}"),
        (words["net"], snapshot.money(totals.net_minor).format(language)),
        (words["gross"], snapshot.money(totals.gross_minor).format(language)),
        (words["payment"], words["days"].format(period(terms.payment_days, "day", language))),
    ]
    if not snapshot.lines:
        rows = [
            row for row in rows if row[0] not in (words["services"], words["net"], words["gross"])
        ]
    if snapshot.refers_to is not None:
        rows.insert(0, (words["refers_to"], snapshot.refers_to.number))
    if snapshot.changes is not None:
        before = snapshot.money(snapshot.changes.net_minor_before)
        rows.append((words["before"], before.format(language)))
    return markdown_table(((TITLES[language][snapshot.agreement], snapshot.number), *rows))


def _abroad(snapshot: ContractSnapshot) -> bool:
    return snapshot.client.address.country != snapshot.law


def _earlier(snapshot: ContractSnapshot) -> dict[str, str]:
    """The contract an order or change order refers to; empty words for others."""
    earlier, language = snapshot.refers_to, snapshot.language
    day = long_date(earlier.concluded_on, language) if earlier else ""
    return {"number": earlier.number if earlier else "", "concluded_on": day}


def _changes(snapshot: ContractSnapshot) -> dict[str, Any]:
    """What a change order changes; nothing for others."""
    changes, language = snapshot.changes, snapshot.language
    if changes is None:
        return {"added": [], "dropped": [], "net_before": "", "ends_on_before": ""}
    before = changes.ends_on_before if changes.ends_on_before != snapshot.terms.ends_on else None
    return {
        "added": [_line(snapshot, line) for line in changes.added],
        "dropped": [_line(snapshot, line) for line in changes.dropped],
        "net_before": snapshot.money(changes.net_minor_before).format(language),
        "ends_on_before": long_date(before, language) if before else "",
    }


def _line(snapshot: ContractSnapshot, line: ServiceLine) -> dict[str, str]:
    language = snapshot.language
    return {
        "position": str(line.position),
        "title": line.title,
        "description": line.description,
        "note": line.note,
        "nature": NATURES[snapshot.law, language][line.nature],
        "quantity": quantity(line.quantity, line.unit, language),
        "unit_price": snapshot.money(line.unit_price_minor).format(language),
        "amount": snapshot.money(line.net_minor).format(language),
    }


def _step(step: PlanStep, language: str) -> dict[str, Any]:
    return {
        "position": str(step.position),
        "title": step.title,
        "due_on": long_date(step.due_on, language),
        "with_acceptance": step.with_acceptance,
    }


def _fees(snapshot: ContractSnapshot) -> dict[str, Any]:
    language, totals = snapshot.language, snapshot.totals
    deposit_base = totals.gross_minor if snapshot.consumer else totals.net_minor
    share = Decimal(snapshot.terms.deposit_percent)
    gross = snapshot.money(totals.gross_minor)
    return {
        "net": snapshot.money(totals.net_minor).format(language),
        "tax": snapshot.money(totals.tax_minor).format(language),
        "gross": gross.format(language),
        "gross_words": gross.words(language),
        "groups": [
            {
                "percent": percentage(group.percent, language),
                "net": snapshot.money(group.net_minor).format(language),
                "tax": snapshot.money(group.tax_minor).format(language),
            }
            for group in totals.groups
        ],
        "deposit": snapshot.money(deposit_base).percent(share).format(language),
        "deposit_percent": percentage(share, language),
    }


def _terms(snapshot: ContractSnapshot) -> dict[str, str]:
    language, terms = snapshot.language, snapshot.terms
    defaults = HOUSE_DEFAULTS[language]
    return {
        "starts_on": long_date(terms.starts_on, language),
        "ends_on": long_date(terms.ends_on, language) if terms.ends_on else "",
        "initial": period(terms.initial_months, "month", language),
        "renewal": period(terms.renewal_months, "month", language),
        "notice": period(terms.notice_months, "month", language),
        "payment": period(terms.payment_days, "day", language),
        "acceptance": period(terms.acceptance_days, "day", language),
        "feedback": period(terms.feedback_days, "working_day", language),
        "answer": period(terms.answer_days, "day", language),
        "confidentiality": period(terms.confidentiality_years, "year", language),
        "correction_rounds": str(terms.correction_rounds),
        "data_kinds": terms.data_kinds or defaults["data_kinds"],
        "data_subjects": terms.data_subjects or defaults["data_subjects"],
    }


def _clauses(snapshot: ContractSnapshot) -> dict[str, bool]:
    """Which optional clauses the contract has; each is one question the template asks."""
    terms, units = snapshot.terms, {line.unit for line in snapshot.lines}
    lasting = terms.term in (Term.RENEWING, Term.OPEN_ENDED)
    framework = snapshot.agreement is Agreement.FRAMEWORK
    single = snapshot.agreement is Agreement.SINGLE
    return {
        "single": single,
        "framework": framework,
        "order": snapshot.agreement is Agreement.ORDER,
        "change": snapshot.agreement is Agreement.CHANGE,
        "services": bool(snapshot.lines),
        # What a framework contract agrees on, its orders do not repeat; changes leave it as it is.
        "general": single or framework,
        "goal": bool(snapshot.project_goal.strip()),
        "work": framework or snapshot.has(ContractNature.WORK),
        "service": framework or snapshot.has(ContractNature.SERVICE),
        "milestones": bool(snapshot.milestones),
        "partial_acceptance": framework
        or any(step.with_acceptance for step in snapshot.milestones),
        "end": terms.ends_on is not None,
        "effort": bool(units & {Unit.HOUR, Unit.DAY}),
        "fees_go_on": lasting and Unit.MONTH in units,
        "deposit": terms.deposit_percent > 0,
        "travel_expenses": terms.travel_expenses,
        "tax": snapshot.tax is TaxTreatment.DOMESTIC,
        "small_business": snapshot.tax is TaxTreatment.SMALL_BUSINESS,
        "reverse_charge": snapshot.tax is TaxTreatment.REVERSE_CHARGE,
        "outside_scope": snapshot.tax is TaxTreatment.OUTSIDE_SCOPE,
        "long_periods": terms.long_periods_agreed and not snapshot.consumer,
        "one_round": terms.correction_rounds == 1,
        "rounds": terms.correction_rounds > 1,
        "exclusive": terms.rights is UsageRights.EXCLUSIVE,
        "confidentiality": terms.confidentiality_years > 0,
        "data_processing": terms.data_processing,
        "project_term": terms.term is Term.PROJECT,
        "fixed_term": terms.term is Term.FIXED,
        "renewing": terms.term is Term.RENEWING,
        "open_ended": terms.term is Term.OPEN_ENDED,
        "e_invoice": terms.e_invoice,
        "survey": terms.survey_notice,
        "reference": terms.reference_consent,
        "special": bool(_paragraphs(terms.special_agreements)),
        "early_start": snapshot.consumer and terms.early_start,
        # § 36 VSBG; the Austrian AStG asks for the notice only once there is a dispute.
        "dispute_notice": snapshot.consumer and snapshot.law == "DE",
        "foreign_consumer": snapshot.consumer and _abroad(snapshot),
    }


def _paragraphs(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
