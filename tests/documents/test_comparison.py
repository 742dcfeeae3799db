import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from acctflows.contracts.presenting import word_context
from acctflows.contracts.sample import sample_snapshot
from acctflows.documents.clauses import AgreedWording, Clause, read_clauses, replace_wording
from acctflows.documents.comparison import (
    ChangedBlock,
    Piece,
    changed_parts,
    compare_blocks,
    compare_word,
)
from acctflows.documents.tags import W
from acctflows.documents.word import render_word
from acctflows.errors import InputError
from tests.conftest import ROOT, Golden
from tests.documents.tracked_changes import accepted, document_xml, rejected, without_changes
from tests.documents.word_files import (
    bare_word_file,
    changed,
    paragraph_xml,
    table_xml,
    with_body,
    with_notes,
    with_text_box,
    word_file,
)

AT = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)

WORDS = st.sampled_from(
    [
        "Agentur",
        "haftet",
        "14",
        "30",
        "Tage",
        "1.234,50\u00a0€",
        "§\u00a0640",
        "und",
        "ä,",
        "\t",
        "\n",
    ]
)
TEXT = st.lists(WORDS, max_size=9).map(" ".join)
PARAGRAPH = st.lists(TEXT, max_size=3).map(lambda runs: paragraph_xml(*runs))
CELLS = st.lists(TEXT, min_size=1, max_size=3)
TABLE = st.lists(CELLS, min_size=1, max_size=4).map(table_xml)
BODY = st.tuples(st.lists(st.one_of(PARAGRAPH, PARAGRAPH, TABLE), max_size=7), PARAGRAPH).map(
    lambda parts: with_body("".join([*parts[0], parts[1]]))
)


def compared(old: bytes, new: bytes) -> bytes:
    return compare_word(old, new, author="Lena Hansen", at=AT)


def body(*paragraphs: str) -> bytes:
    return with_body("".join(paragraph_xml(text) for text in paragraphs))


def marked(content: bytes) -> str:
    """The body in one line: ``[-gone-]``, ``{+came+}``, paragraphs ended by ``¶``."""
    written = ""
    for element in document_xml(content).iter(W + "t", W + "delText", W + "pPr", W + "p"):
        if element.tag == W + "p":
            end = element.find(f"{W}pPr/{W}rPr")
            kinds = set() if end is None else {etree.QName(each).localname for each in end}
            written += "¶" + "".join(sorted(kinds & {"ins", "del"}))
        elif element.tag == W + "delText":
            written += f"[-{element.text}-]"
        elif element.tag == W + "t":
            parent = element.getparent().getparent()
            written += f"{{+{element.text}+}}" if parent.tag == W + "ins" else element.text or ""
    return written


