"""Pictures, rich text and Word files within others come out as docxtpl gives them."""

import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import docxtpl
import jinja2
import pytest
from docx import Document
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from PIL import Image

from acctflows.documents import values
from acctflows.documents.values import Picture, RichParagraphs, RichText, Run, SubDocument, Value
from acctflows.documents.word import TemplateError, render_word
from acctflows.errors import InputError
from tests.documents.same_word import readable
from tests.documents.word_files import (
    changed,
    paragraphs_of,
    save,
    with_notes,
    with_text_box,
    word_file,
)

CREATED = datetime(2026, 11, 27, 9, tzinfo=UTC)


def png(colour: str = "red", size: tuple[int, int] = (40, 20)) -> bytes:
    packed = BytesIO()
    Image.new("RGB", size, colour).save(packed, "PNG")
    return packed.getvalue()


def jpeg() -> bytes:
    packed = BytesIO()
    Image.new("RGB", (30, 30), "blue").save(packed, "JPEG")
    return packed.getvalue()


def annex() -> bytes:
    """A Word file with what merging must carry over: styles, lists, a picture, a link, a table."""
    document = Document()
    document.add_heading("Anlage", level=1)
    document.styles.add_style("Eigen", 1).font.bold = True
    document.add_paragraph("Eigene Form", style="Eigen")
    for text in ("eins", "zwei {{ kein Tag }}"):
        document.add_paragraph(text, style="List Number")
    document.add_picture(BytesIO(png("green")), width=Mm(20))
    document.add_table(rows=1, cols=2).cell(0, 0).text = "Zelle"
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()


def render(source: bytes, folder: Path, **context: Any) -> bytes:
    template = save(folder, source)
    return render_word(template, context, created=CREATED, title="T", author="A").content


def by_docxtpl(source: bytes, give: Callable[[DocxTemplate], dict[str, Any]]) -> bytes:
    document = DocxTemplate(BytesIO(source))
    document.render(give(document), jinja2.Environment(autoescape=True))
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()


RUNS = (
    Run("fett & <schräg>", bold=True, italic=True),
    Run("\nrot\tklein", colour="FF0000", points=7.5, strike=True, underline="wave"),
    Run(" hoch", raised=1, highlight="FFFF00", font="eastAsia:SimSun"),
    Run(" tief\aneuer Absatz\f", raised=-1, style="Emphasis", language="de-DE"),
    Run("Seite", link="https://example.example/?a=1&b=2"),
)


def rich(template: DocxTemplate) -> docxtpl.RichText:
    text = docxtpl.RichText("fett & <schräg>", bold=True, italic=True)
    text.add("\nrot\tklein", color="FF0000", size=15, strike=True, underline="wave")
    text.add(" hoch", superscript=True, highlight="FFFF00", font="eastAsia:SimSun")
    text.add(" tief\aneuer Absatz\f", subscript=True, style="Emphasis", lang="de-DE")
    text.add("Seite", url_id=template.build_url_id("https://example.example/?a=1&b=2"))
    return text


def paragraphs() -> docxtpl.RichTextParagraph:
    text = docxtpl.RichTextParagraph()
    text.add(docxtpl.RichText("eins", bold=True), parastyle="ListBullet")
    text.add("zwei")
    return text


