from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from acctflows.cli.templates import check
from acctflows.contracts.sample import sample_context
from acctflows.documents.kinds import WORD_KINDS
from acctflows.documents.lint import Asked, check_template, examine
from acctflows.documents.values import Picture, RichText, Run, SubDocument
from acctflows.errors import InputError
from acctflows.word_templates import SAMPLES
from tests.conftest import ROOT
from tests.documents.test_values import png
from tests.documents.word_files import changed, paragraphs_of, save, with_external_image, word_file

CORPUS = ROOT.parent / "shared" / "corpus" / "word"
SAMPLE: dict[str, Any] = {
    "client": {"name": "Möwe", "address": {"city": "Bremen"}},
    "lines": [{"title": "Eins", "steps": [{"due": "morgen"}]}],
    "vat_id": None,
}


def found(folder: Path, *paragraphs: str, **kwargs: Any) -> list[str]:
    problems = check_template(save(folder, word_file(*paragraphs, **kwargs)), SAMPLE)
    return [str(problem) for problem in problems if problem.fatal]


def test_a_sound_template_has_no_problems(tmp_path: Path) -> None:
    rows = [
        ("{%tr for line in lines %}", ""),
        (
            "{{ loop.index }} {{ line.title|upper }}",
            "{% for s in line.steps %}{{ s.due }}{% endfor %}",
        ),
        ("{%tr endfor %}", ""),
    ]
    paragraphs = (
        "{{ client.name }} in {{ client.address['city'] }}",
        "{%p if vat_id is defined and vat_id %}",
        "{{ vat_id }}",
        "{%p elif client.fax is defined %}",
        "{{ missing|default('–') }}{# a note {{ nobody }} #}",
        "{%p else %}",
        "{% set city = client.address.city %}{{ city }}",
        "{%p endif %}",
    )
    assert found(tmp_path, *paragraphs, rows=rows, footer="{{ client.name }}") == []


@pytest.mark.parametrize(
    ("paragraph", "said"),
    [
        ("An {{ client.nmae }}", "There is no value “client.nmae”. Is “client.name” meant?"),
        ("{{ clint.name }}", "There is no value “clint”. Is “client” meant?"),
        ("{{ client.address.zip }}", "There is no value “client.address.zip”."),
        ("{% for l in lines %}{{ l.titel }}{% endfor %}", "“l.titel”. Is “l.title” meant?"),
        ("{% for l in lines %}{% endfor %}{{ l.title }}", "There is no value “l”."),
        ("{{ client.name|short }}", "There is no filter “short”. Is “sort” meant?"),
        ("{{ client.name|uper }}", "There is no filter “uper”. Is “upper” meant?"),
        ("{% if 1 %}{% elseif 2 %}{% endif %}", "no instruction “elseif”. Is “elif” meant?"),
        ("{% if 1 is evn %}{% endif %}", "There is no test “evn”. Is “even” meant?"),
        ("{{ ''.__class__ }} {{ nix }}", "something that is not allowed: “__class__”."),
        ("{{ client }} {{ nix }}", "“client”: A tag is wrong: it prints no single value (dict)."),
        ("{{ client.name|safe }}", "There is no filter “safe”."),
        ("{% if client is foo %}x{% endif %}", "There is no test “foo”."),
        ("Preis {{ client.name", "“{{ client.name” is not closed in its paragraph."),
        ("name }}", "“}}” closes a tag that is not opened."),
        ("{{ client.name {{ client.name }}", "is not closed in its paragraph."),
        ("{% if vat_id %}x", "{% if %} is not closed: {% endif %} is missing."),
        ("x{% endif %}", "{% endif %} closes nothing: there is no open {% if %} before it."),
        ("{% else %}", "{% else %} stands in no {% if %}."),
        ("{% for l in lines %}{% if l %}{% endfor %}", "comes before the end of {% if l %}"),
        ("{%tr for l in lines %}", "{%tr … %} stands outside a table; it belongs in a row."),
        ("{{r client.name }}", "client.name is plain text; write {{ client.name }}."),
        ("{%p if vat_id %} und mehr Text dahinter", "The rest of a paragraph with {%p … %}"),
        ("{{ client. }}", "“client.”: A tag is wrong: it ends where something is still to come."),
        ("{% includ 'x' %}", "There is no instruction “includ”."),
        ("{{ vat_id }}", "the value is empty"),
        ("{{ client.name + 1 }}", "cannot be worked out"),
    ],
)
def test_a_fault_is_named_with_its_paragraph(tmp_path: Path, paragraph: str, said: str) -> None:
    problems = found(tmp_path, paragraph)
    assert any(said in problem and problem.startswith("body, “") for problem in problems), problems


