"""Everything said of templates is said in both languages, and Jinja's errors in our words."""

import re

import jinja2
import pytest

from acctflows.documents.messages import MESSAGES, PARTS, Message
from acctflows.documents.sandbox import TemplateSandbox
from acctflows.documents.saying import explain, part_in, said
from tests.conftest import ROOT

FACT = re.compile(r"\$(\w+)")


@pytest.mark.parametrize("code", MESSAGES)
def test_a_sentence_is_complete_in_both_languages(code: str) -> None:
    message = MESSAGES[code]
    assert message.en
    assert message.de
    assert message.en != message.de
    assert bool(message.todo_en) == bool(message.todo_de)
    for english, german in ((message.en, message.de), (message.todo_en, message.todo_de)):
        assert set(FACT.findall(english)) == set(FACT.findall(german))
    facts = dict.fromkeys(FACT.findall(" ".join(message)), "FAKT")
    for language in ("de", "en"):
        assert "$" not in said(code, **facts).text(language)


def test_no_sentence_is_left_over_and_none_is_missing() -> None:
    sources = [each.read_text("utf-8") for each in (ROOT / "src/acctflows/documents").glob("*.py")]
    used = {each for text in sources for each in re.findall(r'"(\w+)"', text)}
    named = {each for text in sources for each in re.findall(r'\bsaid\(\s*"(\w+)"', text)}
    assert named <= set(MESSAGES)
    code = "\n".join(text for text in sources if "MESSAGES: dict" not in text)
    assert [each for each in MESSAGES if f'"{each}"' not in code] == []
    assert used


def test_parts_have_names_in_both_languages() -> None:
    assert all(isinstance(each, Message) and each.de for each in PARTS.values())
    assert (part_in("de", "header"), part_in("en", "header")) == ("Kopfzeile", "header")
    assert part_in("de", "word/comments.xml") == "word/comments.xml"


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("{{ a b }}", "Nach seinem Anfang kommt „b“, das dort nicht hingehört."),
        ("{{ a | }}", "Er endet, wo noch etwas kommen muss."),
        ("{{ a. }}", "Er endet, wo noch etwas kommen muss."),
        ("{{ (a }}", "Erwartet wird „)“, da steht aber „}“."),
        ("{{ 'a }}", "Das Zeichen „'“ gehört dort nicht hin."),
        ("{% for x of y %}{% endfor %}", "Erwartet wird „in“, da steht aber „of“."),
        ("{{ a|nix }}", "Einen Filter „nix“ gibt es nicht."),
        ("{% if a is nix %}{% endif %}", "Eine Prüfung „nix“ gibt es nicht."),
        ("{% nix %}", "Eine Anweisung „nix“ gibt es nicht."),
        ("{%tr if a %}", "{%tr … %} steht außerhalb einer Tabelle"),
        ("{{ client.nmae }}", "„nmae“ kommt in den Daten nicht vor (ist „name“ gemeint?)."),
        ("{{ nichts }}", "Ein Wert fehlt: „nichts“ kommt in den Daten nicht vor."),
        ("{{ empty }}", "Der Wert ist leer."),
        ("{{ client }}", "Er gibt keinen einzelnen Wert aus (dict)."),
        ("{{ a + }}", "Er endet, wo noch etwas kommen muss."),
        ("{{ 2 ** 9 }}", "Die Vorlage verlangt etwas, das nicht erlaubt ist: den Operator **."),
        ("{{ a.__class__ }}", "Die Vorlage verlangt etwas, das nicht erlaubt ist: „__class__“."),
        ("{{ client.name + 1 }}", "Ein Platzhalter lässt sich nicht ausrechnen"),
        ("{% autoescape false %}{% endautoescape %}", "{% autoescape %} ist nicht erlaubt."),
    ],
)
def test_jinjas_errors_are_said_in_words(tag: str, told: str) -> None:
    sandbox = TemplateSandbox()
    data = {"a": "1", "client": {"name": "Möwe"}, "empty": None}
    with pytest.raises((jinja2.TemplateError, TypeError)) as caught:
        sandbox.from_string(sandbox.read(tag)).render(data)
    assert told in explain(caught.value).text("de")