PARAGRAPHS = RichParagraphs(
    ((RichText((Run("eins", bold=True),)), "ListBullet"), (RichText((Run("zwei"),)), ""))
)
ROWS = [("{%tr for e in lines %}", ""), ("{{ e.x }}", "Text"), ("{%tr endfor %}", "")]
Case = tuple[bytes, dict[str, Any], Callable[[DocxTemplate], dict[str, Any]]]
CASES: dict[str, Callable[[], Case]] = {
    "pictures": lambda: (
        word_file("A {{ x }} Z", "{% if y %}{{ y }}{% endif %}", "{{ x }}"),
        {"x": Picture(png(), name="image.png"), "y": Picture(jpeg(), height_mm=9)},
        lambda t: {
            "x": InlineImage(t, BytesIO(png())),
            "y": InlineImage(t, BytesIO(jpeg()), height=Mm(9)),
        },
    ),
    "pictures in rows": lambda: (
        word_file("x", rows=ROWS),
        {"lines": [{"x": Picture(png(c), width_mm=10, height_mm=30)} for c in ("red", "blue")]},
        lambda t: {
            "lines": [
                {"x": InlineImage(t, BytesIO(png(c)), width=Mm(10), height=Mm(30))}
                for c in ("red", "blue")
            ]
        },
    ),
    "picture with a link in header, footer and body": lambda: (
        word_file("{{ x }}", header="{{ x }}{{ x }}", footer="{{ x }}"),
        {"x": Picture(png(), link="https://example.example/")},
        lambda t: {"x": InlineImage(t, BytesIO(png()), anchor="https://example.example/")},
    ),
    "picture in a text box": lambda: (
        with_text_box(word_file("a"), "{{ x }}"),
        {"x": Picture(png())},
        lambda t: {"x": InlineImage(t, BytesIO(png()))},
    ),
    "rich text": lambda: (
        word_file("Vor {{r x }} nach", "{%p if x %}", "{{r x }}{%r if x %} ja{%r endif %}",
                  "{%p endif %}", rows=[("{{r x }}", "b")]),
        {"x": RichText(RUNS)},
        lambda t: {"x": rich(t)},
    ),
    "rich text of docxtpl": lambda: (
        word_file("Vor {{r x }}", "{{p y }}", "{{ z }}"),
        {"x": docxtpl.RichText("a", bold=True), "y": paragraphs(), "z": docxtpl.Listing("<a\ab")},
        lambda t: {"x": docxtpl.RichText("a", bold=True), "y": paragraphs(),
                   "z": docxtpl.Listing("<a\ab")},
    ),
    "rich paragraphs": lambda: (
        word_file("Vor", "{{p x }}", "nach", rows=[("{{p x }}", "b")], header="{{p x }}"),
        {"x": PARAGRAPHS},
        lambda t: {"x": paragraphs()},
    ),
    "sub-documents": lambda: (
        word_file("Vor", "{{p x }}", "{{p x }}", "nach {{ y }}", header="{{ y }}"),
        {"x": SubDocument(annex()), "y": Picture(png())},
        lambda t: {"x": t.new_subdoc(BytesIO(annex())), "y": InlineImage(t, BytesIO(png()))},
    ),
    "footnotes in a sub-document": lambda: (
        with_notes(word_file("{{p x }}"), "footnotes", "Note {{ y }}"),
        {"x": SubDocument(with_notes(annex(), "footnotes", "Fuß")), "y": "1"},
        lambda t: {"x": t.new_subdoc(BytesIO(with_notes(annex(), "footnotes", "Fuß"))), "y": "1"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_gives_what_docxtpl_gives(tmp_path: Path, case: str) -> None:
    source, ours, give = CASES[case]()
    made = readable(render(source, tmp_path, **ours))
    assert made == readable(by_docxtpl(source, give))


def test_a_picture_may_stand_in_a_note_and_speaks_to_who_cannot_see(tmp_path: Path) -> None:
    source = with_notes(word_file("x"), "footnotes", "{{ x }}")
    made = readable(render(source, tmp_path, x=Picture(png(), description="Möwe & Ei")))
    assert 'descr="Möwe &amp; Ei"'.encode() in made["word/footnotes.xml"]


def test_a_picture_the_template_has_is_not_stored_twice(tmp_path: Path) -> None:
    document = Document()
    document.add_picture(BytesIO(png()))
    document.add_paragraph("{{ x }}{{ y }}")
    packed = BytesIO()
    document.save(packed)
    made = render(packed.getvalue(), tmp_path, x=Picture(png()), y=Picture(png("blue")))
    with zipfile.ZipFile(BytesIO(made)) as archive:
        media = [archive.read(each) for each in archive.namelist() if "/media/" in each]
    assert sorted(media) == sorted([png(), png("blue")])


def test_a_picture_does_not_change_with_one_it_looked_like(tmp_path: Path) -> None:
    document = Document()
    document.add_picture(BytesIO(png()))
    document.add_paragraph("{{ x }}")
    packed = BytesIO()
    document.save(packed)
    template, given = save(tmp_path, packed.getvalue()), {"x": Picture(png())}
    more: dict[str, Any] = {"created": CREATED, "title": "T", "author": "A"}
    made = render_word(template, given, **more, pictures={"image.png": png("blue")}).content
    with zipfile.ZipFile(BytesIO(made)) as archive:
        media = [archive.read(each) for each in archive.namelist() if "/media/" in each]
    assert sorted(media) == sorted([png(), png("blue")])


@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        ("{{ x }}", RichText(RUNS), "rich text, and this tag cannot show that. → Write {{r … }}."),
        ("{{p x }}", RichText(RUNS), "Write {{r … }}."),
        ("{{ x }}", docxtpl.RichText("a"), "Write {{r … }}."),
        ("{{ x }}", PARAGRAPHS, "Write {{p … }} in a paragraph of its own."),
        ("{{r x }}", PARAGRAPHS, "Write {{p … }} in a paragraph of its own."),
        ("{{r x }}", Picture(png()), "a picture, and this tag cannot show that. → Write {{ … }}."),
        ("{{p x }}", Picture(png()), "Write {{ … }}."),
        ("{{ x }}", SubDocument(annex()), "a sub-document, and this tag cannot show that."),
        ("{{r x|upper }}", RichText(RUNS), "A filter changed a value"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_a_value_in_the_wrong_tag_is_named_with_tag_part_and_paragraph(
    tmp_path: Path, tag: str, value: Value, said: str
) -> None:
    for place in ("body", "header"):
        line = f"Vor {tag}" if "p x" not in tag else tag
        source = word_file("{{ y }} {{ y }}", line) if place == "body" else word_file(
            "x", header=line)  # fmt: skip
        with pytest.raises(TemplateError) as caught:
            render(source, tmp_path, x=value, y="1")
        assert said in str(caught.value)
        assert caught.value.part == place
        shown = re.sub(r"\{\{[rp] ", "{{ ", line)
        assert caught.value.paragraph == shown
        assert caught.value.what.startswith(f"“{shown.removeprefix('Vor ')}”: ")


def test_a_sub_document_belongs_in_the_body(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="only stand in the body"):
        render(word_file("x", header="{{p x }}"), tmp_path, x=SubDocument(annex()))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a readable Word file"),
        (changed(annex(), {"word/document.xml": lambda _: b"<x/>"}), "cannot be merged"),
        (changed(annex(), {"word/vbaProject.bin": lambda _: b"x"}), "macros"),
        (with_notes(annex(), "footnotes", "{{ 7*7 }}"), "footnote has a tag"),
    ],
    ids=["empty", "damaged", "macros", "tags"],
)
def test_a_file_that_cannot_be_merged_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(TemplateError, match=said) as caught:
        render(word_file("{{p x }}"), tmp_path, x=SubDocument(content, "AGB.docx"))
    assert caught.value.file == "AGB.docx"


def test_a_link_of_another_file_is_refused(tmp_path: Path) -> None:
    text = docxtpl.RichText("a", url_id="rId7")
    with pytest.raises(TemplateError, match="belongs to another file"):
        render(word_file("{{r x }}"), tmp_path, x=text)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Picture(b""),
        lambda: Picture(b"GIF89a"),
        lambda: Picture(png()[:20]),
        lambda: Picture(png(size=(1, 1)).replace(b"\0\0\0\1\0\0\0\1", b"\0\1\0\0\0\1\0\0")),
        lambda: Picture(bytes(values.MAX_PICTURE_BYTES + 1)),
        lambda: Picture(png(), link="javascript:alert(1)"),
        lambda: Run("a", link="file:///etc/passwd"),
        lambda: Run("a", colour='FF"/><x'),
    ],
    ids=["empty", "cut", "cut later", "bomb", "large", "script", "file", "colour"],
)
def test_a_value_that_would_harm_cannot_be_made(wrong: Callable[[], Value]) -> None:
    with pytest.raises(InputError):
        wrong()


