"""`acctflows contract …`, as an operator runs it."""

from datetime import date

import pytest

from acctflows.app import load_app
from acctflows.cli import app
from acctflows.contracts.terms import Term
from acctflows.db.models.contracts import Contract
from acctflows.db.session import Database
from acctflows.errors import InputError, NotFoundError
from tests.contracts.stories import concluded
from tests.factories import NOW, make_client, make_project

TODAY = NOW.date().isoformat()


def run(*words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["contract", *words])
    assert ended.value.code == 0


@pytest.fixture
def number(installed: Database) -> str:
    with installed.transaction() as session:
        project = make_project(
            session, ends_on=None, client=make_client(session, legal_name="Möwe [bold] GmbH")
        )
        terms = {"term": Term.RENEWING, "starts_on": date(2026, 12, 1), "notice_months": 3}
        return concluded(session, load_app().agency, project=project, **terms).document.number


def test_without_contracts_the_list_says_so(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    run("list")
    assert "No contract is concluded yet." in capsys.readouterr().out


def test_contracts_are_listed_and_shown(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("list", "--as-of", "2027-01-04")
    shown = capsys.readouterr().out
    assert "Möwe [bold] GmbH" in shown
    assert "2027-08-31" in shown
    assert "2028-11-30" in shown
    run("show", number, "--as-of", "2027-01-04")
    shown = capsys.readouterr().out.replace("\u00a0", " ")
    assert f"{number}  Möwe [bold] GmbH: running" in shown
    assert "Term 1: 2026-12-01 to 2027-11-30" in shown
    assert "notice must be received by 31 August 2027" in shown
    assert "Reminders: 2027-07-02, 2027-08-01, 2027-08-24" in shown


def test_a_notice_is_recorded_and_taken_back(
    installed: Database, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = (number, TODAY, "--party", "client")
    run("notice", *given, "--channel", "letter", "--note", "Scan 7")
    said = f"notice of the client, received on {TODAY} (letter), to end on 2027-11-30: Scan 7"
    assert f"{number}: {said}" in capsys.readouterr().out
    run("withdraw", *given, "--note", "bleibt")
    run("show", number)
    assert f"{said} – taken back: bleibt" in capsys.readouterr().out
    with pytest.raises(NotFoundError, match="no notice of the client"):
        app(["contract", "withdraw", *given, "--note", "noch einmal"])
    with installed.reading() as session:
        [notice] = session.get_one(Contract, 1).notices
        assert notice.withdrawn_note == "bleibt"


def test_what_cannot_be_right_is_refused(number: str) -> None:
    with pytest.raises(NotFoundError, match="there is no contract V-1"):
        app(["contract", "show", "V-1"])
    with pytest.raises(InputError, match="needs a reason"):
        app(["contract", "notice", number, TODAY, "--party", "client", "--ends", "2027-01-01"])
