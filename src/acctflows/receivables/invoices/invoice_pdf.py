"""Draws an invoice: a letter with a table, totals, how to pay and the notices the law asks for."""

from acctflows.documents.pdf.faces import BOLD, REGULAR, Faces
from acctflows.documents.pdf.flow import Flow, writing_letter
from acctflows.documents.pdf.letterhead import LEFT, RIGHT, Letterhead
from acctflows.documents.pdf.sheet import MM
from acctflows.documents.pdf.table import Cell, Column, Row, draw_table
from acctflows.documents.wording import percentage, quantity
from acctflows.money import Money
from acctflows.receivables.invoices.invoice_content import require_complete
from acctflows.receivables.invoices.invoice_snapshot import (
    InvoiceLine,
    InvoiceSnapshot,
    InvoiceTax,
)
from acctflows.receivables.invoices.invoice_words import (
    WORDS,
    heading,
    opening,
    payment_words,
    short_date,
    supply_words,
    tax_notice,
)
from acctflows.receivables.letter_parts import (
    account_rows,
    draw_payment,
    footer,
    recipient_lines,
    sender_line,
)
from acctflows.receivables.payment_code import NoCode, Payment, payment_payload

_SIZE, _LEADING = 10.0, 14.5
_TOTALS_LEFT = LEFT + 62 * MM


def render_invoice(
    snapshot: InvoiceSnapshot, *, faces: Faces, colour: str, logo: bytes = b""
) -> bytes:
    """The invoice as a PDF, byte for byte the same for the same input.

    Args:
        snapshot: All facts.
        faces: The typefaces, from `load_faces`.
        colour: The agency's colour, ``#rrggbb``.
        logo: PNG or JPEG; empty prints the agency's short name.

    Raises:
        InputError: When the law wants more than the invoice says, a text has a character that no
            typeface has, or the recipient's address does not fit into the window.
    """
    require_complete(snapshot, snapshot.language)
    words = WORDS[snapshot.language]
    with writing_letter(
        faces,
        _letterhead(snapshot, colour, logo),
        title=heading(snapshot),
        language=snapshot.language,
        number=words["page"].format,
    ) as flow:
        _draw_opening(flow, snapshot)
        _draw_lines(flow, snapshot)
        _draw_totals(flow, snapshot)
        _draw_notices(flow, snapshot)
        _draw_payment(flow, snapshot)
        if snapshot.notes:
            flow.paragraph(snapshot.notes)
    return flow.pdf


def must_appear(snapshot: InvoiceSnapshot) -> list[str]:
    """What a reader must find in the finished document."""
    totals, language = snapshot.totals, snapshot.language
    texts = [
        *(snapshot.number, snapshot.supplier.legal_name, snapshot.recipient.legal_name),
        *(snapshot.supplier.vat_id, snapshot.supplier.tax_number),
        *(line.title for line in snapshot.lines),
        *(line.description for line in snapshot.lines),
        *(snapshot.money(line.net_minor).format(language) for line in snapshot.lines),
        snapshot.money(totals.gross_minor).format(language),
        opening(snapshot) if snapshot.cancels else "",
        tax_notice(snapshot),
        *payment_words(snapshot),
        snapshot.notes,
    ]
    if totals.due_minor > 0:
        texts += [snapshot.supplier.account.iban, snapshot.rf_reference, snapshot.purpose]
    return [text for text in texts if text]


def payment_code(snapshot: InvoiceSnapshot) -> str | NoCode:
    """The text of the invoice's payment code: what remains to be paid, with its reference."""
    account = snapshot.supplier.account
    return payment_payload(
        Payment(
            name=account.holder,
            iban=account.iban,
            bic=account.bic,
            amount=snapshot.money(snapshot.totals.due_minor),
            reference=snapshot.rf_reference,
            text="" if snapshot.rf_reference else snapshot.purpose,
        )
    )


def _letterhead(snapshot: InvoiceSnapshot, colour: str, logo: bytes) -> Letterhead:
    supplier, recipient = snapshot.supplier, snapshot.recipient
    return Letterhead(
        sender=sender_line(supplier),
        address=recipient_lines(recipient, supplier, snapshot.language),
        information=_information(snapshot),
        running_title=f"{heading(snapshot)} · {recipient.legal_name}",
        footer=footer(supplier, snapshot.language),
        colour=colour,
        logo=logo,
        name=supplier.short_name,
    )


def _information(snapshot: InvoiceSnapshot) -> tuple[tuple[str, str], ...]:
    words, language, references = WORDS[snapshot.language], snapshot.language, snapshot.references
    supplied = snapshot.supplied
    one_day = supplied is not None and supplied.first == supplied.last
    rows = (
        (words["number"], snapshot.number),
        (words["issued"], short_date(snapshot.issued_on, language)),
        (
            words["supplied_day" if one_day else "supplied"],
            supply_words(supplied, language) if supplied else "",
        ),
        (words["client"], snapshot.recipient.number),
        (words["client_vat"], snapshot.recipient.vat_id),
        (words["buyer_reference"], snapshot.recipient.buyer_reference),
        (words["project"], references.project_number),
        (words["contract"], references.contract_number),
        (words["cancels"], snapshot.cancels.number)
        if snapshot.cancels
        else (words["acts"], ", ".join(references.act_numbers)),
    )
    return tuple((label, value) for label, value in rows if value)


def _draw_opening(flow: Flow, snapshot: InvoiceSnapshot) -> None:
    flow.paragraph(
        heading(snapshot),
        size=16,
        leading=20,
        weight=BOLD,
        colour=flow.colour,
        after=5,
    )
    flow.paragraph(opening(snapshot), after=9)