def test_one_value_may_be_used_by_many_threads(tmp_path: Path) -> None:
    template = save(tmp_path, word_file("{{ n }}", "{{ x }}", "{{r y }}", "{{p z }}"))
    shared = {"x": Picture(png()), "z": SubDocument(annex())}

    def one(number: int) -> bytes:
        text = RichText((Run(f"Mandant {number}", link=f"https://example.example/{number}"),))
        given = {**shared, "n": str(number), "y": text}
        return render_word(template, given, created=CREATED, title="T", author="A").content

    first = one(3)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(one, range(16)))
    for number, content in enumerate(made):
        assert paragraphs_of(content)[0] == str(number)
        with zipfile.ZipFile(BytesIO(content)) as archive:
            links = archive.read("word/_rels/document.xml.rels")
        assert re.findall(rb"example.example/(\d+)", links) == [str(number).encode()]
    assert first == made[3]


FIELD = '<w:p><w:fldSimple w:instr=" {} "><w:r><w:t>alt</w:t></w:r></w:fldSimple></w:p>'


@pytest.mark.parametrize(
    ("field", "asks"),
    [
        (r"TOC \o &quot;1-3&quot;", True), ("REF _Ref1 \\r \\h", True), ("PAGEREF a", True),
        ("= SUM(ABOVE)", True), ("PAGE", False), ("NUMPAGES", False), ("DATE", False),
        ("REFERENZ", False),
    ],
)  # fmt: skip
def test_word_offers_to_update_only_what_it_alone_can(
    tmp_path: Path, field: str, *, asks: bool
) -> None:
    def add(old: bytes) -> bytes:
        return old.replace(b"<w:body>", b"<w:body>" + FIELD.format(field).encode())

    def settings(content: bytes) -> bytes:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return archive.read("word/settings.xml")

    source = changed(word_file("{{ x }}"), {"word/document.xml": add})
    made = settings(render(source, tmp_path, x="1"))
    assert (b'<w:updateFields w:val="true"/>' in made) is asks
    if asks:  # where ECMA-376 17.15.1 wants it: before footnotePr and compat
        assert made.index(b"updateFields") < made.index(b"<w:compat>")
    within = render(word_file("{{p x }}"), tmp_path, x=SubDocument(source))
    assert (b'<w:updateFields w:val="true"/>' in settings(within)) is asks
