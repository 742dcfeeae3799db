"""When the agency asks, reminds and makes good: the settings of a survey, read with its file."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

MANAGER = "manager"
"""The owner of a recovery action who is the account manager of the project."""


def _owner(value: str) -> str:
    if value != MANAGER and "@" not in value.strip("@"):
        raise PydanticCustomError(
            "owner", "“{value}” is neither “manager” nor an e-mail address", {"value": value}
        )
    return value


class SurveyPolicy(BaseModel):
    """All days are calendar days of the agency unless they are called working days."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    days_after_close: int = Field(ge=0, le=60)
    """The invitation goes out so many days after the project closed."""
    latest_days_after_close: int = Field(ge=1, le=365)
    """Later than that nobody is asked: memory fades, and old projects stay quiet at the start."""
    quiet_days: int = Field(ge=30, le=730)
    """So many days pass between two surveys of any kind to the same contact."""
    reminders: int = Field(ge=0, le=2)
    """At most so many reminders follow an invitation."""
    days_between: int = Field(ge=2, le=30)
    """Days between the invitation and a reminder, and between two reminders."""
    expires_after_days: int = Field(ge=3, le=90)
    """The link takes answers until the end of that day after the invitation."""
    low_score_at_most: int = Field(ge=0)
    """A score up to this one tells the manager at once and opens a recovery action."""
    recovery_working_days: int = Field(ge=1, le=10)
    """Working days until the recovery action is due."""
    recovery_owner: Annotated[str, AfterValidator(_owner)] = MANAGER
    """Who owns the recovery action: ``manager``, or the address of a specialist of the agency."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.latest_days_after_close < self.days_after_close:
            raise _fault("latest_days_after_close comes before days_after_close")
        if self.reminders * self.days_between >= self.expires_after_days:
            raise _fault("the last reminder would come when the link has expired")
        return self


def _fault(words: str) -> PydanticCustomError:
    return PydanticCustomError("policy", "{words}", {"words": words})


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The agency's calendar day of a moment.

    Raises:
        ValueError: When the moment has no time zone, so that it names no day.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(zone).date()


def last_day(invited_at: datetime, policy: SurveyPolicy, *, zone: ZoneInfo) -> date:
    """The last day on which the link takes an answer; the one to name in the mail."""
    return local_day(invited_at, zone) + timedelta(days=policy.expires_after_days)


def is_expired(
    invited_at: datetime, policy: SurveyPolicy, *, now: datetime, zone: ZoneInfo
) -> bool:
    """Whether the last day is over in the agency's time zone."""
    return local_day(now, zone) > last_day(invited_at, policy, zone=zone)


def expires_at(invited_at: datetime, policy: SurveyPolicy, *, zone: ZoneInfo) -> datetime:
    """The moment from which on the link is expired: midnight after the last day, aware."""
    following = last_day(invited_at, policy, zone=zone) + timedelta(days=1)
    return datetime.combine(following, time(), tzinfo=zone)


def is_low(score: int, policy: SurveyPolicy) -> bool:
    """Whether the manager must hear of this score at once."""
    return score <= policy.low_score_at_most


def recovery_owner(policy: SurveyPolicy, *, manager: str) -> str:
    """Address of whoever owns the recovery action, given the address of the project's manager."""
    return manager if policy.recovery_owner == MANAGER else policy.recovery_owner


def recovery_due_on(
    answered_at: datetime,
    policy: SurveyPolicy,
    *,
    zone: ZoneInfo,
    holidays: frozenset[date] = frozenset(),
) -> date:
    """The day by which the recovery action is due: so many working days after the answer.

    Args:
        answered_at: When the low score came; its own day does not count (§ 187 (1) BGB).
        policy: The survey's settings.
        zone: The agency's time zone.
        holidays: Public holidays at the agency's seat, which are no working days, as are Saturday
            and Sunday.
    """
    day, left = local_day(answered_at, zone), policy.recovery_working_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in holidays
    return day
