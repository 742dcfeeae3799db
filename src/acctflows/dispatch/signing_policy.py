"""When a signer needs a code and is reminded; read from ``signing/standard.yaml``."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from acctflows.business_days import BusinessCalendar
from acctflows.documents.kinds import ANSWERED_KINDS
from acctflows.money import Money
from acctflows.yaml_files import load_yaml

APART = timedelta(days=2)
"""Least time between another reminder and the last one."""


class MailCode(StrEnum):
    """When accepting needs a code that is mailed to the signer."""

    NEVER = "never"
    ALWAYS = "always"
    ABOVE = "above"


def _as_text(value: Any) -> Any:
    if isinstance(value, float | bool):
        raise ValueError('write it in quotes, such as "25000.00", so that it stays exact')  # noqa: TRY004 — pydantic's
    return value


Amount = Annotated[Decimal, BeforeValidator(_as_text), Field(ge=0, max_digits=12, decimal_places=2)]
Days = Annotated[int, Field(strict=True, ge=1, le=365)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DocumentSigning(_Part):
    """How one kind of document is signed."""

    mail_code: MailCode
    mail_code_above: Amount | None = None
    reminders: tuple[Days, ...] = Field(max_length=10)
    last_reminder_days_before: Days | None = None

    @field_validator("reminders")
    @classmethod
    def _in_order(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if list(days) != sorted(set(days)):
            raise ValueError("name each day once, the earliest first")
        return days

    @model_validator(mode="after")
    def _amount_where_needed(self) -> Self:
        if (self.mail_code is MailCode.ABOVE) != (self.mail_code_above is not None):
            raise ValueError("mail_code_above belongs to “mail_code: above”, and only there")
        return self

    def asks_code(self, amount: Money | None) -> bool:
        """Whether accepting a document needs a code.

        Args:
            amount: What it is about; None where it names no amount, which asks to be safe.
        """
        if self.mail_code_above is None or amount is None:
            return self.mail_code is not MailCode.NEVER
        return amount.decimal > self.mail_code_above

    def reminder_days(
        self, *, invited_on: date, ends_on: date, calendar: BusinessCalendar
    ) -> list[date]:
        """The days on which a signer is reminded who does not answer, in order.

        Args:
            invited_on: When they were invited, on the agency's calendar.
            ends_on: The day on which their link expires; nobody is reminded on it or later.
            calendar: The agency's.
        """
        if not self.reminders:
            return []
        last = self._last_reminder(ends_on, calendar)
        days = {calendar.on_or_after(invited_on + timedelta(days=each)) for each in self.reminders}
        if last is not None:
            days = {day for day in days if day <= last - APART} | {last}
        return sorted(day for day in days if invited_on < day < ends_on)

    def _last_reminder(self, ends_on: date, calendar: BusinessCalendar) -> date | None:
        if self.last_reminder_days_before is None:
            return None
        day = ends_on - timedelta(days=self.last_reminder_days_before)
        later = calendar.on_or_after(day)
        return later if later < ends_on else calendar.on_or_before(day)


class SigningPolicy(_Part):
    """How clients sign, for each kind of document they answer."""

    name: str = Field(min_length=1)
    reminders_from_hour: Annotated[int, Field(strict=True, ge=0, le=23)]
    documents: dict[str, DocumentSigning]

    @field_validator("documents")
    @classmethod
    def _every_kind(cls, documents: dict[str, DocumentSigning]) -> dict[str, DocumentSigning]:
        missing, unknown = ANSWERED_KINDS.keys() - documents, documents.keys() - ANSWERED_KINDS
        if missing or unknown:
            words = [f"“{kind}” is missing" for kind in sorted(missing)]
            words += [f"“{kind}” is no kind that clients answer" for kind in sorted(unknown)]
            raise ValueError(", ".join(words))
        return documents


def load_signing_policy(templates: Path) -> SigningPolicy:
    """The agency's policy, read anew: what is changed holds from the next invitation on.

    Args:
        templates: The installation's templates folder.

    Raises:
        ConfigurationError: The file is missing, or a field is missing, unknown or wrong.
    """
    return load_yaml(
        templates / "signing" / "standard.yaml",
        SigningPolicy,
        what="the policy of signing",
        todo="copy templates/signing/standard.yaml of the distribution",
    )
