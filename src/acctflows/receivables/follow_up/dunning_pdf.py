"""Draws a letter about open invoices: items with their levels, the sum, how and by when to pay."""

from acctflows.documents.pdf.faces import BOLD
from acctflows.documents.pdf.flow import Flow, writing_letter
from acctflows.documents.pdf.letterhead import LEFT, RIGHT, Letterhead, Stationery
from acctflows.documents.pdf.sheet import MM
from acctflows.documents.pdf.table import Cell, Column, Row, draw_table
from acctflows.receivables.follow_up.dunning_snapshot import DunningSnapshot, LetterItem
from acctflows.receivables.follow_up.dunning_words import (
    WORDS,
    ancillary_words,
    later_words,
    payment_words,
    said,
    standing_words,
)
from acctflows.receivables.invoices.invoice_words import short_date
from acctflows.receivables.letter_parts import (
    account_rows,
    draw_payment,
    footer,
    recipient_lines,
    sender_line,
)

_SUM_LEFT = LEFT + 75 * MM
_SUM_HEIGHT = 40.0
_COLUMNS = (("invoice", 56), ("due_on", 23), ("level", 36), ("gross", 25), ("open", 25))
"""Heads and widths in millimetres; from the fourth on they hold numbers."""


def render_dunning_letter(snapshot: DunningSnapshot, *, stationery: Stationery) -> bytes:
    """The letter as a PDF, byte for byte the same for the same input.

    Args:
        snapshot: All facts.
        stationery: Typefaces, colour and logo.

    Raises:
        InputError: A text has a character that no typeface has, or the recipient's address does
            not fit into the window.
    """
    words = WORDS[snapshot.language]
    with writing_letter(
        stationery.faces,
        _letterhead(snapshot, stationery),
        title=f"{snapshot.title} {snapshot.number}",
        language=snapshot.language,
        number=words["page"].format,
    ) as flow:
        _draw_opening(flow, snapshot)
        _draw_items(flow, snapshot)
        _draw_sum(flow, snapshot)
        _draw_payment(flow, snapshot)
        _draw_closing(flow, snapshot)
    return flow.pdf


def must_appear(snapshot: DunningSnapshot) -> list[str]:
    """What a reader must find in the finished letter."""
    language = snapshot.language
    shown = (*snapshot.asked, *snapshot.credits)
    texts = [
        *(said(text, snapshot) for text in (snapshot.opening, snapshot.closing)),
        *(snapshot.title, snapshot.number, snapshot.recipient.legal_name),
        *(item.label for item in snapshot.items),
        *(snapshot.money(item.open_minor).format(language) for item in shown),
        snapshot.money(snapshot.to_pay_minor).format(language),
        *payment_words(snapshot),
        ancillary_words(snapshot),
        snapshot.supplier.account.iban,
        snapshot.reference or snapshot.purpose,
    ]
    return [text for text in texts if text]


def _letterhead(snapshot: DunningSnapshot, stationery: Stationery) -> Letterhead:
    words, language, supplier = WORDS[snapshot.language], snapshot.language, snapshot.supplier
    writer = snapshot.writer
    rows = (
        (words["number"], snapshot.number),
        (words["date"], short_date(snapshot.decided_on, language)),
        (words["payable"], short_date(snapshot.asked_until, language)),
        (words["client"], snapshot.recipient.number),
        (words["writer"], writer.name),
        (words["phone"], writer.phone),
        (words["email"], writer.email),
    )
    return Letterhead(
        sender=sender_line(supplier),
        address=recipient_lines(snapshot.recipient, supplier, language),
        information=tuple((label, value) for label, value in rows if value),
        running_title=f"{snapshot.title} {snapshot.number} · {snapshot.recipient.legal_name}",
        footer=footer(supplier, language),
        colour=stationery.colour,
        logo=stationery.logo,
        name=supplier.short_name,
    )