def _draw_lines(flow: Flow, snapshot: InvoiceSnapshot) -> None:
    words, taxed = WORDS[snapshot.language], snapshot.tax is InvoiceTax.STANDARD
    widths = (11, 68, 25, 22, 13, 26) if taxed else (11, 79, 26, 23, 26)  # mm
    heads = ["position", "service", "quantity", "price", "tax", "amount"]
    if not taxed:
        heads = [*heads[:4], "amount_plain"]
    columns = [
        Column(words[head], width * MM, number=index > 1)
        for index, (head, width) in enumerate(zip(heads, widths, strict=True))
    ]
    draw_table(
        flow,
        columns,
        [_row(snapshot, line, taxed=taxed) for line in snapshot.lines],
        tail=_totals_height(flow, snapshot),
        carried=lambda minor: snapshot.money(minor).format(snapshot.language),
        carried_label=words["carried"],
    )


def _row(snapshot: InvoiceSnapshot, line: InvoiceLine, *, taxed: bool) -> Row:
    language = snapshot.language
    cells = [
        Cell(str(line.position)),
        Cell(line.title, line.description, BOLD),
        Cell(quantity(line.quantity, line.unit, language)),
        Cell(snapshot.money(line.unit_price_minor).format(language)),
        Cell(percentage(line.tax_percent, language)),
        Cell(snapshot.money(line.net_minor).format(language)),
    ]
    if not taxed:
        del cells[4]
    return Row(tuple(cells), line.net_minor)


def _totals(snapshot: InvoiceSnapshot) -> list[tuple[str, Money, bool]]:
    """Label, amount and whether it is bold, of each line of the totals but the last."""
    words, language, totals = WORDS[snapshot.language], snapshot.language, snapshot.totals
    money = snapshot.money
    taxed = snapshot.tax is InvoiceTax.STANDARD
    rows = [(words["net"], money(totals.net_minor), False)] if taxed else []
    if taxed:
        rows += [
            (
                words["tax_on"].format(
                    percentage(row.percent, language), money(row.net_minor).format(language)
                ),
                money(row.tax_minor),
                False,
            )
            for row in totals.rows
        ]
    if not snapshot.prepayments:
        return rows
    gross = words["gross_with_tax" if taxed else "gross"]
    rows.append((gross, money(totals.gross_minor), True))
    for paid in snapshot.prepayments:
        tax = words["prepaid_tax"].format(money(paid.tax_minor).format(language))
        label = words["prepaid"].format(short_date(paid.received_on, language), paid.invoice_number)
        rows.append((label + (tax if paid.tax_minor else ""), money(-paid.gross_minor), False))
    return rows


def _totals_height(flow: Flow, snapshot: InvoiceSnapshot) -> float:
    labels = [_label_lines(flow, label, amount) for label, amount, _ in _totals(snapshot)]
    return sum(len(lines) * _LEADING for lines in labels) + 46


def _label_lines(flow: Flow, label: str, amount: Money) -> list[str]:
    faces = flow.sheet.faces
    room = RIGHT - _TOTALS_LEFT - 8 - faces.width(amount.format("de"), _SIZE, BOLD)
    return faces.wrap(label, _SIZE, room, BOLD)


def _draw_totals(flow: Flow, snapshot: InvoiceSnapshot) -> None:
    words, totals, sheet = WORDS[snapshot.language], snapshot.totals, flow.sheet
    flow.need(_totals_height(flow, snapshot))
    flow.y += 6
    for label, amount, bold in _totals(snapshot):
        weight, y = BOLD if bold else REGULAR, flow.y + _SIZE
        text = amount.format(snapshot.language)
        sheet.text(RIGHT, y, text, size=_SIZE, weight=weight, align="right")
        lines = _label_lines(flow, label, amount)
        sheet.lines(_TOTALS_LEFT, y, lines, size=_SIZE, leading=_LEADING, weight=weight)
        flow.y += len(lines) * _LEADING
    minor = totals.due_minor
    if snapshot.cancels:
        label = words["cancelled"]
    elif snapshot.prepayments:
        label, minor = words["due" if minor >= 0 else "credit"], abs(minor)
    else:
        taxed = snapshot.tax is InvoiceTax.STANDARD
        label = words["gross_with_tax" if taxed else "gross"]
    sheet.rule(_TOTALS_LEFT, flow.y + 2, RIGHT - _TOTALS_LEFT, colour=flow.colour)
    flow.y += 6
    y = flow.y + 11.5
    sheet.text(_TOTALS_LEFT, y, label, size=11.5, weight=BOLD, colour=flow.colour)
    last = snapshot.money(minor).format(snapshot.language)
    sheet.text(RIGHT, y, last, size=11.5, weight=BOLD, colour=flow.colour, align="right")
    flow.y += 18
    sheet.rule(_TOTALS_LEFT, flow.y, RIGHT - _TOTALS_LEFT, colour=flow.colour, thickness=1)
    flow.y += 13


def _draw_notices(flow: Flow, snapshot: InvoiceSnapshot) -> None:
    notice = tax_notice(snapshot)
    if notice:
        flow.paragraph(notice, after=8)


def _draw_payment(flow: Flow, snapshot: InvoiceSnapshot) -> None:
    references = (snapshot.rf_reference, snapshot.purpose)
    account = snapshot.supplier.account
    draw_payment(
        flow,
        sentences=payment_words(snapshot),
        account=account_rows(account, references, snapshot.language)
        if snapshot.totals.due_minor > 0
        else [],
        code=payment_code(snapshot),
        language=snapshot.language,
    )
