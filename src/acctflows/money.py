"""Money: integer minor units with a currency, one rounding rule, and how people read amounts."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, total_ordering

from babel.numbers import (
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    list_currencies,
)
from num2words import num2words

from acctflows.errors import InputError

NBSP = "\N{NO-BREAK SPACE}"

LOCALES = {"de": "de_DE", "en": "en_GB"}
"""Babel locale of each language the house writes in."""

CURRENCIES = frozenset(list_currencies())
"""Codes of all currencies (ISO 4217)."""

LARGEST = 10**15
"""Amounts stay below this many minor units: whatever is more was mistyped."""

SPOKEN = {
    "EUR": {
        "de": (("Euro", "Euro"), ("Cent", "Cent")),
        "en": (("euro", "euros"), ("cent", "cents")),
    },
    "CHF": {
        "de": (("Schweizer Franken", "Schweizer Franken"), ("Rappen", "Rappen")),
        "en": (("Swiss franc", "Swiss francs"), ("centime", "centimes")),
    },
    "GBP": {
        "de": (("Pfund Sterling", "Pfund Sterling"), ("Penny", "Pence")),
        "en": (("pound sterling", "pounds sterling"), ("penny", "pence")),
    },
    "USD": {
        "de": (("US-Dollar", "US-Dollar"), ("Cent", "Cent")),
        "en": (("US dollar", "US dollars"), ("cent", "cents")),
    },
}
"""How a currency and its hundredth are called, one and several of them, per language."""


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Commercial rounding (kaufmännisches Runden), the only rounding of the house."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@total_ordering
@dataclass(frozen=True)
class Money:
    """An amount in integer minor units (cents) of a currency (ISO 4217).

    Adding or comparing amounts of different currencies raises ``ValueError``.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
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
        """As people write it: ``1.234,50 €`` or ``€1,234.50``, ``CHF 5.00``; it never wraps."""
        text = format_currency(self.decimal, self.currency, locale=LOCALES[language])
        return re.sub(r"([A-Z])(?=\d)", rf"\1{NBSP}", text)  # CLDR: letters stand off, signs do not

    def words(self, language: str) -> str:
        """In words, as contracts have it: ``eintausendzweihundert Euro und fünfzig Cent``.

        A currency we have no words for ends as on cheques: ``zwölftausend 50/100 SEK``.
        """
        hundred = 10 ** get_currency_precision(self.currency)
        whole, part = divmod(abs(self.minor), hundred)
        minus = "minus " if self.minor < 0 else ""
        if self.currency not in SPOKEN:
            fraction = f"{NBSP}{part:0{len(str(hundred)) - 1}}/{hundred}" if part else ""
            return f"{minus}{_cardinal(whole, language)}{fraction}{NBSP}{self.currency}"
        units, cents = SPOKEN[self.currency][language]
        spoken = [_counted(whole, units, language)] if whole or not part else []
        spoken += [_counted(part, cents, language)] if part else []
        return minus + (" und " if language == "de" else " and ").join(spoken)


def _cardinal(number: int, language: str) -> str:
    return str(num2words(number, lang=language)).replace(",", "")


def _counted(number: int, names: tuple[str, str], language: str) -> str:
    words = _cardinal(number, language)
    if language == "de" and words.endswith("eins"):
        words = words.removesuffix("s")  # ein Euro, eintausendein Euro
    return f"{words} {names[0] if number == 1 else names[1]}"


def parse_amount(text: str, currency: str, *, language: str) -> Money:
    """Read an amount as people of that language write it.

    Args:
        text: Such as ``1.234,50`` (German) or ``1,234.50`` (English), thousands apart or not; the
            currency's own sign or code may stand by.
        currency: ISO 4217 code the amount is in.
        language: ``de`` or ``en``.

    Raises:
        InputError: When the text is no amount, is too large, or shows more decimals than the
            currency has, so that ``12.000`` is never taken for twelve; never zero.
    """
    places = get_currency_precision(currency)
    found = _amount_pattern(currency, language).fullmatch(text.strip())
    if found is None:
        example = format_currency(1234, currency, "#,##0.00", locale=LOCALES[language])
        raise InputError(f"“{text}” is no amount in {currency}", todo=f"write it like {example}")
    decimals = found["decimals"] or ""
    if len(decimals) > places:
        raise InputError(f"“{text}” has more than the {places} decimals of {currency}")
    minor = int(re.sub(r"\D", "", found["whole"]) + decimals.ljust(places, "0"))
    if minor >= LARGEST:
        raise InputError(f"“{text}” is too large")
    return Money(minor if found["sign"] in ("", "+") else -minor, currency)


@cache
def _amount_pattern(currency: str, language: str) -> re.Pattern[str]:
    group, point = (r"\.", ",") if language == "de" else (",", r"\.")
    names = {currency, *(get_currency_symbol(currency, locale) for locale in LOCALES.values())}
    name = "|".join(sorted(map(re.escape, names)))
    return re.compile(
        rf"(?:(?:{name})\s*)?(?P<sign>[-+\N{{MINUS SIGN}}]?)(?:(?:{name})\s*)?"
        rf"(?P<whole>[0-9]+|[0-9]{{1,3}}(?:(?P<apart>{group}|\s)[0-9]{{3}})(?:(?P=apart)[0-9]{{3}})*)"
        rf"(?:{point}(?P<decimals>[0-9]+))?(?:\s*(?:{name}))?"
    )


def format_number(value: Decimal, language: str) -> str:
    """A quantity or rate without needless zeros, as that language writes it."""
    # Babel would round to three places.
    return str(format_decimal(value, locale=LOCALES[language], decimal_quantization=False))
