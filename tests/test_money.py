"""Money: exact, never mixed, read and written as people do."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctflows.errors import InputError
from acctflows.money import LARGEST, NBSP, Money, format_number, parse_amount, round_half_up

currencies = st.sampled_from(["EUR", "CHF", "GBP", "USD", "SEK", "JPY", "KWD"])
minors = st.integers(min_value=1 - LARGEST, max_value=LARGEST - 1)
amounts = st.builds(Money, minors, currencies)
euros = st.builds(Money, minors, st.just("EUR"))
languages = st.sampled_from(["de", "en"])


def euro(text: str) -> Money:
    return Money.of(Decimal(text), "EUR")


# Reckoning


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_rounding_is_commercial(value: Decimal) -> None:
    """To the nearest, and halves away from zero (kaufmännisch)."""
    rounded = Fraction(round_half_up(value, 2))
    error = abs(rounded - Fraction(value))
    assert error <= Fraction(1, 200)
    assert error < Fraction(1, 200) or abs(rounded) > abs(Fraction(value))


def test_halves_are_rounded_away_from_zero() -> None:
    given = ["0.125", "0.135", "-0.125", "2.675", "0.124999"]
    assert [euro(value).minor for value in given] == [13, 14, -13, 268, 12]


@given(amounts)
def test_minor_and_major_units_say_the_same(money: Money) -> None:
    assert Money.of(money.decimal, money.currency) == money


@given(euros, euros, euros)
def test_sums_do_not_depend_on_their_order(a: Money, b: Money, c: Money) -> None:
    assert (a + b) + c == a + (c + b)
    assert a + b - b == a
    assert a + Money.zero("EUR") == a


@given(euros, euros)
def test_amounts_are_ordered_by_size(a: Money, b: Money) -> None:
    assert (a < b, a <= b, a > b) == (a.minor < b.minor, a.minor <= b.minor, a.minor > b.minor)
    assert max(a, b).minor == max(a.minor, b.minor)


@given(euros, st.decimals(min_value=0, max_value=10**4, places=3))
def test_an_amount_times_a_quantity_is_rounded_once(money: Money, quantity: Decimal) -> None:
    exact = Fraction(money.minor) * Fraction(quantity)
    assert abs(money.times(quantity).minor - exact) <= Fraction(1, 2)


def test_a_percentage_is_rounded_once() -> None:
    assert euro("12000.50").percent(Decimal(19)) == euro("2280.10")  # 2280.095
    assert euro("0.10").percent(Decimal("7.7")) == euro("0.01")


def test_the_minor_unit_is_the_currencys_own() -> None:
    assert Money.of(Decimal("1200.50"), "JPY").minor == 1201
    assert Money.of(Decimal("1200.50"), "KWD").minor == 1_200_500


def test_currencies_are_never_mixed() -> None:
    one, other = Money(1, "EUR"), Money(1, "CHF")
    for mix in (Money.__add__, Money.__sub__, Money.__lt__, Money.__ge__):
        with pytest.raises(ValueError, match="EUR and CHF do not add up"):
            mix(one, other)
    assert one != other


@pytest.mark.parametrize("code", ["", "eur", "€", "EURO", "XXY"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="is no currency"):
        Money(1, code)


# Writing


@pytest.mark.parametrize(
    ("minor", "currency", "german", "english"),
    [
        (120050, "EUR", "1.200,50_€", "€1,200.50"),
        (100000000, "EUR", "1.000.000,00_€", "€1,000,000.00"),
        (50, "EUR", "0,50_€", "€0.50"),
        (-520, "EUR", "-5,20_€", "-€5.20"),
        (120050, "CHF", "1.200,50_CHF", "CHF_1,200.50"),
        (-520, "CHF", "-5,20_CHF", "-CHF_5.20"),
        (120050, "GBP", "1.200,50_£", "£1,200.50"),
        (120050, "USD", "1.200,50_$", "US$1,200.50"),
        (1201, "JPY", "1.201_¥", "JP¥1,201"),
    ],
)
def test_amounts_in_figures(minor: int, currency: str, german: str, english: str) -> None:
    money = Money(minor, currency)
    assert money.format("de") == german.replace("_", NBSP)
    assert money.format("en") == english.replace("_", NBSP)


@given(amounts, languages)
def test_amounts_in_figures_never_wrap(money: Money, language: str) -> None:
    assert " " not in money.format(language)


@pytest.mark.parametrize(
    ("amount", "currency", "german", "english"),
    [
        ("0", "EUR", "null Euro", "zero euros"),
        ("0.01", "EUR", "ein Cent", "one cent"),
        ("0.50", "EUR", "fünfzig Cent", "fifty cents"),
        ("1", "EUR", "ein Euro", "one euro"),
        ("1.01", "EUR", "ein Euro und ein Cent", "one euro and one cent"),
        ("101", "EUR", "einhundertein Euro", "one hundred and one euros"),
        ("1000", "EUR", "eintausend Euro", "one thousand euros"),
        (
            "1200.50",
            "EUR",
            "eintausendzweihundert Euro und fünfzig Cent",
            "one thousand two hundred euros and fifty cents",
        ),
        ("1000000", "EUR", "eine Million Euro", "one million euros"),
        (
            "12000.50",
            "EUR",
            "zwölftausend Euro und fünfzig Cent",
            "twelve thousand euros and fifty cents",
        ),
        (
            "2345678.21",
            "EUR",
            "zwei Millionen dreihundertfünfundvierzigtausendsechshundertachtundsiebzig Euro"
            " und einundzwanzig Cent",
            "two million three hundred and forty-five thousand six hundred and seventy-eight euros"
            " and twenty-one cents",
        ),
        ("-5.20", "EUR", "minus fünf Euro und zwanzig Cent", "minus five euros and twenty cents"),
        ("-0.20", "EUR", "minus zwanzig Cent", "minus twenty cents"),
        ("1", "CHF", "ein Schweizer Franken", "one Swiss franc"),
        (
            "12000.50",
            "CHF",
            "zwölftausend Schweizer Franken und fünfzig Rappen",
            "twelve thousand Swiss francs and fifty centimes",
        ),
        ("1.01", "GBP", "ein Pfund Sterling und ein Penny", "one pound sterling and one penny"),
        (
            "1200.50",
            "GBP",
            "eintausendzweihundert Pfund Sterling und fünfzig Pence",
            "one thousand two hundred pounds sterling and fifty pence",
        ),
        ("1.01", "USD", "ein US-Dollar und ein Cent", "one US dollar and one cent"),
        (
            "12000.50",
            "USD",
            "zwölftausend US-Dollar und fünfzig Cent",
            "twelve thousand US dollars and fifty cents",
        ),
        ("12000.50", "SEK", "zwölftausend_50/100_SEK", "twelve thousand_50/100_SEK"),
        ("-0.05", "SEK", "minus null_05/100_SEK", "minus zero_05/100_SEK"),
        ("1000", "SEK", "eintausend_SEK", "one thousand_SEK"),
        ("1.005", "KWD", "eins_005/1000_KWD", "one_005/1000_KWD"),
        ("1201", "JPY", "eintausendzweihunderteins_JPY", "one thousand two hundred and one_JPY"),
    ],
)
def test_amounts_in_words(amount: str, currency: str, german: str, english: str) -> None:
    money = Money.of(Decimal(amount), currency)
    assert money.words("de") == german.replace("_", NBSP)
    assert money.words("en") == english.replace("_", NBSP)


@given(st.sets(minors, min_size=2, max_size=2), currencies, languages)
def test_two_amounts_never_have_the_same_words(
    pair: set[int], currency: str, language: str
) -> None:
    one, other = (Money(minor, currency).words(language) for minor in pair)
    assert one != other


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        ("7.50", "7,5", "7.5"),
        ("12.000", "12", "12"),
        ("1000", "1.000", "1,000"),
        ("0.001", "0,001", "0.001"),
        ("7.12345", "7,12345", "7.12345"),
        ("-3.10", "-3,1", "-3.1"),
        ("1E+3", "1.000", "1,000"),
    ],
)
def test_quantities_and_rates_lose_needless_zeros_only(
    value: str, german: str, english: str
) -> None:
    assert format_number(Decimal(value), "de") == german
    assert format_number(Decimal(value), "en") == english


# Reading


@given(amounts, languages)
def test_what_we_write_we_can_read(money: Money, language: str) -> None:
    assert parse_amount(money.format(language), money.currency, language=language) == money


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1.234,50", 123450),
        ("1234,5", 123450),
        ("1234", 123400),
        ("12.000", 1_200_000),
        ("1.234.567,89", 123456789),
        ("1 234,50", 123450),
        ("1\u202f234\u202f567,00", 123456700),
        (" 5 € ", 500),
        ("€ 5", 500),
        ("EUR 5,00", 500),
        ("5EUR", 500),
        ("-5,20 €", -520),
        ("\N{MINUS SIGN}5,20", -520),
        ("+5", 500),
        ("0", 0),
        ("0007", 700),
    ],
)
def test_german_amounts(text: str, minor: int) -> None:
    assert parse_amount(text, "EUR", language="de") == Money(minor, "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1,234.50", "EUR", 123450),
        ("€1,234.50", "EUR", 123450),
        ("-€1,234.50", "EUR", -123450),
        ("£12,000", "GBP", 1_200_000),
        ("US$5", "USD", 500),
        ("$5", "USD", 500),
        ("CHF 5.05", "CHF", 505),
        ("JP¥1,201", "JPY", 1201),
        ("1.005", "KWD", 1005),
    ],
)
def test_english_amounts(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency, language="en") == Money(minor, currency)


NO_AMOUNT = [
    "", " ", "-", "€", "abc", "NaN", "Infinity", "1e3", "1_000", "0x1F", "--5", "5-", "(5)", "5 5",
    "１２", "٣", "²", "½", "5 $", "5 CHF", "£5", "12'000", "1,,5", "1..5", "1 23 456", "5\n6", "=5",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_AMOUNT)
@pytest.mark.parametrize("language", ["de", "en"])
def test_what_is_no_amount_is_refused_and_never_zero(text: str, language: str) -> None:
    with pytest.raises(InputError, match="is no amount in EUR"):
        parse_amount(text, "EUR", language=language)


@pytest.mark.parametrize(
    ("text", "language"),
    [("1.5", "de"), ("1,234.50", "de"), ("1.23.456", "de"), ("1.234.56", "de"), ("1,", "de"),
     (",5", "de"), ("1.234,50", "en"), ("1,5", "en"), ("12,00", "en"), ("1.234.567", "en"),
     ("1 234.567,00", "de"), ("1.234 567,00", "de")],
)  # fmt: skip
def test_the_other_languages_points_and_commas_are_not_guessed(text: str, language: str) -> None:
    with pytest.raises(InputError, match="is no amount"):
        parse_amount(text, "EUR", language=language)


@pytest.mark.parametrize(
    ("text", "currency", "language", "places"),
    [("1,005", "EUR", "de", 2), ("12.000", "EUR", "en", 2), ("5,0", "JPY", "de", 0)],
)
def test_decimals_the_currency_does_not_have_are_refused(
    text: str, currency: str, language: str, places: int
) -> None:
    with pytest.raises(InputError, match=f"has more than the {places} decimals of {currency}"):
        parse_amount(text, currency, language=language)


@pytest.mark.parametrize(
    ("currency", "language", "example"),
    [("EUR", "de", "1.234,00"), ("EUR", "en", "1,234.00"), ("JPY", "de", "1.234")],
)
def test_the_advice_is_written_as_the_reader_writes(
    currency: str, language: str, example: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_amount("viel", currency, language=language)
    assert caught.value.todo == f"write it like {example}"


def test_an_amount_beyond_all_reason_is_refused() -> None:
    assert parse_amount("9999999999999,99", "EUR", language="de").minor == LARGEST - 1
    with pytest.raises(InputError, match="too large"):
        parse_amount("1" * 40, "EUR", language="de")


@given(st.text(), languages)
def test_any_text_is_an_amount_or_refused(text: str, language: str) -> None:
    try:
        parse_amount(text, "EUR", language=language)
    except InputError:
        return
    assert any(character in "0123456789" for character in text)
