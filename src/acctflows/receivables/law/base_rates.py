"""What a legal system grants the creditor of a late payment; read from ``law/<country>.yaml``."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from acctflows.errors import ConfigurationError
from acctflows.money import Money
from acctflows.yaml_files import load_yaml


def _as_text(value: Any) -> Any:
    if isinstance(value, float | bool):
        raise ValueError('write it in quotes, such as "1.27", so that it stays exact')  # noqa: TRY004
    return value


Percent = Annotated[
    Decimal, BeforeValidator(_as_text), Field(ge=-10, le=30, max_digits=5, decimal_places=3)
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HalfYear(_Part):
    """The base rate in force from a 1 January or 1 July for six months."""

    starts_on: date = Field(alias="from")
    percent: Percent

    @model_validator(mode="after")
    def _starts_a_half_year(self) -> "HalfYear":
        if self.starts_on != half_year(self.starts_on):
            raise ValueError(f"{self.starts_on} is neither 1 January nor 1 July")
        return self


class BaseRates(_Part):
    """The base rates, each half-year by itself, and where they were looked up."""

    rule: str
    source: str
    checked_on: date
    half_years: tuple[HalfYear, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order_without_gaps(self) -> "BaseRates":
        for before, after in zip(self.half_years, self.half_years[1:], strict=False):
            if after.starts_on != next_half_year(before.starts_on):
                raise ValueError(
                    f"after {before.starts_on} comes {next_half_year(before.starts_on)}, "
                    f"not {after.starts_on}"
                )
        return self


class Tier(_Part):
    """Percentage points above the base rate for contracts concluded from a day on."""

    contracts_from: date
    business: Percent
    consumer: Percent


class Points(_Part):
    """The points of all times."""

    rule: str
    source: str
    tiers: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> "Points":
        starts = [tier.contracts_from for tier in self.tiers]
        if starts != sorted(set(starts)):
            raise ValueError("the tiers must follow each other by contracts_from")
        return self


class InterestName(_Part):
    """What letters call the interest, with the provision it rests on, in each language."""

    de: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def name_in(self, language: str) -> str:
        """The name in ``de`` or ``en``."""
        return self.de if language == "de" else self.en


class LumpSum(_Part):
    """The flat compensation for an invoice paid late, owed by businesses only."""

    rule: str
    source: str
    amount: Annotated[Decimal, BeforeValidator(_as_text), Field(gt=0)]
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    contracts_from: date


class LatePaymentLaw(_Part):
    """The law of one country on late payment."""

    law: str = Field(pattern=r"^[A-Z]{2}$")
    interest: InterestName
    base_rates: BaseRates
    points: Points
    lump_sum: LumpSum

    def base_rate(self, day: date) -> Decimal:
        """The base rate in force on that day, in percent (§ 247 BGB).

        Raises:
            ConfigurationError: The half-year is not in the table; another one's rate is never used.
        """
        wanted = half_year(day)
        for known in self.base_rates.half_years:
            if known.starts_on == wanted:
                return known.percent
        raise ConfigurationError(
            f"the base rate from {wanted} is not known, so no interest is computed",
            where=f"law/{self.law.lower()}.yaml, base_rates.half_years",
            todo=f"add it from {self.base_rates.source}",
        )

    def points_over_base(self, contract_on: date, *, consumer: bool) -> Decimal:
        """Percentage points above the base rate (§ 288 (1), (2) BGB).

        Args:
            contract_on: Day the contract was concluded; earlier contracts keep their law.
            consumer: Whether the debtor is a consumer (§ 13 BGB).

        Raises:
            ConfigurationError: The contract is older than the table.
        """
        tiers = [tier for tier in self.points.tiers if tier.contracts_from <= contract_on]
        if not tiers:
            raise ConfigurationError(
                f"no interest is known for a contract of {contract_on}",
                where=f"law/{self.law.lower()}.yaml, points.tiers",
                todo="add the law of that time",
            )
        return tiers[-1].consumer if consumer else tiers[-1].business

    def flat_compensation(self, contract_on: date, *, consumer: bool) -> Money | None:
        """The lump sum for one invoice paid late (§ 288 (5) BGB), or None where none is owed.

        It is credited against the costs of pursuing the claim (§ 288 (5) sentence 3).
        """
        if consumer or contract_on < self.lump_sum.contracts_from:
            return None
        return Money.of(self.lump_sum.amount, self.lump_sum.currency)


def half_year(day: date) -> date:
    """The first day of the half-year in which that day lies."""
    return date(day.year, 1 if day.month < 7 else 7, 1)


def next_half_year(day: date) -> date:
    """The first day of the half-year after the one in which that day lies."""
    return date(day.year, 7, 1) if day.month < 7 else date(day.year + 1, 1, 1)


def load_law(path: Path) -> LatePaymentLaw:
    """Read a country's law on late payment.

    Raises:
        ConfigurationError: The file is missing, or a field is missing, unknown or wrong; a
            half-year left out or given twice is wrong too.
    """
    return load_yaml(
        path,
        LatePaymentLaw,
        what="the law on late payment",
        todo="copy templates/law of the distribution",
    )
