"""The words of an invoice in German and English, and the sentences made of them."""

from datetime import date

from babel.dates import format_date

from acctflows.documents.wording import long_date, percentage
from acctflows.money import LOCALES, NBSP
from acctflows.receivables.invoices.invoice_snapshot import (
    DueBasis,
    InvoiceSnapshot,
    InvoiceTax,
    SupplyPeriod,
)

WORDS = {
    "de": {
        "invoice": "Rechnung",
        "deposit": "Anzahlungsrechnung",
        "cancellation": "Stornorechnung",
        "number": "Rechnungsnummer",
        "issued": "Rechnungsdatum",
        "supplied": "Leistungszeitraum",
        "supplied_day": "Leistungsdatum",
        "client": "Kundennummer",
        "client_vat": "Ihre USt-IdNr.",
        "buyer_reference": "Ihr Zeichen",
        "project": "Projekt",
        "contract": "Vertrag",
        "acts": "Abgerechnet wird",
        "cancels": "Storniert wird",
        "intro": "Für das Projekt „{}“ berechnen wir Ihnen:",
        "intro_plain": "Für unsere Leistungen berechnen wir Ihnen:",
        "intro_deposit": "Für das Projekt „{}“ berechnen wir Ihnen die vereinbarte Anzahlung. Die "
        "Leistungen folgen; die Schlussrechnung zieht Ihre Zahlung mit ihrer Umsatzsteuer ab.",
        "intro_cancelled": "Hiermit stornieren wir unsere Rechnung {number} vom {day} vollständig. "
        "Grund: {reason}",
        "position": "Pos.",
        "service": "Leistung",
        "quantity": "Menge",
        "price": "Einzelpreis",
        "tax": "USt",
        "amount": "Betrag netto",
        "amount_plain": "Betrag",
        "carried": "Übertrag",
        "net": "Summe netto",
        "tax_on": "{} USt auf {}",
        "gross": "Rechnungsbetrag",
        "gross_with_tax": "Rechnungsbetrag brutto",
        "prepaid": "abzüglich Zahlung vom {} auf {}",
        "prepaid_tax": "\n(darin {} USt)",
        "due": "Zu zahlen",
        "cancelled": "Stornierter Betrag",
        "credit": "Guthaben",
        "holder": "Empfänger",
        "bank": "Bank",
        "purpose": "Verwendungszweck",
        "or": " oder ",
        "scan": "Mit der Banking-App scannen (GiroCode)",
        "page": "Seite {} von {}",
        "represented": "Vertreten durch",
        "vat_id": "USt-IdNr.",
        "tax_number": "Steuernummer",
        "phone": "Tel.",
    },
    "en": {
        "invoice": "Invoice",
        "deposit": "Deposit invoice",
        "cancellation": "Cancellation invoice",
        "number": "Invoice number",
        "issued": "Invoice date",
        "supplied": "Period of supply",
        "supplied_day": "Date of supply",
        "client": "Client number",
        "client_vat": "Your VAT ID",
        "buyer_reference": "Your reference",
        "project": "Project",
        "contract": "Contract",
        "acts": "Invoice for",
        "cancels": "Cancels",
        "intro": "For the project “{}” we invoice:",
        "intro_plain": "For our services we invoice:",
        "intro_deposit": "For the project “{}” we charge the agreed deposit. The services follow; "
        "the final invoice deducts your payment together with its VAT.",
        "intro_cancelled": "We hereby cancel our invoice {number} of {day} as a whole. "
        "Reason: {reason}",
        "position": "No.",
        "service": "Service",
        "quantity": "Quantity",
        "price": "Unit price",
        "tax": "VAT",
        "amount": "Net amount",
        "amount_plain": "Amount",
        "carried": "Carried forward",
        "net": "Net total",
        "tax_on": "{} VAT on {}",
        "gross": "Invoice total",
        "gross_with_tax": "Invoice total incl. VAT",
        "prepaid": "less payment of {} on {}",
        "prepaid_tax": "\n(including {} VAT)",
        "due": "Amount due",
        "cancelled": "Cancelled amount",
        "credit": "Credit balance",
        "holder": "Payee",
        "bank": "Bank",
        "purpose": "Payment reference",
        "or": " or ",
        "scan": "Scan with your banking app (EPC QR)",
        "page": "Page {} of {}",
        "represented": "Represented by",
        "vat_id": "VAT ID",
        "tax_number": "Tax number",
        "phone": "Phone",
    },
}

