"""The words of a letter about open invoices in German and English."""

from collections.abc import Sequence

from acctflows.documents.wording import long_date, percentage
from acctflows.receivables.follow_up.dunning_items import Role
from acctflows.receivables.follow_up.dunning_snapshot import DunningSnapshot, LetterItem
from acctflows.receivables.invoices.invoice_words import bind, short_date

WORDS = {
    "de": {
        "number": "Nummer",
        "date": "Datum",
        "payable": "Zahlbar bis",
        "client": "Kundennummer",
        "writer": "Ihr Kontakt",
        "phone": "Telefon",
        "email": "E-Mail",
        "invoice": "Rechnung",
        "issued": "vom {}",
        "due_on": "Fällig am",
        "level": "Stand",
        "gross": "Betrag",
        "open": "Offen",
        "carried": "Übertrag",
        "sum": "Zu zahlen",
        "overdue": "überfällig",
        "courtesy": "wird fällig",
        "default": "in Verzug seit {day}, Zinsen {interest}",
        "later": "Noch nicht fällig, nur zur Übersicht: {items}.",
        "later_item": "{label} ({amount}, fällig am {day})",
        "pay_by": "Bitte überweisen Sie {amount} bis zum {day}.",
        "considered": "Zahlungen bis zum {day} sind berücksichtigt.",
        "also": "Ebenfalls offen",
        "first": "die {} zuerst genannten Rechnungen",
        "earlier": "Für {invoices} bleibt es bei dem früher genannten Tag.",
        "rest": "die übrigen Rechnungen",
        "interest": "Dazu kommen {name} von {rates} im Jahr, taggenau gerechnet "
        "({day_count}): bis zum {day} {amount}.",
        "fee": "Für dieses Schreiben entstehen Mahnkosten von {amount}.",
        "apart": "In der Summe ist das nicht enthalten; wir behalten uns vor, es gesondert zu "
        "berechnen.",
        "and": " und ",
        "regards": "Freundliche Grüße",
        "page": "Seite {} von {}",
    },
    "en": {
        "number": "Number",
        "date": "Date",
        "payable": "Payable by",
        "client": "Client number",
        "writer": "Your contact",
        "phone": "Phone",
        "email": "Email",
        "invoice": "Invoice",
        "issued": "of {}",
        "due_on": "Due on",
        "level": "Status",
        "gross": "Amount",
        "open": "Open",
        "carried": "Carried forward",
        "sum": "To pay",
        "overdue": "overdue",
        "courtesy": "falls due",
        "default": "in default since {day}, interest {interest}",
        "later": "Not due yet, for your information only: {items}.",
        "later_item": "{label} ({amount}, due on {day})",
        "pay_by": "Please transfer {amount} by {day}.",
        "considered": "Payments up to {day} are considered.",
        "also": "Also open",
        "first": "the {} invoices named first",
        "earlier": "For {invoices} the earlier date still holds.",
        "rest": "the other invoices",
        "interest": "In addition there is {name} at {rates} a year, "
        "counted by the day ({day_count}): {amount} up to {day}.",
        "fee": "The cost of this letter is {amount}.",
        "apart": "This is not included in the sum; we reserve the right to charge it separately.",
        "and": " and ",
        "regards": "Kind regards",
        "page": "Page {} of {}",
    },
}

MOST_NAMED = 5
"""Of more invoices only their number is told in a sentence; the table names them."""


def said(text: str, snapshot: DunningSnapshot) -> str:
    """The policy's words with the invoices they are about and the day that is set."""
    return text.format(
        invoices=invoice_words(snapshot.demanded, snapshot.language),
        day=long_date(snapshot.asked_until, snapshot.language),
    )


def invoice_words(items: Sequence[LetterItem], language: str) -> str:
    """The invoices in a sentence: their numbers, or how many where those are too many."""
    words = WORDS[language]
    if len(items) > MOST_NAMED:
        return words["first"].format(len(items))
    return listed([item.label for item in items], language)


def listed(parts: Sequence[str], language: str) -> str:
    """“A, B and C”."""
    return WORDS[language]["and"].join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def standing_words(item: LetterItem, language: str) -> str:
    """Where an item stands: its level, or that it is or falls due."""
    if item.level_name:
        return item.level_name
    return WORDS[language]["courtesy" if item.role.value == "courtesy" else "overdue"]


def payment_words(snapshot: DunningSnapshot) -> list[str]:
    """How much to pay by when, whose day stays as it was, and which payments are considered."""
    words, language = WORDS[snapshot.language], snapshot.language
    amount = snapshot.money(snapshot.to_pay_minor).format(language)
    considered = words["considered"].format(day=long_date(snapshot.bank_data_as_of, language))
    day = long_date(snapshot.asked_until, language)
    asked = [words["pay_by"].format(amount=amount, day=day)]
    if waiting := [item for item in snapshot.others if item.role is Role.OVERDUE]:
        many = len(waiting) > MOST_NAMED
        named = words["rest"] if many else invoice_words(waiting, language)
        asked.append(words["earlier"].format(invoices=named))
    return [*asked, considered]


def ancillary_words(snapshot: DunningSnapshot) -> str:
    """Interest and fee, which are asked for apart from the sum; empty where there is neither."""
    words, language = WORDS[snapshot.language], snapshot.language
    sentences = []
    if snapshot.interest_minor:
        rates = [percentage(rate, language) for rate in snapshot.interest_rates]
        sentences.append(
            words["interest"].format(
                name=bind(snapshot.interest_name),
                rates=listed(rates, language),
                day_count=snapshot.day_count,
                day=long_date(snapshot.decided_on, language),
                amount=snapshot.money(snapshot.interest_minor).format(language),
            )
        )
    if snapshot.fee_minor:
        fee = snapshot.money(snapshot.fee_minor).format(language)
        sentences.append(words["fee"].format(amount=fee))
    return " ".join([*sentences, words["apart"]]) if sentences else ""


def later_words(snapshot: DunningSnapshot) -> str:
    """What is not due yet, in a sentence; empty where there is nothing."""
    words, language = WORDS[snapshot.language], snapshot.language
    items = [
        words["later_item"].format(
            label=item.label,
            amount=snapshot.money(item.open_minor).format(language),
            day=short_date(item.due_on, language) if item.due_on else "–",
        )
        for item in snapshot.later
    ]
    return words["later"].format(items=", ".join(items)) if items else ""
