"""The words of a status report in each language: periods, risks, what its parts are called."""

from datetime import date
from decimal import Decimal

from acctflows.agency.choices import label
from acctflows.db.models.agency import Discipline, Unit
from acctflows.delivery.reports.policy import week_of
from acctflows.delivery.reports.snapshot import Amount, BudgetLine, ReportSnapshot, Risk
from acctflows.delivery.subject import Period
from acctflows.documents.kinds import find_kind
from acctflows.documents.wording import long_date, percentage, quantity
from acctflows.money import NBSP, round_half_up

WORDS = {
    "de": {
        "week": "Kalenderwoche {week}/{year}",
        "other": "Weitere Leistungen",
        "unplanned": "nicht im Plan",
        "fixed": "Festpreis",
        "without_fixed": "ohne Festpreise",
        "besides": "dazu {amount}",
        "unbilled": "{amount} ohne Berechnung",
        "in_progress": "in Arbeit",
        "planned": "geplant",
        "overdue": "überfällig",
        "ask_document": "{title} {number}: Ihre Antwort bis {day}",
        "ask_invoice": "Rechnung {number}: {amount}, fällig am {day}",
        "ask_overdue": "Rechnung {number}: {amount}, überfällig seit {day}",
        "chart": "Stunden und Budget je Leistung",
        "chart_some": "davon {now} im Zeitraum",
        "chart_all": "alle im Zeitraum",
        "chart_used": "{percent} des Plans genutzt",
    },
    "en": {
        "week": "Week {week}, {year}",
        "other": "Other services",
        "unplanned": "not in the plan",
        "fixed": "fixed price",
        "without_fixed": "without fixed prices",
        "besides": "besides {amount}",
        "unbilled": "{amount} not billed",
        "in_progress": "in progress",
        "planned": "planned",
        "overdue": "overdue",
        "ask_document": "{title} {number}: your answer by {day}",
        "ask_invoice": "Invoice {number}: {amount}, due on {day}",
        "ask_overdue": "Invoice {number}: {amount}, overdue since {day}",
        "chart": "Hours and budget by service",
        "chart_some": "{now} of them in the period",
        "chart_all": "all in the period",
        "chart_used": "{percent} of the plan used",
    },
}

_RISKS = {
    "de": {
        "overdue": "Der Meilenstein „{subject}“ war am {day} fällig, vor {days}, und ist noch "
        "nicht erreicht.",
        "idle": "Der Meilenstein „{subject}“ ist am {day} fällig, in {days}; dafür ist noch keine "
        "Arbeit erfasst.",
        "idle_today": "Der Meilenstein „{subject}“ ist heute fällig; dafür ist noch keine Arbeit "
        "erfasst.",
        "ahead": "{used} des Budgets sind genutzt, aber erst {time} der Projektzeit vergangen.",
        "exceeded": "Für „{subject}“ sind {used} des Plans genutzt.",
        "late": "Das geplante Ende des Projekts war am {day}, vor {days}.",
    },
    "en": {
        "overdue": "The milestone “{subject}” was due on {day}, {days} ago, and is not reached "
        "yet.",
        "idle": "The milestone “{subject}” is due on {day}, in {days}; no work has been recorded "
        "for it yet.",
        "idle_today": "The milestone “{subject}” is due today; no work has been recorded for it "
        "yet.",
        "ahead": "{used} of the budget is used, but only {time} of the project's time is over.",
        "exceeded": "{used} of the plan for “{subject}” is used.",
        "late": "The planned end of the project was on {day}, {days} ago.",
    },
}
# After “vor” and “in” (dative) German says “Tagen”.
_DATIVE = {"de": "Tagen", "en": "days"}
_ONE = {"de": f"einem{NBSP}Tag", "en": f"one{NBSP}day"}


def period_words(first: date, last: date, language: str) -> str:
    """The period, with its week where it is one: ``Week 47, 2026 (16–22 November 2026)``."""
    days, name = _days_words(first, last, language), period_name(first, last, language)
    return days if days == name else f"{name} ({days})"


def period_name(first: date, last: date, language: str) -> str:
    """The week where the period is one, else its days."""
    week = week_of(Period(first, last))
    if week is None:
        return _days_words(first, last, language)
    return WORDS[language]["week"].format(year=week[0], week=week[1])


