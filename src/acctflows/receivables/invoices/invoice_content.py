"""What the law wants on an invoice: §§ 14, 14a, 19 UStG and §§ 33, 34a UStDV, as a pure rule.

The German law alone: an agency that sits elsewhere needs rules of its own.
"""

from collections.abc import Iterator
from datetime import date

from acctflows.errors import InputError
from acctflows.receivables.invoices.invoice_gap import Gap
from acctflows.receivables.invoices.invoice_snapshot import (
    Address,
    InvoiceSnapshot,
    InvoiceTax,
    sum_invoice,
)

SMALL_AMOUNT_MINOR = 250_00
"""Gross in euro cents up to which fewer particulars suffice (§ 33 UStDV, since 1.1.2017)."""


def is_small_amount(snapshot: InvoiceSnapshot) -> bool:
    """Whether the short form of § 33 UStDV suffices: at most 250 EUR gross, no reverse charge.

    An amount in another currency never counts: its rate is not ours to know.
    """
    return (
        snapshot.currency == "EUR"
        and abs(snapshot.totals.gross_minor) <= SMALL_AMOUNT_MINOR
        and snapshot.tax is not InvoiceTax.REVERSE_CHARGE
    )


def find_gaps(snapshot: InvoiceSnapshot) -> list[Gap]:
    """Everything the invoice lacks, in the order of the law; empty: it may be issued."""
    short = is_small_amount(snapshot)
    return [
        *_party_gaps(snapshot, short=short),
        *_number_gaps(snapshot),
        *_service_gaps(snapshot, short=short),
        *_tax_gaps(snapshot),
        *_sum_gaps(snapshot),
        *_term_gaps(snapshot),
    ]


