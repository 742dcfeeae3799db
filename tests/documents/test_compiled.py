"""Templates made ready once give what docxtpl gives when it reads them for every document."""

import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import jinja2
import pytest
from docx import Document
from docxtpl import DocxTemplate
from lxml import etree

from acctflows.contracts import presenting, sample
from acctflows.delivery.presenting import word_context as act_context
from acctflows.delivery.sample import sample_snapshot as act_sample
from acctflows.documents import compiled
from acctflows.documents.archive import Member, write_archive
from acctflows.documents.compiled import CompiledTemplate
from acctflows.documents.package import TemplateError
from acctflows.documents.properties import Properties
from acctflows.documents.text import clean
from tests.contracts.variants import TEMPLATES
from tests.documents.word_files import changed, paragraphs_of, with_notes, with_text_box, word_file

PROPERTIES = Properties("T", "A", datetime(2026, 11, 27, 9, tzinfo=UTC))
LINES: list[dict[str, Any]] = [
    {"title": "Möwe & Söhne", "many": 2, "colour": "FF0000"},
    {"title": "zwei\nZeilen\tTab\aAbsatz\fSeite", "many": 1, "colour": "00FF00"},
    {"title": "<drei>", "many": 1, "colour": "0000FF"},
]
CONTEXT: dict[str, Any] = {"x": "Grüße & <b>", "yes": True, "no": False, "lines": LINES}


def contract(language: str) -> tuple[bytes, dict[str, Any]]:
    template = TEMPLATES / "documents" / "contract" / f"{language}.docx"
    context = presenting.word_context(sample.sample_snapshot(language), version=1)
    return template.read_bytes(), clean(context)


def act(kind: str) -> tuple[bytes, dict[str, Any]]:
    template = TEMPLATES / "documents" / kind / "de.docx"
    return template.read_bytes(), clean(act_context(act_sample(kind, "de"), version=2))


def made(*paragraphs: str, **given: Any) -> Callable[[], tuple[bytes, dict[str, Any]]]:
    return lambda: (word_file(*paragraphs, **given), CONTEXT)


def picture(folder: str = "agency/logo.png") -> tuple[bytes, dict[str, Any]]:
    document = Document()
    for _ in range(2):
        document.add_picture(str(TEMPLATES / folder))
    document.add_paragraph("{{ x }}")
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue(), CONTEXT


KINDS: dict[str, Callable[[], tuple[bytes, dict[str, Any]]]] = {
    "contract, German": lambda: contract("de"),
    "contract, English": lambda: contract("en"),
    "acceptance": lambda: act("acceptance"),
    "activity": lambda: act("activity"),
    "value": made("A {{ x }} Z", header="{{ x }}", footer="{% if yes %}{{ x }}{% endif %}"),
    "line ends in a value": made("{% for line in lines %}{{ line.title }}{% endfor %}"),
    "paragraphs": made("{%p for line in lines %}", "{{ line.title }}", "{%p endfor %}", "Ende"),
    "comments": made("a{# nichts #}b", "{#p kein Absatz #}", "c"),
    "merged": made("eins {%- if yes %}", "zwei", "{% endif -%}", "drei"),
    "literal braces": made("{_{ x }_} und {_% if %_}, {{ x }}"),
    "rows": made(rows=[("{%tr for line in lines %}", ""), ("{{ line.title }}", "{{ line.many }}"),
                       ("{%tr endfor %}", "")]),
    "rows that are left out": made(rows=[("{%tr if no %}", ""), ("a", "b"), ("{%tr endif %}", ""),
                                         ("{{ x }}", "d")]),
    "columns": made(rows=[("a", "{%tc for line in lines %}", "{{ line.title }}", "{%tc endfor %}"),
                          ("b", "{%tc for line in lines %}", "{{ line.many }}", "{%tc endfor %}")]),
    "columns left out by a comment": made(rows=[("a", "{#tc weg #}", "c"),
                                                ("d", "{#tc weg #}", "f")]),
    "columns that vanish": made(rows=[("a", "{%tc if no %}", "b", "{%tc endif %}")]),
    "cells over columns": made(rows=[("{% colspan 2 %}{{ x }}", "b", "c"), ("d", "e", "f")]),
    "colours of cells": made(rows=[("{%tr for line in lines %}", ""),
                                   ("{% cellbg line.colour %}{{ line.title }}", "b"),
                                   ("{%tr endfor %}", "")]),
    "merged down": made(rows=[("{%tr for line in lines %}", ""), ("{% vm %}{{ x }}", "b"),
                              ("{%tr endfor %}", "")]),
    "merged across": made(rows=[("{%tc for line in lines %}", "{% hm %}{{ x }}",
                                 "{%tc endfor %}")]),
    "footnotes": lambda: (with_notes(word_file("{{ x }}"), "footnotes", "{{ x }}"), CONTEXT),
    "text box": lambda: (with_text_box(word_file("a"), "{{ x }}"), CONTEXT),
    "pictures": picture,
}  # fmt: skip


