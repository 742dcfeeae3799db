"""Business days of a country and state, and periods that end on none (§ 193 BGB)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

from acctflows.errors import ConfigurationError

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BusinessCalendar:
    """Knows the business days of a place: Monday to Friday without its public holidays.

    Holidays of single towns, and those that depend on a town's confession (Assumption in Bavaria),
    are business days here; Augsburg has a name of its own among the states of ``holidays``.

    Args:
        country: ISO 3166-1, such as DE.
        state: ISO 3166-2 without the country, such as BY; empty counts nationwide holidays only.

    Raises:
        ConfigurationError: For a place whose holidays are not known.
    """

    country: str
    state: str = ""

    def __post_init__(self) -> None:
        _public_holidays(self.country, self.state)

    def is_business_day(self, day: date) -> bool:
        """Whether people work on that day: neither Saturday, Sunday nor public holiday."""
        return day.weekday() < SATURDAY and not self.is_holiday(day)

    def is_holiday(self, day: date) -> bool:
        """Whether that day is a public holiday, on whichever weekday it falls."""
        return day in _public_holidays(self.country, self.state)

    def on_or_after(self, day: date) -> date:
        """The day itself or, when it is none, the next business day.

        So ends a period, and so is due what falls on such a day (§ 193 BGB).
        """
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def on_or_before(self, day: date) -> date:
        """The day itself or, when it is none, the business day before."""
        while not self.is_business_day(day):
            day -= ONE_DAY
        return day

    def after(self, day: date) -> date:
        """The first business day after that day."""
        return self.on_or_after(day + ONE_DAY)

    def before(self, day: date) -> date:
        """The last business day before that day."""
        return self.on_or_before(day - ONE_DAY)

    def add(self, day: date, count: int) -> date:
        """That many business days later; a negative count goes back.

        Zero gives the day itself, also where it is no business day.
        """
        step = self.after if count > 0 else self.before
        for _ in range(abs(count)):
            day = step(day)
        return day

    def between(self, start: date, end: date) -> int:
        """How many business days lie after ``start``, up to and including ``end``; 0 when none."""
        days = (end - start).days
        return sum(self.is_business_day(start + timedelta(days=n + 1)) for n in range(days))


@lru_cache(maxsize=64)
def _public_holidays(country: str, state: str) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(country, subdiv=state or None)
    except NotImplementedError as error:
        raise ConfigurationError(
            f"the public holidays of “{f'{country} {state}'.strip()}” are not known",
            where="agency.yaml, country and state",
            todo="use ISO codes such as country DE and state BY, or leave the state empty",
        ) from error
