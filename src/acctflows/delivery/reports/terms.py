"""What the account manager chooses when a report is asked for: the form in the Prefect UI."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from acctflows.delivery.reports.policy import ReportPolicy, newest_week, parse_week
from acctflows.delivery.subject import Period
from acctflows.errors import InputError


class PeriodChoice(BaseModel):
    """Which period is reported; nothing given: the latest week the policy wants reported."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Period")

    week: str = Field(
        default="",
        max_length=20,
        title="Week",
        description="Such as 2026-W47; empty for the latest one that is over.",
    )
    first_day: date | None = Field(
        default=None,
        title="First day",
        description="Only for a period that is no week; the last day is then needed too.",
    )
    last_day: date | None = Field(default=None, title="Last day")

    def resolve(self, policy: ReportPolicy, *, today: date) -> Period:
        """The period.

        Raises:
            InputError: What was given contradicts itself, is no week, or lies in the future.
        """
        if self.first_day and self.last_day and not self.week:
            period = Period(self.first_day, self.last_day)
        elif self.first_day or self.last_day:
            raise InputError("a period is a week, or has a first and a last day", where="period")
        elif self.week:
            period = parse_week(self.week)
        else:
            period = newest_week(today, policy)
        if period.first > today:
            raise InputError(
                f"the period begins on {period.first}", todo="report one that has begun"
            )
        return period


class ReportWords(BaseModel):
    """What the manager adds; empty: what the version before said."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Your words")

    risks: str = Field(
        default="",
        max_length=5000,
        title="Risks",
        description="Beside those the records show. One paragraph a line.",
    )
    next_steps: str = Field(
        default="",
        max_length=5000,
        title="Next steps",
        description="Beside the milestones that come next. One paragraph a line.",
    )


NO_WORDS = ReportWords()
