"""How single facts of a record are read and checked: text, countries, VAT ids, addresses."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email
from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as NumberError

from acctflows.agency.problems import fault
from acctflows.db.models.agency import VatCheck
from acctflows.money import LARGEST, Money, round_half_up

_INVISIBLE_EDGE = "\ufeff\u200b\u2060\u00ad"
"""Characters nobody sees and nobody means at the beginning or end of a text."""
_NONCHARACTERS = "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_UNPRINTABLE = re.compile(
    f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]"
)
"""Control characters, lone surrogates and noncharacters: no XML document can hold them."""
_DAMAGED = re.compile("Ã[\u0080-\u00bf„–œŸ¼¤¶]|Â[\u00a0-\u00bf]|â€")
"""What UTF-8 looks like after someone read it as Windows-1252 and saved it again."""
_NO_COUNTRY = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
"""Codes of the CLDR that are unions, test codes or reserved, not countries of ISO 3166."""
_ALSO_CALLED = {
    "d": "DE", "brd": "DE", "bundesrepublikdeutschland": "DE", "a": "AT", "uk": "GB", "el": "GR",
    "england": "GB", "grossbritannien": "GB", "greatbritain": "GB", "holland": "NL", "usa": "US",
    "unitedstatesofamerica": "US", "czechrepublic": "CZ", "tschechischerepublik": "CZ",
    "turkey": "TR",
}  # fmt: skip
_CELL_STARTS = r"(?:^|(?<=[,;\n]))([ \"]*)"
"""Where a program that expects another delimiter begins a cell."""
_FORMULA = r"(?='*[=+\-@\t\r＝＋－＠])"
_UNGUARDED = re.compile(_CELL_STARTS + _FORMULA)
_GUARDED = re.compile(f"{_CELL_STARTS}'{_FORMULA}")
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:\.[A-Za-z0-9_+-]{1,10}){0,2}")
"""The part before the @ of nearly all addresses, valid without further looking (RFC 5321)."""
_POSTAL_DIGITS = {"DE": 5, "AT": 4, "CH": 4, "LI": 4}
_HOURS = re.compile(
    r"(\d{1,4})(?::([0-5]\d)(?::([0-5]\d))?|[.,](\d+))?\s*(?:h|std\.?|stunden?|hours?)?", re.I
)
HOURS_PLACES = 6
"""Decimals of hours: enough that sums of minutes charge what they should."""
_FEWEST_DIGITS = 5
"""Digits every VAT or tax id has, also where no rule for them is public."""
_EU_PREFIXES = eu_vat.MEMBER_STATES | {"el"}


def read_text(value: Any) -> Any:
    """Text of several lines: composed (NFC), one kind of line end, trimmed, nothing unprintable.

    Umlauts that an earlier program damaged ("MÃ¼ller") are refused: nobody means them.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.replace("\u2028", "\n"))
        text = text.strip(_INVISIBLE_EDGE).strip()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = _UNPRINTABLE.search(text)
    if found:
        raise fault("control_character", point=f"U+{ord(found[0]):04X}")
    if not text.isascii() and (damaged := _DAMAGED.search(text)):
        around = text[max(0, damaged.start() - 10) : damaged.end() + 10]
        raise fault("damaged_umlauts", value=around)
    return text


def read_line(value: Any) -> Any:
    """Text of one line: as `read_text`, runs of white space and line breaks become one space."""
    text = read_text(value)
    return " ".join(text.split()) if isinstance(text, str) else text


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """A name reduced to what matters when comparing: case, umlauts, punctuation and spaces go."""
    plain = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(character for character in decomposed if character.isalnum())


@cache
def _countries() -> dict[str, str]:
    """Folded names (German, English) and codes of all countries, to ISO 3166 alpha-2."""
    found = dict(_ALSO_CALLED)
    for language in ("de", "en"):
        for code, name in Locale(language).territories.items():
            if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRY:
                found[fold(name)] = code
                found[code.casefold()] = code
    return found


def read_country(text: str) -> str:
    """The ISO 3166 alpha-2 code of a country given by code or by German or English name."""
    code = _countries().get(fold(text))
    if code is None:
        raise fault("country", value=text)
    return code


@cache
def _currencies() -> frozenset[str]:
    """Currencies that are legal tender somewhere today."""
    territories = get_global("territory_currencies")
    return frozenset(
        code
        for uses in territories.values()
        for code, _start, end, tender in uses
        if tender and end is None
    )


def read_currency(text: str) -> str:
    """The ISO 4217 code of a currency in use; ``€``, ``£`` and ``$`` are understood."""
    code = {"€": "EUR", "£": "GBP", "$": "USD"}.get(text, text.upper())
    if code == "EURO":
        code = "EUR"
    if code not in _currencies():
        raise fault("currency", value=text)
    return code


def price_minor(price: Decimal, currency: str) -> int:
    """The price in minor units of its currency, exactly: what it cannot hold is refused.

    Args:
        price: Net amount in major units.
        currency: ISO 4217 code.
    """
    money = Money.of(price, currency)
    if money.minor >= LARGEST:
        raise fault("too_large", value=price)
    if money.decimal != price:
        raise fault("price_places", value=price, currency=currency)
    return money.minor


