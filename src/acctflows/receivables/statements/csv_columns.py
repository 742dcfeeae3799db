"""The columns of a list of payments, by the headings banks and people give them."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from acctflows.agency.importing.sheets import Cell, Sheet
from acctflows.agency.rules import fold
from acctflows.money import CURRENCIES

HEADINGS: dict[str, str] = {
    "booked": "Buchungstag Buchungsdatum Buchung Booking-date Posting-date Date-completed "
    "Completed-date Transaction-completed Settlement-date Zahlungseingang Eingangsdatum "
    "Payment-date Transaction-date Datum Date Operation-date Created Created-date Datum/Zeit",
    "value": "Valuta Valutadatum Wertstellung Wertstellungsdatum Wertstellungstag Wert Value-date",
    "amount": "Total-amount-(incl.-VAT) Betrag Umsatz Umsatzbetrag Buchungsbetrag Zahlungsbetrag "
    "Payment-amount Amount Transaction-amount Total-amount Brutto Gross",
    "credit": "Haben Gutschrift Credit Credit-amount Money-in Paid-in Eingang",
    "debit": "Soll Lastschrift Belastung Debit Debit-amount Money-out Paid-out Ausgang",
    "side": "Soll/Haben S/H Soll/Haben-Kennzeichen Credit/Debit Debit/Credit Dr/Cr "
    "Credit/Debit-indicator Auswirkung-auf-Guthaben Balance-impact",
    "purpose": "Verwendungszweck Verwendungszweckzeile Vorgang/Verwendungszweck Weitere-"
    "Verwendungszwecke VWZ Zweck Purpose Reference Payment-reference Referenz Referenznummer "
    "Description Transaction-description Beschreibung Details Buchungs-Details Payment-details "
    "Remittance Remittance-information Memo Narrative Avisierungstext Mitteilung Zahlungsreferenz "
    "Betreff Subject Hinweis Note Artikelbezeichnung Item-title Rechnung Rechnungsnummer "
    "Rechnungs-Nr. Invoice Invoice-number Invoice-no.",
    "text": "Buchungstext Umsatztext Vorgang Umsatzart Umsatztyp Buchungsart Bewegungstyp Typ Type "
    "Transaktionstyp Transaktionsart Transaction-type",
    "name": "Name-Zahlungsbeteiligter Empfänger/Zahlungspflichtiger Auftraggeber/Empfänger "
    "Auftraggeber/Begünstigter Begünstigter/Zahlungspflichtiger Begünstigter/Auftraggeber "
    "Empfänger/Auftraggeber Empfänger/Auftraggeber-Name Sender/Empfänger Beneficiary/Originator "
    "Partner-Name Counterparty Counterparty-name Payer/Payee Payee/Payer Gegenpartei "
    "Gegenkonto-Inhaber Zahlungsbeteiligter Auftraggeber/Zahlungsempfänger Name Kontoinhaber",
    "payer": "Auftraggeber Auftraggebername Name-des-Auftraggebers Zahlungspflichtiger "
    "Zahlungspflichtige*r Zahler Payer Payer-name Debtor Kunde Kundenname "
    "Client Customer Customer-name Absender Sender",
    "payee": "Empfänger Zahlungsempfänger Zahlungsempfänger*in Begünstigter Payee Payee-name",
    "iban": "IBAN-Zahlungsbeteiligter Partner-IBAN Counterparty-IBAN Payer-IBAN IBAN-Auftraggeber "
    "IBAN-des-Auftraggebers Empfänger/Auftraggeber-IBAN IBAN-Gegenkonto Gegenkonto-IBAN IBAN "
    "Kontonummer/IBAN IBAN/Kontonummer IBAN/Konto-Nr. IBAN/Account-number Gegenkonto Kontonummer "
    "Konto-Nr. Account-number",
    "account": "IBAN-Auftragskonto IBAN-Auftraggeberkonto IBAN-Kontoinhaber Wallet-IBAN "
    "Eigene-IBAN Account-IBAN Auftragskonto Eigenes-Konto Own-account Auftraggeberkonto Konto "
    "Account",
    "currency": "Payment-currency Zahlungswährung Buchungswährung Kontowährung "
    "Transaction-currency Währung Währungscode Currency Currency-code",
    "status": "Status State Info",
    "end_to_end": "End-to-End-Referenz Kundenreferenz Kundenreferenz(End-to-End) End-to-End-ID "
    "End-to-End-Identifikation End-to-End-Reference Customer-reference",
    "bank_reference": "Bankreferenz Bank-reference Transaktions-ID Transaktionscode Transaktions-"
    "Nr. Transaction-ID TransferWise-ID ID",
    "balance": "Saldo Kontostand Saldo-nach-Buchung Balance Running-balance Guthaben",
    "aside": "Fremdwährung Betrag-Fremdwährung Originalwährung Originalbetrag Ursprungswährung "
    "Orig-currency Original-currency Original-amount Foreign-currency Type-foreign-currency "
    "Amount-(Foreign-currency) Local-amount-currency Local-currency Fee-currency "
    "Converted-currency Customer-facing-currency Amount-(excl.-VAT) Total-amount-(excl.-VAT)",
}
"""Role of a column to the headings it goes by; their hyphens stand for spaces.