REVERSE_CHARGE = "Steuerschuldnerschaft des Leistungsempfängers"
"""The literal words of § 14a (1) UStG; in Art. 226 no. 11a VAT Directive: “Reverse charge”."""

_TAX_NOTICES: dict[str, dict[str, str]] = {
    "de": {
        InvoiceTax.SMALL_BUSINESS: (
            "Für diese Leistungen gilt die Steuerbefreiung für Kleinunternehmer (§ 19 UStG); "
            "Umsatzsteuer wird nicht berechnet."
        ),
        InvoiceTax.REVERSE_CHARGE: (
            f"{REVERSE_CHARGE} (Reverse Charge). USt-IdNr. des Leistungserbringers: {{supplier}}; "
            "USt-IdNr. des Leistungsempfängers: {recipient}."
        ),
        InvoiceTax.EXEMPT: "Steuerfreie Leistung: {reason}",
        InvoiceTax.OUTSIDE_SCOPE: (
            "Die Leistungen sind in Deutschland nicht steuerbar; Leistungsort ist der Sitz des "
            "Leistungsempfängers (§ 3a Abs. 2 UStG)."
        ),
        "consumer_abroad": (
            "Die Leistungen sind in Deutschland nicht steuerbar; Leistungsort ist der Wohnsitz des "
            "Leistungsempfängers (§ 3a Abs. 4 UStG)."
        ),
    },
    "en": {
        InvoiceTax.SMALL_BUSINESS: (
            "The VAT exemption for small businesses applies to these services (§ 19 UStG); "
            "no VAT is charged."
        ),
        InvoiceTax.REVERSE_CHARGE: (
            f"Reverse charge: the recipient is liable for the VAT ({REVERSE_CHARGE}). "
            "VAT ID of the supplier: {supplier}; VAT ID of the recipient: {recipient}."
        ),
        InvoiceTax.EXEMPT: "Exempt from VAT: {reason}",
        InvoiceTax.OUTSIDE_SCOPE: (
            "The services are outside the scope of German VAT; the place of supply is where the "
            "recipient is established (§ 3a (2) UStG)."
        ),
        "consumer_abroad": (
            "The services are outside the scope of German VAT; the place of supply is where the "
            "recipient lives (§ 3a (4) UStG)."
        ),
    },
}

_PAYMENT = {
    "de": {
        DueBasis.CONTRACT_DATE: "Bitte überweisen Sie {amount} wie vereinbart bis zum {day}.",
        DueBasis.CONTRACT_PERIOD: (
            "Bitte überweisen Sie {amount} bis zum {day}; vereinbart ist die Zahlung innerhalb von "
            "{days} nach Zugang der Rechnung."
        ),
        DueBasis.INVOICE_ONLY: "Bitte überweisen Sie {amount} bis zum {day}.",
        DueBasis.IMMEDIATE: (
            "Der Betrag ist sofort fällig; bitte überweisen Sie {amount} bis zum {day}."
        ),
        "skonto": "Bei Zahlung bis zum {day} gewähren wir {percent} Skonto: dann genügen {rest}.",
        "settled": "Der Rechnungsbetrag ist bereits bezahlt; bitte überweisen Sie nichts.",
        "credit": "Ihr Guthaben von {amount} erstatten wir Ihnen.",
        "cancelled": (
            "Die stornierte Rechnung ist aufgehoben; bitte zahlen Sie sie nicht. Was Sie darauf "
            "gezahlt haben, ist Ihr Guthaben."
        ),
        "days": ("einem Tag", "{} Tagen"),
        "consumer": (
            "Hinweis für Verbraucher: Sie geraten spätestens in Verzug, wenn Sie nicht innerhalb "
            "von 30 Tagen nach Fälligkeit und Zugang dieser Rechnung zahlen (§ 286 Abs. 3 BGB)."
        ),
    },
    "en": {
        DueBasis.CONTRACT_DATE: "Please transfer {amount} by {day}, as agreed.",
        DueBasis.CONTRACT_PERIOD: (
            "Please transfer {amount} by {day}; payment is agreed within {days} of receiving the "
            "invoice."
        ),
        DueBasis.INVOICE_ONLY: "Please transfer {amount} by {day}.",
        DueBasis.IMMEDIATE: "The amount is due immediately; please transfer {amount} by {day}.",
        "skonto": "If you pay by {day}, we grant a cash discount of {percent}: then {rest} "
        "will settle the invoice.",
        "settled": "This invoice has already been paid; please do not transfer anything.",
        "credit": "We will refund your credit balance of {amount}.",
        "cancelled": (
            "The cancelled invoice is void; please do not pay it. What you have paid on it is your "
            "credit balance."
        ),
        "days": ("one day", "{} days"),
        "consumer": (
            "Notice to consumers: you will be in default at the latest if you do not pay within "
            "30 days after this invoice has fallen due and reached you (§ 286 (3) BGB)."
        ),
    },
}


