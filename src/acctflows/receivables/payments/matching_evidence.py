"""Why a payment belongs to an invoice, or why a person must decide: structured and in words."""

from dataclasses import dataclass
from enum import StrEnum

from acctflows.money import Money


class Kind(StrEnum):
    """One kind of evidence, or of doubt."""

    RF_REFERENCE = "rf_reference"
    INVOICE_NUMBER = "invoice_number"
    KNOWN_IBAN = "known_iban"
    SIMILAR_NAME = "similar_name"
    EXACT_AMOUNT = "exact_amount"
    EXACT_SUM = "exact_sum"
    DISCOUNT = "discount"
    PART_PAYMENT = "part_payment"
    ORIGINAL_LINE = "original_line"
    ASSIGNED = "assigned"

    OVERPAID = "overpaid"
    SUM_DIFFERS = "sum_differs"
    NOT_OPEN = "not_open"
    AMBIGUOUS_NUMBER = "ambiguous_number"
    SEVERAL_CLIENTS = "several_clients"
    OTHER_PAYER = "other_payer"
    OTHER_NAME = "other_name"
    WITHIN_OTHER = "within_other"
    OTHER_CURRENCY = "other_currency"
    SEVERAL_FIT = "several_fit"
    TOO_MANY_ITEMS = "too_many_items"
    NO_FIT = "no_fit"
    NAME_ONLY = "name_only"
    AMOUNT_ONLY = "amount_only"
    RETURNED_TO_US = "returned_to_us"
    ORIGINAL_UNKNOWN = "original_unknown"
    MONEY_OUT = "money_out"
    TOLD_TWICE = "told_twice"
    ENTERED = "entered"
    UNMARKED_RETURN = "unmarked_return"
    PAYS_OUT = "pays_out"
    PAID_OUT = "paid_out"
    UNDONE = "undone"
    NOT_BOOKED = "not_booked"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Evidence:
    """One finding, with its sentence for a German and an English reader."""

    kind: Kind
    de: str
    en: str


