"""When reports are made, who approves them and what counts as a risk: the agency's policy."""

import re
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from acctflows.delivery.subject import Period
from acctflows.errors import InputError
from acctflows.yaml_files import load_yaml

_WEEK = re.compile("([0-9]{4})-?W([0-9]{2})", re.IGNORECASE)


class Approver(StrEnum):
    """Who approves a report before it is sent."""

    MANAGER = "manager"
    NOBODY = "nobody"


class MadeOn(StrEnum):
    """From which day on a week (Monday to Sunday, ISO 8601) is reported."""

    THURSDAY = "thursday"
    FRIDAY = "friday"
    FOLLOWING_MONDAY = "following monday"
    FOLLOWING_TUESDAY = "following tuesday"


_DAYS = {
    MadeOn.THURSDAY: 3,
    MadeOn.FRIDAY: 4,
    MadeOn.FOLLOWING_MONDAY: 7,
    MadeOn.FOLLOWING_TUESDAY: 8,
}
"""Days after the week's Monday."""


class ReportPolicy(BaseModel):
    """The settings of ``templates/reports/standard.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approved_by: Approver
    made_on: MadeOn
    weeks_ahead: int = Field(ge=1, le=12)
    """Milestones due in so many weeks are told as coming next."""
    budget_from_percent: int = Field(ge=0, le=100)
    """Below this share of the budget nothing is said about its pace …"""
    budget_ahead_points: int = Field(ge=1, le=100)
    """… and above it only when it is so many percentage points ahead of the time."""


def load_policy(templates: Path) -> ReportPolicy:
    """The agency's policy.

    Raises:
        ConfigurationError: The file is missing, or fields are missing, unknown or wrong.
    """
    return load_yaml(
        templates / "reports" / "standard.yaml",
        ReportPolicy,
        what="the policy of reports",
        todo="copy templates/reports/standard.yaml of the distribution",
    )


def newest_week(today: date, policy: ReportPolicy) -> Period:
    """The latest week that may be reported on that day."""
    day = today - timedelta(days=_DAYS[policy.made_on])
    return _week_from(day - timedelta(days=day.weekday()))


def parse_week(text: str) -> Period:
    """A week such as ``2026-W47``, Monday to Sunday (ISO 8601).

    Raises:
        InputError: There is no such week.
    """
    found = _WEEK.fullmatch(text.strip())
    year, week = map(int, found.groups()) if found else (0, 0)
    try:
        return _week_from(date.fromisocalendar(year, week, 1))
    except ValueError:
        raise InputError(f"“{text}” is no week", todo="write it like 2026-W47") from None


def week_of(period: Period) -> tuple[int, int] | None:
    """Year and number of the week the period is; None where it is none."""
    year, week, weekday = period.first.isocalendar()
    whole = weekday == 1 and period.last == period.first + timedelta(days=6)
    return (year, week) if whole else None


def period_key(period: Period) -> str:
    """The period in business keys: ``2026-W47``, or its first and last day."""
    week = week_of(period)
    return f"{week[0]}-W{week[1]:02}" if week else f"{period.first}--{period.last}"


def _week_from(monday: date) -> Period:
    return Period(monday, monday + timedelta(days=6))
