"""Which facts endanger a project, and what the report says of them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from acctflows.delivery.reports.risks import find_risks
from acctflows.delivery.reports.sample import sample_snapshot
from acctflows.delivery.reports.snapshot import NextStep, Risk
from acctflows.delivery.reports.wording import risk_sentence
from tests.delivery.reports.test_policy import POLICY

TODAY = date(2026, 11, 23)


def step(title: str, day: int, *, in_progress: bool = False) -> NextStep:
    due_on = date(2026, 11, day)
    return NextStep(title=title, due_on=due_on, in_progress=in_progress, overdue=due_on < TODAY)


def risks(**given: Any) -> list[Risk]:
    facts: dict[str, Any] = {
        "steps": (),
        "worked_on": frozenset(),
        "budget": (),
        "used_percent": None,
        "time_percent": None,
        "ends_on": None,
        "as_of": TODAY,
        "policy": POLICY,
    }
    return list(find_risks(**facts | given))


def test_without_facts_there_is_no_risk() -> None:
    assert risks() == []


def test_a_milestone_past_its_day_is_overdue_whatever_was_done() -> None:
    (risk,) = risks(steps=[step("Concept", 16, in_progress=True)], worked_on=frozenset({"Concept"}))

    assert (risk.kind, risk.subject, risk.days) == ("overdue", "Concept", 7)


def test_a_milestone_due_soon_without_any_work_is_told() -> None:
    steps = [step("Idle", 30), step("Begun", 30, in_progress=True), step("Worked on", 30)]

    (risk,) = risks(steps=steps, worked_on=frozenset({"Worked on"}))

    assert (risk.kind, risk.subject, risk.days) == ("idle", "Idle", 7)


def test_a_project_past_its_planned_end_is_late() -> None:
    assert [risk.kind for risk in risks(ends_on=date(2026, 11, 22))] == ["late"]
    assert risks(ends_on=TODAY) == []


@pytest.mark.parametrize(
    ("used", "time", "told"),
    [(49, 0, False), (50, 30, True), (50, 31, False), (100, 100, False), (120, 100, True)],
)
def test_the_pace_of_the_budget_is_told_when_it_is_far_ahead(
    used: int, time: int, told: bool
) -> None:
    found = risks(used_percent=Decimal(used), time_percent=Decimal(time))

    assert [risk.kind for risk in found] == (["ahead"] if told else [])


def test_without_a_planned_time_nobody_can_say_who_is_ahead() -> None:
    assert risks(used_percent=Decimal(90)) == []


def test_a_service_is_exceeded_above_its_plan_only() -> None:
    line = sample_snapshot("en").budget[1]
    full, over = (line.model_copy(update={"used": Decimal(used)}) for used in (10, 11))

    assert risks(budget=[full]) == []
    assert risks(budget=[over]) == [
        Risk(kind="exceeded", subject=line.title, used_percent=Decimal(110))
    ]


@pytest.mark.parametrize(
    ("risk", "german", "english"),
    [
        (
            Risk(kind="overdue", subject="Konzept", day=date(2026, 11, 22), days=1),
            "Der Meilenstein „Konzept“ war am 22. November 2026 fällig, vor einem Tag, und ist "
            "noch nicht erreicht.",
            "The milestone “Konzept” was due on 22 November 2026, one day ago, and is not reached "
            "yet.",
        ),
        (
            Risk(kind="idle", subject="Konzept", day=date(2026, 11, 30), days=7),
            "Der Meilenstein „Konzept“ ist am 30. November 2026 fällig, in 7 Tagen; dafür ist noch "
            "keine Arbeit erfasst.",
            "The milestone “Konzept” is due on 30 November 2026, in 7 days; no work has been "
            "recorded for it yet.",
        ),
        (
            Risk(kind="idle", subject="Konzept", day=TODAY, days=0),
            "Der Meilenstein „Konzept“ ist heute fällig; dafür ist noch keine Arbeit erfasst.",
            "The milestone “Konzept” is due today; no work has been recorded for it yet.",
        ),
        (
            Risk(kind="ahead", used_percent=Decimal(81), time_percent=Decimal(58)),
            "81 % des Budgets sind genutzt, aber erst 58 % der Projektzeit vergangen.",
            "81% of the budget is used, but only 58% of the project's time is over.",
        ),
        (
            Risk(kind="exceeded", subject="Pflege", used_percent=Decimal(110)),
            "Für „Pflege“ sind 110 % des Plans genutzt.",
            "110% of the plan for “Pflege” is used.",
        ),
        (
            Risk(kind="late", day=date(2026, 11, 21), days=2),
            "Das geplante Ende des Projekts war am 21. November 2026, vor 2 Tagen.",
            "The planned end of the project was on 21 November 2026, 2 days ago.",
        ),
    ],
)
def test_each_risk_is_a_sentence_with_its_facts(risk: Risk, german: str, english: str) -> None:
    told = [
        risk_sentence(risk, language).replace("\N{NO-BREAK SPACE}", " ")
        for language in ("de", "en")
    ]

    assert told == [german, english]
