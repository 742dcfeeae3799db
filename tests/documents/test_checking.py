"""A template that asks for too much ends its check alone, within seconds, and is said."""

from pathlib import Path

import pytest

from acctflows.documents import checking
from acctflows.documents.checking import Asked, check_apart
from acctflows.documents.lint import examine
from tests.documents.word_files import save, word_file

ENDLESS = [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}x"
    "{% endfor %}{% endfor %}{% endfor %}",
    "{{ range(99999)|map('string')|map('center', 99999)|join|length }}",
]
GREEDY = [
    "{{ 'a'|center(9999999999) }}",
    "{{ '%9999999999d'|format(1) }}",
    "{{ '{:9999999999}'.format(1) }}",
    "{{ 'a'.ljust(9999999999) }}",
    "{{ [1]|batch(999999999, 'x')|list|length }}",
    "{% set x = namespace(t='a') %}{% for i in range(60) %}{% set x.t = x.t ~ x.t %}{% endfor %}",
]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that is less patient."""
    monkeypatch.setattr(checking, "SECONDS", 3)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("tag", [*ENDLESS, *GREEDY], ids=lambda tag: tag[:40])
def test_a_template_that_asks_for_too_much_is_refused(tmp_path: Path, tag: str) -> None:
    [found] = check_apart([Asked(save(tmp_path, word_file(tag)), {})])
    assert not found.is_usable, found


@pytest.mark.usefixtures("short")
def test_it_is_said_of_the_one_alone(tmp_path: Path) -> None:
    good = save(tmp_path, word_file("{{ x }}"), "good.docx")
    endless = save(tmp_path, word_file(ENDLESS[0]), "endless.docx")
    wrong = save(tmp_path, word_file("{{ y }}"), "wrong.docx")
    found = check_apart([Asked(good, {"x": "1"}), Asked(endless, {}), Asked(wrong, {"x": "1"})])
    assert found[0] == examine(Asked(good, {"x": "1"}))
    assert found[0].filled
    assert not found[1].is_usable
    assert found[2] == examine(Asked(wrong, {"x": "1"}))
    assert not found[2].is_usable


def test_nothing_asked_is_nothing_found() -> None:
    assert check_apart([]) == []
