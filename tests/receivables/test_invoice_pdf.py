from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from acctflows.db.models.agency import Unit
from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdf.faces import Faces, load_faces
from acctflows.documents.pdfcheck import check_pdf
from acctflows.errors import InputError
from acctflows.receivables.invoices.invoice_making import cancelling
from acctflows.receivables.invoices.invoice_pdf import must_appear, payment_code, render_invoice
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot, InvoiceTax
from acctflows.receivables.invoices.invoice_words import WORDS, payment_words, tax_notice
from acctflows.receivables.payment_code import NoCode, code_matrix, read_payload
from tests.conftest import ROOT, Golden
from tests.documents.pdf.reading import picture, read_as_text, read_pages
from tests.receivables.invoices import (
    RECIPIENT,
    SUPPLIER,
    consumer,
    make_invoice,
    make_line,
    many_lines,
    reverse_charge,
    sample_lines,
)

LOGO = (ROOT / "templates" / "agency" / "logo.png").read_bytes()

PREPAID = [
    {
        "invoice_number": "RE-2026-0009",
        "received_on": date(2026, 9, 1),
        "gross_minor": 595_000,
        "tax_minor": 95_000,
    }
]

Render = Callable[[InvoiceSnapshot], bytes]


def prepaid(language: str = "de", **changes: Any) -> InvoiceSnapshot:
    """Two rates of tax, a payment on account, Skonto and a note."""
    book = make_line(4, title="Handbuch", tax_percent=Decimal(7), unit_price_minor=4_900)
    terms = {
        "due_on": date(2026, 12, 8),
        "days": 14,
        "basis": "contract_period",
        "skonto": {"percent": Decimal(2), "until": date(2026, 12, 1)},
    }
    values = {
        "lines": (*sample_lines(language), book),
        "prepayments": PREPAID,
        "terms": terms,
        "notes": "Vielen Dank für die gute Zusammenarbeit!",
        **changes,
    }
    return make_invoice(language, **values)


def cancelled(first: InvoiceSnapshot) -> InvoiceSnapshot:
    """The invoice that cancels it, two days later."""
    reason = "Der Stundensatz war falsch" if first.language == "de" else "The rate was wrong"
    return cancelling(first, number="RE-2026-0018", reason=reason, issued_on=date(2026, 11, 26))


def deposit(language: str) -> InvoiceSnapshot:
    """Thirty percent on a contract of two rates."""
    title = {"de": "Anzahlung von 30 % auf die Vergütung", "en": "Deposit of 30 % on the fees"}
    lines = tuple(
        make_line(
            n, title=title[language], unit=Unit.LUMP_SUM, unit_price_minor=price, tax_percent=tax
        )
        for n, (price, tax) in enumerate([(300_000, Decimal(19)), (3_000, Decimal(7))], 1)
    )
    return make_invoice(language, lines=lines, deposit=True, supplied=None)


NO_VAT_ID = SUPPLIER | {"vat_id": "", "tax_number": "27/123/45678"}

INVOICES = {
    "german": make_invoice(),
    "english": make_invoice("en"),
    "reverse_charge.de": reverse_charge("de"),
    "reverse_charge.en": reverse_charge("en"),
    "small_business": make_invoice(tax=InvoiceTax.SMALL_BUSINESS),
    "small_business.en": make_invoice("en", tax=InvoiceTax.SMALL_BUSINESS, supplier=NO_VAT_ID),
    "exempt": make_invoice(tax=InvoiceTax.EXEMPT, exemption_reason="§ 4 Nr. 21 UStG"),
    "cancelled.de": cancelled(make_invoice()),
    "cancelled.en": cancelled(make_invoice("en", tax=InvoiceTax.SMALL_BUSINESS)),
    "cancelled_prepaid": cancelled(prepaid()),
    "deposit.de": deposit("de"),
    "deposit.en": deposit("en"),
    "outside_scope": make_invoice("en", tax=InvoiceTax.OUTSIDE_SCOPE),
    "consumer": consumer(),
    "prepaid": prepaid(),
    "three_pages": make_invoice(lines=many_lines(38)),
}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    return load_faces(install_fonts(tmp_path_factory.mktemp("home")).folder)


@pytest.fixture
def render(faces: Faces) -> Render:
    def draw(snapshot: InvoiceSnapshot) -> bytes:
        return render_invoice(snapshot, faces=faces, colour="#1f4e5f", logo=LOGO)

    return draw