def by_docxtpl(source: bytes, context: dict[str, Any]) -> bytes:
    document = DocxTemplate(BytesIO(source))
    document.render(context, jinja2.Environment(autoescape=True))
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()


def canonical(content: bytes) -> dict[str, bytes]:
    """Each part a reader sees, as canonical XML (C14N 1.0); everything else as it is."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        members = {name: archive.read(name) for name in archive.namelist()}
    own = ("docProps/",)  # which we write ourselves, whatever the template says there
    return {
        name: etree.tostring(etree.fromstring(data), method="c14n")
        if name.endswith((".xml", ".rels"))
        else data
        for name, data in members.items()
        if not name.startswith(own)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_it_gives_what_docxtpl_gives(kind: str) -> None:
    source, context = KINDS[kind]()
    ours = canonical(CompiledTemplate(source, "x.docx").fill(context, PROPERTIES, {}))
    assert ours == canonical(by_docxtpl(source, context))


def test_text_where_word_shows_none_is_refused_only_when_it_comes_out(tmp_path: Path) -> None:
    template = CompiledTemplate(word_file("{%p if yes %}", "gut", "{%p endif %}", "{{r x }}"), "x")
    assert paragraphs_of(template.fill({"yes": True, "x": ""}, PROPERTIES, {})) == ["gut", ""]
    with pytest.raises(TemplateError, match="where Word does not show any"):
        template.fill({"yes": True, "x": "weg"}, PROPERTIES, {})


def test_braces_that_are_no_tag_are_the_templates_not_the_clients() -> None:
    filled = CompiledTemplate(word_file("{_{ {{ x }}"), "x").fill(
        {"x": "{_{ 1 }_}"}, PROPERTIES, {}
    )
    assert paragraphs_of(filled) == ["{{ {_{ 1 }_}"]


@pytest.mark.parametrize(
    "tag",
    [
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "{% for a in x %}" * 30 + "{% endfor %}" * 30,
    ],
    ids=["brackets", "loops"],
)
def test_what_is_nested_too_deeply_is_refused(tag: str) -> None:
    with pytest.raises(TemplateError, match="nested too deeply"):
        CompiledTemplate(word_file(tag), "x.docx")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"<w:tblGrid>.*</w:tblGrid>", b""),
        (rb"<w:tcPr>", b'<w:tcPr><w:gridSpan w:val="zwei"/>'),
        (rb"w:", b"ns0:"),
    ],
    ids=["a table without columns", "a cell over no number of columns", "another prefix"],
)
def test_what_word_never_writes_is_refused_in_words(old: bytes, new: bytes) -> None:
    def change(xml: bytes) -> bytes:
        xml = re.sub(old, new, xml, flags=re.DOTALL)
        return xml.replace(b"xmlns:w=", b"xmlns:ns0=") if new == b"ns0:" else xml

    source = changed(word_file("{{ x }}", rows=[("a", "b")]), {"word/document.xml": change})
    with pytest.raises(TemplateError, match="missing or damaged"):
        CompiledTemplate(source, "x.docx").fill(CONTEXT, PROPERTIES, {})


def test_a_template_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = word_file("{{ x }}", str(tmp_path))
    first = compiled.compiled(source, "x.docx")
    assert compiled.compiled(bytes(bytearray(source)), "x.docx") is first
    edited = word_file("{{ x }}!", str(tmp_path))
    filled = compiled.compiled(edited, "x.docx").fill({"x": "1"}, PROPERTIES, {})
    assert paragraphs_of(filled)[0] == "1!"


@pytest.mark.parametrize("name", ["word/document2.xml", "word/documents/main.xml"])
def test_parts_may_have_other_names(name: str) -> None:
    # SharePoint and some programs call the body otherwise; the relationships say where it is.
    source = word_file("{{ x }}")
    with zipfile.ZipFile(BytesIO(source)) as archive:
        body, relations = (
            archive.read(each) for each in ("word/document.xml", "word/_rels/document.xml.rels")
        )
    folder, _, file = name.rpartition("/")
    up = "../" * folder.count("/")
    relations = relations.replace(b'Target="', b'Target="' + up.encode())
    renamed = changed(
        source,
        {
            "word/document.xml": lambda _: None,
            "word/_rels/document.xml.rels": lambda _: None,
            name: lambda _: body,
            f"{folder}/_rels/{file}.rels": lambda _: relations,
            "_rels/.rels": lambda old: old.replace(b"word/document.xml", name.encode()),
            "[Content_Types].xml": lambda old: old.replace(b"word/document.xml", name.encode()),
        },
    )
    filled = CompiledTemplate(renamed, "x.docx").fill({"x": "Möwe"}, PROPERTIES, {})
    assert paragraphs_of(filled) == ["Möwe"]


def test_an_archive_is_what_other_programs_read() -> None:
    members = {"a.xml": b"<a/>" * 1000, "Bücher/ä.bin": bytes(range(256)), "leer": b""}
    written = write_archive(Member.of(name, content) for name, content in members.items())
    with zipfile.ZipFile(BytesIO(written)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == members
    assert len(written) < 2_000
