"""The payment code (GiroCode) a banking app reads: EPC069-12 version 002, and RF references."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import segno
from stdnum import bic, iban, iso11649
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from acctflows.errors import InputError
from acctflows.money import Money

LONGEST_PAYLOAD = 331
"""Bytes (EPC069-12)."""
LONGEST_NAME = 70
LONGEST_TEXT = 140
SMALLEST, LARGEST = 1, 999_999_999_99
"""Limits of the amount in euro cents."""

EEA = re.compile(
    "AT|BE|BG|CY|CZ|DE|DK|EE|ES|FI|FR|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK"
)
SEPA = re.compile(f"{EEA.pattern}|AD|AL|CH|GB|GI|MC|MD|ME|MK|RS|SM|VA")
"""Countries whose accounts take SEPA transfers, as IBANs begin."""

_RF_BODY = 21


@dataclass(frozen=True)
class NoCode:
    """Why there can be no payment code, for a German and an English reader."""

    de: str
    en: str


@dataclass(frozen=True)
class Payment:
    """What a payment code asks for: the fields of EPC069-12 that we use.

    Either ``reference`` (ISO 11649) or ``text`` is filled, never both.
    """

    name: str
    iban: str
    bic: str
    amount: Money
    reference: str
    text: str


def rf_reference(number: str) -> str:
    """The structured creditor reference of an invoice number (ISO 11649).

    ``RE-2026-0017`` gives ``RF93RE20260017``: letters and digits, upper-case, with two check digits
    (ISO 7064, mod 97-10).

    Raises:
        InputError: The number has no letter or digit, other letters than A to Z, or more than 21.
    """
    body = re.sub(r"[\s./_–-]", "", number).upper()
    if not re.fullmatch(rf"[A-Z0-9]{{1,{_RF_BODY}}}", body):
        raise InputError(
            f"“{number}” cannot be made a payment reference",
            todo=f"use numbers of up to {_RF_BODY} letters A to Z and digits",
        )
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def payment_payload(payment: Payment) -> str | NoCode:
    """The text of the payment code, or why there is none.

    A name longer than 70 characters, or too long for 331 bytes, is cut at a character; nothing else
    is. What is returned has been read back and is what was asked for.

    Raises:
        InputError: The IBAN, BIC or reference is wrong, or both reference and text are given.
    """
    obstacle = _obstacle(payment)
    if obstacle is not None:
        return obstacle
    if payment.reference and payment.text:
        raise InputError("a payment code holds a reference or a text, never both")
    account = _checked(iban.validate, payment.iban, "IBAN")
    branch = _checked(bic.validate, payment.bic, "BIC") if payment.bic else ""
    reference = (
        _checked(iso11649.validate, payment.reference, "reference") if payment.reference else ""
    )
    text = _one_line(payment.text)
    name = _one_line(payment.name)[:LONGEST_NAME].rstrip()
    fixed = Payment(name, account, branch, payment.amount, reference, text)
    while len(_lines(fixed).encode()) > LONGEST_PAYLOAD and len(name) > 1:
        name = name[:-1].rstrip()
        fixed = Payment(name, account, branch, payment.amount, reference, text)
    payload = _lines(fixed)
    if len(payload.encode()) > LONGEST_PAYLOAD:
        return NoCode(
            "Der Verwendungszweck ist für den Zahlcode zu lang.",
            "The text of the payment is too long for the payment code.",
        )
    if read_payload(payload) != fixed:
        raise InputError("the payment code does not read back as it was written", where=payload)
    return payload


def read_payload(payload: str) -> Payment:
    """What a payment code asks for, checked as a bank would: lines, lengths and check digits.

    Raises:
        InputError: It breaks a rule of EPC069-12.
    """
    if len(payload.encode()) > LONGEST_PAYLOAD:
        raise InputError(f"a payment code holds at most {LONGEST_PAYLOAD} bytes")
    lines = payload.split("\n")
    if lines[:4] != ["BCD", "002", "1", "SCT"] or not 8 <= len(lines) <= 12:
        raise InputError("this is no payment code (EPC069-12, version 002, UTF-8)")
    branch, name, account, amount, purpose, reference, text, note = (lines[4:] + [""] * 4)[:8]
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InputError(f"the payee's name has not 1 to {LONGEST_NAME} characters", where=name)
    if len(purpose) > 4 or len(text) > LONGEST_TEXT or len(note) > 70:
        raise InputError("a field of the payment code is too long")
    if reference and text:
        raise InputError("a payment code holds a reference or a text, never both")
    if not re.fullmatch(r"EUR(0|[1-9][0-9]{0,8})\.[0-9]{2}", amount):
        raise InputError(f"“{amount}” is no amount in euros")
    money = Money.of(Decimal(amount[3:]), "EUR")
    if not SMALLEST <= money.minor <= LARGEST:
        raise InputError("the amount is outside of 0.01 to 999999999.99 euros")
    return Payment(
        name=name,
        iban=_checked(iban.validate, account, "IBAN"),
        bic=_checked(bic.validate, branch, "BIC") if branch else "",
        amount=money,
        reference=_checked(iso11649.validate, reference, "reference") if reference else "",
        text=text,
    )


def code_matrix(payload: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of the QR code, row by row, without the quiet zone; True is dark.

    Error correction M as EPC069-12 wants; 331 bytes fit version 13. The mask is fixed: any of the
    eight can be read, and trying all of them takes five times as long.
    """
    code = segno.make_qr(payload, error="m", mask=4, boost_error=False, encoding="utf-8", eci=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def _obstacle(payment: Payment) -> NoCode | None:
    """The first rule of EPC069-12 that forbids a code for what is in itself in order."""
    account, amount = payment.iban.strip().upper(), payment.amount
    rules = (
        (
            amount.currency != "EUR",
            "Der Zahlcode gilt nur für Beträge in Euro.",
            "The payment code is for amounts in euros only.",
        ),
        (
            not SEPA.match(account),
            "Das Konto liegt außerhalb des SEPA-Raums.",
            "The account is outside the SEPA area.",
        ),
        (
            not EEA.match(account) and not payment.bic,
            "Für ein Konto außerhalb des EWR braucht der Zahlcode die BIC.",
            "For an account outside the EEA the payment code needs the BIC.",
        ),
        (amount.minor < SMALLEST, "Es ist nichts zu zahlen.", "There is nothing to pay."),
        (
            amount.minor > LARGEST,
            "Der Betrag ist für den Zahlcode zu groß.",
            "The amount is too large for the payment code.",
        ),
        (
            not payment.name.strip(),
            "Der Kontoinhaber fehlt.",
            "The account holder is missing.",
        ),
        (
            len(_one_line(payment.text)) > LONGEST_TEXT,
            f"Der Verwendungszweck ist länger als {LONGEST_TEXT} Zeichen.",
            f"The text of the payment is longer than {LONGEST_TEXT} characters.",
        ),
    )
    return next((NoCode(de, en) for applies, de, en in rules if applies), None)


def _checked(validate: Callable[[str], object], value: str, what: str) -> str:
    try:
        return str(validate(value))
    except ValidationError as error:
        raise InputError(
            f"“{value}” is no valid {what}", todo="check it for typing errors"
        ) from error


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines(payment: Payment) -> str:
    fields = [
        *("BCD", "002", "1", "SCT"),
        payment.bic,
        payment.name,
        payment.iban,
        f"EUR{payment.amount.decimal:.2f}",
        "",  # purpose code: none fits an agency's services
        payment.reference,
        payment.text,
    ]
    return "\n".join(fields).rstrip("\n")  # empty fields at the end are left out


def spaced(account: str) -> str:
    """An IBAN in groups of four, as people read it."""
    return str(iban.format(account))
