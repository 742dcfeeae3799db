"""The words of a letter about open invoices in German and English."""

from acctflows.documents.wording import long_date, percentage
from acctflows.receivables.follow_up.dunning_snapshot import DunningSnapshot, LetterItem, Tone
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
        "interest": "Dazu kommen Verzugszinsen (§ 288 BGB) von {rates} im Jahr, taggenau gerechnet "
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
        "interest": "In addition there is interest on late payment (§ 288 BGB) at {rates} a year, "
        "counted by the day ({day_count}): {amount} up to {day}.",
        "fee": "The cost of this letter is {amount}.",
        "apart": "This is not included in the sum; we reserve the right to charge it separately.",
        "and": " and ",
        "regards": "Kind regards",
        "page": "Page {} of {}",
    },
}

INTRO = {
    "de": {
        Tone.COURTESY: "damit nichts untergeht, erinnern wir Sie an die Zahlung, die demnächst "
        "fällig wird. Ist sie schon unterwegs, ist alles gut.",
        Tone.FRIENDLY: "vielleicht ist es untergegangen: Die folgenden Rechnungen sind noch offen. "
        "Hat sich Ihre Zahlung mit diesem Schreiben überschnitten, betrachten Sie es bitte als "
        "erledigt.",
        Tone.FIRM: "trotz unserer Erinnerung haben wir für die folgenden Rechnungen noch keine "
        "Zahlung erhalten.",
        Tone.LAST: "trotz mehrerer Schreiben haben wir für die folgenden Rechnungen keine Zahlung "
        "erhalten. Wir fordern Sie hiermit letztmals zur Zahlung auf.",
    },
    "en": {
        Tone.COURTESY: "so that nothing gets lost, we remind you of the payment that falls due "
        "soon. If it is already on its way, all is well.",
        Tone.FRIENDLY: "this may have slipped through: the following invoices are still open. If "
        "your payment has crossed with this letter, please disregard it.",
        Tone.FIRM: "despite our reminder we have not yet received payment of the following "
        "invoices.",
        Tone.LAST: "despite several letters we have not received payment of the following "
        "invoices. This is our final request for payment.",
    },
}
"""Why we write; follows the greeting and a comma."""

CLOSING = {
    "de": {
        Tone.COURTESY: "Fehlt Ihnen noch etwas, oder stimmt etwas nicht? Melden Sie sich bitte "
        "kurz bei uns.",
        Tone.FRIENDLY: "Stimmt etwas nicht, oder brauchen Sie mehr Zeit? Melden Sie sich bitte, "
        "wir finden eine Lösung.",
        Tone.FIRM: "Ist eine Rechnung aus Ihrer Sicht nicht richtig, oder möchten Sie eine Zahlung "
        "in Teilen vereinbaren? Dann melden Sie sich bitte vor diesem Tag.",
        Tone.LAST: "Geht der Betrag bis dahin nicht ein, leiten wir ohne weitere Ankündigung das "
        "gerichtliche Mahnverfahren ein oder übergeben die Sache einem Anwalt; die Kosten tragen "
        "dann Sie.",
    },
    "en": {
        Tone.COURTESY: "Is anything missing, or is something wrong? Please let us know.",
        Tone.FRIENDLY: "Is something wrong, or do you need more time? Please get in touch and we "
        "will find a solution.",
        Tone.FIRM: "If you think that an invoice is wrong, or would like to agree on paying in "
        "instalments, please get in touch before that day.",
        Tone.LAST: "If the amount has not arrived by then, we will start court proceedings for "
        "payment or hand the matter to a lawyer without further notice, at your expense.",
    },
}
"""What follows if nothing is paid, or how to avoid it."""


def standing_words(item: LetterItem, language: str) -> str:
    """Where an item stands: its level, or that it is or falls due."""
    if item.level_name:
        return item.level_name
    return WORDS[language]["courtesy" if item.role.value == "courtesy" else "overdue"]


def payment_words(snapshot: DunningSnapshot) -> list[str]:
    """How much to pay by when, and up to when payments are considered."""
    words, language = WORDS[snapshot.language], snapshot.language
    amount = snapshot.money(snapshot.to_pay_minor).format(language)
    considered = words["considered"].format(day=long_date(snapshot.bank_data_as_of, language))
    day = long_date(snapshot.asked_until, language)
    return [words["pay_by"].format(amount=amount, day=day), considered]


def ancillary_words(snapshot: DunningSnapshot) -> str:
    """Interest and fee, which are asked for apart from the sum; empty where there is neither."""
    words, language = WORDS[snapshot.language], snapshot.language
    sentences = []
    if snapshot.interest_minor:
        rates = [percentage(rate, language) for rate in snapshot.interest_rates]
        sentences.append(
            bind(words["interest"]).format(
                rates=words["and"].join(filter(None, (", ".join(rates[:-1]), rates[-1]))),
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
