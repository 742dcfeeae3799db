"""What office people's files may also be: half edited, made for other programs, other formats."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from acctflows.documents.lint import Asked, Problem, examine
from tests.documents.word_files import changed, paragraph_xml, save, with_body, word_file

DATA = {"client": {"name": "Möwe"}}
TRACKED = 'w:id="9" w:author="Lena" w:date="2026-11-20T10:00:00Z"'


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*content: str) -> str:
    return f"<w:p>{''.join(content)}</w:p>"


def problems(folder: Path, content: bytes) -> list[Problem]:
    return examine(Asked(save(folder, content), DATA)).problems


def told(folder: Path, content: bytes) -> list[tuple[str, bool]]:
    return [(problem.text("en"), problem.fatal) for problem in problems(folder, content)]


class TestTrackedChanges:
    @pytest.mark.parametrize(
        "change",
        [
            f"<w:ins {TRACKED}>{run('new')}</w:ins>",
            f"<w:del {TRACKED}><w:r><w:delText>old</w:delText></w:r></w:del>",
            f"<w:moveFrom {TRACKED}>{run('moved')}</w:moveFrom>",
            f"<w:r><w:rPr><w:b/><w:rPrChange {TRACKED}><w:rPr/></w:rPrChange></w:rPr>"
            "<w:t>bold</w:t></w:r>",
        ],
    )
    def test_they_are_told_and_keep_nothing_from_being_made(
        self, tmp_path: Path, change: str
    ) -> None:
        content = with_body(paragraph(run("Dear {{ client.name }} "), change))
        [(words, fatal)] = told(tmp_path, content)
        assert words.startswith("body, “Dear {{ client.name }}")
        assert "Tracked changes: 1. Every document made of it shows them." in words
        assert not fatal

    def test_they_are_counted_where_they_are(self, tmp_path: Path) -> None:
        change = f"<w:ins {TRACKED}>{run('new')}</w:ins>"
        content = with_body(paragraph(run("one "), change, change) + paragraph(change))
        [(words, _)] = told(tmp_path, content)
        assert words.startswith("body, “one newnew”: Tracked changes: 3.")

    @pytest.mark.parametrize("around", [f"<w:ins {TRACKED}>", '<w:hyperlink w:anchor="x">'])
    def test_a_tag_that_is_half_in_one_is_named(self, tmp_path: Path, around: str) -> None:
        end = f"</{around[1:].split(maxsplit=1)[0]}>"
        content = with_body(
            paragraph(run("Dear "), around, run("{{ client."), end, run("name }}, hello"))
        )
        words = [words for words, fatal in told(tmp_path, content) if fatal]
        assert words == [
            "body, “Dear {{ client.name }}, hello”: “{{ client.name }}”: It begins outside and "
            "ends inside of a tracked change, a link or a field, or the reverse. Accept the "
            "changes, then write the whole tag anew in one go."
        ]

    def test_a_tag_that_takes_the_place_of_its_paragraph_may_be(self, tmp_path: Path) -> None:
        link = f'<w:hyperlink w:anchor="x">{run("{%p if ")}</w:hyperlink>'
        content = with_body(
            paragraph(link, run("client %}"))
            + paragraph_xml("yes")
            + paragraph(run("{%p endif %}"))
        )
        assert told(tmp_path, content) == []

    def test_a_tag_in_two_equal_elements_or_with_one_inside_may_be(self, tmp_path: Path) -> None:
        halves = [f"<w:ins {TRACKED}>{run(each)}</w:ins>" for each in ("{{ client.", "name }}")]
        gone = f"<w:del {TRACKED}><w:r><w:delText>old</w:delText></w:r></w:del>"
        content = with_body(paragraph(*halves) + paragraph(run("{{ client."), gone, run("name }}")))
        assert [fatal for _, fatal in told(tmp_path, content)] == [False]


def test_comments_are_told(tmp_path: Path) -> None:
    comment = '<w:r><w:commentReference w:id="{}"/></w:r>'.format
    content = with_body(paragraph(run("Too dear?"), comment(0), comment(1)))
    [(words, fatal)] = told(tmp_path, content)
    assert words.startswith("body, “Too dear?”: Comments: 2. Whoever gets a Word file")
    assert not fatal


class TestTagsOfOtherPrograms:
    @pytest.mark.parametrize(
        "tag",
        [
            *("{name}", "{d.lines[i].price}", "{#lines}", "{/lines}", "{^lines}"),  # docxtemplater
            *("${name}", "[[name]]", "<<client.name>>"),
        ],
    )
    def test_they_are_named(self, tmp_path: Path, tag: str) -> None:
        content = with_body(paragraph_xml(f"Dear {tag}!"))
        remarks = [words for words, fatal in told(tmp_path, content) if not fatal]
        assert remarks == [
            f"body, “Dear {tag}!”: “{tag}”: This looks like a tag of another program: nothing "
            "fills it. Write {{ … }} with the name of a value."
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "{{ client.name }} {% if client %}x{% endif %} {# {name} #}",
            *("«Zitat» ‹Zitat›", "a < b > c, x << 2", "[1] [a, b] {1, 2} {}", "$100 {…}"),
        ],
    )
    def test_other_text_is_not(self, tmp_path: Path, text: str) -> None:
        assert told(tmp_path, with_body(paragraph_xml(text))) == []

    def test_fields_of_a_serial_letter_are_named(self, tmp_path: Path) -> None:
        simple = f'<w:fldSimple w:instr=" MERGEFIELD City \\* MERGEFORMAT ">{run("«City»")}'
        begin, separate, end = (
            f'<w:r><w:fldChar w:fldCharType="{each}"/></w:r>'
            for each in ("begin", "separate", "end")
        )
        parts = "<w:r><w:instrText> MERGE</w:instrText></w:r><w:r><w:instrText>FIELD &quot;First "
        content = with_body(
            paragraph(f"{simple}</w:fldSimple>")
            + paragraph(begin, f"{parts}name&quot; </w:instrText></w:r>", separate, run("«F»"), end)
        )
        said = [problem.said.facts["tag"] for problem in problems(tmp_path, content)]
        assert said == ["MERGEFIELD City", 'MERGEFIELD "First name"']

    def test_each_is_named_once_and_the_first_of_many(self, tmp_path: Path) -> None:
        many = with_body(paragraph_xml(*[f"{{n{number}}} {{n{number}}}" for number in range(50)]))
        said = [problem.said.facts["tag"] for problem in problems(tmp_path, many)]
        assert said == [f"{{n{number}}}" for number in range(20)]


OFFICE = "openxmlformats-officedocument.wordprocessingml"


def _of_kind(kind: str) -> bytes:
    def change(old: bytes) -> bytes:
        return old.replace(f"{OFFICE}.document.main".encode(), f"{kind}.main".encode())

    return changed(word_file("{{ x }}"), {"[Content_Types].xml": change})


def _strict(old: bytes) -> bytes:
    return old.replace(
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    )


def _open_document() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    return packed.getvalue()


OTHER_FORMATS = {
    "a .dotx": (_of_kind(f"{OFFICE}.template"), "saved as a Word template (.dotx)"),
    "a .docm": (_of_kind("ms-word.document.macroEnabled"), "or with macros (.docm)"),
    "a .dotm": (_of_kind("ms-word.template.macroEnabledTemplate"), "or with macros (.docm)"),
    "a strict file": (
        changed(word_file("{{ x }}"), {"_rels/.rels": _strict}),
        "saved as a Strict Open XML Document",
    ),
    "a .doc, or encrypted": (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4_000),
        "an old Word file (.doc) or one that a password protects",
    ),
    "a file without a body": (
        changed(
            with_body(paragraph_xml("x")),
            {"word/document.xml": lambda old: old.replace(b"w:body", b"w:bodies")},
        ),
        "A part of the file is missing or damaged: 'w:body'",
    ),
    "an .odt": (_open_document(), "not a readable Word file"),
    "an .rtf": (rb"{\rtf1 {{ x }}}", "not a readable Word file"),
}


@pytest.mark.parametrize("format_", OTHER_FORMATS)
def test_other_formats_are_refused_by_name(tmp_path: Path, format_: str) -> None:
    content, words = OTHER_FORMATS[format_]
    [(said, fatal)] = told(tmp_path, content)
    assert words in said
    assert fatal
