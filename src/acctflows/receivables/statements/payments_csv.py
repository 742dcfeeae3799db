"""Lists of payments as CSV: the exports of German and English banks, and people's own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from babel.numbers import get_currency_precision
from pydantic_core import PydanticCustomError

from acctflows.agency.importing.cells import Convention, read_day
from acctflows.agency.importing.csv_files import DELIMITERS, read_csv
from acctflows.agency.importing.sheets import Cell, Sheet, column_letter
from acctflows.agency.problems import Problem, ProblemsError, printable
from acctflows.agency.rules import fold
from acctflows.errors import InputError
from acctflows.money import CURRENCIES, LARGEST, Money
from acctflows.receivables.statements.building import (
    LineMaker,
    account_name,
    plain,
    reference,
    says_return,
    valid_iban,
)
from acctflows.receivables.statements.csv_amounts import (
    amount_and_side,
    day_convention,
    is_credit,
    is_debit,
    number_convention,
    signed_number,
)
from acctflows.receivables.statements.csv_columns import (
    Columns,
    count_known,
    currency_in,
    find_headings,
    looks_like_payments,
)
from acctflows.receivables.statements.model import Note, Statement, StatementKind, StatementLine

_PENDING = re.compile(
    "vorgemerkt|pending|reverted|declined|failed|abgelehnt|cancell?ed|ausstehend|offen|processing"
    "|refused|denied|expired|reversed|storniert"
)
_NOT_BOOKED_YET = frozenset({"", "offen", "vorgemerkt", "pending"})
"""What stands for the day where the bank has not booked yet; Comdirect writes ``--``."""
_NO_EFFECT = frozenset({"memo", "keine", "noimpact"})
"""Sides of rows that moved no money: PayPal lists orders and authorisations as well."""
_REVERSAL = re.compile("ruecklast|retoure|storno|returned|reversal|chargeback|rueckueberweisung")
_FOOTER = re.compile("kontostand|saldo|balance|summe|total|closing|opening")
_BALANCE = re.compile(
    "(?:anfangs|end|start)saldo|(?:alter|neuer|letzter)?kontostand|(?:account|opening|closing)balance"
)
_LOOK_AT = 60
"""Lines of a file among which the headings must be."""
_MARKS = "\u00ef\u00bb\u00bf\u00fe\u00ff"
"""Byte order marks, read as Latin-1."""
_TIME = re.compile(r"(?<=\d)[T ]\d{1,2}:\d{2}.*")
_OWN_ACCOUNT = frozenset({"konto", "kontonummer", "kontonr", "account", "accountnumber"})
_TEXT_OF_PARTIES = re.compile(
    r".*?(?:Auftraggeber|Empfänger): ?(?P<name>.*?)\s*(?:Kto/IBAN: ?(?P<iban>\S*)\s*)?"
    r"(?:BLZ/BIC: ?\S*\s*)?Buchungstext: ?(?P<text>.*)"
)
"""How Comdirect puts the other party into the text."""
_Value = TypeVar("_Value")


def sniff(data: bytes) -> bool:
    """Whether the bytes are a table with columns for day and amount.

    Damage further down is not looked at: whoever reads the file says what it is.
    """
    head = data[:50_000].replace(b"\0", b"").decode("latin-1").lstrip(_MARKS)
    return looks_like_payments(islice(head.splitlines(), _LOOK_AT), DELIMITERS)


def read(
    data: bytes, *, file_name: str, account: str = "", currency: str = "EUR"
) -> list[Statement]:
    """The payments of a CSV file, one statement for each account and currency in it.

    Args:
        data: The bytes, UTF-8 or Windows-1252.
        file_name: Its name, for messages.
        account: Our account, where neither a column nor the lines above the headings name it.
        currency: Currency of amounts that do not show theirs.

    Raises:
        InputError: When no headings are found; as ``ProblemsError`` with every cell that cannot be
            read. The file is taken whole or not at all.
    """
    sheet = read_csv(data, file=file_name, known=count_known)
    found = find_headings(sheet)
    if found is None:
        raise InputError(
            "no headings of a list of payments",
            where=file_name,
            todo="the list needs at least the columns “Buchungstag” and “Betrag” (or “Date” and "
            "“Amount”)",
        )
    row, columns = found
    _refuse_unknown_currency(sheet, row, columns)
    above = [cells for number, cells in sheet.rows.items() if number < row]
    reader = _Reader(
        columns=columns,
        rows={number: cells for number, cells in sheet.rows.items() if number > row},
        above=above,
        account=_account_above(above) or account_name(account),
        currency=currency,
    )
    lines = reader.read()
    if reader.problems:
        raise ProblemsError(reader.problems, where=file_name)
    if not lines:
        raise InputError("the list holds no booked payment", where=file_name)
    parts: dict[tuple[str, str], list[StatementLine]] = {}
    for line in lines:
        parts.setdefault((line.account, line.amount.currency), []).append(line)
    return [_statement(part, reader.notes()) for part in parts.values()]


def _refuse_unknown_currency(sheet: Sheet, row: int, columns: Columns) -> None:
    """Refuse to take for euros what may be dollars.

    Raises:
        InputError: A column seems to name the currency, but its heading is unknown.
    """
    filled = (
        index
        for index in columns.like_currency
        for number, cells in sheet.rows.items()
        if number > row and str(cells[index : index + 1] or "").strip("[]' ")
    )
    index = next(filled, None)
    if index is not None:
        raise InputError(
            f"the column “{printable(columns.headings[index])}” may name the currency",
            where=sheet.label,
            todo="call it “Currency” if that is the currency of the amounts, else leave it out",
        )


def _account_above(above: Sequence[Sequence[Cell]]) -> str:
    """Our account in the lines above the headings: the only IBAN there, or a number named so."""
    cells = [str(cell or "") for line in above for cell in line]
    ibans = {
        iban
        for cell in cells
        for text in re.findall(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]){11,30}", cell)
        if (iban := valid_iban(text))
    }
    if ibans:
        return ibans.pop() if len(ibans) == 1 else ""
    for line in above:
        name, *others = [text for cell in line if (text := plain(str(cell or "")))] or [""]
        if fold(name) in _OWN_ACCOUNT and others and any(map(str.isdigit, others[0])):
            return account_name(others[0])
    return ""


def _statement(lines: list[StatementLine], notes: list[Note]) -> Statement:
    days = [line.booked_on for line in lines]
    return Statement(
        kind=StatementKind.LIST,
        account=lines[0].account,
        id="",
        from_on=min(days),
        to_on=max(days),
        opening=None,
        closing=None,
        currency=lines[0].amount.currency,
        lines=tuple(lines),
        warnings=tuple(notes),
    )


@dataclass
class _Reader:
    """Reads row by row and collects what cannot be read."""

    columns: Columns
    rows: dict[int, list[Cell]]
    above: Sequence[Sequence[Cell]]
    account: str
    currency: str
    problems: list[Problem] = field(default_factory=list)
    pending: int = 0
    assumed: bool = False

    def read(self) -> list[StatementLine]:
        above = [str(cell or "") for row in self.above for cell in row]
        numbers = number_convention(
            self._column("amount", "credit", "debit"),
            beside=[*self._column("balance"), *above],
            headings=self.columns.headings,
        )
        dated = (_TIME.sub("", text) for text in self._column("booked", "value"))
        days = day_convention(dated, headings=self.columns.headings)
        maker = LineMaker()
        read = (self._row(number, numbers, days, maker) for number in self.rows)
        return [line for line in read if line is not None]

    def notes(self) -> list[Note]:
        """What a person should know about the list."""
        notes = []
        if self.assumed:
            notes.append(
                Note(
                    "currency",
                    f"Die Liste nennt keine Währung; angenommen wurde {self.currency}.",
                    f"The list names no currency; {self.currency} was assumed.",
                )
            )
        if self.pending:
            notes.append(
                Note(
                    "pending",
                    f"Nicht gebuchte Zeilen wurden ausgelassen: {self.pending}.",
                    f"Lines that are not booked were left out: {self.pending}.",
                )
            )
        return notes

    def _column(self, *roles: str) -> list[str]:
        return [
            text for number in self.rows for role in roles if (text := self._text(number, role))
        ]

    def _text(self, number: int, role: str) -> str:
        cells = self.rows[number]
        places = self.columns.places.get(role, [])
        return plain(*(str(cells[index] or "") for index in places if index < len(cells)))

    def _row(
        self, number: int, numbers: Convention, days: Convention, maker: LineMaker
    ) -> StatementLine | None:
        if self._is_pending(number):
            self.pending += 1
            return None
        if self._is_footer(number):
            return None
        before = len(self.problems)
        booked_on = self._read(number, "booked", lambda text: read_day(_TIME.sub("", text), days))
        value_on = (
            self._read(number, "value", lambda text: read_day(_TIME.sub("", text), days))
            if self._text(number, "value")
            else None
        )
        amount = self._amount(number, numbers)
        if self._too_many(number) or len(self.problems) > before:
            return None
        if booked_on is None or amount is None:
            return None
        purpose, kind = self._text(number, "purpose"), self._text(number, "text")
        said = purpose or kind
        name, iban = self._other_party(number, amount), self._text(number, "iban")
        parties = _TEXT_OF_PARTIES.fullmatch(said) if not name else None
        if parties:
            name, iban, said = parties["name"], parties["iban"] or "", parties["text"]
        returned = _REVERSAL.search(fold(kind)) or (amount.minor < 0 and says_return(purpose))
        return maker.line(
            account=account_name(self._text(number, "account")) or self.account,
            booked_on=booked_on,
            value_on=value_on,
            amount=amount,
            counterparty=name,
            counterparty_iban=valid_iban(iban),
            remittance=said,
            end_to_end_id=reference(self._text(number, "end_to_end")),
            bank_reference=reference(self._text(number, "bank_reference")),
            reversal=bool(returned),
        )

    def _other_party(self, number: int, amount: Money) -> str:
        """The payer of money in and payee of money out; N26 has the payer under ``Payee``."""
        mine, other = ("payer", "payee") if amount.minor >= 0 else ("payee", "payer")
        found = self._text(number, mine) or self._text(number, "name")
        return found or ("" if mine in self.columns.places else self._text(number, other))

    def _is_pending(self, number: int) -> bool:
        booked = self._text(number, "booked")
        return bool(
            _PENDING.search(fold(self._text(number, "status")))
            or (booked and fold(booked) in _NOT_BOOKED_YET)
            or fold(self._text(number, "side")) in _NO_EFFECT
        )

    def _is_footer(self, number: int) -> bool:
        """Whether a row states a balance or sum rather than a payment, as some exports end."""
        texts = [text for cell in self.rows[number] if (text := plain(str(cell or "")))]
        nameless = not self._other_party(number, Money.zero("EUR"))
        if nameless and any(_BALANCE.fullmatch(fold(text)) for text in texts):
            return True
        first = texts[0] if texts else ""
        booked = self._text(number, "booked")
        said_there = booked == first and not any(map(str.isdigit, booked))
        return (not booked or said_there) and bool(_FOOTER.search(fold(first)))

    def _too_many(self, number: int) -> bool:
        extra = [str(cell or "") for cell in self.rows[number][len(self.columns.headings) :]]
        if not any(text.strip() for text in extra):
            return False
        self.problems.append(Problem(str(number), "too_many_cells", {"value": extra[0]}))
        return True

    def _amount(self, number: int, numbers: Convention) -> Money | None:
        role = next(
            (each for each in ("amount", "credit", "debit") if self._text(number, each)), "amount"
        )
        value = self._read(number, role, lambda text: signed_number(text, numbers))
        if role == "credit" and self._text(number, "debit"):
            # Both columns filled: only one may be more than nothing.
            taken = self._read(number, "debit", lambda text: signed_number(text, numbers))
            if value == 0:
                role, value = "debit", taken
            elif taken:
                self._problem(number, "debit", "no_choice", expected="Soll / Haben")
                return None
        if value is None:
            return None
        sign = self._sign(number, role, value)
        currency = self._currency(number, role)
        if sign is None or currency is None:
            return None
        if abs(value) >= LARGEST:
            self._problem(number, role, "too_large")
            return None
        places = get_currency_precision(currency)
        if value != round(value, places):
            self._problem(number, role, "too_many_places", decimal_places=places)
            return None
        return Money.of(sign * value, currency)

    def _sign(self, number: int, role: str, value: Decimal) -> int | None:
        if role == "debit":
            return -1 if value > 0 else 1  # some banks write a minus in the column of debits
        side = self._text(number, "side") or amount_and_side(self._text(number, role))[1]
        if not side or is_credit(side):
            return 1
        if is_debit(side):
            return -1 if value > 0 else 1
        self._problem(number, "side", "no_choice", expected="S, H, Soll, Haben, Debit, Credit")
        return None

    def _currency(self, number: int, role: str) -> str | None:
        said = (
            self._text(number, "currency").upper()
            or currency_in(self._text(number, role))
            or self.columns.currency
        )
        said = {"€": "EUR", "EURO": "EUR", "£": "GBP"}.get(said, said)
        self.assumed |= not said
        if said and said not in CURRENCIES:
            place = "currency" if self._text(number, "currency") else role
            self._problem(number, place, "no_choice", expected="EUR, CHF, GBP, USD …")
            return None
        return said or self.currency

    def _read(self, number: int, role: str, read: Callable[[str], _Value]) -> _Value | None:
        text = self._text(number, role)
        if not text:
            self._problem(number, role, "missing")
            return None
        try:
            return read(text)
        except PydanticCustomError as error:
            self._problem(number, role, error.type, **(error.context or {}))
            return None

    def _problem(self, number: int, role: str, code: str, **facts: object) -> None:
        places: Sequence[int] = self.columns.places.get(role) or [0]
        place = (
            f"{column_letter(places[0])}{number} “{printable(self.columns.headings[places[0]])}”"
        )
        self.problems.append(Problem(place, code, {"value": self._text(number, role)} | facts))