class TestTrackedChanges:
    @settings(max_examples=60)
    @given(BODY, BODY)
    def test_accepting_all_gives_the_new_text_and_rejecting_all_the_old(
        self, old: bytes, new: bytes
    ) -> None:
        result = compared(old, new)
        assert _texts_but_end(accepted(result)) == _texts_but_end(without_changes(new))
        assert _texts_but_end(rejected(result)) == _texts_but_end(without_changes(old))

    @settings(max_examples=60)
    @given(st.lists(TEXT, min_size=1, max_size=8), st.lists(TEXT, min_size=1, max_size=8))
    def test_paragraphs_come_out_exactly_also_at_the_very_end(
        self, before: list[str], after: list[str]
    ) -> None:
        old, new = body(*before), body(*after)
        result = compared(old, new)
        assert accepted(result) == without_changes(new)
        assert rejected(result) == without_changes(old)

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            (["fällig nach 14 Tagen."], ["fällig nach 30 Tagen."],
             "¶fällig nach [-14-]{+30+} Tagen."),
            (["am 1. Mai 2026 fällig"], ["am 12. Juni 2026 fällig"],
             "¶am [-1. Mai-]{+12. Juni+} 2026 fällig"),
            (["Sie zahlt 1.234,50 € sofort an uns"], ["Sie zahlt 1.234,60 € sofort an uns"],
             "¶Sie zahlt [-1.234,50-]{+1.234,60+} € sofort an uns"),
            (["die Abnahme gilt so"], ["die Abnahmen gilt so"],
             "¶die [-Abnahme-]{+Abnahmen+} gilt so"),
            (["eins zwei", "drei vier"], ["eins zwei", "neu hier", "drei vier"],
             "¶eins zwei¶ins{+neu hier+}¶drei vier"),
            (["eins zwei", "drei vier"], ["eins zwei mehr", "neu hier", "drei vier"],
             "¶inseins zwei{+ mehr+}¶{+neu hier+}¶drei vier"),
            (["eins zwei", "weg damit", "drei vier"], ["eins zwei", "drei vier"],
             "¶eins zwei¶del[-weg damit-]¶drei vier"),
            (["eins zwei"], ["eins zwei", "neu hier"], "¶inseins zwei¶{+neu hier+}"),
            (["eins zwei", "weg damit"], ["eins zwei"], "¶deleins zwei¶[-weg damit-]"),
            (["ganz alt", "mit Rest"], ["etwas Neues", "mit Rest"],
             "¶del[-ganz alt-]¶ins{+etwas Neues+}¶mit Rest"),
            (["ganz und gar alt"], ["etwas Neues"], "¶[-ganz und gar alt-]{+etwas Neues+}"),
        ],
    )  # fmt: skip
    def test_whole_words_and_numbers_are_marked(
        self, before: list[str], after: list[str], expected: str
    ) -> None:
        assert marked(compared(body(*before), body(*after))) == expected

    def test_the_look_of_what_stays_and_of_what_is_gone_is_kept(self) -> None:
        bold = (
            "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Frist von {} Tagen</w:t></w:r>"
            '<w:r><w:t xml:space="preserve"> ab Zugang</w:t></w:r></w:p>'
        )
        result = document_xml(compared(with_body(bold.format(14)), with_body(bold.format(30))))
        looks = [
            ("".join(run.itertext()), run.find(f"{W}rPr/{W}b") is not None)
            for run in result.iter(W + "r")
        ]
        assert looks == [
            ("Frist von ", True), ("14", True), ("30", True), (" Tagen", True),
            (" ab Zugang", False),
        ]  # fmt: skip

    def test_author_date_and_ids(self) -> None:
        old = body("eins", "zwei drei vier", "fünf")
        new = with_body(
            '<w:p><w:bookmarkStart w:id="1" w:name="a"/><w:bookmarkEnd w:id="1"/></w:p>'
            + "".join(map(paragraph_xml, ["zwei neu vier", "sechs", "sieben"]))
        )
        marks = list(document_xml(compared(old, new)).iter(W + "ins", W + "del"))
        assert {mark.get(W + "author") for mark in marks} == {"Lena Hansen"}
        assert {mark.get(W + "date") for mark in marks} == {"2026-11-27T10:30:00Z"}
        ids = Counter(mark.get(W + "id") for mark in marks)
        assert set(ids.values()) == {1}
        assert "1" not in ids

    def test_rows_are_found_again_and_their_cells_compared(self) -> None:
        rows = [("Nr.", "Leistung", "Preis"), ("1", "Konzept und Entwurf", "900 €")]
        more = [*rows, ("2", "Pflege der Website", "50 €")]
        changed_rows = [rows[0], ("1", "Konzept und Entwurf", "950 €")]
        result = compared(
            with_body(table_xml(more) + paragraph_xml("")),
            with_body(table_xml(changed_rows) + paragraph_xml("")),
        )
        table = next(document_xml(result).iter(W + "tbl"))
        gone = [row.find(f"{W}trPr/{W}del") is not None for row in table.iter(W + "tr")]
        assert gone == [False, False, True]
        assert "[-900-]{+950+} €" in marked(result)

    def test_what_the_new_file_lacks_is_not_pointed_to(self) -> None:
        old = changed(
            word_file("bleibt so", "geht ganz fort"),
            {
                "word/document.xml": lambda xml: xml.replace(
                    b"<w:t>geht",
                    b'<w:rPr><w:rStyle w:val="OnlyOld"/></w:rPr><w:drawing/>'
                    b'<w:footnoteReference w:id="7"/><w:t>geht',
                ).replace(
                    b"<w:p><w:r><w:rPr>",
                    b'<w:p><w:pPr><w:pStyle w:val="OnlyOld"/><w:numPr><w:ilvl w:val="0"/>'
                    b'<w:numId w:val="99"/></w:numPr></w:pPr><w:r><w:rPr>',
                )
            },
        )
        result = compared(old, word_file("bleibt so"))
        xml = etree.tostring(document_xml(result)).decode()
        assert "geht ganz fort" in xml
        assert not re.search("OnlyOld|w:drawing|footnoteReference|w:numPr", xml)

    def test_fields_notes_and_links_of_the_new_version_stay_whole(self) -> None:
        field = (
            '<w:p><w:r><w:t xml:space="preserve">Siehe </w:t></w:r>'
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> REF x </w:instrText>'
            '</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>§ {}</w:t></w:r>'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:hyperlink w:anchor="x"><w:r>'
            "<w:t> oder die Seite {}</w:t></w:r></w:hyperlink></w:p>"
        )
        old, new = with_body(field.format(7, 2)), with_body(field.format(8, 3))
        result = compared(old, new)
        assert accepted(result) == ["Siehe § 8 oder die Seite 3"]
        assert rejected(result) == ["Siehe § 7 oder die Seite 2"]
        xml = etree.tostring(document_xml(result)).decode()
        order = re.findall('begin"|instrText>|separate"|delText|<w:ins|end"|<w:hyperlink', xml)
        assert order.index('separate"') < order.index("delText") < order.index('end"')

    def test_changes_tracked_before_are_taken_as_accepted(self) -> None:
        tracked = compared(body("eins zwei drei"), body("eins vier drei", "neu"))
        result = compared(body("eins zwei drei"), tracked)
        assert accepted(result) == ["eins vier drei", "neu"]
        assert rejected(result) == ["eins zwei drei"]

    def test_equal_input_gives_equal_bytes_and_no_other_part_is_touched(self) -> None:
        old, new = word_file("eins zwei", header="V 1"), word_file("eins drei", header="V 2")
        result = compared(old, new)
        assert result == compared(old, new)
        assert _members(result, but="word/document.xml") == _members(new, but="word/document.xml")

    def test_equal_files_have_no_changes(self) -> None:
        old = word_file("eins zwei", rows=[("a", "b")])
        assert not re.search(
            "w:ins |w:del ", etree.tostring(document_xml(compared(old, old))).decode()
        )
        assert compare_blocks(old, old) == ()

    def test_in_a_long_table_each_changed_row_is_found_again(self) -> None:
        rows = [(str(row), f"Leistung {row}", f"{row * 7} €") for row in range(1_000)]
        other = [(str(row), f"Leistung {row}", f"{row * 9} €") for row in range(1_000)]
        old, new = (with_body(table_xml(each) + paragraph_xml("")) for each in (rows, other))
        changes = compare_blocks(old, new)
        assert len(changes) == 999
        assert {change.kind for change in changes} == {"changed"}

    @pytest.mark.parametrize("content", [b"", b"not a file", bare_word_file("x")[:200]])
    def test_what_is_no_word_file_is_refused_in_words(self, content: bytes) -> None:
        with pytest.raises(InputError, match=r"Word file: .* → Open it in Word"):
            compared(content, body("x"))