Of several columns of a role the one whose heading comes first here counts: `Auftraggeber/
Zahlungsempfänger` is the account's own holder where `Empfänger/Zahlungspflichtiger` stands beside
it. What is `aside` is known and not needed.
"""

SEVERAL = frozenset({"purpose", "text"})
"""Roles that several columns may have, all of which count."""

_LOOK_AT = 30
"""Rows within which the headings must come; exports open with a few lines about the account."""
_ROLES = {
    fold(heading): (role, rank)
    for role, said in HEADINGS.items()
    for rank, heading in enumerate(said.split())
}
_OWN_IN_FRONT = frozenset(map(fold, ("Kontonummer", "Konto-Nr.", "Account number")))
"""Headings that mean our own account in the first column, and the other party's elsewhere."""
_CURRENCY = re.compile(r"\b[A-Z]{3}\b|[€£$]")
_CODES = "|".join(sorted(CURRENCIES))
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_LIKE_CURRENCY = re.compile("waehrung|currency|devise|ccy")
_SIDES = frozenset({"S", "H"})
_AMOUNT = re.compile(r"[+-]?[\d.,' ]*\d[+-]?")


@dataclass(frozen=True)
class Columns:
    """Where a list has what."""

    headings: tuple[str, ...]
    places: dict[str, list[int]]
    """Role to the indexes of its columns."""
    currency: str
    """Currency a heading names, as in ``Betrag (EUR)``; else empty."""

    @property
    def complete(self) -> bool:
        """Whether day and amount of a payment can be told."""
        amount = {"amount", "credit", "debit"} & self.places.keys()
        return "booked" in self.places and bool(amount)

    @property
    def like_currency(self) -> list[int]:
        """Columns that seem to name a currency, in words nobody knows; only where none is known."""
        if self.currency or "currency" in self.places:
            return []
        return [
            index
            for index, heading in enumerate(self.headings)
            if not role_of(heading) and _LIKE_CURRENCY.search(fold(heading))
        ]


def find_columns(cells: Sequence[Cell]) -> Columns:
    """The columns that a row has, taken as the row of headings."""
    found: dict[str, list[tuple[int, int]]] = {}
    headings = tuple(str(cell or "").strip() for cell in cells)
    for index, heading in enumerate(headings):
        role, rank = _role_and_rank(heading)
        if index == 0 and fold(heading) in _OWN_IN_FRONT:
            role = "account"
        if role:
            found.setdefault(role, []).append((rank, index))
    places = {
        role: [index for _, index in ranked] if role in SEVERAL else [min(ranked)[1]]
        for role, ranked in found.items()
    }
    amounts = (places[role][0] for role in ("amount", "credit", "debit") if role in places)
    named = (said for at in amounts if (said := currency_in(headings[at])) in CURRENCIES)
    return Columns(headings, places, next(named, ""))


def find_headings(sheet: Sheet) -> tuple[int, Columns] | None:
    """The number of the row of headings and what they say; None where the list is another one."""
    for number, cells in islice(sheet.rows.items(), _LOOK_AT):
        columns = find_columns(cells)
        if "booked" in columns.places:
            below = [row for at, row in sheet.rows.items() if at > number]
            columns = _as_filled(columns, below)
        if columns.complete:
            return number, columns
    return None


def looks_like_payments(lines: Iterable[str], delimiters: Sequence[str]) -> bool:
    """Whether one of the lines is a row of headings, however the rest of the file is damaged."""
    for line in lines:
        for delimiter in delimiters:
            columns = find_columns([cell.strip().strip('"') for cell in line.split(delimiter)])
            if columns.complete or {"booked", "side"} <= columns.places.keys():
                return True
    return False


def _as_filled(columns: Columns, rows: Sequence[Sequence[Cell]]) -> Columns:
    """The columns as their cells show them, where a heading says nothing or the wrong thing.

    Cooperative banks put S and H into a column without a name; 1822direkt puts the amount under
    ``Soll/Haben``.
    """
    places = columns.places
    side = places.get("side", [None])[0]
    if side is not None and not columns.complete and _all(rows, side, _AMOUNT.fullmatch):
        others = {role: where for role, where in places.items() if role != "side"}
        return replace(columns, places=others | {"amount": [side]})
    if side is None:
        for index, heading in enumerate(columns.headings):
            if not heading and _all(rows, index, lambda cell: cell in _SIDES):
                return replace(columns, places=places | {"side": [index]})
    return columns


def _all(rows: Sequence[Sequence[Cell]], index: int, fits: Callable[[str], object]) -> bool:
    cells = [str(row[index] or "").strip() for row in rows if index < len(row)]
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(map(fits, filled))


def role_of(heading: str) -> str:
    """What a column holds by its heading, currency and remarks in brackets apart."""
    return _role_and_rank(heading)[0]


def _role_and_rank(heading: str) -> tuple[str, int]:
    bare = re.sub(rf"[(\[][^)\]]*[)\]]|\s(?:in\s)?(?:{_CODES}|[€£$])$", "", heading)
    for said in (fold(heading), fold(bare), fold(bare).rstrip("0123456789")):
        if said in _ROLES:
            return _ROLES[said]
    return "", 0


def currency_in(text: str) -> str:
    """The currency a text names by code or sign; empty where it names none."""
    found = _CURRENCY.search(text)
    return _SIGNS.get(found[0], found[0]) if found else ""


def count_known(cells: Sequence[Cell]) -> int:
    """How many of the cells are headings of a list of payments."""
    return sum(bool(role_of(str(cell or ""))) for cell in cells)
