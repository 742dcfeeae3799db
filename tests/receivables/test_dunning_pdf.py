from collections.abc import Callable, Sequence
from datetime import date

import pytest
from PIL import Image

from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdf.faces import load_faces
from acctflows.documents.pdf.letterhead import Stationery
from acctflows.documents.pdfcheck import check_pdf
from acctflows.receivables.follow_up.dunning_items import Role
from acctflows.receivables.follow_up.dunning_pdf import must_appear, render_dunning_letter
from acctflows.receivables.follow_up.dunning_snapshot import DunningSnapshot
from acctflows.receivables.follow_up.dunning_words import payment_words, said
from acctflows.receivables.payment_code import NoCode, code_matrix, read_payload
from tests.conftest import ROOT, Golden
from tests.documents.pdf.reading import picture, read_as_text, read_pages
from tests.receivables.letters import final, make_credit, make_item, make_letter

Render = Callable[[DunningSnapshot], bytes]

COURTESY = make_letter(
    title="Zahlungshinweis",
    level=0,
    mail="dunning_courtesy_note",
    pay_by=None,
    items=[make_item(role=Role.COURTESY, level=0, level_name="", due_on=date(2026, 11, 27))],
)
LETTERS = {
    "courtesy.de": COURTESY,
    "reminder.de": make_letter(),
    "final.de": final(),
    "final.en": final("en"),
    "francs.en": make_letter("en", currency="CHF"),
    "sixty.de": make_letter(items=[make_item(n, role=Role.STEP) for n in range(1, 61)]),
}


@pytest.fixture(scope="module")
def render(tmp_path_factory: pytest.TempPathFactory) -> Render:
    stationery = Stationery(
        faces=load_faces(install_fonts(tmp_path_factory.mktemp("home")).folder),
        colour="#1f4e5f",
        logo=(ROOT / "templates" / "agency" / "logo.png").read_bytes(),
    )
    return lambda snapshot: render_dunning_letter(snapshot, stationery=stationery)


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_reads_as_it_always_did(render: Render, name: str, golden: Golden) -> None:
    pdf = render(LETTERS[name])
    golden(f"letters/{name}.txt", read_as_text(pdf))


@pytest.mark.parametrize("name", LETTERS)
def test_everything_can_be_read_in_the_letter(render: Render, name: str) -> None:
    report = check_pdf(render(LETTERS[name]), must_appear=must_appear(LETTERS[name]))

    assert report.problems == ()
    assert report.fonts == ("SourceSansPro-Regular", "SourceSansPro-Semibold")


def test_the_same_facts_give_the_same_bytes(render: Render) -> None:
    stored = LETTERS["final.de"].model_dump(mode="json")

    assert render(DunningSnapshot.model_validate(stored)) == render(LETTERS["final.de"])


def test_the_code_asks_for_the_sum_of_the_letter_with_a_reference_that_is_matched() -> None:
    one = read_payload(str(LETTERS["reminder.de"].payment_code))
    assert (one.amount.minor, one.reference, one.text) == (119_000, "RF93RE20260017", "")

    several = read_payload(str(LETTERS["final.de"].payment_code))
    assert several.amount.minor == 690_050 + 119_000 + 20_000 - 10_000
    assert several.text == "RE-2026-0009 RE-2026-0017 RE-2026-0018"
    assert several.reference == ""


def test_more_numbers_than_a_transfer_takes_are_paid_by_the_number_of_the_letter() -> None:
    many = LETTERS["sixty.de"]

    assert many.purpose == "M-2026-0001 K-1001"
    assert read_payload(str(many.payment_code)).text == "M-2026-0001 K-1001"


def test_other_currencies_have_no_code() -> None:
    assert isinstance(LETTERS["francs.en"].payment_code, NoCode)


def test_the_code_on_the_page_is_the_one_of_the_letter(render: Render) -> None:
    shown = picture(render(LETTERS["reminder.de"]))

    assert _holds(shown, code_matrix(str(LETTERS["reminder.de"].payment_code)))


def _holds(page: Image.Image, matrix: Sequence[Sequence[bool]]) -> bool:
    """Whether the matrix stands somewhere in the right part of the page."""
    side = 30 * 72 / 25.4 * 4
    unit = side / len(matrix)
    left = (210 - 20 - 30) * 72 / 25.4 * 4
    for top in range(int(90 * 72 / 25.4 * 4), page.height - int(side)):
        if all(
            (page.getpixel((int(left + (x + 0.5) * unit), int(top + (y + 0.5) * unit))) < 128)
            == dark
            for y, row in enumerate(matrix)
            for x, dark in enumerate(row)
        ):
            return True
    return False


def test_what_is_not_due_is_shown_but_not_asked_for() -> None:
    letter = final()

    assert [item.label for item in letter.later] == ["RE-2026-0025"]
    assert letter.to_pay_minor == sum(i.open_minor for i in (*letter.asked, *letter.credits))


def test_a_credit_names_where_it_comes_from(render: Render) -> None:
    (text,) = read_pages(render(make_letter(items=[make_item(), make_credit(-1_000)])))

    assert "Guthaben aus Zahlung vom 12.11.2026" in " ".join(text.split())
    assert "1.180,00" in text


def test_the_decision_is_found_again_in_the_snapshot() -> None:
    stored = DunningSnapshot.model_validate(final().model_dump(mode="json"))

    assert stored.letter == final().letter
    assert stored.letter.fingerprint == final().letter.fingerprint


def test_the_court_is_named_for_the_invoices_of_that_level_only(render: Render) -> None:
    letter = final()
    text = " ".join(" ".join(read_pages(render(letter))).split())

    assert [item.label for item in letter.demanded] == ["RE-2026-0009"]
    assert "Geht die Zahlung für RE-2026-0009 bis zum 1. Dezember 2026 nicht" in text
    assert text.index("RE-2026-0009 vom") < text.index("Ebenfalls offen")
    assert text.index("Ebenfalls offen") < text.index("RE-2026-0017 vom")
    assert "keine Zahlung erhalten" not in text


def test_the_day_set_before_stays_for_what_gets_no_new_level() -> None:
    waiting = make_item(18, role=Role.OVERDUE, level=1, open_minor=20_000)
    sentences = payment_words(make_letter(items=[make_item(), waiting]))

    assert "Für RE-2026-0018 bleibt es bei dem früher genannten Tag." in sentences
    many = [make_item(n, role=Role.OVERDUE, level=1) for n in range(20, 26)]
    sentences = payment_words(make_letter("en", items=[make_item(), *many]))
    assert "For the other invoices the earlier date still holds." in sentences
    assert len(payment_words(make_letter())) == 2


def test_many_invoices_are_counted_in_a_sentence_not_listed() -> None:
    many = [make_item(n, level=3) for n in range(1, 7)]

    six, three, english = final(items=many), final(items=many[:3]), final("en", items=many)

    assert "für die 6 zuerst genannten Rechnungen" in said(six.closing, six)
    assert "RE-2026-0001, RE-2026-0002 und RE-2026-0003" in said(three.closing, three)
    assert "payment of the 6 invoices named first" in said(english.closing, english)
