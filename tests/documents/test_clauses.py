import zipfile
from io import BytesIO

import pytest
from docx import Document
from lxml import etree

from acctflows.contracts.sample import sample_context
from acctflows.documents.clauses import (
    AgreedWording,
    Clause,
    read_clauses,
    replace_wording,
)
from acctflows.documents.tags import W
from acctflows.documents.word import render_word
from acctflows.errors import InputError
from tests.conftest import ROOT
from tests.documents.test_comparison import AT
from tests.documents.tracked_changes import document_xml
from tests.documents.word_files import (
    bare_word_file,
    changed,
    paragraph_xml,
    table_xml,
    with_body,
    word_file,
)


def contract(language: str) -> bytes:
    template = ROOT / "templates" / "documents" / "contract" / f"{language}.docx"
    context = sample_context(language)
    return render_word(template, context, created=AT, title="T", author="A").content


def body(*paragraphs: str) -> bytes:
    return with_body("".join(paragraph_xml(text) for text in paragraphs))


def seen(docx: bytes) -> list[tuple[str, str, str]]:
    return [(each.number, each.heading, each.text) for each in read_clauses(docx)]


def texts(docx: bytes) -> list[str]:
    return [each.text for each in read_clauses(docx)]


class TestReading:
    @pytest.mark.parametrize(
        ("language", "number", "heading", "begin"),
        [
            ("de", "§ 6 (3)", "Rechnung und Zahlung", "Rechnungen sind mit Ablauf von 14"),
            ("de", "§ 11 (2)", "Datenschutz", "Soweit die Agentur für den Auftraggeber"),
            ("de", "§ 11 (2) c)", "Datenschutz", "trifft technische und organisatorische"),
            ("de", "§ 15 (4)", "Schlussbestimmungen", "Ist eine Bestimmung unwirksam"),
            ("en", "6.3", "Invoices and payment", "Invoices fall due"),
            ("en", "12.2", "Liability", "For slight negligence"),
        ],
    )
    def test_a_clause_of_our_contract_has_the_number_its_reader_sees(
        self, language: str, number: str, heading: str, begin: str
    ) -> None:
        (found,) = [each for each in read_clauses(contract(language)) if each.number == number][:1]
        assert found.heading == heading
        assert found.text.replace("\u00a0", " ").startswith(begin)

    def test_a_table_belongs_to_the_clause_above(self) -> None:
        tables = [each for each in read_clauses(contract("de")) if each.is_table]
        assert [(each.number, each.heading) for each in tables[1:3]] == [
            ("§ 2 (1)", "Leistungen"),
            ("§ 3 (2)", "Zeitplan"),
        ]
        assert tables[1].text.splitlines()[0].startswith("Nr. | Leistung | Vertragsart | Menge")

    def test_typed_numbers(self) -> None:
        docx = body(
            "Rahmenvertrag", "§ 1 – Gegenstand", "(1) Erstens gilt dies.", "(2)\tZweitens das:",
            "a) dieses", "b) jenes", "(3) Drittens.", "§ 2", "Vergütung", "Ein Satz ohne Nummer.",
        )  # fmt: skip
        assert seen(docx) == [
            ("", "", "Rahmenvertrag"),
            ("§ 1 (1)", "Gegenstand", "Erstens gilt dies."),
            ("§ 1 (2)", "Gegenstand", "Zweitens das:"),
            ("§ 1 (2) a)", "Gegenstand", "dieses"),
            ("§ 1 (2) b)", "Gegenstand", "jenes"),
            ("§ 1 (3)", "Gegenstand", "Drittens."),
            ("§ 2", "Vergütung", "Ein Satz ohne Nummer."),
        ]

    def test_decimal_numbers_below_bold_headings(self) -> None:
        bold = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{}</w:t></w:r></w:p>"
        docx = with_body(
            bold.format("1. Scope")
            + paragraph_xml("1.1 The agency works.")
            + paragraph_xml("1.2 The client pays.")
            + bold.format("2. Fees")
            + paragraph_xml("2.1 Fees are net.")
        )
        assert seen(docx) == [
            ("1.1", "Scope", "The agency works."),
            ("1.2", "Scope", "The client pays."),
            ("2.1", "Fees", "Fees are net."),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "1. Dezember 2026 ist der Beginn.",
            "§ 640 BGB gilt.",
            "§ 7 gilt entsprechend.",
            "Artikel 28 DSGVO verlangt das.",
            "2026 wird geliefert.",
            "14.30 Uhr ist Beginn.",
            "1.500 Euro sind fällig.",
            "V. Schmidt ist Ansprechpartner.",
        ],
    )
    def test_what_only_looks_like_a_number_is_text(self, text: str) -> None:
        assert seen(body(text)) == [("", "", text)]

    def test_a_document_without_headings_and_numbers_has_its_paragraphs(self) -> None:
        docx = word_file("Wir arbeiten für Sie.", "", "Sie zahlen.", rows=[("a", "b"), ("c", "d")])
        assert [(each.index, each.text, each.is_table) for each in read_clauses(docx)] == [
            (0, "Wir arbeiten für Sie.", False),
            (2, "Sie zahlen.", False),
            (3, "a | b\nc | d", True),
        ]

    def test_roman_numbers_in_bold(self) -> None:
        docx = with_body(
            "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>IV. Haftung</w:t></w:r></w:p>"
            + paragraph_xml("1. Die Agentur haftet.")
        )
        assert seen(docx) == [("IV 1", "Haftung", "Die Agentur haftet.")]

    def test_numbers_of_a_damaged_file_do_not_break_the_reading(self) -> None:
        bad = '<w:outlineLvl w:val="x"/><w:numPr><w:ilvl w:val="x"/><w:numId w:val="x"/></w:numPr>'
        sign = '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:sym w:char="zz"/></w:r></w:p>'
        assert texts(with_body(paragraph_xml("Text.", properties=bad) + sign)) == ["Text."]

    def test_headings_by_style_also_where_word_speaks_german(self) -> None:
        document = Document()
        document.styles["Heading 1"].element.set(W + "styleId", "berschrift1")
        document.add_paragraph("Haftung", style="Heading 1")
        document.add_paragraph("Die Agentur haftet.")
        packed = BytesIO()
        document.save(packed)
        assert seen(packed.getvalue()) == [("", "Haftung", "Die Agentur haftet.")]

    def test_a_sentence_in_a_headings_style_is_a_clause(self) -> None:
        long = "The agency is liable for intent and gross negligence, and in no other case at all."
        document = Document()
        document.add_heading("Liability", 1)
        document.add_heading(long, 2)
        packed = BytesIO()
        document.save(packed)
        assert seen(packed.getvalue()) == [("", "Liability", long)]

    def test_only_what_is_shown_is_text(self) -> None:
        run = "<w:r><w:t>{}</w:t></w:r>"
        docx = with_body(
            "<w:p><w:r><w:t>eins</w:t><w:tab/><w:t>zwei</w:t><w:br/><w:t>drei</w:t>"
            '<w:footnoteReference w:id="2"/></w:r><w:hyperlink>'
            + run.format("-Link")
            + '</w:hyperlink><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>'
            'REF x</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
            + run.format("-Feld")
            + '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:del w:id="1">'
            '<w:r><w:delText>fort</w:delText></w:r></w:del><w:ins w:id="2">'
            + run.format("-neu")
            + "</w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>versteckt</w:t></w:r></w:p>"
        )
        assert texts(docx) == ["eins\tzwei\ndrei-Link-Feld-neu"]

    def test_paragraphs_whose_end_was_deleted_are_one(self) -> None:
        docx = with_body(
            '<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr><w:r><w:t>eins </w:t></w:r></w:p>'
            + paragraph_xml("zwei")
            + '<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:trPr><w:del w:id="2"/></w:trPr><w:tc>'
            + paragraph_xml("fort")
            + "</w:tc></w:tr></w:tbl>"
        )
        assert texts(docx) == ["eins zwei"]

    def test_paragraphs_in_content_controls_are_read_and_text_boxes_are_not(self) -> None:
        docx = with_body(
            f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph_xml('darin')}</w:sdtContent></w:sdt>"
            f"<w:p><w:r><w:pict><w:txbxContent>{paragraph_xml('Kasten')}</w:txbxContent></w:pict>"
            "</w:r></w:p>"
        )
        assert texts(docx) == ["darin"]

    def test_what_is_no_word_file_is_refused(self) -> None:
        with pytest.raises(InputError, match="not a readable Word file"):
            read_clauses(b"%PDF-1.7")
        strict = changed(
            bare_word_file("x"),
            {"word/document.xml": lambda xml: xml.replace(b"schemas.openxml", b"purl.openxml")},
        )
        with pytest.raises(InputError, match="no text that we can read"):
            read_clauses(strict)


