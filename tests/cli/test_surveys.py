"""`acctflows survey`: figures on the screen, and the PDF where it is asked for."""

from datetime import timedelta
from pathlib import Path

import pytest

from acctflows.app import load_app
from acctflows.cli.surveys import result
from acctflows.db.session import Database
from tests.satisfaction.stories import answer, asked


def test_the_result_is_told_and_printed(
    installed: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now, closed_on = load_app().clock.now(), load_app().clock.today() - timedelta(days=5)
    given = {"at": now, "closed_on": closed_on, "contact": {"survey_basis_on": None}}
    with installed.transaction() as session:
        for score in (9, 9, 10, 3, 8):
            _survey, token = asked(session, **given)
            answer(session, token, score, at=now, reason="results")
    result(pdf=tmp_path / "result.pdf")
    shown = capsys.readouterr().out.replace("\u00a0", " ")
    assert shown.startswith("NPS +40, zwischen ")
    assert "Qualität der Ergebnisse" in shown
    assert (tmp_path / "result.pdf").read_bytes().startswith(b"%PDF")
