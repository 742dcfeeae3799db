import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from lxml import etree
from PIL import Image

from acctflows.documents.lint import check_template
from acctflows.documents.word import RenderedWord, TemplateError, render_word
from tests.documents.word_files import (
    FOOTNOTES,
    bare_word_file,
    changed,
    paragraphs_of,
    save,
    with_external_image,
    with_notes,
    with_text_box,
    word_file,
)

CREATED = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)

LITERAL = [
    "Müller & Söhne <GmbH> \"quoted\" 'single' „deutsch“",
    "x</w:t></w:r><w:r><w:t>INJECTED",
    "{{ 7*7 }} {% if %} {# #} {_{ }_}",
    "&amp; &lt; &#65; ]]> <!-- -->",
    "<b>fett</b> <unbekannt",
    "🚀 👩\u200d💻 ❤\ufe0f",
    "שלום עולם مرحبا بالعالم",
    "Договор № 5 с ООО «Ёлка»",
    "1.234,50\u00a0€ \u2011 \u00ad",
    "ä" * 10_000,
    "zwei\nZeilen\tTab",
]


def render(template: Path, **context: Any) -> RenderedWord:
    return render_word(template, context, created=CREATED, title="T", author="A")


@pytest.mark.parametrize("text", LITERAL, ids=lambda text: text[:20])
def test_a_clients_words_arrive_literally_in_body_table_header_and_footer(
    tmp_path: Path, text: str
) -> None:
    rows = [("{%tr for line in lines %}",), ("{{ line.title }}",), ("{%tr endfor %}",)]
    template = save(
        tmp_path, word_file("A {{ x }} Z", header="H {{ x }}", footer="F {{ x }}", rows=rows)
    )
    rendered = render(template, x=text, lines=[{"title": text}, {"title": "zwei"}])
    assert paragraphs_of(rendered.content) == [f"A {text} Z", text, "zwei"]
    section = Document(BytesIO(rendered.content)).sections[0]
    assert section.header.paragraphs[0].text == f"H {text}"
    assert section.footer.paragraphs[0].text == f"F {text}"


def test_control_characters_and_lone_surrogates_are_left_out(tmp_path: Path) -> None:
    template = save(tmp_path, word_file("{{ x }}"))
    rendered = render(template, x="a\x00b\x0bc\ud800d\ufffee\r\nf")
    assert paragraphs_of(rendered.content) == ["ab\ncde\nf"]


def test_identical_input_gives_identical_bytes_and_says_which_template_it_was(
    tmp_path: Path,
) -> None:
    content = word_file("{{ x }}", header="{{ x }}")
    first = render(save(tmp_path, content), x="1")
    again = render(save(tmp_path, content, "other-name.docx"), x="1")
    assert first == again
    assert first.sha256 == sha256(first.content).hexdigest()
    assert first.template_sha256 == sha256(content).hexdigest()
    assert render(save(tmp_path, content), x="2").sha256 != first.sha256
    with zipfile.ZipFile(BytesIO(first.content)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_properties_are_those_of_the_document_and_escaped_once(tmp_path: Path) -> None:
    template = save(tmp_path, word_file("x"))
    moment = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=1)))
    rendered = render_word(
        template, {}, created=moment, title="A & B <C> {{ d }}", author="Möwe & Co" + "x" * 300
    )
    properties = Document(BytesIO(rendered.content)).core_properties
    assert properties.title == "A & B <C> {{ d }}"
    assert properties.author == ("Möwe & Co" + "x" * 300)[:255]
    expected = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    assert properties.created == properties.modified == expected


def test_text_written_inside_a_tag_is_escaped_once(tmp_path: Path) -> None:
    template = save(tmp_path, word_file("{{ 'Müller & Söhne <1>' }} {{ x|replace(“a”, “&”) }}"))
    assert paragraphs_of(render(template, x="a").content) == ["Müller & Söhne <1> &"]


