"""The first commands of an operator: nothing is there yet, or a setting is wrong."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from acctflows.app import load_app
from acctflows.cli import documents, mail, records
from acctflows.cli.demo import demo_app
from acctflows.cli.doctor import examine
from acctflows.cli.health import State
from acctflows.cli.opening import open_app
from acctflows.cli.up import installation_of
from acctflows.db.migrate import is_current, upgrade
from acctflows.errors import ConfigurationError, InputError
from acctflows.settings import read_settings, unknown_settings
from tests.conftest import ROOT


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation that was never started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCTFLOWS_ROOT", str(ROOT))
    monkeypatch.setenv("ACCTFLOWS_HOME", str(tmp_path / "var"))
    load_app.cache_clear()
    yield tmp_path / "var"
    load_app.cache_clear()


def test_lists_are_empty_before_the_first_start(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents.list_documents()
    mail.list_mails()
    assert capsys.readouterr().out == "There is no document yet.\nThe outbox is empty.\n"
    assert is_current(load_app().database)


@pytest.mark.parametrize("revision", ["older", "newer"])
def test_another_schema_is_never_touched_by_a_command(home: Path, revision: str) -> None:
    upgrade(load_app().database)
    with load_app().database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    with pytest.raises(ConfigurationError, match="make a backup"):
        open_app()


def test_a_database_of_a_newer_version_is_refused_in_words(home: Path) -> None:
    upgrade(load_app().database)
    with load_app().database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = 'newer'"))
    with pytest.raises(ConfigurationError, match="a newer acctflows"):
        upgrade(load_app().database)


def test_an_export_to_a_place_that_cannot_be_written_says_so(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="name a folder"):
        records.export_file(tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORTAL_PORT", "abc", "valid integer"),
        ("PREFECT_PORT", "99999", "less than or equal to 65535"),
        ("PDF_ENGINE", "word", "'libreoffice'"),
        ("PORTAL_URL", "portal.example", "https://portal.example"),
        ("DATABASE_URL", "postgresql://lena:geheim@db.example/a", r"postgresql\+psycopg://"),
        ("PREFECT_DATABASE_URL", "sqlite:///geheim.db", r"postgresql\+asyncpg://"),
        ("WORKER_CONCURRENCY", "0", "greater than 0"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"ACCTFLOWS_{name}", value)
    with pytest.raises(ConfigurationError, match=f"ACCTFLOWS_{name}: .*{words}") as caught:
        read_settings()
    assert "geheim" not in str(caught.value)


def test_what_the_supervisor_started_reads_no_settings_of_another_place(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("ACCTFLOWS_BANK_INBOX=/srv/real-inbox\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCTFLOWS_BANK_INBOX", "/srv/real-inbox")
    demo = installation_of(demo_app().settings, mailbox=True)
    environment = demo.environment()
    assert "ACCTFLOWS_BANK_INBOX" not in environment
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert read_settings().bank_inbox is None


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("ACCTFLOWS_SMPT_HOST=mail.example\nPATH_TO=x\n")
    for name in [name for name in os.environ if name.startswith("ACCTFLOWS_TEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ACCTFLOWS_COLOUR", "blue")
    monkeypatch.chdir(tmp_path)
    assert unknown_settings() == [
        "ACCTFLOWS_COLOUR",
        "ACCTFLOWS_SMPT_HOST (did you mean ACCTFLOWS_SMTP_HOST?)",
    ]
    finding = next(finding for finding in examine(load_app) if finding.name == "settings")
    assert finding.state is State.WARNING


def test_the_doctor_names_what_cannot_even_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCTFLOWS_DATABASE_URL", "sqlite:///:memory:")
    monkeypatch.setenv("ACCTFLOWS_HOME", str(ROOT / "README.md" / "var"))
    (finding,) = examine(load_app)
    assert (finding.name, finding.state) == ("settings", State.FAILURE)
    assert "ACCTFLOWS_HOME" in finding.words


def test_the_doctor_finds_a_fresh_installation_well_enough(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCTFLOWS_PDF_ENGINE", "none")
    found = {finding.name: finding.state for finding in examine(load_app)}
    assert found["PDF"] is found["mail"] is State.WARNING
    assert (
        found["database"] is found["migrations"] is found["templates"] is found["fonts"] is State.OK
    )