def _days_words(first: date, last: date, language: str) -> str:
    if (first.year, first.month) == (last.year, last.month) and first != last:
        day = f"{first.day}." if language == "de" else str(first.day)
        return f"{day}–{long_date(last, language)}"
    if first == last:
        return long_date(last, language)
    return f"{long_date(first, language)} – {long_date(last, language)}"


def risk_sentence(risk: Risk, language: str) -> str:
    """The fact in a sentence."""
    words = _RISKS[language]
    kind = "idle_today" if risk.kind == "idle" and not risk.days else risk.kind
    return words[kind].format(
        subject=risk.subject or WORDS[language]["other"],
        day=long_date(risk.day, language) if risk.day else "",
        days=_days(risk.days, language),
        used=percent_words(risk.used_percent, language),
        time=percent_words(risk.time_percent, language),
    )


def risk_sentences(snapshot: ReportSnapshot, language: str) -> list[str]:
    """All risks: those the records show, then what the manager wrote."""
    return [risk_sentence(risk, language) for risk in snapshot.risks] + list(snapshot.risk_words)


def percent_words(value: Decimal | None, language: str) -> str:
    """Such as ``35 %``; empty for None."""
    return "" if value is None else percentage(value, language)


def amount_words(amount: Amount, language: str) -> str:
    """Such as ``12,5 Stunden``; to two places, which is less than a minute."""
    return quantity(round_half_up(amount.quantity, 2), amount.unit, language)


def hours_words(hours: Decimal, language: str) -> str:
    """Such as ``12,5 Stunden``."""
    return amount_words(Amount(quantity=hours, unit=Unit.HOUR), language)


def amounts_words(amounts: tuple[Amount, ...], language: str) -> str:
    """Several amounts in a row."""
    return ", ".join(amount_words(amount, language) for amount in amounts)


def service_title(title: str, discipline: Discipline | None, language: str) -> str:
    """The service, or the discipline where the work belongs to no service."""
    if title:
        return title
    other = WORDS[language]["other"]
    return f"{other}: {label(discipline, language)}" if discipline else other


def use_words(line: BudgetLine, language: str) -> str:
    """What is special about how much of a service is used; empty for the usual."""
    words = WORDS[language]
    notes: list[str] = []
    if line.planned is None:
        notes.append(words["unplanned"])
    if line.other and line.used:
        notes.append(words["besides"].format(amount=amounts_words(line.other, language)))
    if line.unbilled:
        notes.append(words["unbilled"].format(amount=amounts_words(line.unbilled, language)))
    return ", ".join(notes)


def asks(snapshot: ReportSnapshot, language: str) -> list[str]:
    """What the client owes: answers first, then payments, a line each."""
    words = WORDS[language]
    documents = [
        words["ask_document"].format(
            title=find_kind(each.kind).title(language),
            number=each.number,
            day=long_date(each.answer_by, language),
        )
        for each in snapshot.documents
    ]
    invoices = [
        words["ask_overdue" if each.overdue else "ask_invoice"].format(
            number=each.number,
            amount=each.amount.format(language),
            day=long_date(each.due_on, language),
        )
        for each in snapshot.invoices
    ]
    return documents + invoices


def chart_sentence(snapshot: ReportSnapshot, language: str) -> str:
    """What the chart shows, for readers who do not see it."""
    words = WORDS[language]
    lines = []
    for line in snapshot.budget:
        facts = [hours_words(line.hours_before + line.hours_now, language)]
        if line.hours_now:
            part = words["chart_some" if line.hours_before else "chart_all"]
            facts.append(part.format(now=hours_words(line.hours_now, language)))
        if line.used_percent is not None:
            percent = percent_words(line.used_percent, language)
            facts.append(words["chart_used"].format(percent=percent))
        lines.append(f"{service_title(line.title, None, language)}: {', '.join(facts)}")
    return f"{words['chart']}. {'; '.join(lines)}."


def _days(count: int, language: str) -> str:
    return _ONE[language] if count == 1 else f"{count}{NBSP}{_DATIVE[language]}"
