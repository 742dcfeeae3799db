"""Filling a document ends, whatever the template, in the process that makes documents too."""

import time
from pathlib import Path

import pytest

from acctflows.documents import budget
from acctflows.documents.word import TemplateError, render_word
from tests.documents.test_values import CREATED
from tests.documents.word_files import bare_word_file, paragraphs_of, save, word_file

DOUBLING = "{% set n = namespace(t='a', l=[1]) %}{% for i in range(60) %}{% set n.t = "
WHAT_TAKES_TOO_MUCH = [
    "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% set x = range(99999)|map('string')|join|length %}{% endfor %}",
    "{% for a in range(9999)|map('string') %}{{ lines|map('center', 9999)|join }}{% endfor %}",
    "{{ range(99999)|map('string')|map('center', 99999)|join|length }}",
    "{% set x %}{% for a in range(99999) %}{{ 'a'.ljust(99999) }}{% endfor %}{% endset %}",
    DOUBLING + "n.t ~ n.t %}{% endfor %}",
    DOUBLING + "n.t + n.t %}{% endfor %}",
    "{% set n = namespace(t=['a']) %}{% for i in range(60) %}{% set n.t = n.t + n.t %}{% endfor %}",
    DOUBLING.removesuffix(" = ") + " %}{{ n.t }}{{ n.t }}{% endset %}{% endfor %}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for a in [1] recursive %}{{ loop([1, 2]) }}{% endfor %}",
    "{{ 'a'|center(9999999999) }}",
    "{{ '%9999999999d'|format(1) }}",
    "{{ '%*d'|format(9999999999, 1) }}",
    "{{ '{:9999999999}'.format(1) }}",
    "{{ 'a'.ljust(9999999999) }}",
    "{{ 'a'.center(width=9999999999) }}",
    "{{ ('a' * 99999)|replace('a', 'a' * 99999) }}",
    "{{ ('a' * 99999).replace('', 'a' * 99999) }}",
    "{{ ('a\t' * 9999).expandtabs(99999) }}",
    "{{ ('a\\n' * 9999)|indent(99999) }}",
    "{{ (['a' * 9999] * 99999)|join('-')|length }}",
    "{{ ','.join(['a' * 9999] * 99999)|length }}",
    "{{ [1]|batch(999999999, 'x')|list|length }}",
    "{{ ('a' * 99999) * 99999 }}",
]


@pytest.mark.parametrize("tag", WHAT_TAKES_TOO_MUCH, ids=lambda tag: tag[:60])
def test_filling_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str) -> None:
    monkeypatch.setattr(budget, "CHARACTERS", 5_000_000)  # a patient house's limit is 100 million
    template = save(tmp_path, bare_word_file(tag))
    began = time.thread_time()
    with pytest.raises(TemplateError) as caught:
        render_word(template, {"lines": ["x"] * 500}, created=CREATED, title="T", author="A")
    assert time.thread_time() - began < 3
    assert caught.value.part == "body"


def test_time_is_limited_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.0)
    monkeypatch.setattr(budget, "_SLICE", 1_000)
    template = save(tmp_path, bare_word_file("{% for a in lines %}{{ a }}{% endfor %}"))
    with pytest.raises(TemplateError) as caught:
        render_word(template, {"lines": ["x"] * 500}, created=CREATED, title="T", author="A")
    assert caught.value.said.code == "too_slow"


def test_no_document_pays_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "CHARACTERS", 60_000)
    loop = "{% for a in lines %}{{ loop.index }}{{ ',' if not loop.last }}{% endfor %}"
    template = save(tmp_path, word_file(loop, header=loop))
    for _ in range(5):
        made = render_word(template, {"lines": ["x"] * 9}, created=CREATED, title="T", author="A")
        assert paragraphs_of(made.content) == ["1,2,3,4,5,6,7,8,9"]


def test_ordinary_filters_and_methods_work_as_ever(tmp_path: Path) -> None:
    texts = {
        "{{ 'a-b'.replace('-', '+')|upper }}": "A+B",
        "{{ ['a', 'b']|join(', ') }}{{ lines|join('|', attribute='x') }}": "a, b1|2",
        "{{ '-'.join(['a', 'b']) }}{{ 'abc'|join('.') }}": "a-ba.b.c",
        "{{ '%05.1f'|format(2.25) }} {{ '{:>6}'.format('x') }}|": "002.2      x|",
        "{{ 'a'|center(5) }}|{{ '7'.zfill(3) }}": "  a  |007",
        "{% for b in range(5)|batch(2, '-') %}{{ b|join }};{% endfor %}": "01;23;4-;",
        "{{ 'a' ~ 1 ~ lines[0].x }}{{ 1 + 1 }}{{ 'a' + 'b' }}": "a112ab",
        "{% for a in lines|sort(attribute='x') %}{{ loop.length }}{{ a.x }}{% endfor %}": "2122",
        "{% for k, v in d.items() if v %}{{ k }}{% else %}-{% endfor %}": "b",
        "{% for a in tree recursive %}{{ a.n }}{{ loop(a.c) }}{% endfor %}": "123",
    }  # fmt: skip
    tree = [{"n": 1, "c": [{"n": 2, "c": []}, {"n": 3, "c": []}]}]
    given = {"lines": [{"x": 1}, {"x": 2}], "d": {"a": 0, "b": 1}, "tree": tree}
    template = save(tmp_path, word_file(*texts))
    made = render_word(template, given, created=CREATED, title="T", author="A")
    assert paragraphs_of(made.content) == list(texts.values())
