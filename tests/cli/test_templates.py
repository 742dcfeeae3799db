"""The command line shows the versions of templates and puts one in use."""

import shutil
from pathlib import Path

import pytest

from acctflows.app import load_app
from acctflows.cli.templates import activate, list_templates
from acctflows.db.session import Database
from acctflows.errors import NotFoundError
from acctflows.word_templates import Place, template_in_use
from tests.conftest import ROOT
from tests.test_word_templates import edit


def test_versions_are_listed_and_an_earlier_one_is_put_in_use(
    installed: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(ROOT / "templates" / "documents" / "contract", tmp_path / "documents/contract")
    monkeypatch.setenv("ACCTFLOWS_TEMPLATES", str(tmp_path))
    load_app.cache_clear()
    place = Place.of(load_app(), "contract", "de")
    first = place.read()
    template_in_use(load_app(), place, actor="draft-contract")
    edit(place, "Neu")
    template_in_use(load_app(), place, actor="draft-contract")

    list_templates()
    shown = capsys.readouterr().out
    assert shown.count("contract/de") == 2
    assert "since 20" in shown

    activate("contract/de", 1)
    assert "with version 1 of contract/de" in capsys.readouterr().out
    assert place.read() == first
    with pytest.raises(NotFoundError, match="has no version 7"):
        activate("contract/de", 7)
    load_app().database.close()
