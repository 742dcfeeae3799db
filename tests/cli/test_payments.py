"""`acctflows payment …`, as an operator runs it."""

from pathlib import Path

import pytest
from sqlalchemy import select

from acctflows.cli import app
from acctflows.db.models.receivables import Invoice
from acctflows.db.session import Database
from acctflows.errors import InputError, NotFoundError
from tests.factories import make_client, make_invoice
from tests.receivables.bank_files import SAMPLES


def run(*words: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["payment", *words])
    assert ended.value.code == code


@pytest.fixture
def invoice(installed: Database) -> int:
    with installed.transaction() as session:
        client = make_client(session, number="K-7", legal_name="Müller & Söhne GmbH")
        return make_invoice(session, client, number="RE-2026-0017").id


def test_a_file_is_taken_and_what_it_paid_is_told(
    installed: Database, invoice: int, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(SAMPLES / "camt053_traps.xml")
    run("import", file)
    shown = capsys.readouterr().out
    assert "RE-2026-0017  Der Verwendungszweck nennt RE-2026-0017." in shown
    assert "gebucht: 1." in shown
    assert "/desk/payments" in shown
    run("import", file)
    assert "neue Zeilen: 0, gebucht: 0." in capsys.readouterr().out
    run("list")
    assert "1.190,00 € Müller & Söhne GmbH RE-2026-0017" in capsys.readouterr().out
    run("list", "--waiting")
    assert "One Ltd" in capsys.readouterr().out


def test_a_file_that_is_refused_says_why(
    installed: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8")
    run("import", str(photo), code=1)
    assert "photo.jpg: this is no bank statement" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"missing\.xml"):
        app(["payment", "import", str(tmp_path / "missing.xml")])


def test_a_payment_is_added_once(
    installed: Database, invoice: int, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = ("add", "190,00", "--invoice", "RE-2026-0017", "--reference", "bar")
    run(*entry)
    assert "RE-2026-0017: booked" in capsys.readouterr().out
    run(*entry)
    assert "on file already" in capsys.readouterr().out
    with installed.reading() as session:
        assert session.scalars(select(Invoice.open_minor)).one() == 100_000
    with pytest.raises(NotFoundError, match="no invoice RE-1"):
        app(["payment", "add", "5", "--invoice", "RE-1"])


def test_without_payments_the_way_to_them_is_told(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    run("list")
    assert "acctflows payment import --help" in capsys.readouterr().out
    run("list", "--waiting")
    assert "all payments are assigned" in capsys.readouterr().out