def read_postal_code(text: str, country: str) -> str:
    """A plausible postal code: so many digits in DE, AT, CH and LI, elsewhere a sane shape."""
    code = re.sub(rf"^(?:{country}|{country[:1]})\s*-\s*", "", text.upper()) if country else text
    digits = _POSTAL_DIGITS.get(country)
    if digits is None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 -]{1,11}", code):
            raise fault("postal_code_shape", value=text)
        return code
    if country == "DE" and re.fullmatch(r"[1-9]\d{3}", code):
        raise fault("postal_code_zero", value=text)
    lowest = 1001 if country == "DE" else 1000
    if not re.fullmatch(rf"[0-9]{{{digits}}}", code) or int(code) < lowest:
        raise fault("postal_code", value=text, country=country, digits=digits)
    return code


def read_vat_id(text: str, country: str) -> str:
    """The VAT id without separators and with its country prefix, format and check digits right.

    Args:
        text: As on the client's letter: ``DE 136 695 976``, ``ATU12345675``, ``CHE-…-MWST``.
        country: ISO code of the client, for a number without prefix; may be empty.
    """
    bare = re.sub(r"[\s.\-/]", "", text).upper()
    own = "EL" if country == "GR" else country
    if own.lower() in _EU_PREFIXES and not re.match("[A-Z]{2}", bare):
        bare = own + bare
    validate = _vat_rule(bare, country)
    if validate is None:
        if not re.fullmatch("[A-Z0-9]+", bare) or len(re.findall("[0-9]", bare)) < _FEWEST_DIGITS:
            raise fault("vat_none", value=text)
        return bare
    try:
        validate(bare)
    except InvalidChecksum as error:
        raise fault("vat_check_digits", value=text) from error
    except NumberError as error:
        raise fault("vat_format", value=text, country=country or bare[:2]) from error
    return bare


def vat_check(vat_id: str, country: str) -> VatCheck:
    """What is known of a stored VAT id; countries without a public rule stay unchecked (none)."""
    rule = _vat_rule(vat_id, country) if vat_id else None
    if rule is None:
        return VatCheck.NONE
    try:
        rule(vat_id)
    except NumberError:
        return VatCheck.INVALID
    return VatCheck.FORMAT_VALID


def _vat_rule(vat_id: str, country: str) -> Callable[[str], str] | None:
    """The check of python-stdnum for this id, or None where the country publishes no rule.

    An id may carry another country's prefix than the client's address: firms register abroad.
    """
    prefix = vat_id[:2]
    if prefix.lower() in _EU_PREFIXES:
        return eu_vat.validate
    home = "GB" if prefix == "XI" else prefix
    module = get_cc_module((home if home in ("GB", "CH", "NO") else country).lower(), "vat")
    return module.validate if module else None


def read_email(text: str) -> str:
    """A mail address every server accepts: the domain in ASCII (IDNA), the local part as given."""
    bare = re.sub(r"^mailto:", "", text, flags=re.IGNORECASE)
    local, _, domain = bare.rpartition("@")
    try:
        if _PLAIN_LOCAL.fullmatch(local):
            return f"{local}@{_ascii_domain(domain)}"
        address = validate_email(bare, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise fault("email", value=text) from error
    return f"{address.local_part}@{address.ascii_domain}"


@lru_cache(maxsize=10_000)
def _ascii_domain(domain: str) -> str:
    """The domain as mail servers know it; checked once, since lists repeat their domains."""
    address = validate_email(f"a@{domain}", check_deliverability=False)
    return str(address.ascii_domain)


def read_phone(text: str) -> str:
    """A phone number as people write it, when it can be one: 5 to 15 digits (E.164) and signs."""
    bare = re.sub(r"\s*(?:ext\.?|x|dw\.?|durchwahl)\s*", "-", text, flags=re.IGNORECASE)
    digits = re.sub(r"\D", "", bare)
    if not re.fullmatch(r"\+?[0-9 ()/.\-–]+", bare) or not 5 <= len(digits) <= 15:
        raise fault("phone", value=text)
    return text


def read_hours(value: Any) -> Any:
    """Hours written as ``1:30``, ``1,5``, ``1.5`` or ``2 h``; 1:20 becomes 1.333333.

    Nobody writes thousands of hours in one entry: a comma or point is always the decimal mark.
    Spreadsheets compute endless decimals; with six, three times 1:20 still charge four hours.
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
        return (
            round_half_up(number, HOURS_PLACES)
            if number.is_finite() and abs(number) < 10**6
            else number
        )
    if not isinstance(value, str):
        return value
    match = _HOURS.fullmatch(value.strip())
    if match is None:
        raise fault("no_hours", value=value)
    if match[2] is None:
        return round_half_up(Decimal(f"{match[1]}.{match[4] or 0}"), HOURS_PLACES)
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    return round_half_up(Decimal(seconds) / 3600, HOURS_PLACES)


def read_key(text: str) -> str:
    """A business key (client or project number, service code): one word that can name a file."""
    if not re.fullmatch(r"[^\W_][\w./-]*", text):
        raise fault("key", value=text)
    return text


def guard_formula(text: str) -> str:
    """The text as a spreadsheet program will never take for a formula (OWASP, CSV injection).

    Guarded too is what follows a delimiter or line break within: a list with semicolons, opened
    where commas are expected, falls apart there, quoted or not.
    """
    return _UNGUARDED.sub(r"\1'", text)


def unguard_formula(text: str) -> str:
    """The text before `guard_formula`; other leading apostrophes stay."""
    return _GUARDED.sub(r"\1", text)
