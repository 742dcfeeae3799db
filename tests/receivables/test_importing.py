import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from acctflows.db.models.receivables import BankFile, BankLine, Invoice, LineState, Payment
from acctflows.db.session import Database
from acctflows.receivables.payments import importing
from acctflows.receivables.payments.bank_data import bank_data_as_of
from acctflows.receivables.payments.import_figures import bank_report
from acctflows.receivables.payments.importing import (
    InboxOutcome,
    MatchOutcome,
    import_file,
    import_inbox,
    match_waiting,
)
from tests.factories import make_client, make_invoice
from tests.racing import race
from tests.receivables.bank_files import sample
from tests.receivables.bank_world import DAY, NOW, THEIRS

LATER = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "bank-inbox"
    folder.mkdir()
    return folder


def put(inbox: Path, name: str, data: bytes, *, age: float = 3600) -> Path:
    """A file that was written that many seconds before the import."""
    file = inbox / name
    file.write_bytes(data)
    moment = LATER.timestamp() - age
    os.utime(file, (moment, moment))
    return file


def run(database: Database, inbox: Path) -> tuple[InboxOutcome, MatchOutcome]:
    files = import_inbox(database, inbox, by="inbox", now=LATER)
    return files, match_waiting(database, now=LATER, prefixes=["RE"])


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.is_file())


def test_files_are_taken_or_refused_and_the_reason_lies_beside(
    database: Database, inbox: Path
) -> None:
    put(inbox, "auszug.xml", sample("camt053_traps.xml"))
    put(inbox, "foto.jpg", b"\xff\xd8\xff\xe0 no statement")
    put(inbox, "abgeschnitten.xml", sample("camt053_traps.xml")[:900])
    put(inbox, "halb.xml", sample("camt053_traps.xml")[:900], age=2)
    put(inbox, "fremd.csv.part", b"Datum;Betrag")
    files, _ = run(database, inbox)
    assert [bool(each.taken) for each in files.files] == [False, True, False]
    assert files.growing == ("halb.xml",)
    assert names(inbox) == ["fremd.csv.part", "halb.xml"]
    assert names(inbox / "taken") == ["auszug.xml"]
    assert names(inbox / "refused") == [
        *("abgeschnitten.xml", "abgeschnitten.xml.txt", "foto.jpg", "foto.jpg.txt")
    ]
    why = (inbox / "refused" / "foto.jpg.txt").read_text(encoding="utf-8")
    assert "foto.jpg: this is no bank statement of a known format → export CAMT.053" in why