def test_quotation_marks_may_be_those_word_writes_by_itself(tmp_path: Path) -> None:
    text = "{% if x == „a“ %}{{ ‚eins‘ }}{% endif %}{{ “zwei” }}{{ ‘drei’ }} „{{ x }}“"
    template = save(tmp_path, word_file(text))
    assert paragraphs_of(render(template, x="a").content) == ["einszweidrei „a“"]
    assert [each for each in check_template(template, {"x": "a"}) if each.fatal] == []


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], True])
def test_what_is_no_single_value_is_not_printed(tmp_path: Path, value: object) -> None:
    with pytest.raises(TemplateError, match="no single value"):
        render(save(tmp_path, word_file("{{ x }}")), x=value)
    rendered = render(save(tmp_path, word_file("{% if x %}ja{% endif %}")), x=value)
    assert paragraphs_of(rendered.content) == ["ja"]


def test_a_value_named_like_a_method_is_the_value(tmp_path: Path) -> None:
    template = save(tmp_path, word_file("{{ fees.items }} {{ fees.values }}"))
    rendered = render(template, fees={"items": "drei", "values": "vier"})
    assert paragraphs_of(rendered.content) == ["drei vier"]


@pytest.mark.parametrize(
    ("place", "part"), [("body", "body"), ("header", "header"), ("footer", "footer")]
)
def test_a_missing_value_is_named_with_file_part_and_paragraph(
    tmp_path: Path, place: str, part: str
) -> None:
    line = "Vertrag mit {{ client.nmae }} über"
    content = word_file(line) if place == "body" else word_file("x", **{place: line})
    with pytest.raises(TemplateError) as caught:
        render(save(tmp_path, content), client={"name": "Möwe"})
    assert (caught.value.file, caught.value.part) == ("brief.docx", part)
    assert caught.value.paragraph == line
    assert "“nmae”" in caught.value.what
    assert "“name” meant" in caught.value.what
    assert caught.value.permanent


@pytest.mark.parametrize("notes", ["footnotes", "endnotes"])
def test_a_missing_value_in_a_note_is_named(tmp_path: Path, notes: str) -> None:
    content = with_notes(word_file("x"), notes, "{{ gone }}")
    with pytest.raises(TemplateError) as caught:
        render(save(tmp_path, content))
    assert (caught.value.part, caught.value.paragraph) == (notes, "{{ gone }}")


@pytest.mark.parametrize("notes", ["footnotes", "endnotes"])
def test_notes_are_filled_once_whatever_the_client_is_called(tmp_path: Path, notes: str) -> None:
    document = Document(BytesIO(word_file("x")))
    document.add_section()
    document.add_section()
    packed = BytesIO()
    document.save(packed)
    template = save(tmp_path, with_notes(packed.getvalue(), notes, "An {{ x }} & Ö"))
    rendered = render(template, x="{{ 7*7 }} <Müller>")
    with zipfile.ZipFile(BytesIO(rendered.content)) as archive:
        shown = etree.fromstring(archive.read(f"word/{notes}.xml"))
    assert "".join(shown.itertext()) == "An {{ 7*7 }} <Müller> & Ö"


def test_text_boxes_are_filled(tmp_path: Path) -> None:
    template = save(tmp_path, with_text_box(word_file("A {{ x }}"), "Kasten {{ x }}"))
    rendered = render(template, x="7")
    with zipfile.ZipFile(BytesIO(rendered.content)) as archive:
        text = "".join(etree.fromstring(archive.read("word/document.xml")).itertext())
    assert text.count("Kasten 7") == 2  # Word keeps each box twice, for new readers and for old
    with pytest.raises(TemplateError, match="“y”"):
        render(save(tmp_path, with_text_box(word_file("x"), "{{ y }}")))


def _chart(text: str) -> bytes:
    return f'<c xmlns:a="urn:a"><a:p><a:r>{text[:2]}</a:r><a:r>{text[2:]}</a:r></a:p></c>'.encode()


def _in_utf16(xml: bytes) -> bytes:
    return ('<?xml version="1.0" encoding="UTF-16"?>' + xml.decode()).encode("utf-16")


