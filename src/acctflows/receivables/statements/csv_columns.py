"""The columns of a list of payments, by the headings banks and people give them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from acctflows.agency.importing.sheets import Cell, Sheet
from acctflows.agency.rules import fold

HEADINGS: dict[str, str] = {
    "booked": "Buchungstag Buchungsdatum Buchung Datum Booking-date Date Transaction-date "
    "Posting-date Completed-date Date-completed Zahlungseingang Eingangsdatum Payment-date",
    "value": "Valuta Valutadatum Wertstellung Wertstellungsdatum Wertstellungstag Wert Value-date",
    "amount": "Betrag Umsatz Amount Umsatzbetrag Buchungsbetrag Transaction-amount",
    "credit": "Haben Gutschrift Credit Credit-amount Money-in Paid-in Eingang",
    "debit": "Soll Lastschrift Belastung Debit Debit-amount Money-out Paid-out Ausgang",
    "side": "Soll/Haben S/H Soll/Haben-Kennzeichen Credit/Debit Debit/Credit",
    "purpose": "Verwendungszweck Verwendungszweckzeile Zweck Purpose Reference Payment-reference "
    "Description Details Payment-details Remittance Remittance-information Memo Narrative "
    "Mitteilung Zahlungsreferenz Betreff Rechnung Rechnungsnummer Rechnungs-Nr. Invoice "
    "Invoice-number Invoice-no.",
    "text": "Buchungstext Umsatztext Vorgang Umsatzart Umsatztyp Transaction-type",
    "name": "Auftraggeber/Empfänger Auftraggeber/Begünstigter Begünstigter/Zahlungspflichtiger "
    "Begünstigter/Auftraggeber Auftraggeber/Zahlungsempfänger Empfänger/Auftraggeber "
    "Empfänger/Zahlungspflichtiger Name-Zahlungsbeteiligter Name Partner-Name Counterparty "
    "Counterparty-name Payer/Payee Payee/Payer Gegenpartei Zahlungsbeteiligter Kontoinhaber",
    "payer": "Auftraggeber Auftraggebername Name-des-Auftraggebers Zahlungspflichtiger "
    "Zahlungspflichtige*r Payer Payer-name Debtor Kunde Kundenname "
    "Client Customer Absender",
    "payee": "Empfänger Zahlungsempfänger Zahlungsempfänger*in Begünstigter Payee Payee-name",
    "iban": "IBAN Kontonummer/IBAN IBAN-Zahlungsbeteiligter Partner-IBAN Counterparty-IBAN "
    "Kontonummer Account-number IBAN-Auftraggeber IBAN-des-Auftraggebers Payer-IBAN Gegenkonto "
    "IBAN-Gegenkonto IBAN/Kontonummer IBAN/Account-number",
    "account": "Auftragskonto IBAN-Auftragskonto IBAN-Kontoinhaber Eigenes-Konto Konto "
    "Own-account Account Account-IBAN",
    "currency": "Währung Währungscode Currency Currency-code",
    "status": "Status State Info",
    "end_to_end": "End-to-End-Referenz Kundenreferenz Kundenreferenz(End-to-End) End-to-End-ID "
    "End-to-End-Reference Customer-reference",
    "bank_reference": "Bankreferenz Bank-reference Transaktions-ID Transaction-ID",
}
"""Role of a column to the headings it goes by; their hyphens stand for spaces."""

SEVERAL = frozenset({"purpose", "text"})
"""Roles that several columns may have; of the others the first column counts."""

_LOOK_AT = 30
"""Rows within which the headings must come; exports open with a few lines about the account."""
_ROLES = {fold(heading): role for role, said in HEADINGS.items() for heading in said.split()}
_CURRENCY = re.compile(r"\b[A-Z]{3}\b|[€£$]")
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}


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


def find_columns(cells: Sequence[Cell]) -> Columns:
    """The columns that a row has, taken as the row of headings."""
    places: dict[str, list[int]] = {}
    currency = ""
    headings = tuple(str(cell or "").strip() for cell in cells)
    for index, heading in enumerate(headings):
        role = role_of(heading)
        if role and (role in SEVERAL or role not in places):
            places.setdefault(role, []).append(index)
            if role in ("amount", "credit", "debit"):
                currency = currency or currency_in(heading)
    return Columns(headings, places, currency)


def find_headings(sheet: Sheet) -> tuple[int, Columns] | None:
    """The number of the row of headings and what they say; None where the list is another one."""
    for number, cells in islice(sheet.rows.items(), _LOOK_AT):
        columns = find_columns(cells)
        if columns.complete:
            return number, columns
    return None


def role_of(heading: str) -> str:
    """What a column holds by its heading, currency and remarks in brackets apart."""
    bare = re.sub(r"[(\[][^)\]]*[)\]]|\s(?:in\s)?(?:[A-Z]{3}|[€£$])$", "", heading)
    return _ROLES.get(fold(heading)) or _ROLES.get(fold(bare), "")


def currency_in(text: str) -> str:
    """The currency a text names by code or sign; empty where it names none."""
    found = _CURRENCY.search(text)
    return _SIGNS.get(found[0], found[0]) if found else ""


def count_known(cells: Sequence[Cell]) -> int:
    """How many of the cells are headings of a list of payments."""
    return sum(bool(role_of(str(cell or ""))) for cell in cells)