class TestWording:
    def replaced(self, docx: bytes, original: str, text: str, heading: str = "") -> bytes:
        return replace_wording(docx, [AgreedWording(heading, original, text)])

    def test_a_clause_of_our_contract_is_replaced_under_its_number(self) -> None:
        docx = contract("de")
        clause = next(each for each in read_clauses(docx) if each.number == "§ 12 (2)")
        result = self.replaced(docx, clause.text, "Die Haftung ist begrenzt.", clause.heading)
        before, after = read_clauses(docx), read_clauses(result)
        assert after == tuple(
            Clause(each.number, each.heading, "Die Haftung ist begrenzt.", each.index)
            if each == clause
            else each
            for each in before
        )
        assert _members(result) == _members(docx)

    def test_lines_become_clauses_that_are_numbered_on(self) -> None:
        docx = contract("de")
        clause = next(each for each in read_clauses(docx) if each.number == "§ 8 (1)")
        result = self.replaced(docx, clause.text, "Eins.\r\n\r\nZwei.\nDrei.", clause.heading)
        numbered = [(each.number, each.text[:5]) for each in read_clauses(result)]
        at = numbered.index(("§ 8 (1)", "Eins."))
        assert numbered[at : at + 4] == [
            ("§ 8 (1)", "Eins."),
            ("§ 8 (2)", "Zwei."),
            ("§ 8 (3)", "Drei."),
            ("§ 8 (4)", "Eine "),
        ]

    def test_an_empty_text_takes_the_clause_out_and_word_numbers_on(self) -> None:
        docx = contract("de")
        clause = next(each for each in read_clauses(docx) if each.number == "§ 8 (1)")
        result = self.replaced(docx, clause.text, " ", clause.heading)
        (rest,) = [each for each in read_clauses(result) if each.heading == "Änderungen"]
        assert (rest.number, rest.text[:20]) == ("§ 8 (1)", "Eine Änderung gilt, ")

    def test_look_typed_number_and_bookmarks_stay(self) -> None:
        docx = with_body(
            '<w:p><w:pPr><w:jc w:val="both"/></w:pPr><w:bookmarkStart w:id="1" w:name="a"/>'
            '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">(2) </w:t></w:r>'
            "<w:r><w:rPr><w:i/></w:rPr><w:t>Alter Text</w:t></w:r><w:r><w:t> hier.</w:t></w:r>"
            '<w:bookmarkEnd w:id="1"/></w:p>'
        )
        result = document_xml(self.replaced(docx, "Alter Text hier.", "Neuer & <Text>."))
        paragraph = result.find(f".//{W}p")
        assert [etree.QName(child).localname for child in paragraph] == [
            "pPr", "bookmarkStart", "bookmarkEnd", "r", "r",
        ]  # fmt: skip
        runs = [("".join(run.itertext()), run[0][0].tag) for run in paragraph.iter(W + "r")]
        assert runs == [("(2) ", W + "b"), ("Neuer & <Text>.", W + "i")]

    def test_values_may_have_changed_since(self) -> None:
        docx = body("Zahlbar binnen 30 Tagen nach Zugang.", "Der Auftraggeber liefert Texte.")
        result = self.replaced(docx, "Zahlbar binnen 14 Tagen nach Zugang.", "Neu.")
        assert texts(result) == ["Neu.", "Der Auftraggeber liefert Texte."]

    def test_spaces_do_not_matter(self) -> None:
        assert texts(self.replaced(body("§\u00a0640 BGB  gilt."), "§ 640 BGB gilt.", "N.")) == [
            "N."
        ]

    @pytest.mark.parametrize(
        ("paragraphs", "original", "heading", "message"),
        [
            (["Ein Text."], "Ein Text.", "Haftung", "no clause under this heading"),
            (["Ein Text."], "Etwas ganz anderes hier", "", "No clause under this heading reads"),
            (["Frist 14 Tage ab A.", "Frist 14 Tage ab B."], "Frist 14 Tage ab C.", "",
             "Several clauses"),
            (["Zweimal.", "Zweimal."], "Zweimal.", "", "more than once"),
        ],
    )  # fmt: skip
    def test_a_place_that_is_not_clear_is_refused(
        self, paragraphs: list[str], original: str, heading: str, message: str
    ) -> None:
        with pytest.raises(InputError, match=message) as caught:
            self.replaced(body(*paragraphs), original, "Neu.", heading)
        assert original in str(caught.value)
        assert caught.value.todo

    def test_a_tables_wording_is_refused(self) -> None:
        docx = with_body(table_xml([("1", "Konzept")]) + paragraph_xml(""))
        with pytest.raises(InputError, match="table's wording cannot be replaced"):
            self.replaced(docx, "1 | Konzept", "x")

    def test_two_wordings_for_one_place_are_refused(self) -> None:
        docx = body("Zahlbar binnen 30 Tagen nach Zugang.", "Anderes.")
        wordings = [
            AgreedWording("", "Zahlbar binnen 30 Tagen nach Zugang.", "A."),
            AgreedWording("", "Zahlbar binnen 14 Tagen nach Zugang.", "B."),
        ]
        with pytest.raises(InputError, match="Two agreed wordings"):
            replace_wording(docx, wordings)

    def test_a_section_still_ends_where_it_ended(self) -> None:
        section = "<w:sectPr><w:cols/></w:sectPr>"
        docx = with_body(paragraph_xml("Alt hier.", properties=section) + paragraph_xml("Rest."))
        longer = document_xml(self.replaced(docx, "Alt hier.", "Eins.\nZwei."))
        ends = [p.find(f"{W}pPr/{W}sectPr") is not None for p in longer.iter(W + "p")]
        assert ends == [False, True, False]
        gone = document_xml(self.replaced(docx, "Alt hier.", ""))
        ends = [p.find(f"{W}pPr/{W}sectPr") is not None for p in gone.iter(W + "p")]
        assert ends == [True, False]

    def test_a_content_control_keeps_a_paragraph(self) -> None:
        inside = paragraph_xml("Nur das.")
        docx = with_body(f"<w:sdt><w:sdtContent>{inside}</w:sdtContent></w:sdt>")
        result = document_xml(self.replaced(docx, "Nur das.", ""))
        assert [len(p) for p in result.iter(W + "p")] == [0]

    def test_two_tables_do_not_become_one(self) -> None:
        table = table_xml([("a",)])
        docx = with_body(table + paragraph_xml("Dazwischen.") + table + paragraph_xml(""))
        result = document_xml(self.replaced(docx, "Dazwischen.", ""))
        kinds = [etree.QName(child).localname for child in result[0]]
        assert kinds == ["tbl", "p", "tbl", "p", "sectPr"]

    def test_equal_input_gives_equal_bytes(self) -> None:
        docx = contract("en")
        clause = next(each for each in read_clauses(docx) if each.number == "6.3")
        first, again = (self.replaced(docx, clause.text, "x", clause.heading) for _ in range(2))
        assert first == again
        with zipfile.ZipFile(BytesIO(first)) as archive:
            assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name != "word/document.xml"]
        return {name: archive.read(name) for name in names}