def _properties(name: str) -> Callable[[bytes], bytes]:
    def change(old: bytes) -> bytes:
        close = old.rindex(b"</")
        return old[:close] + f"<cp:{name}>{{{{ x }}}}</cp:{name}>".encode() + old[close:]

    return change


ELSEWHERE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "comment": ("word/comments.xml", lambda _: FOOTNOTES.format(text="{{ x }}").encode()),
    "chart": ("word/charts/chart1.xml", lambda _: _chart("{{ x }}")),
    "numbers of characters": (
        "word/comments.xml",
        lambda _: FOOTNOTES.format(text="&#123;&#x7b; x &#125;&#x7d;").encode(),
    ),
    "two bytes each": ("word/charts/chart1.xml", lambda _: _in_utf16(_chart("{{ x }}"))),
    "block": ("word/charts/chart1.xml", lambda _: _chart("{% if x %}")),
    "subject": ("docProps/core.xml", _properties("subject")),
    "keywords": ("docProps/core.xml", _properties("keywords")),
    "company": (
        "docProps/app.xml",
        lambda _: b"<Properties><Company>{{ x }}</Company></Properties>",
    ),
    "link": (
        "word/_rels/document.xml.rels",
        lambda old: old.replace(
            b"</Relationships>",
            b'<Relationship Id="rL" Type="http://x/hyperlink" TargetMode="External" '
            b'Target="https://example.example/%7B%7B%20x%20%7D%7D"/></Relationships>',
        ),
    ),
    "glossary": ("word/glossary/document.xml", lambda _: FOOTNOTES.format(text="{{ x }}").encode()),
}


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_tag_where_none_is_filled_is_refused_and_reported(tmp_path: Path, place: str) -> None:
    member, change = ELSEWHERE[place]
    template = save(tmp_path, changed(word_file("x"), {member: change}))
    with pytest.raises(TemplateError, match="Tags are not filled in this part") as caught:
        render(template, x="1")
    assert caught.value.part == member
    [problem] = [found for found in check_template(template, {"x": "1"}) if found.fatal]
    assert (problem.part, problem.paragraph) == (member, caught.value.paragraph)


@pytest.mark.parametrize("name", ["title", "creator", "description"])
def test_properties_we_write_ourselves_may_say_what_they_like(tmp_path: Path, name: str) -> None:
    def change(old: bytes) -> bytes:
        return re.sub(f"<dc:{name}>.*?<".encode(), f"<dc:{name}>{{{{ x }}}}<".encode(), old)

    template = save(tmp_path, changed(word_file("x"), {"docProps/core.xml": change}))
    assert b"{{ x }}" not in render(template).content
    assert [found for found in check_template(template, {}) if found.fatal] == []


def test_an_empty_value_must_be_meant(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="empty"):
        render(save(tmp_path, word_file("{{ vat_id }}")), vat_id=None)
    rendered = render(
        save(tmp_path, word_file("{{ vat_id or '–' }}{% if vat_id %}x{% endif %}")), vat_id=None
    )
    assert paragraphs_of(rendered.content) == ["–"]


@pytest.mark.parametrize(
    "tag",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ x.__class__ }}",
        "{{ x['__class__'] }}",
        "{{ x|attr('__class__') }}",
        "{{ self.__init__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ range(1000000000) }}",
        "{{ 'a' * 100000000 }}",
        "{{ [0] * 100000000 }}",
        "{{ 2 ** 100000000 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ lines.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ x|safe }}",
        "{% autoescape false %}{{ x }}{% endautoescape %}",
        "{{ config }}",
    ],
)
def test_a_hostile_template_is_refused(tmp_path: Path, tag: str) -> None:
    with pytest.raises(TemplateError):
        render(save(tmp_path, word_file(tag)), x="<w:p/>", lines=[])