@pytest.mark.parametrize("name", INVOICES)
def test_an_invoice_reads_as_it_always_did(render: Render, name: str, golden: Golden) -> None:
    pdf = render(INVOICES[name])
    golden(f"invoices/{name}.txt", read_as_text(pdf))


@pytest.mark.parametrize("name", INVOICES)
def test_everything_arrives_in_our_own_embedded_typefaces(render: Render, name: str) -> None:
    pdf = render(INVOICES[name])
    report = check_pdf(pdf, must_appear=must_appear(INVOICES[name]))
    assert report.problems == ()
    assert report.fonts == ("SourceSansPro-Regular", "SourceSansPro-Semibold")
    assert b"Helvetica" not in pdf


def test_the_same_invoice_is_the_same_file_on_any_thread(render: Render) -> None:
    alone = {name: render(snapshot) for name, snapshot in INVOICES.items()}
    with ThreadPoolExecutor(4) as pool:
        again = dict(zip(INVOICES, pool.map(render, INVOICES.values()), strict=True))
    assert again == alone


def test_another_invoice_is_another_file(render: Render) -> None:
    assert render(make_invoice()) != render(make_invoice(number="RE-2026-0018"))


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (100, 7), (5000, 304)])
def test_one_line_or_five_thousand(render: Render, count: int, pages: int) -> None:
    snapshot = make_invoice(lines=many_lines(count))
    texts = read_pages(render(snapshot))
    assert len(texts) == pages
    assert f"Seite {pages} von {pages}" in texts[-1]
    assert snapshot.money(snapshot.totals.gross_minor).format("de") in "".join(texts[-2:]).replace(
        " €", "\u00a0€"
    )
    for number, text in enumerate(texts):
        assert text.count("Übertrag") == (number > 0) + (number < pages - 1)


def test_sums_carried_over_are_those_of_the_lines_before(render: Render) -> None:
    lines = tuple(make_line(n, title=f"Leistung {n}") for n in range(1, 61))
    first, *_ = read_pages(render(make_invoice(lines=lines)))
    shown = sum(f"Leistung {n} " in first for n in range(1, 61))
    assert f"Übertrag {shown * 100:,}".replace(",", ".") + ",00 €" in first


def hostile(word: str) -> InvoiceSnapshot:
    return make_invoice(
        recipient=RECIPIENT | {"legal_name": word},
        references={"project_title": word, "act_numbers": [word]},
        lines=[
            make_line(1, title=word, description=word),
            make_line(2, title="x" * 10_000, description="ß" * 10_000),
        ],
        notes=word,
    )


@pytest.mark.parametrize(
    "word",
    [
        "Müller & Söhne <b>GmbH</b> &amp; Co.",
        "{{ 7 * 7 }} {% raw %} %s $1 \\n (Tj) /Name",
        "ТОВ «Чайка» Київ",
        "Γλάρος Α.Ε.",
        "Start 🚀 und 😀 Ziel",
        "O’Neill – “quoted” … 100 % › ½ ™",
    ],
)
def test_hostile_words_arrive_as_they_were_given(render: Render, word: str) -> None:
    pdf = render(hostile(word))
    report = check_pdf(pdf, must_appear=[word, "x" * 10_000, "ß" * 10_000])
    assert report.problems == ()
    first = read_pages(pdf)[0]
    assert first.count(word) >= 3  # window, project and line


def test_words_in_no_known_letters_are_refused_rather_than_lost(render: Render) -> None:
    with pytest.raises(InputError, match=r"U\+65E5"):
        render(make_invoice(notes="日本"))


def test_an_incomplete_invoice_is_not_drawn(render: Render) -> None:
    with pytest.raises(InputError, match="Leistung fehlt"):
        render(make_invoice(supplied=None))


def test_the_code_on_the_page_is_the_payment_asked_for(render: Render) -> None:
    snapshot = make_invoice()
    payload = payment_code(snapshot)
    assert isinstance(payload, str)
    asked = read_payload(payload)
    assert (asked.amount.minor, asked.reference, asked.text) == (
        snapshot.totals.due_minor,
        "RF93RE20260017",
        "",
    )
    assert asked.iban == SUPPLIER["account"]["iban"]
    matrix = code_matrix(payload)
    assert read_matrix(render(snapshot), len(matrix)) == matrix


