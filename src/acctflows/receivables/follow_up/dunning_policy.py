"""How and when clients are reminded of unpaid invoices; read from ``dunning/<name>.yaml``."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from acctflows.business_days import ONE_DAY, BusinessCalendar
from acctflows.errors import ConfigurationError
from acctflows.yaml_files import load_yaml

LANGUAGES = ("de", "en")
COURTESY = 0
"""The courtesy note in the counting of levels, which begins with 1 after the due date."""


class Weekday(StrEnum):
    """Days of the week in the order of ``date.weekday()``."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Approver(StrEnum):
    """Who must approve a letter before it is sent."""

    NOBODY = "nobody"
    MANAGER = "manager"


def _as_text(value: Any) -> Any:
    if isinstance(value, float | bool):
        raise ValueError('write it in quotes, such as "10.00", so that it stays exact')  # noqa: TRY004
    return value


Amount = Annotated[Decimal, BeforeValidator(_as_text), Field(ge=0, max_digits=12, decimal_places=2)]
Days = Annotated[int, Field(strict=True, ge=0, le=365)]
FromOne = Annotated[int, Field(strict=True, ge=1, le=365)]
# Fewer would dun on the day after the invoice was first sent.
FromTwo = Annotated[int, Field(strict=True, ge=2, le=365)]
MailName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(_Part):
    """What a letter is called, in each language."""

    de: str = Field(min_length=1)
    en: str = Field(min_length=1)


PLACES = ("invoices", "day")
"""What texts of letters may name, in braces."""


def _with_known_places(text: str) -> str:
    places = [place for _, *place in Formatter().parse(text) if place[0] is not None]
    for name, form, conversion in places:
        if name not in PLACES or form or conversion:
            known = " and ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"“{{{name}}}” is not known; there are {known}")
    return text


Prose = Annotated[str, Field(min_length=1), AfterValidator(_with_known_places)]


class Words(_Part):
    """What a letter says; ``{invoices}`` are those it is about, ``{day}`` is the one it sets.

    Args:
        opening: Why we write; follows the greeting and a comma.
        closing: What follows if nothing is paid, or how to avoid it.
    """

    opening: Prose
    closing: Prose


class Texts(_Part):
    """The words in each language."""

    de: Words
    en: Words


class Sending(_Part):
    """The days on which letters are sent."""

    weekdays: frozenset[Weekday] = Field(min_length=1)
    on_public_holidays: bool = False


class CourtesyNote(_Part):
    """A friendly note before the due date."""

    days_before_due: FromOne
    name: Names
    text: Texts
    mail: MailName
    approved_by: Approver = Approver.NOBODY


class Level(_Part):
    """A letter after the due date."""

    name: Names
    text: Texts
    days_after_due: FromOne
    pay_within_days: FromOne
    spacing_days: FromOne | None = None
    fee: Amount = Decimal(0)
    show_interest: bool = False
    mail: MailName
    approved_by: Approver = Approver.MANAGER


class DunningPolicy(_Part):
    """When which letter is sent, and what stops all of them."""

    name: str = Field(min_length=1)
    sending: Sending
    bank_data_max_age_business_days: Days
    minimum_amount: Amount
    days_between_letters: FromOne
    days_after_invoice_sent: FromTwo
    promise_grace_business_days: Days
    letter_valid_days: Days
    courtesy_note: CourtesyNote | None = None
    levels: tuple[Level, ...] = Field(min_length=1, max_length=9)

    @model_validator(mode="after")
    def _levels_in_order(self) -> "DunningPolicy":
        for number, (before, after) in enumerate(
            zip(self.levels, self.levels[1:], strict=False), start=2
        ):
            if after.days_after_due <= before.days_after_due:
                raise ValueError(
                    f"level {number} must come later after the due date than level {number - 1}"
                )
        if self.levels[0].spacing_days is not None:
            raise ValueError("levels.0.spacing_days: before the first level there is none")
        if self.levels[0].fee:
            raise ValueError(
                "levels.0.fee: the reminder that causes default costs nothing (§ 286 (1) BGB)"
            )
        return self

    @property
    def last_level(self) -> int:
        """Number of the last level."""
        return len(self.levels)

    def level(self, number: int) -> Level:
        """The level of that number, counted from 1."""
        if not 1 <= number <= self.last_level:
            raise IndexError(f"there is no level {number}")
        return self.levels[number - 1]

    def spacing(self, number: int) -> int:
        """The least days between the letter of the level before and the one of this level."""
        level = self.level(number)
        if level.spacing_days is not None:
            return level.spacing_days
        return level.days_after_due - self.level(number - 1).days_after_due

    def name_of(self, number: int, language: str) -> str:
        """What the letter of that level is called; 0 is the courtesy note."""
        name = self._part(number).name
        return name.de if language == "de" else name.en

    def words_of(self, number: int, language: str) -> Words:
        """What the letter of that level says; 0 is the courtesy note."""
        text = self._part(number).text
        return text.de if language == "de" else text.en

    def _part(self, number: int) -> CourtesyNote | Level:
        part = self.courtesy_note if number == COURTESY else self.level(number)
        if part is None:
            raise IndexError("there is no courtesy note")
        return part

    def is_sending_day(self, day: date, calendar: BusinessCalendar) -> bool:
        """Whether letters are sent on that day."""
        if calendar.is_holiday(day) and not self.sending.on_public_holidays:
            return False
        return list(Weekday)[day.weekday()] in self.sending.weekdays

    def sending_day(self, day: date, calendar: BusinessCalendar) -> date:
        """The day itself or, when nothing is sent then, the next day with sending."""
        while not self.is_sending_day(day, calendar):
            day += ONE_DAY
        return day

    def notes_until(self, day: date, calendar: BusinessCalendar) -> date:
        """The last due date about which a courtesy note is sent that day; the day itself for none.

        Where no day with sending is left before a due date, as over Easter, its note comes sooner.
        """
        if self.courtesy_note is None:
            return day
        ahead = day + timedelta(days=self.courtesy_note.days_before_due)
        return max(ahead, self.sending_day(day + ONE_DAY, calendar))

    def mails(self) -> dict[str, str]:
        """The mail templates the policy asks for, by the field that names them."""
        wanted = {f"levels.{index}.mail": level.mail for index, level in enumerate(self.levels)}
        if self.courtesy_note:
            wanted["courtesy_note.mail"] = self.courtesy_note.mail
        return wanted


def load_policy(path: Path) -> DunningPolicy:
    """Read a dunning policy.

    Raises:
        ConfigurationError: The file is missing, or a field is missing, unknown or wrong.
    """
    return load_yaml(
        path,
        DunningPolicy,
        what="the dunning policy",
        todo="copy templates/dunning/standard.yaml of the distribution",
    )


def check_texts(
    policy: DunningPolicy, available: Mapping[str, frozenset[str]], *, where: str
) -> None:
    """Make sure that every letter of the policy has its mail in every language.

    Args:
        policy: The policy.
        available: Languages in which each mail template exists, by its name.
        where: The policy's file, for the message.

    Raises:
        ConfigurationError: Names every field whose mail is missing, and in which language.
    """
    missing = [
        f"{field}: the mail “{mail}” does not exist in “{language}”"
        for field, mail in policy.mails().items()
        for language in LANGUAGES
        if language not in available.get(mail, frozenset())
    ]
    if missing:
        raise ConfigurationError(
            "; ".join(missing), where=where, todo="add the texts under templates/mail"
        )