def _draw_opening(flow: Flow, snapshot: DunningSnapshot) -> None:
    flow.paragraph(
        f"{snapshot.title} {snapshot.number}",
        size=16,
        leading=20,
        weight=BOLD,
        colour=flow.colour,
        after=5,
    )
    flow.paragraph(f"{snapshot.greeting},", after=5)
    flow.paragraph(said(snapshot.opening, snapshot), after=9)


def _draw_items(flow: Flow, snapshot: DunningSnapshot) -> None:
    words = WORDS[snapshot.language]
    draw_table(
        flow,
        [
            Column(words[head], width * MM, number=at > 2)
            for at, (head, width) in enumerate(_COLUMNS)
        ],
        _rows(snapshot),
        tail=_SUM_HEIGHT,
        carried=lambda minor: snapshot.money(minor).format(snapshot.language),
        carried_label=words["carried"],
    )


def _rows(snapshot: DunningSnapshot) -> list[Row]:
    """What the letter is about, what is also open, and what is deducted."""
    also = (WORDS[snapshot.language]["also"], "", "", "", "")
    return [
        *(_row(snapshot, item) for item in snapshot.demanded),
        *([Row(tuple(Cell(text, weight=BOLD) for text in also), 0)] if snapshot.others else []),
        *(_row(snapshot, item) for item in (*snapshot.others, *snapshot.credits)),
    ]


def _row(snapshot: DunningSnapshot, item: LetterItem) -> Row:
    words, language = WORDS[snapshot.language], snapshot.language
    amount = snapshot.money(item.open_minor).format(language)
    if item in snapshot.credits:
        return Row((Cell(item.label), Cell(""), Cell(""), Cell(""), Cell(amount)), item.open_minor)
    issued = short_date(item.issued_on, language) if item.issued_on else ""
    notes = [words["issued"].format(issued)] if issued else []
    if item.default_since:
        interest = snapshot.money(item.interest_minor).format(language)
        day = short_date(item.default_since, language)
        notes.append(words["default"].format(day=day, interest=interest))
    cells = (
        Cell(item.label, "\n".join(notes), BOLD),
        Cell(short_date(item.due_on, language) if item.due_on else ""),
        Cell(standing_words(item, language)),
        Cell(snapshot.money(item.gross_minor).format(language)),
        Cell(amount),
    )
    return Row(cells, item.open_minor)


def _draw_sum(flow: Flow, snapshot: DunningSnapshot) -> None:
    sheet = flow.sheet
    flow.need(_SUM_HEIGHT)
    y = flow.y + 19
    sheet.text(
        _SUM_LEFT, y, WORDS[snapshot.language]["sum"], size=11.5, weight=BOLD, colour=flow.colour
    )
    amount = snapshot.money(snapshot.to_pay_minor).format(snapshot.language)
    sheet.text(RIGHT, y, amount, size=11.5, weight=BOLD, colour=flow.colour, align="right")
    sheet.rule(_SUM_LEFT, y + 6.5, RIGHT - _SUM_LEFT, colour=flow.colour, thickness=1)
    flow.y += _SUM_HEIGHT


def _draw_payment(flow: Flow, snapshot: DunningSnapshot) -> None:
    references = (snapshot.reference, snapshot.purpose)
    draw_payment(
        flow,
        sentences=payment_words(snapshot),
        account=account_rows(snapshot.supplier.account, references, snapshot.language),
        code=snapshot.payment_code,
        language=snapshot.language,
    )


def _draw_closing(flow: Flow, snapshot: DunningSnapshot) -> None:
    words = WORDS[snapshot.language]
    for text in (ancillary_words(snapshot), later_words(snapshot)):
        if text:
            flow.paragraph(text)
    flow.paragraph(said(snapshot.closing, snapshot), after=12)
    name = snapshot.writer.name or snapshot.supplier.legal_name
    flow.need(32)
    flow.paragraph(words["regards"], after=4)
    flow.paragraph(name, weight=BOLD)
