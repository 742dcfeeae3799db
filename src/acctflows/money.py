"""Money: integer minor units with a currency, one rounding rule, and how people read amounts."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    get_currency_precision,
    list_currencies,
    parse_decimal,
)
from num2words import num2words

from acctflows.errors import InputError

NBSP = "\N{NO-BREAK SPACE}"

LOCALES = {"de": "de_DE", "en": "en_GB"}
"""Babel locale of each language the house writes in."""


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Commercial rounding (kaufmännisches Runden), the only rounding of the house."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, order=False)
class Money:
    """An amount in integer minor units (cents) of a currency (ISO 4217).

    Adding or comparing amounts of different currencies raises ``ValueError``.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in list_currencies():
            raise InputError(
                f"“{self.currency}” is no currency",
                todo="use an ISO 4217 code such as EUR, CHF, GBP or USD",
            )

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        """The amount rounded once to the currency's minor unit."""
        places = get_currency_precision(currency)
        return cls(int(round_half_up(amount, places).scaleb(places)), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in that currency."""
        return cls(0, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def times(self, factor: Decimal) -> "Money":
        """The amount times a quantity or rate, rounded once."""
        return Money.of(self.decimal * factor, self.currency)

    def percent(self, rate: Decimal) -> "Money":
        """That percentage of the amount (19 means 19 %), rounded once."""
        return self.times(rate / 100)

    def format(self, language: str) -> str:
        """As people write it: ``1.234,50 €`` with non-breaking spaces, or ``€1,234.50``."""
        return str(format_currency(self.decimal, self.currency, locale=LOCALES[language]))

    def words(self, language: str) -> str:
        """In words, as contracts have it: ``eintausendzweihundert Euro und fünfzig Cent``.

        A currency num2words cannot name ends as cheques do: ``… 50/100 CHF``.
        """
        whole, _, part = f"{self.decimal:f}".partition(".")
        try:
            spoken = num2words(
                self.decimal, lang=language, to="currency", currency=self.currency, separator="|"
            )
        except NotImplementedError:
            fraction = f"{NBSP}{part}/1{'0' * len(part)}" if int(part or 0) else ""
            return f"{num2words(int(whole), lang=language)}{fraction}{NBSP}{self.currency}"
        units, _, cents = spoken.partition("|")
        if not int(part or 0):
            return str(units.strip())
        return f"{units.strip()} {'und' if language == 'de' else 'and'} {cents.strip()}"


def parse_amount(text: str, currency: str, *, language: str) -> Money:
    """Read an amount as people of that language write it.

    Args:
        text: Such as ``1.234,50`` (German) or ``1,234.50`` (English); a currency sign may stand by.
        currency: ISO 4217 code the amount is in.
        language: ``de`` or ``en``.

    Raises:
        InputError: When the text is no amount, or has more decimals than the currency; never zero.
    """
    places = get_currency_precision(currency)
    bare = text.replace(NBSP, "").replace("€", "").replace(currency, "").strip()
    try:
        value = Decimal(parse_decimal(bare, locale=LOCALES[language], strict=True))
    except (NumberFormatError, ArithmeticError) as error:
        raise InputError(f"“{text}” is no amount", todo="write it like 1.234,50") from error
    if round_half_up(value, places) != value:
        raise InputError(f"“{text}” has more than {places} decimals")
    return Money.of(value, currency)


def format_number(value: Decimal, language: str) -> str:
    """A quantity or rate without needless zeros, as that language writes it."""
    return str(format_decimal(value, locale=LOCALES[language]))