def test_a_tag_nested_too_deeply_is_one_problem(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}")
    assert "nested too deeply" in problem


def test_all_problems_are_named_at_once_with_their_part(tmp_path: Path) -> None:
    problems = found(
        tmp_path, "{{ a }}", "{{ b|nix }}", "{% if c %}", header="{{ d }}", footer="{{ e"
    )
    assert len(problems) == 7
    assert [problem.split(",")[0] for problem in problems] == ["body"] * 5 + ["footer", "header"]


def test_without_a_sample_only_the_tags_are_checked(tmp_path: Path) -> None:
    template = save(tmp_path, word_file("{{ anything.at.all }}", "{{ x|nix }}"))
    problems = check_template(template, None)
    assert [problem.said.sentence("en") for problem in problems if problem.fatal] == [
        "There is no filter “nix”."
    ]


def test_what_points_outside_and_foreign_typefaces_are_named(tmp_path: Path) -> None:
    content = changed(
        with_external_image(word_file("x"), "http://cdn.example/logo.png"),
        {
            "word/document.xml": lambda old: old.replace(
                b"<w:t>x</w:t>", b'<w:rPr><w:rFonts w:ascii="Comic Sans MS"/></w:rPr><w:t>x</w:t>'
            )
        },
    )
    problems = check_template(save(tmp_path, content), SAMPLE)
    assert any("http://cdn.example/logo.png" in str(p) and p.fatal for p in problems)
    assert any("Comic Sans MS" in str(p) and not p.fatal for p in problems)


@pytest.mark.parametrize(
    ("paragraph", "said"),
    [
        ("{{ logo }} {{r note }}", ""),
        ("{%p for p in parts %}{%p endfor %}", "{%p … %} vanishes"),
        ("{{p terms }}", ""),
        ("{{ note }}", "“note”: It is rich text, and this tag cannot show that. Write {{r … }}."),
        ("{% for n in notes %}{{ n.words }}{% endfor %}", "“n.words”: It is rich text"),
        ("{{r logo }}", "“logo”: It is a picture, and this tag cannot show that."),
        ("{{r terms }}", "“terms”: It is a sub-document"),
        ("Text {{p terms }} mehr Text", "{{p … }} vanishes"),
        (
            "{% set x %}a{% endset %}{{ x }}{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}"
            "{% call m(1) %}b{% endcall %}",
            "",
        ),
        ("{% for n in notes %}{{ loop.cycle('a', 'b') }}{% endfor %}", ""),
    ],
)
def test_a_value_that_is_more_than_text_needs_its_tag(
    tmp_path: Path, paragraph: str, said: str
) -> None:
    rich = RichText((Run("a", bold=True),))
    sample = {"logo": Picture(png()), "note": rich, "notes": [{"words": rich}], "parts": [],
              "terms": SubDocument(word_file("a"))}  # fmt: skip
    problems = check_template(save(tmp_path, word_file(paragraph)), sample)
    fatal = [str(problem) for problem in problems if problem.fatal]
    assert (not fatal) if not said else any(said in problem for problem in fatal), fatal


def test_typefaces_of_styles_count_where_they_are_used(tmp_path: Path) -> None:
    document = Document()
    for name, face in (("Benutzt", "Eigene Schrift"), ("Unbenutzt", "Fremde Schrift")):
        document.styles.add_style(name, 1).font.name = face
    document.add_paragraph("x", style="Benutzt")
    packed = BytesIO()
    document.save(packed)
    [problem] = check_template(save(tmp_path, packed.getvalue()), {})
    assert "Eigene Schrift" in str(problem)
    assert "Fremde Schrift" not in str(problem)