def bind(text: str) -> str:
    """The text with section signs and numbers held together with what follows them."""
    for sign in ("§ ", "Abs. ", "Nr. ", "no. "):
        text = text.replace(sign, sign.rstrip() + NBSP)
    return text


def short_date(day: date, language: str) -> str:
    """Such as ``24.11.2026`` or ``24 Nov 2026``, unbreakable."""
    pattern = "dd.MM.yyyy" if language == "de" else "d MMM yyyy"
    return str(format_date(day, pattern, locale=LOCALES[language])).replace(" ", NBSP)


def heading(snapshot: InvoiceSnapshot) -> str:
    """What kind of invoice it is, with its number."""
    kind = "cancellation" if snapshot.cancels else "deposit" if snapshot.deposit else "invoice"
    return f"{WORDS[snapshot.language][kind]} {snapshot.number}"


def opening(snapshot: InvoiceSnapshot) -> str:
    """The sentence above the lines."""
    words, title = WORDS[snapshot.language], snapshot.references.project_title
    if snapshot.cancels:
        return words["intro_cancelled"].format(
            number=snapshot.cancels.number,
            day=short_date(snapshot.cancels.issued_on, snapshot.language),
            reason=snapshot.cancels.reason,
        )
    if snapshot.deposit:
        return words["intro_deposit"].format(title)
    return words["intro"].format(title) if title else words["intro_plain"]


def supply_words(supplied: SupplyPeriod, language: str) -> str:
    """One day, or the first and the last day with a dash."""
    first, last = (short_date(day, language) for day in (supplied.first, supplied.last))
    return first if first == last else f"{first} – {last}"


def tax_notice(snapshot: InvoiceSnapshot) -> str:
    """Why no VAT is charged, in the words the law asks for; empty where all of it is."""
    if snapshot.tax is InvoiceTax.STANDARD:
        if not snapshot.exemption_reason:
            return ""
        words = _TAX_NOTICES[snapshot.language][InvoiceTax.EXEMPT]
    elif snapshot.tax is InvoiceTax.OUTSIDE_SCOPE and snapshot.consumer:
        words = _TAX_NOTICES[snapshot.language]["consumer_abroad"]
    else:
        words = _TAX_NOTICES[snapshot.language][snapshot.tax]
    return bind(words).format(
        reason=snapshot.exemption_reason,
        supplier=snapshot.supplier.vat_id,
        recipient=snapshot.recipient.vat_id,
    )


def payment_words(snapshot: InvoiceSnapshot) -> list[str]:
    """How much to pay by when, the Skonto, and the notice to consumers; each a sentence."""
    language, terms, due = snapshot.language, snapshot.terms, snapshot.totals.due_minor
    words = _PAYMENT[language]
    if snapshot.cancels:
        return [str(words["cancelled"])]
    if due <= 0:
        credit = snapshot.money(-due).format(language)
        return [str(words["credit"]).format(amount=credit) if due else str(words["settled"])]
    one, many = words["days"]
    sentences = [
        str(words[terms.basis]).format(
            amount=snapshot.money(due).format(language),
            day=long_date(terms.due_on, language),
            days=one if terms.days == 1 else many.format(terms.days).replace(" ", NBSP),
        )
    ]
    if terms.skonto is not None:
        rest = snapshot.money(due) - snapshot.money(due).percent(terms.skonto.percent)
        sentences.append(
            str(words["skonto"]).format(
                day=long_date(terms.skonto.until, language),
                percent=percentage(terms.skonto.percent, language),
                rest=rest.format(language),
            )
        )
    if snapshot.consumer_notice:
        sentences.append(bind(str(words["consumer"])))
    return sentences
