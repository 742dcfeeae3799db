"""What invoices and letters about them share: sender, window, footer, and how to pay."""

from collections.abc import Iterable, Sequence

from acctflows.documents.pdf.flow import Flow
from acctflows.documents.pdf.letterhead import LEFT, RIGHT, TEXT_WIDTH
from acctflows.documents.pdf.sheet import GREY, MM
from acctflows.documents.wording import country_name
from acctflows.money import NBSP
from acctflows.receivables.invoices.invoice_snapshot import (
    Address,
    PaymentAccount,
    Recipient,
    Supplier,
)
from acctflows.receivables.invoices.invoice_words import WORDS, bind
from acctflows.receivables.payment_code import NoCode, code_matrix, spaced

_SIZE = 10.0
_CODE_SIDE = 30 * MM
_CODE_LEFT = RIGHT - _CODE_SIDE
_POSTCODE_LAST = frozenset(("GB", "IE", "US", "CA", "AU"))


def sender_line(supplier: Supplier) -> str:
    """The agency on one line, for the window."""
    return " · ".join((supplier.legal_name, supplier.address.street, _town(supplier.address)))


def recipient_lines(recipient: Recipient, supplier: Supplier, language: str) -> tuple[str, ...]:
    """The recipient line by line; the country only where it is not the agency's."""
    address = recipient.address
    abroad = address.country and address.country != supplier.address.country
    country = country_name(address.country, language).upper() if abroad else ""
    lines = (recipient.legal_name, address.extra, address.street, _town(address), country)
    return tuple(line for line in lines if line.strip())


def footer(supplier: Supplier, language: str) -> tuple[tuple[str, ...], ...]:
    """The columns below a letter (§ 35a GmbHG)."""
    words, account = WORDS[language], supplier.account
    columns = (
        (supplier.legal_name, supplier.address.street, _town(supplier.address)),
        (
            f"{words['phone']} {supplier.phone}" if supplier.phone else "",
            supplier.email,
            supplier.website.removeprefix("https://"),
        ),
        (
            f"{words['represented']}: {', '.join(supplier.represented_by)}",
            supplier.register_court,
            supplier.register_number,
            f"{words['vat_id']} {supplier.vat_id}" if supplier.vat_id else "",
            f"{words['tax_number']} {supplier.tax_number}" if supplier.tax_number else "",
        ),
        (
            account.bank,
            f"IBAN{NBSP}{spaced(account.iban).replace(' ', NBSP)}",
            f"BIC{NBSP}{account.bic}" if account.bic else "",
        ),
    )
    return tuple(tuple(filter(None, column)) for column in columns)


def account_rows(
    account: PaymentAccount, references: Iterable[str], language: str
) -> list[tuple[str, str]]:
    """Label and value of each line of a transfer; any of the references will do."""
    words = WORDS[language]
    rows = (
        (words["holder"], account.holder),
        ("IBAN", spaced(account.iban)),
        ("BIC", account.bic),
        (words["bank"], account.bank),
        (words["purpose"], words["or"].join(dict.fromkeys(filter(None, references)))),
    )
    return [(label, bind(value)) for label, value in rows if value]


def draw_payment(
    flow: Flow,
    *,
    sentences: Sequence[str],
    account: Sequence[tuple[str, str]],
    code: str | NoCode,
    language: str,
) -> None:
    """The sentences and the account on the left, the payment code on the right, kept together.

    Args:
        flow: Where to draw.
        sentences: What to pay by when.
        account: Label and value of each line, from `account_rows`; empty where nothing is asked.
        code: The text of the payment code, or why there is none.
        language: ``de`` or ``en``.
    """
    sheet, faces = flow.sheet, flow.sheet.faces
    coded = isinstance(code, str)
    width = _CODE_LEFT - LEFT - 10 * MM if coded else TEXT_WIDTH
    wrapped = [faces.wrap(text, _SIZE, width) for text in sentences]
    tall = sum(len(lines) * 13.5 + 5 for lines in wrapped) + len(account) * 13.5 + 8
    caption = faces.wrap(WORDS[language]["scan"], 7.5, _CODE_SIDE)
    code_tall = _CODE_SIDE + len(caption) * 9 + 6 if coded else 0.0
    flow.need(max(tall, code_tall))
    top = flow.y
    for lines in wrapped:
        flow.y = sheet.lines(LEFT, flow.y + _SIZE, lines, size=_SIZE, leading=13.5) - _SIZE + 5
    flow.y += 2
    label_width = max([faces.width(label, 9) for label, _ in account], default=0) + 10
    for label, value in account:
        sheet.text(LEFT, flow.y + 9, label, size=9, colour=GREY)
        values = faces.wrap(value, 9, width - label_width)
        flow.y = sheet.lines(LEFT + label_width, flow.y + 9, values, size=9, leading=13) - 9
    if isinstance(code, str):
        sheet.matrix(code_matrix(code), _CODE_LEFT, top, _CODE_SIDE)
        sheet.lines(_CODE_LEFT, top + _CODE_SIDE + 10, caption, size=7.5, leading=9, colour=GREY)
    flow.y = max(flow.y, top + code_tall) + 6


def _town(address: Address) -> str:
    if address.country in _POSTCODE_LAST:
        return f"{address.city} {address.postal_code}".strip()
    return f"{address.postal_code} {address.city}".strip()