class TestBlocks:
    def test_a_changed_clause_and_row_say_what_changed(self) -> None:
        old = with_body(
            paragraph_xml("§ 1 Zahlung") + paragraph_xml("(1) Zahlbar binnen 14 Tagen.")
            + paragraph_xml("(2) Fort damit.") + table_xml([("1", "Konzept", "900 €")])
            + paragraph_xml("")
        )  # fmt: skip
        new = with_body(
            paragraph_xml("§ 2 Zahlung") + paragraph_xml("(1) Zahlbar binnen 30 Tagen.")
            + table_xml([("1", "Konzept", "950 €"), ("2", "Texte", "40 €")])
            + paragraph_xml("")
        )  # fmt: skip
        assert compare_blocks(old, new) == (
            ChangedBlock("§ 2 (1)", "Zahlung", "changed", (
                Piece("same", "Zahlbar binnen "), Piece("removed", "14"), Piece("added", "30"),
                Piece("same", " Tagen."))),
            ChangedBlock("§ 1 (2)", "Zahlung", "removed", (Piece("removed", "Fort damit."),)),
            ChangedBlock("§ 2 (1)", "Zahlung", "changed", (
                Piece("same", "1 | Konzept | "), Piece("removed", "900"), Piece("added", "950"),
                Piece("same", " €"))),
            ChangedBlock("§ 2 (1)", "Zahlung", "added", (Piece("added", "2 | Texte | 40 €"),)),
        )  # fmt: skip

    def test_new_numbers_alone_are_no_change(self) -> None:
        old = body("§ 1 Zahlung", "(1) Eins gilt.", "(2) Zwei gilt.")
        new = body("§ 1 Zahlung", "(1) Neu dabei hier.", "(2) Eins gilt.", "(3) Zwei gilt.")
        assert [(each.kind, each.number) for each in compare_blocks(old, new)] == [
            ("added", "§ 1 (1)")
        ]

    def test_the_versions_number_at_the_head_is_no_change_but_elsewhere_it_is(self) -> None:
        texts = "Vertrag V-1 · Version {}", "§ 1 Gegenstand", "(1) Gepflegt wird Shop Version {}."
        old = with_body("".join(paragraph_xml(text.format(1)) for text in texts))
        new = with_body("".join(paragraph_xml(text.format(2)) for text in texts))
        assert [each.number for each in compare_blocks(old, new)] == ["§ 1 (1)"]

    def test_a_renamed_heading_is_a_change(self) -> None:
        old, new = body("§ 1 Haftung", "Text."), body("§ 1 Haftung und Gewähr", "Text.")
        (change,) = compare_blocks(old, new)
        assert (change.number, change.heading, change.kind) == (
            "§ 1",
            "Haftung und Gewähr",
            "changed",
        )

    def test_other_parts_are_named_unless_only_the_version_differs(self) -> None:
        old = with_notes(word_file("x", header="V-1 · Version 1", footer="Seite"), "footnotes", "a")
        new = with_notes(word_file("x", header="V-1 · Version 2", footer="Bank"), "footnotes", "b")
        assert changed_parts(old, new) == ("footer", "footnotes")
        assert changed_parts(old, old) == ()

    def test_text_boxes_are_named(self) -> None:
        old, new = (with_text_box(word_file("x"), text) for text in ("a", "b"))
        assert changed_parts(old, new) == ("text boxes",)
        assert compare_blocks(old, new) == ()

    def test_a_damaged_part_is_refused_in_words(self) -> None:
        old = word_file("x", header="y")
        damaged = changed(old, {"word/header1.xml": lambda xml: xml[:-9]})
        with pytest.raises(InputError, match=r"Word file: A part is damaged\."):
            changed_parts(old, damaged)


