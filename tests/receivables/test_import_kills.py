"""kill -9 at one SQL statement after another: what was committed stays, the rest is done later."""

import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

from sqlalchemy import event, func, select

from acctflows.db.models.receivables import BankLine, Invoice, LineState, Payment
from acctflows.db.session import Database
from acctflows.receivables.payments.importing import import_inbox, match_waiting
from tests.factories import make_client, make_invoice
from tests.receivables.bank_world import NOW, require_true_balances

ROWS = """Buchungstag;Auftraggeber;Buchungstext;Verwendungszweck;End-to-End-Referenz;Betrag
18.11.2026;Priel;Gutschrift;RE-2026-0001;E1;100,00
18.11.2026;Priel;Gutschrift;RE-2026-0002;E2;60,00
19.11.2026;Priel;Gutschrift;RE-2026-0002 Rest;E3;40,00
19.11.2026;Priel;Gutschrift;RE-2026-0003 und mehr;E4;130,00
20.11.2026;Priel;Rücklastschrift;Retoure RE-2026-0001;E1;-100,00
20.11.2026;Miete;Lastschrift;Büro;E5;-800,00
"""


def run_until_killed(url: str, inbox: Path, statement: int) -> bool:
    """Import in a process of its own that dies at its n-th statement; whether it got to its end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        database, asked = Database(url), count(1)

        def die(*_: object) -> None:
            if next(asked) == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(database.engine, "before_cursor_execute", die)
        import_inbox(database, inbox, by="inbox", now=NOW)
        match_waiting(database, now=NOW, prefixes=["RE"])
        os._exit(0)
    finally:
        os._exit(1)


def test_nothing_is_booked_twice_or_lost_wherever_the_import_is_killed(
    database: Database, tmp_path: Path, figures: Callable[[str], None]
) -> None:
    with database.transaction() as session:
        client = make_client(session)
        for number in (1, 2, 3):
            make_invoice(session, client, number=f"RE-2026-000{number}", gross_minor=10_000)
    file = tmp_path / "inbox" / "umsatz.csv"
    file.parent.mkdir()
    file.write_text(ROWS, encoding="utf-8")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    url = database.engine.url.render_as_string(hide_password=False)

    kills = 0
    for statement in count(2, step=5):
        if run_until_killed(url, file.parent, statement):
            break
        kills += 1
        with database.reading() as session:
            require_true_balances(session)
    figures(f"{kills} kills, one at every fifth statement: nothing twice, nothing lost")
    assert kills > 5
    assert not file.exists()
    with database.reading() as session:
        states = session.scalars(select(BankLine.state).order_by(BankLine.id)).all()
        booked = LineState.BOOKED
        assert states == [*(booked, booked, booked, LineState.PROPOSED, booked, LineState.LEFT)]
        opens = session.scalars(select(Invoice.open_minor).order_by(Invoice.id)).all()
        assert opens == [10_000, 0, 10_000]
        assert session.scalars(select(func.count()).select_from(Payment)).one() == 4
        require_true_balances(session)
