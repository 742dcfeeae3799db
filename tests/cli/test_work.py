"""`acctflows work …`, as an operator runs it."""

import pytest
from sqlalchemy import select

from acctflows.agency.problems import ProblemsError
from acctflows.cli import app
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.session import Database
from acctflows.errors import NotFoundError
from tests.factories import make_act, make_project, make_work_record


def run(*words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["work", *words])
    assert ended.value.code == 0


@pytest.fixture
def project(installed: Database) -> str:
    with installed.transaction() as session:
        return make_project(session, number="P-1", title="Relaunch").number


def test_work_is_added_once_and_listed(
    installed: Database, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = ("add", "P-1", "2026-11-20", "1:30", "--note", "Formular [bold]", "--no-billable")
    run(*entry)
    assert "recorded as auto-" in capsys.readouterr().out
    run(*entry)
    assert "on file already" in capsys.readouterr().out
    run("list", "--project", "Relaunch")
    shown = capsys.readouterr().out
    assert "P-1 · 2026-11-20 · 1.5 h  not billable  auto-" in shown
    assert "Formular [bold]" in shown
    assert "P-1 Relaunch: 1 record, 1.5 hours" in shown


def test_a_reference_corrects(
    installed: Database, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", "P-1", "2026-11-20", "2", "--reference", "TT-1")
    run("add", "P-1", "2026-11-20", "2:15", "--reference", "TT-1")
    assert "changed (hours)" in capsys.readouterr().out
    with installed.reading() as session:
        assert [row.quantity for row in session.scalars(select(WorkRecord))] == [2.25]


def test_what_is_wrong_is_said(installed: Database, project: str) -> None:
    with pytest.raises(ProblemsError, match="hours: “viel” is no number of hours"):
        app(["work", "add", "P-1", "2026-11-20", "viel"])
    with pytest.raises(ProblemsError, match="“P-9” is not on file"):
        app(["work", "add", "P-9", "2026-11-20", "2"])
    with pytest.raises(NotFoundError, match="P-9"):
        app(["work", "list", "--project", "P-9"])


def test_only_what_no_act_reports_is_open(
    installed: Database, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("list", "--project", "P-1")
    assert "no work is recorded" in capsys.readouterr().out
    with installed.transaction() as session:
        row = make_project(session, number="P-2", title="Kampagne")
        make_work_record(session, row, reference="TT-7")
        make_work_record(
            session, row, reference="TT-8", document=make_act(session, row, number="L-2026-0001")
        )
    run("list", "--project", "P-2", "--open")
    shown = capsys.readouterr().out
    assert "TT-7" in shown
    assert "TT-8" not in shown
    run("list", "--project", "P-2")
    assert "in L-2026-0001  TT-8" in capsys.readouterr().out