@dataclass(frozen=True)
class Agreed:
    replaced: str
    by: str
    before_added: str
    added: str
    removed: str


AGREED = {
    "de": Agreed(
        "Bei einfacher Fahrlässigkeit",
        "Die Haftung der Agentur ist je Kalenderjahr auf die gezahlte Vergütung begrenzt.",
        "Eine Änderung gilt",
        "Mehraufwand wird nach Stunden vergütet, die der Auftraggeber vorher freigibt.",
        "Für Schriften, Bilder",
    ),
    "en": Agreed(
        "For slight negligence",
        "The agency's liability per calendar year is limited to the fees paid.",
        "A change applies",
        "Additional work is paid by the hour once the client has approved it.",
        "Typefaces, images",
    ),
}


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_negotiated_contract_reads_as_its_comparison_says(language: str, golden: Golden) -> None:
    old, new = _versions(language)
    result = compared(old, new)
    assert accepted(result) == without_changes(new)
    assert rejected(result) == without_changes(old)
    golden(f"contracts/comparison.{language}.txt", _as_text(compare_blocks(old, new)))


def _versions(language: str) -> tuple[bytes, bytes]:
    """The sample contract, and with longer payment days, a dearer line and agreed wordings."""
    agreed = AGREED[language]
    snapshot = sample_snapshot(language)
    first, second = snapshot.lines
    dearer = second.model_copy(update={"unit_price_minor": 105_000, "net_minor": 630_000})
    terms = snapshot.terms.model_copy(update={"payment_days": 30})
    later = snapshot.model_copy(update={"lines": (first, dearer), "terms": terms})
    template = ROOT / "templates" / "documents" / "contract" / f"{language}.docx"
    old, new = (
        render_word(
            template, word_context(each, version=version), created=AT, title="T", author="A"
        ).content
        for version, each in enumerate((snapshot, later), start=1)
    )
    replaced = clause_that_begins(old, agreed.replaced)
    kept = clause_that_begins(old, agreed.before_added)
    removed = clause_that_begins(old, agreed.removed)
    wordings = [
        AgreedWording(replaced.heading, replaced.text, agreed.by),
        AgreedWording(kept.heading, kept.text, f"{kept.text}\n{agreed.added}"),
        AgreedWording(removed.heading, removed.text, ""),
    ]
    return old, replace_wording(new, wordings)


def clause_that_begins(docx: bytes, begin: str) -> Clause:
    return next(each for each in read_clauses(docx) if each.text.startswith(begin))


def _as_text(changes: Sequence[ChangedBlock]) -> str:
    signs = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(
        f"{change.kind}: {change.number} {change.heading}\n"
        f"    {''.join(signs[kind].format(text) for kind, text in change.pieces)}\n"
        for change in changes
    )


def _texts_but_end(found: list[str]) -> list[str]:
    """Without empty paragraphs: Word keeps one where a table would stand alone."""
    return [text for text in found if text]


def _members(content: bytes, *, but: str) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != but}
