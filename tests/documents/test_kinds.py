"""The registry of document kinds is complete."""

from pathlib import Path

import pytest

from acctflows.documents.kinds import KINDS, LANGUAGES, WORD_KINDS, DocumentKind, find_kind
from acctflows.errors import InputError
from tests.conftest import ROOT

each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


@pytest.mark.parametrize("kind", WORD_KINDS.values(), ids=WORD_KINDS.keys())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_kind_has_templates_in_both_languages(kind: DocumentKind, language: str) -> None:
    template = kind.template(ROOT / "templates", language)
    assert template.is_file(), f"{template.relative_to(ROOT)} is missing"


@each_kind
def test_every_kind_has_a_title_in_every_language(kind: DocumentKind) -> None:
    assert all(kind.title(language) for language in LANGUAGES)


def test_no_two_kinds_share_their_numbers() -> None:
    assert len({kind.prefix for kind in KINDS.values()}) == len(KINDS)


def test_a_template_is_found_by_kind_and_language() -> None:
    template = KINDS["contract"].template(Path("templates"), "de")
    assert template == Path("templates/documents/contract/de.docx")


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(InputError, match=r"“poem” is no kind of document → use one of: contract"):
        find_kind("poem")
