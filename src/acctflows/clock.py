"""The one place that reads the machine's clock; steps take ``now`` or ``today`` as arguments."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """Tells the time of the agency.

    Args:
        zone: The agency's time zone (IANA name), in which its calendar days begin and end.
        now: Returns the present moment, aware; replaced in tests and by simulated dates.
    """

    zone: ZoneInfo
    now: Callable[[], datetime] = utc_now

    def today(self) -> date:
        """The agency's calendar date."""
        return self.now().astimezone(self.zone).date()

    def local(self, moment: datetime) -> datetime:
        """The same moment on the agency's wall clock."""
        return moment.astimezone(self.zone)


def add_months(day: date, months: int) -> date:
    """That many months later; where the month is too short, its last day (§ 188 (3) BGB)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
