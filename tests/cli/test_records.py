"""`acctflows import` and `acctflows export`, as an operator runs them."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from acctflows.cli.records import export_file, import_file
from acctflows.db.models.agency import Client
from acctflows.db.session import Database
from acctflows.errors import InputError
from tests.conftest import ROOT

DEMO = sorted((ROOT / "templates" / "examples" / "demo-agency").glob("*.csv"))


def clients(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Client)) or 0


def test_import_is_a_dry_run_until_it_is_applied(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    import_file(*DEMO)
    assert "Probelauf, nichts gespeichert: 116 neu" in capsys.readouterr().out
    assert clients(installed) == 0
    import_file(*DEMO, apply=True, language="en")
    assert "Saved: 116 new, 0 changed, 0 unchanged." in capsys.readouterr().out
    assert clients(installed) == 5


def test_problems_are_shown_with_row_and_column_and_nothing_is_saved(
    installed: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kunden.csv"
    file.write_text("Firma;Land\nMöwe [bold]GmbH;DE\nTidenhub;Bayern\n", encoding="cp1252")
    with pytest.raises(SystemExit) as ended:
        import_file(file, apply=True)
    shown = capsys.readouterr().out
    assert ended.value.code == 1
    assert "Möwe [bold]GmbH" in shown
    assert "kunden.csv │ 3     │ Land" in shown
    assert "Nichts gespeichert, Fehler gefunden: 1." in shown
    assert clients(installed) == 0


def test_kind_of_a_list_can_be_said_where_headings_leave_it_open(
    installed: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_file(*DEMO, apply=True)
    file = tmp_path / "liste.csv"
    file.write_text("Kunde;Name;E-Mail\nK-1001;Relaunch;\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        import_file(file)
    assert "passen auf mehrere Arten: Ansprechpartner, Projekte" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        import_file(file, kind="projects")
    assert "│ Kundenberatung / Account manager │" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        import_file(file, kind="recurring_fees")
    assert "„Laufende Gebühren“" in capsys.readouterr().out


def test_file_in_another_encoding_is_refused_with_row_and_column(
    installed: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kunden.csv"
    file.write_bytes("Firma;Land\nTidenhub;DE\nBäckerei Höft;DE\n".encode("mac_roman"))
    with pytest.raises(SystemExit):
        import_file(file, apply=True)
    shown = " ".join(capsys.readouterr().out.split())
    assert "kunden.csv │ 3 │ A" in shown
    assert clients(installed) == 0


def test_report_can_be_printed_as_markdown(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    import_file(*DEMO, markdown=True, language="en")
    assert capsys.readouterr().out.startswith("# Import of records\n")


@pytest.mark.parametrize("xlsx", [False, True])
def test_what_was_exported_can_be_imported(
    installed: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], xlsx: bool
) -> None:
    import_file(*DEMO, apply=True)
    folder = tmp_path / "lists"
    export_file(folder, xlsx=xlsx)
    export_file(folder, xlsx=xlsx)
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == (
        ["Stammdaten.xlsx"]
        if xlsx
        else [
            "Ansprechpartner.csv",
            "Erbrachte Leistungen.csv",
            "Kunden.csv",
            "Laufende Gebühren.csv",
            "Leistungen.csv",
            "Meilensteine.csv",
            "Projekte.csv",
            "Projektleistungen.csv",
            "Spezialisten.csv",
        ]
    )
    capsys.readouterr()
    import_file(*files)
    assert "Nichts zu tun: alle 116 Einträge sind schon so erfasst." in capsys.readouterr().out


def test_import_of_nothing_or_of_a_missing_file_says_what_to_do(
    installed: Database, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no file was named"):
        import_file()
    with pytest.raises(InputError, match="cannot be read"):
        import_file(tmp_path / "missing.csv")