def find_warnings(snapshot: InvoiceSnapshot) -> list[Gap]:
    """What is not as the law wants it and cannot be helped any more; the invoice goes out."""
    if snapshot.tax is not InvoiceTax.REVERSE_CHARGE or snapshot.supplied is None:
        return []
    if snapshot.cancels:
        return []
    last = snapshot.supplied.last
    latest = date(last.year + last.month // 12, last.month % 12 + 1, 15)
    if snapshot.issued_on <= latest:
        return []
    return [
        Gap(
            "issued_on",
            "§ 14a (1) UStG",
            f"die Rechnung hätte bis zum {latest:%d.%m.%Y} ausgestellt werden müssen",
            f"the invoice was to be issued by {latest}",
            "künftig bis zum 15. des Folgemonats abrechnen",
            "invoice by the 15th of the following month in future",
        )
    ]


def require_complete(snapshot: InvoiceSnapshot, language: str = "en") -> None:
    """Refuse an incomplete invoice, naming all that is missing at once.

    Raises:
        InputError: When anything is missing.
    """
    gaps = find_gaps(snapshot)
    if not gaps:
        return
    number = snapshot.number or ("ohne Nummer" if language == "de" else "without a number")
    raise InputError(
        "; ".join(gap.sentence(language) for gap in gaps),
        where=f"Rechnung {number}" if language == "de" else f"invoice {number}",
    )


def _complete(address: Address) -> bool:
    parts = (address.street, address.postal_code, address.city, address.country)
    return all(part.strip() for part in parts)


def _party_gaps(snapshot: InvoiceSnapshot, *, short: bool) -> Iterator[Gap]:
    supplier, recipient = snapshot.supplier, snapshot.recipient
    small_business = snapshot.tax is InvoiceTax.SMALL_BUSINESS
    law = "§ 33 UStDV" if short else "§ 34a UStDV" if small_business else "§ 14 (4) no. 1 UStG"
    if not supplier.legal_name.strip() or not _complete(supplier.address):
        yield Gap(
            "supplier",
            law,
            "Name oder Anschrift der Agentur ist unvollständig",
            "the agency's name or address is incomplete",
            "in agency.yaml ergänzen",
            "complete it in agency.yaml",
        )
    if short:
        return
    if not recipient.legal_name.strip() or not _complete(recipient.address):
        yield Gap(
            "recipient",
            law,
            "Name oder Anschrift des Kunden ist unvollständig",
            "the client's name or address is incomplete",
            "im Stammblatt des Kunden ergänzen",
            "complete it in the client's record",
        )
    if not supplier.vat_id.strip() and not supplier.tax_number.strip():
        yield Gap(
            "supplier.tax_number",
            "§ 34a UStDV" if small_business else "§ 14 (4) no. 2 UStG",
            "Steuernummer und USt-IdNr. der Agentur fehlen",
            "the agency has neither a tax number nor a VAT ID",
            "eine von beiden in agency.yaml eintragen",
            "enter one of them in agency.yaml",
        )


def _number_gaps(snapshot: InvoiceSnapshot) -> Iterator[Gap]:
    # Short invoices would do without; ours do not, since payments are matched by the number.
    if not snapshot.number.strip():
        yield Gap(
            "number",
            "§ 14 (4) no. 4 UStG",
            "die Rechnungsnummer fehlt",
            "the invoice has no number",
            "aus dem Nummernkreis vergeben lassen",
            "let the register assign one",
        )


def _service_gaps(snapshot: InvoiceSnapshot, *, short: bool) -> Iterator[Gap]:
    if not snapshot.lines:
        yield Gap(
            "lines",
            "§ 14 (4) no. 5 UStG",
            "die Rechnung hat keine Position",
            "the invoice has no line",
            "mindestens eine Leistung aufnehmen",
            "add at least one service",
        )
    for line in snapshot.lines:
        if not line.title.strip() or line.quantity == 0:
            yield Gap(
                f"lines.{line.position}",
                "§ 14 (4) no. 5 UStG",
                f"Position {line.position} hat keine Bezeichnung oder keine Menge",
                f"line {line.position} has no title or no quantity",
                "Art und Umfang der Leistung angeben",
                "say what was supplied and how much of it",
            )
    if snapshot.supplied is None:
        before_supply = snapshot.deposit  # no day is known yet (§ 14 (4) no. 6 UStG)
        if not short and not before_supply and snapshot.tax is not InvoiceTax.SMALL_BUSINESS:
            yield Gap(
                "supplied",
                "§ 14 (4) no. 6 UStG",
                "Zeitpunkt oder Zeitraum der Leistung fehlt",
                "the date or period of supply is missing",
                "angeben, auch wenn er dem Rechnungsdatum gleicht",
                "give it, even if it equals the date of the invoice",
            )
    elif snapshot.supplied.last < snapshot.supplied.first:
        yield Gap(
            "supplied",
            "§ 14 (4) no. 6 UStG",
            "der Leistungszeitraum endet vor seinem Beginn",
            "the period of supply ends before it begins",
            "die Daten berichtigen",
            "correct the dates",
        )


def _tax_gaps(snapshot: InvoiceSnapshot) -> Iterator[Gap]:
    untaxed = [row for row in snapshot.totals.rows if row.percent == 0]
    standard_at_zero = snapshot.tax is InvoiceTax.STANDARD and untaxed
    if (snapshot.tax is InvoiceTax.EXEMPT or standard_at_zero) and not (
        snapshot.exemption_reason.strip()
    ):
        yield Gap(
            "exemption_reason",
            "§ 14 (4) no. 8 UStG",
            "der Grund der Steuerbefreiung fehlt",
            "the reason for the tax exemption is missing",
            "die Vorschrift bei der Leistung im Katalog nennen, etwa § 4 Nr. 21 UStG",
            "name the provision at the service in the catalogue, such as § 4 Nr. 21 UStG",
        )
    if snapshot.tax is not InvoiceTax.REVERSE_CHARGE:
        return
    for field, vat_id, owner_de, owner_en, todo_de, todo_en in (
        (
            "supplier.vat_id",
            snapshot.supplier.vat_id,
            "der Agentur",
            "the agency's",
            "in agency.yaml eintragen",
            "enter it in agency.yaml",
        ),
        (
            "recipient.vat_id",
            snapshot.recipient.vat_id,
            "des Kunden",
            "the client's",
            "im Stammblatt des Kunden eintragen",
            "enter it in the client's record",
        ),
    ):
        if not vat_id.strip():
            yield Gap(
                field,
                "§ 14a (1) UStG",
                f"die USt-IdNr. {owner_de} fehlt",
                f"{owner_en} VAT ID is missing",
                todo_de,
                todo_en,
            )
    if snapshot.consumer:
        yield Gap(
            "recipient.kind",
            "§ 13b (5) UStG",
            "ein Verbraucher kann die Steuer nicht schulden",
            "a consumer cannot owe the tax",
            "mit Umsatzsteuer abrechnen",
            "invoice with VAT",
        )


def _term_gaps(snapshot: InvoiceSnapshot) -> Iterator[Gap]:
    if snapshot.consumer and snapshot.totals.due_minor > 0 and not snapshot.consumer_notice:
        yield Gap(
            "consumer_notice",
            "§ 286 (3) BGB",
            "der Hinweis für Verbraucher auf den Verzug nach 30 Tagen fehlt",
            "the notice to consumers about default after 30 days is missing",
            "den Hinweis drucken",
            "print the notice",
        )
    skonto = snapshot.terms.skonto
    if skonto is not None and not snapshot.issued_on <= skonto.until <= snapshot.terms.due_on:
        yield Gap(
            "terms.skonto.until",
            "§ 14 (4) no. 7 UStG",
            "die Skontofrist liegt nicht zwischen Rechnungsdatum und Fälligkeit",
            "the cash discount does not end between the date of issue and the due date",
            "die vereinbarte Frist eintragen",
            "enter the period that was agreed",
        )


def _sum_gaps(snapshot: InvoiceSnapshot) -> Iterator[Gap]:
    wrong_lines = [
        line.position
        for line in snapshot.lines
        if line.net_minor != snapshot.money(line.unit_price_minor).times(line.quantity).minor
    ]
    for position in wrong_lines:
        yield Gap(
            f"lines.{position}",
            "§ 14 (4) no. 7 UStG",
            f"in Position {position} ergibt Menge mal Preis nicht den Betrag",
            f"in line {position} quantity times price is not the amount",
            "den Betrag neu berechnen",
            "compute the amount again",
        )
    if snapshot.totals != sum_invoice(
        snapshot.lines, snapshot.currency, snapshot.tax, snapshot.prepayments
    ):
        yield Gap(
            "totals",
            "§ 14 (4) no. 8 UStG",
            "die Summen passen nicht zu den Positionen",
            "the totals do not follow from the lines",
            "mit sum_invoice neu berechnen",
            "compute them again with sum_invoice",
        )