def read_matrix(pdf: bytes, modules: int) -> tuple[tuple[bool, ...], ...]:
    """The modules of the QR code in the picture: the only pure black on the page."""
    image = picture(pdf, scale=6)
    dark = image.point(lambda value: 255 if value < 8 else 0)
    left, top, right, bottom = dark.getbbox()
    # The code is 30 mm wide and ends at the right margin; other text is never pure black.
    side = (right - left) / modules
    assert abs((right - left) - (bottom - top)) <= 2
    return tuple(
        tuple(
            dark.getpixel((int(left + (x + 0.5) * side), int(top + (y + 0.5) * side))) > 0
            for x in range(modules)
        )
        for y in range(modules)
    )


@pytest.mark.parametrize(
    "snapshot",
    [
        make_invoice(currency="CHF"),
        make_invoice(prepayments=[PREPAID[0] | {"gross_minor": make_invoice().totals.gross_minor}]),
        make_invoice(prepayments=[PREPAID[0] | {"gross_minor": 9_999_999}]),
    ],
    ids=["francs", "settled", "credit"],
)
def test_where_no_code_may_be_there_is_none(render: Render, snapshot: InvoiceSnapshot) -> None:
    assert isinstance(payment_code(snapshot), NoCode)
    text = read_pages(render(snapshot))[0]
    assert "GiroCode" not in text
    if snapshot.totals.due_minor <= 0:
        assert "Bitte überweisen" not in text
        assert "Verwendungszweck" not in text


def test_what_was_paid_already_is_deducted_with_its_tax(render: Render) -> None:
    text = read_pages(render(prepaid()))[0].replace("\u00a0", " ")
    assert "abzüglich Zahlung vom 01.09.2026 auf RE-2026-0009 -5.950,00 €" in text
    assert "(darin 950,00 € USt)" in text
    assert "Zu zahlen 12.280,28 €" in text


def test_reverse_charge_says_the_literal_words_and_shows_no_tax(render: Render) -> None:
    for language in ("de", "en"):
        snapshot = reverse_charge(language)
        text = " ".join(read_pages(render(snapshot))[0].split())
        assert "Steuerschuldnerschaft des Leistungsempfängers" in text
        assert "DE136695976" in text
        assert "NL004495445B01" in text
        assert "19" not in WORDS[language]["tax"]
        assert "19 %" not in text
        assert "19%" not in text


def test_a_consumer_is_told_when_default_begins_and_a_business_is_not() -> None:
    assert "§\u00a0286 Abs.\u00a03 BGB" in payment_words(consumer())[-1]
    assert "§\u00a0286 (3) BGB" in payment_words(consumer("en"))[-1]
    assert not any("286" in words for words in payment_words(make_invoice()))


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("basis", ["contract_date", "contract_period", "invoice_only", "immediate"])
def test_every_due_rule_names_amount_and_day(language: str, basis: str) -> None:
    terms = {"due_on": date(2026, 12, 8), "days": 1, "basis": basis}
    snapshot = make_invoice(language, terms=terms)
    words = payment_words(snapshot)[0].replace("\u00a0", " ")
    assert ("8. Dezember 2026" if language == "de" else "8 December 2026") in words
    assert (
        snapshot.money(snapshot.totals.due_minor).format(language).replace("\u00a0", " ") in words
    )


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_treatment_without_tax_says_why(language: str) -> None:
    for tax in InvoiceTax:
        snapshot = make_invoice(language, tax=tax, exemption_reason="§ 4 Nr. 21 UStG")
        if tax is InvoiceTax.STANDARD:
            snapshot = make_invoice(language)
        assert bool(tax_notice(snapshot)) is (tax is not InvoiceTax.STANDARD)


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["de"].keys() == WORDS["en"].keys()


def test_all_units_and_a_reduction_are_shown(render: Render) -> None:
    lines = [
        make_line(n, title=f"Teil {n}", unit=unit, quantity=Decimal("2.5"))
        for n, unit in enumerate(Unit, start=1)
    ]
    lines.append(make_line(9, title="Nachlass", unit_price_minor=-5_000))
    text = read_pages(render(make_invoice(lines=lines)))[0].replace("\u00a0", " ")
    for words in ("2,5 Stunden", "2,5 Tage", "2,5 Monate", "2,5 Stück", "-50,00 €"):
        assert words in text