@pytest.mark.parametrize(
    ("paragraphs", "said"),
    [
        (["{{ name "], "tag is wrong"),
        (["{% if a %}x"], "tag is wrong"),
        (["{{ name|nofilter }}"], "nofilter"),
        (["{{ 1 / 0 }}"], "worked out"),
        (["{{ name + 1 }}"], "worked out"),
        (["{%tr for a in name %}"], "outside a table"),
        (["{{r name }}"], "does not show"),
        (["{{p name }}"], "does not show"),
    ],
)
def test_a_faulty_tag_is_refused(tmp_path: Path, paragraphs: list[str], said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        render(save(tmp_path, word_file(*paragraphs)), name="Möwe", a=True)


def test_a_condition_that_tears_the_structure_apart_is_refused(tmp_path: Path) -> None:
    template = save(tmp_path, word_file("{% if a %}", rows=[("{% endif %}", "x")]))
    with pytest.raises(TemplateError, match="structure"):
        render(template, a=False)


def _bomb(_: bytes) -> bytes:
    return bytes(200_000_000)


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "no zip": lambda content: b"Sehr geehrte Damen und Herren",
    "truncated": lambda content: content[: len(content) // 2],
    "damaged": lambda content: content[:900] + bytes(200) + content[1100:],
    "bomb": lambda content: changed(content, {"word/media/image.bmp": _bomb}),
    "no content types": lambda content: changed(content, {"[Content_Types].xml": lambda _: None}),
    "no relationships": lambda content: changed(content, {"_rels/.rels": lambda _: None}),
    "no body": lambda content: changed(content, {"word/document.xml": lambda _: None}),
    "no xml": lambda content: changed(content, {"word/document.xml": lambda _: b"<w:p>"}),
    "no document": lambda content: changed(content, {"word/document.xml": lambda _: b"<x/>"}),
    "macros": lambda content: changed(content, {"word/vbaProject.bin": lambda _: b"x"}),
    "external image": lambda content: with_external_image(content, "http://127.0.0.1:9/x.png"),
    "bad rels": lambda content: changed(content, {"_rels/.rels": lambda _: b"<x"}),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_broken_or_hostile_file_is_refused_in_words(tmp_path: Path, how: str) -> None:
    template = save(tmp_path, HOSTILE[how](word_file("{{ x }}", header="y")))
    with pytest.raises(TemplateError) as caught:
        render(template, x="1")
    assert caught.value.file == "brief.docx"


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"gone\.docx"):
        render(tmp_path / "gone.docx")


def test_a_picture_we_made_takes_the_place_of_the_templates(tmp_path: Path) -> None:
    document = Document()
    document.add_picture(BytesIO(_png("white")))
    document.inline_shapes[0]._inline.graphic.graphicData.pic.nvPicPr.cNvPr.name = "chart.png"
    template = tmp_path / "t.docx"
    document.save(str(template))

    def media(name: str) -> list[bytes]:
        given: dict[str, Any] = {"created": CREATED, "title": "T", "author": "A"}
        made = render_word(template, {}, **given, pictures={name: _png("black")})
        with zipfile.ZipFile(BytesIO(made.content)) as archive:
            return [archive.read(each) for each in archive.namelist() if "/media/" in each]

    assert media("chart.png") == [_png("black")]
    with pytest.raises(TemplateError, match=r"no picture named “other\.png”"):
        media("other.png")


def _png(colour: str) -> bytes:
    packed = BytesIO()
    Image.new("RGB", (4, 2), colour).save(packed, "PNG")
    return packed.getvalue()


def test_a_hyperlink_to_the_network_is_fine(tmp_path: Path) -> None:
    content = with_external_image(word_file("x"), "https://example.example/")
    link = changed(
        content,
        {
            "word/_rels/document.xml.rels": lambda old: old.replace(
                b"relationships/image", b"relationships/hyperlink"
            ),
            "word/document.xml": lambda old: old.replace(b"r:link=", b"x=").replace(
                b' x="', b' a="'
            ),
        },
    )
    assert "x" in paragraphs_of(render(save(tmp_path, link)).content)


def test_eight_threads_never_mix_up_their_clients(tmp_path: Path) -> None:
    template = save(tmp_path, bare_word_file("{{ name }}"))

    def one(number: int) -> bytes:
        return render(template, name=f"Mandant {number}!").content

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(one, range(400)))
    for number, content in enumerate(results):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            assert f"Mandant {number}!".encode() in archive.read("word/document.xml")