def test_a_run_that_was_killed_after_the_commit_is_finished_by_the_next(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(inbox, "auszug.xml", sample("camt053_traps.xml"))

    def killed(*_: object) -> Path:
        raise SystemExit(9)

    with monkeypatch.context() as patched:
        patched.setattr(importing, "keep_taken", killed)
        with pytest.raises(SystemExit):
            import_inbox(database, inbox, by="inbox", now=LATER)
    assert file.exists()
    files, _ = run(database, inbox)
    assert files.files[0].taken
    assert not files.files[0].taken.new
    assert names(inbox / "taken") == ["auszug.xml"]
    with database.reading() as session:
        assert session.scalars(select(func.count()).select_from(BankFile)).one() == 1


def test_a_file_of_the_same_name_never_replaces_another(database: Database, inbox: Path) -> None:
    put(inbox, "auszug.xml", sample("camt053_traps.xml"))
    run(database, inbox)
    put(inbox, "auszug.xml", sample("camt053_traps.xml"))
    run(database, inbox)
    assert names(inbox / "taken") == ["auszug.xml"]
    put(inbox, "auszug.xml", sample("camt052_wise.xml"))
    run(database, inbox)
    assert len(names(inbox / "taken")) == 2
    assert sample("camt053_traps.xml") == (inbox / "taken" / "auszug.xml").read_bytes()


def test_a_file_that_breaks_the_reader_stays_and_stops_no_other(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox, "a.xml", b"boom")
    put(inbox, "b.xml", sample("camt053_traps.xml"))
    read = importing.read_bank_file

    def broken(data: bytes, *, name: str) -> object:
        if data == b"boom":
            raise RuntimeError("a mistake of ours")
        return read(data, name=name)

    monkeypatch.setattr(importing, "read_bank_file", broken)
    files, _ = run(database, inbox)
    assert [each.name for each in files.files] == ["b.xml"]
    assert [(each.name, each.problem) for each in files.left] == [("a.xml", "a mistake of ours")]
    assert names(inbox) == ["a.xml"]


def test_two_runs_at_once_take_each_file_once(database: Database, inbox: Path) -> None:
    for number in range(4):
        put(inbox, f"{number}.xml", sample("camt053_traps.xml") + b"\n" * number)
    put(inbox, "9.csv", b"nothing")
    done, failed = race(3, lambda _: import_inbox(database, inbox, by="inbox", now=LATER))
    assert not failed
    assert not [each for outcome in done for each in outcome.left]
    assert names(inbox) == []
    assert len(names(inbox / "taken")) == 4
    with database.reading() as session:
        keys = session.scalars(select(BankLine.key)).all()
        assert len(keys) == len(set(keys))
        assert session.scalars(select(func.count()).select_from(BankFile)).one() == 4


def test_the_report_says_what_was_booked_why_and_what_waits(
    database: Database, inbox: Path
) -> None:
    with database.transaction() as session:
        client = make_client(session, legal_name="Müller & Söhne GmbH")
        make_invoice(session, client, number="RE-2026-0017")
        make_invoice(session, client, number="RE-2026-0018", gross_minor=10_000)
    put(inbox, "auszug.xml", sample("camt053_traps.xml"))
    put(inbox, "foto.jpg", b"\xff\xd8 |<b>")
    files, matched = run(database, inbox)
    assert len(matched.booked) == 1
    with database.reading() as session:
        report = bank_report(session, files, matched.booked)
        assert bank_data_as_of(session) == DAY
    german, english = (report.markdown(each, desk="http://desk") for each in ("de", "en"))
    assert "Der Verwendungszweck nennt RE-2026-0017." in german
    assert "The payment text names RE-2026-0017." in english
    assert "1.190,00" in german
    assert "foto.jpg" in german
    assert "[Assign them on the desk](http://desk)" in english
    assert "2.525,00" in german
    assert "Alle Zahlungen sind bekannt bis 20.11.2026." in german
    assert report.summary("en").startswith("Files: 1, new lines:")
    assert "Files refused: 1." in report.summary("en")


def test_a_payment_that_names_nothing_waits_until_the_payer_is_known(
    database: Database, inbox: Path
) -> None:
    rows = "Buchungstag;Auftraggeber;Verwendungszweck;IBAN;Betrag;Währung\n"
    first = f"20.11.2026;Möwe;RE-2026-0017;{THEIRS};1.190,00;EUR\n"
    second = f"21.11.2026;Möwe;danke;{THEIRS};50,00;EUR\n"
    with database.transaction() as session:
        client = make_client(session)
        make_invoice(session, client, number="RE-2026-0017")
        make_invoice(session, client, number="RE-2026-0018", gross_minor=5_000)
    for name, row in (("a.csv", first), ("b.csv", second)):
        put(inbox, name, (rows + row).encode())
    _, matched = run(database, inbox)
    assert (len(matched.booked), len(matched.waiting)) == (1, 1)
    _, matched = run(database, inbox)
    assert (len(matched.booked), len(matched.waiting)) == (1, 0)


def test_a_line_that_cannot_be_matched_stops_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        make_invoice(session, make_client(session), number="RE-2026-0017")
    data = b"Datum;Zweck;Betrag\n20.11.2026;kaputt;1,00\n20.11.2026;RE-2026-0017;1.190,00\n"
    assert import_file(database, data, name="a.csv", by="test", now=NOW).taken
    match = importing.match_bank_line

    def broken(session: object, line_id: int, *given: object, **more: object) -> object:
        if line_id == 1:
            raise RuntimeError("a mistake of ours")
        return match(session, line_id, *given, **more)

    monkeypatch.setattr(importing, "match_bank_line", broken)
    matched = match_waiting(database, now=NOW, prefixes=["RE"])
    assert (matched.failed, matched.booked) == ({1: "a mistake of ours"}, [2])
    with database.reading() as session:
        states = session.scalars(select(BankLine.state).order_by(BankLine.id)).all()
        assert states == [LineState.NEW, LineState.BOOKED]
        assert session.scalars(select(Invoice.open_minor)).one() == 0


def test_lines_are_booked_once_over_any_number_of_stops(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        client = make_client(session)
        for number in range(1, 21):
            make_invoice(session, client, number=f"RE-2026-{number:04}", gross_minor=10_000)
    rows = [f"20.11.2026;RE-2026-{n:04};{part},00" for n in range(1, 21) for part in (40, 60)]
    data = "\n".join(["Datum;Zweck;Betrag", *rows]).encode()
    import_file(database, data, name="a.csv", by="test", now=NOW)
    match, calls = importing.match_bank_line, 0

    def stopped(*given: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        state = match(*given, **more)
        if calls % 7 == 0:  # after the booking, before its commit
            raise SystemExit(9)
        return state

    monkeypatch.setattr(importing, "match_bank_line", stopped)
    stops = 0
    while stops < 20:
        try:
            match_waiting(database, now=NOW, prefixes=["RE"])
            break
        except SystemExit:
            stops += 1
    assert stops > 4
    with database.reading() as session:
        assert set(session.scalars(select(Invoice.open_minor))) == {0}
        assert session.scalars(select(func.sum(Payment.amount_minor))).one() == 200_000
