"""Templates become words: strictly, safely, in both languages."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from markupsafe import escape

from acctflows.agency.profile import AgencyProfile
from acctflows.errors import ConfigurationError
from acctflows.mail.compose import PARTS, compose
from acctflows.mail.sender import agency_sender
from tests.conftest import ROOT
from tests.mail.conftest import SENDER

TEMPLATES = ROOT / "templates"
LANGUAGES = ("de", "en")
NAMES = sorted(folder.name for folder in (TEMPLATES / "mail").iterdir() if folder.is_dir())


def write(folder: Path, **parts: str) -> Path:
    """A mail "note" in German; the layout is the real one."""
    place = folder / "mail" / "note" / "de"
    place.mkdir(parents=True)
    for name in ("layout.html", "signature.txt"):
        (folder / "mail" / name).write_text((TEMPLATES / "mail" / name).read_text())
    for part in PARTS:
        (place / part).write_text(parts.get(part.replace(".", "_"), "Hallo"))
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_mail_is_complete_and_renders(
    name: str, language: str, agency: AgencyProfile
) -> None:
    sample = yaml.safe_load((TEMPLATES / "mail" / name / "sample.yaml").read_text()) or {}
    sender = agency_sender(agency, language=language, name="Lena Hansen", phone="+49 40 5550143")

    mail = compose(
        name, language=language, context={**sample, "sender": sender}, templates=TEMPLATES
    )

    assert mail.subject
    assert "\n" not in mail.subject
    for body in (mail.text, mail.html):
        assert "HRB\N{NO-BREAK SPACE}123987" in body  # § 35a GmbHG
        assert "Jonas Petersen" in body
        assert "Lena Hansen" in body
    assert not any(mark in mail.text for mark in ("<p", "<br", "{{", "{%", "&amp;"))
    assert f'lang="{language}"' in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_mail_loads_nothing_from_anywhere(name: str, language: str) -> None:
    sample = yaml.safe_load((TEMPLATES / "mail" / name / "sample.yaml").read_text()) or {}

    html = compose(
        name, language=language, context={**sample, "sender": SENDER}, templates=TEMPLATES
    ).html

    assert not any(mark in html for mark in ("src=", "url(", "<link", "@import", "<script", "<img"))


def test_both_languages_have_the_same_files() -> None:
    assert NAMES
    for name in NAMES:
        for language in LANGUAGES:
            files = {file.name for file in (TEMPLATES / "mail" / name / language).iterdir()}
            assert files == set(PARTS), f"{name}/{language}"


def test_button_and_link_are_both_there(tmp_path: Path) -> None:
    body = (
        '{% extends "layout.html" %}{% set button_url = link %}{% set button_label = "Ansehen" %}'
        "{% block content %}<p>{{ words }}</p>{% endblock %}"
    )
    link = "https://portal.example/d/abc?x=1&y=2"
    context = {"sender": SENDER, "link": link, "words": "Hallo"}

    html = compose(
        "note", language="de", context=context, templates=write(tmp_path, body_html=body)
    ).html

    assert html.count('href="https://portal.example/d/abc?x=1&amp;y=2"') == 2
    assert ">https://portal.example/d/abc?x=1&amp;y=2</a>" in html
    assert "Oder diese Adresse öffnen" in html


@pytest.mark.parametrize(
    "words",
    [
        "Möwe & Söhne <GmbH>",
        "{{ 7*7 }}",
        "</p><script>x</script>",
        "=?utf-8?q?x?=",
        "عقد 👩🏽‍🚀",
        "x" * 10_000,
    ],
)
def test_words_of_a_client_arrive_literally(tmp_path: Path, words: str) -> None:
    templates = write(tmp_path, body_txt="{{ words }}", body_html="<p>{{ words }}</p>")

    mail = compose("note", language="de", context={"words": words}, templates=templates)

    assert mail.text == f"{words}\n"
    assert mail.html == f"<p>{escape(words)}</p>\n"


def test_subject_is_one_line_whatever_is_in_it(tmp_path: Path) -> None:
    templates = write(tmp_path, subject_txt="Vertrag {{ words }}\n")

    mail = compose("note", language="de", context={"words": "a\r\nBcc: b"}, templates=templates)

    assert mail.subject == "Vertrag a Bcc: b"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{{ nobody }}", "'nobody' is undefined"),
        ("{{ sender.nothing }}", "has no attribute 'nothing'"),
        ("Hallo\n{% if %}", "line 2"),
        ('{% include "elsewhere.txt" %}', "elsewhere.txt is missing"),
        ("{{ sender.__class__.__mro__ }}", "unsafe"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "unsafe"),
        ("{% for i in range(10**9) %}x{% endfor %}", "Range too big"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ sender.person[0] + 1 }}", "concatenate"),
    ],
)
def test_broken_template_names_file_and_fault(tmp_path: Path, body: str, words: str) -> None:
    templates = write(tmp_path, body_txt=body)

    with pytest.raises(ConfigurationError) as error:
        compose("note", language="de", context={"sender": SENDER}, templates=templates)

    assert "note/de/body.txt" in str(error.value)
    assert words in str(error.value)


def test_language_nobody_wrote_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"note/fr/subject.txt is missing"):
        compose("note", language="fr", context={}, templates=write(tmp_path))


def test_button_can_be_read_on_every_colour() -> None:
    assert replace(SENDER, colour="#1f4e5f").ink == "#ffffff"
    assert replace(SENDER, colour="#ffd000").ink == "#111111"
    assert replace(SENDER, colour="#ffffff").ink == "#111111"