def test_a_picture_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    huge = png(size=(1, 1)).replace(b"\0\0\0\1\0\0\0\1", b"\0\1\0\0\0\1\0\0")
    content = changed(word_file("x"), {"word/media/image1.png": lambda _: huge})
    [problem] = check_template(save(tmp_path, content), {})
    assert problem.text("de").startswith(
        "word/media/image1.png: Das Bild hat 65536 × 65536 Bildpunkte; erlaubt sind 80 Millionen."
    )


def test_every_value_is_listed_by_its_whole_path(tmp_path: Path) -> None:
    content = word_file(
        "{{ client.name|upper }} {{ client['address'].city }} {{ title.lower() }}",
        "{% for l in lines|sort %}{{ loop.index }} {{ l.title }}"
        "{% for s in l.steps %}{{ s.due }}{% endfor %}{% endfor %}{{ l }}",
        "{% set c = client.address %}{{ c.zip }} {% for k, v in fees.items() %}{{ k }}{% endfor %}",
        "{% if vat and lines[0].price > limit %}{% endif %}{{ broken. }} {{ open",
        header="{{ client.name }}",
    )
    report = examine(Asked(save(tmp_path, content)))
    assert report.variables == {
        "client.address": ["body"],
        "client.address.city": ["body"],
        "client.address.zip": ["body"],
        "client.name": ["body", "header"],
        "fees": ["body"],
        "l": ["body"],
        "limit": ["body"],
        "lines": ["body"],
        "lines[].price": ["body"],
        "lines[].steps": ["body"],
        "lines[].steps[].due": ["body"],
        "lines[].title": ["body"],
        "title": ["body"],
        "vat": ["body"],
    }


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nothing"])
def test_what_is_no_word_file_is_one_problem(tmp_path: Path, content: bytes) -> None:
    assert len(check_template(save(tmp_path, content), SAMPLE)) == 1
    assert len(check_template(tmp_path / "gone.docx", None)) == 1


def test_every_kind_with_templates_has_sample_data() -> None:
    assert set(SAMPLES) == set(WORD_KINDS)


def test_our_own_templates_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    check(*sorted((ROOT / "templates" / "documents").glob("*/*.docx")), language="en")
    assert "0 cannot be used" in capsys.readouterr().out


def test_the_command_fails_for_a_template_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        check(save(tmp_path, word_file("{{ x")), language="en")
    assert ended.value.code == 1
    assert "✗ body, “{{ x”: The tag “{{ x” is not closed" in capsys.readouterr().out


def test_the_command_lists_values_and_fills_a_sample_in_the_readers_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCTFLOWS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ACCTFLOWS_PDF_ENGINE", "dxpdf")
    template = save(tmp_path, word_file("Vertrag {{ number }}"))
    made = tmp_path / "muster.docx"
    check(template, kind="contract", language="de", variables=True, render=made)
    told = capsys.readouterr().out
    assert f"{template}: in Ordnung" in told
    assert "    number (Text)\n1 Vorlagen geprüft, 0 nicht verwendbar." in told
    number = sample_context("de")["number"]
    assert paragraphs_of(made.read_bytes()) == [f"Vertrag {number}"]
    check(template, kind="contract", language="de", render=tmp_path / "seite.png")
    assert (tmp_path / "seite-1.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="no kind of document"):
        check(template, kind="brief", language="de")
    with pytest.raises(SystemExit):
        check(save(tmp_path, word_file("{{ nmber }}")), kind="contract", language="de")
    assert "Einen Wert „nmber“ gibt es nicht. Ist „number“ gemeint?" in capsys.readouterr().out


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the third-party templates are not there")
def test_templates_of_office_people_are_read_and_foreign_filters_named() -> None:
    unknown = {
        path.stem: [str(p).partition("”: ")[2] for p in check_template(path, None) if p.fatal]
        for path in sorted(CORPUS.glob("*.docx"))
    }
    assert len(unknown) >= 14
    assert {name: what for name, what in unknown.items() if what} == {
        "add-separators": ["There is no filter “add_separators”."],
        "resource_guide": ["There is no filter “inline_markdown”."],
    }