_SENTENCES: dict[Kind, tuple[str, str]] = {
    Kind.RF_REFERENCE: (
        "Die Zahlungsreferenz {what} gehört zu {numbers}.",
        "The payment reference {what} belongs to {numbers}.",
    ),
    Kind.INVOICE_NUMBER: (
        "Der Verwendungszweck nennt {numbers}.",
        "The payment text names {numbers}.",
    ),
    Kind.KNOWN_IBAN: (
        "Von diesem Konto ({what}) hat der Kunde schon gezahlt.",
        "The client has paid from this account ({what}) before.",
    ),
    Kind.SIMILAR_NAME: (
        "Der Name „{what}“ gleicht dem des Kunden.",
        "The name “{what}” is like the client's.",
    ),
    Kind.EXACT_AMOUNT: (
        "Der Betrag {amount} ist genau der offene Betrag von {numbers}.",
        "The amount {amount} is exactly what is open of {numbers}.",
    ),
    Kind.EXACT_SUM: (
        "Der Betrag {amount} ist genau die Summe der offenen Beträge von {numbers}.",
        "The amount {amount} is exactly the sum of what is open of {numbers}.",
    ),
    Kind.DISCOUNT: (
        "Der Betrag {amount} entspricht {numbers} abzüglich des vereinbarten Skontos, "
        "und die Skontofrist ist gewahrt.",
        "The amount {amount} is {numbers} less the agreed early-payment discount, "
        "paid within its period.",
    ),
    Kind.PART_PAYMENT: (
        "{amount} sind eine Teilzahlung auf {numbers}; es bleiben {rest} offen.",
        "{amount} is a part payment of {numbers}; {rest} stays open.",
    ),
    Kind.ORIGINAL_LINE: (
        "Die Rückbuchung über {amount} gehört zur Zahlung vom {day}.",
        "The reversal of {amount} belongs to the payment of {day}.",
    ),
    Kind.ASSIGNED: ("{what} hat die Zeile zugeordnet.", "{what} has assigned the line."),
    Kind.OVERPAID: (
        "Gezahlt wurden {rest} mehr als offen ist.",
        "{rest} more was paid than is open.",
    ),
    Kind.SUM_DIFFERS: (
        "Genannt sind {numbers} mit zusammen {sum}; gezahlt wurden {amount}.",
        "{numbers} are named, {sum} together; {amount} was paid.",
    ),
    Kind.NOT_OPEN: (
        "Der Verwendungszweck nennt {what}; dazu ist nichts offen "
        "(schon bezahlt, storniert oder unbekannt).",
        "The payment text names {what}, of which nothing is open "
        "(already paid, cancelled or unknown).",
    ),
    Kind.AMBIGUOUS_NUMBER: (
        "Die genannte Nummer passt zu mehreren Rechnungen: {numbers}.",
        "The number named fits several invoices: {numbers}.",
    ),
    Kind.SEVERAL_CLIENTS: (
        "Die Rechnungen {numbers} gehören verschiedenen Kunden.",
        "The invoices {numbers} belong to different clients.",
    ),
    Kind.OTHER_PAYER: (
        "Das Konto des Zahlers gehört einem anderen Kunden.",
        "The payer's account belongs to another client.",
    ),
    Kind.OTHER_NAME: (
        "Gezahlt wurde nur ein Teil, und der Zahler „{what}“ heißt anders als der Kunde.",
        "Only a part was paid, and the payer “{what}” is not called like the client.",
    ),
    Kind.WITHIN_OTHER: (
        "{numbers} steht nur innerhalb einer längeren Angabe; es kann etwas anderes gemeint sein.",
        "{numbers} stands only within something longer, which may mean another thing.",
    ),
    Kind.OTHER_CURRENCY: (
        "Die Rechnung {numbers} lautet auf eine andere Währung als die Zahlung ({amount}).",
        "Invoice {numbers} is in another currency than the payment ({amount}).",
    ),
    Kind.SEVERAL_FIT: (
        "Der Betrag {amount} passt auf mehr als eine Weise zu den offenen Rechnungen.",
        "The amount {amount} fits the open invoices in more than one way.",
    ),
    Kind.TOO_MANY_ITEMS: (
        "So viele Rechnungen sind offen, dass andere Summen ebenso passen können.",
        "So many invoices are open that other sums may fit as well.",
    ),
    Kind.NO_FIT: (
        "Der Betrag {amount} passt zu keiner offenen Rechnung und zu keiner Summe; "
        "vorgeschlagen ist die gesetzliche Reihenfolge (§ 366 Abs. 2 BGB).",
        "The amount {amount} fits no open invoice and no sum; the order of the law is proposed "
        "(§ 366(2) BGB).",
    ),
    Kind.NAME_ONLY: (
        "Nur der Name spricht dafür; er allein genügt nicht.",
        "Only the name speaks for it; that alone is not enough.",
    ),
    Kind.AMOUNT_ONLY: (
        "Nur der Betrag spricht dafür; er allein genügt nicht.",
        "Only the amount speaks for it; that alone is not enough.",
    ),
    Kind.RETURNED_TO_US: (
        "Eine eigene Zahlung kam zurück; mit einer Rechnung hat sie nichts zu tun.",
        "A payment of ours came back; it has nothing to do with an invoice.",
    ),
    Kind.ORIGINAL_UNKNOWN: (
        "Welche Zahlung zurückgebucht wurde ({amount}), ist nicht eindeutig.",
        "Which payment was reversed ({amount}) is not clear.",
    ),
    Kind.TOLD_TWICE: (
        "Am selben Tag steht in {what} eine Zahlung über denselben Betrag; es kann dieselbe sein.",
        "On the same day {what} has a payment of the same amount; it may be the same one.",
    ),
    Kind.ENTERED: (
        "Eine Zahlung dieses Kunden über denselben Betrag ist am {day} schon gebucht ({what}); "
        "es kann dieselbe sein.",
        "A payment of the same amount by this client is booked on {day} already ({what}); it may "
        "be the same one.",
    ),
    Kind.UNMARKED_RETURN: (
        "Die Bank nennt es keine Rückgabe; Betrag und Empfänger sind die der Zahlung vom {day}.",
        "The bank does not call it a return; amount and payee are those of the payment of {day}.",
    ),
    Kind.PAYS_OUT: (
        "{amount} gingen an das Konto, von dem {what} gezahlt hat; das ist das Guthaben aus der "
        "Zahlung vom {day}.",
        "{amount} went to the account from which {what} has paid; it is the credit left by the "
        "payment of {day}.",
    ),
    Kind.PAID_OUT: (
        "Das Guthaben aus dieser Zahlung wurde schon ausgezahlt.",
        "The credit left by this payment was paid out already.",
    ),
    Kind.UNDONE: (
        "Eine Zuordnung dieser Zeile wurde schon einmal rückgängig gemacht.",
        "An assignment of this line was undone before.",
    ),
    Kind.NOT_BOOKED: (
        "Die zurückgebuchte Zahlung war keiner Rechnung zugeordnet.",
        "The payment that was taken back had not been assigned to any invoice.",
    ),
    Kind.MONEY_OUT: ("Das Geld ging hinaus.", "The money went out."),
    Kind.NOTHING: (
        "Nichts in der Zahlung weist auf eine offene Rechnung hin.",
        "Nothing in the payment points to an open invoice.",
    ),
}


def evidence(kind: Kind, **facts: object) -> Evidence:
    """The finding in words; amounts are written as each language does.

    Args:
        kind: Which finding.
        facts: What its sentence needs: ``what``, ``numbers`` (a sequence), ``day``, and ``amount``,
            ``sum`` and ``rest`` as money.
    """
    de, en = _SENTENCES[kind]
    return Evidence(kind, de.format_map(_said(facts, "de")), en.format_map(_said(facts, "en")))


def _said(facts: dict[str, object], language: str) -> dict[str, str]:
    return {name: _word(fact, language) for name, fact in facts.items()}


def _word(fact: object, language: str) -> str:
    if isinstance(fact, Money):
        return fact.format(language)
    if isinstance(fact, tuple | list):
        words = [str(each) for each in fact]
        last = " und " if language == "de" else " and "
        return last.join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
    return str(fact)
