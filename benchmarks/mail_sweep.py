"""500 mails through the outbox beside a plain yagmail.send for each.

Both speak to the same server (a process of its own, on this machine) and send the same words, text
and HTML. Ours also claims, notes "data" and marks each mail with a durable commit (SQLite, fsync),
so that a crash loses and doubles nothing; yagmail's own sends are remembered nowhere.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yagmail

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from acctflows.clock import utc_now  # noqa: E402 — the path above makes `tests` importable
from acctflows.db.migrate import upgrade  # noqa: E402
from acctflows.db.session import Database  # noqa: E402
from acctflows.mail.deliver import deliver_due  # noqa: E402
from acctflows.mail.smtp import Mailer  # noqa: E402
from tests.mail.conftest import MESSAGE, SENDER, queue  # noqa: E402

MAILS = int(os.environ.get("BENCH_MAILS", "500"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TO = "kaethe@moewe.example"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mail-sweep-") as folder:
        ours, peer = [], []
        for number in range(1, ROUNDS + 1):
            place = Path(folder) / str(number)
            place.mkdir()
            peer.append(with_server(place / "peer", send_plain))
            ours.append(with_server(place / "ours", lambda port, p=place: sweep(port, p)))
            print(f"round {number}: ours {ours[-1]:.2f} s, yagmail.send {peer[-1]:.2f} s")
    mine, theirs = statistics.median(ours), statistics.median(peer)
    print(f"{'':24}{'seconds':>10}{'mails/s':>10}{'connections':>14}")
    print(f"{'acctflows, one sweep':24}{mine:10.2f}{MAILS / mine:10.0f}{1:14}")
    print(f"{'yagmail.send per mail':24}{theirs:10.2f}{MAILS / theirs:10.0f}{MAILS:14}")
    print(f"RESULT mail_sweep ours={mine:.2f}s peer={theirs:.2f}s ratio={mine / theirs:.2f}")


def with_server(taken: Path, send) -> float:
    command = [sys.executable, "-m", "tests.mail.sink", str(taken), "0", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        port = int(server.stdout.readline())
        seconds = send(port)
        server.kill()
    assert len(taken.read_text().split()) == MAILS
    return seconds


def sweep(port: int, place: Path) -> float:
    database = Database(f"sqlite:///{place / 'acctflows.db'}")
    upgrade(database)
    with database.transaction() as session:
        for number in range(MAILS):
            queue(session, f"{number}", now=utc_now())
    began = time.monotonic()
    with Mailer(SENDER.address, host="127.0.0.1", port=port, security="none") as mailer:
        report = deliver_due(
            database, mailer, clock_now=utc_now, owner="bench", limit=MAILS, per_minute=10**9
        )
    seconds = time.monotonic() - began
    assert len(report.sent) == MAILS
    database.close()
    return seconds


def send_plain(port: int) -> float:
    began = time.monotonic()
    client = yagmail.SMTP(
        SENDER.address, "", host="127.0.0.1", port=port, smtp_ssl=False, smtp_starttls=False,
        smtp_skip_login=True,
    )  # fmt: skip
    for number in range(MAILS):
        client.send(
            to=TO,
            subject=MESSAGE.subject,
            contents=[yagmail.raw(MESSAGE.text), MESSAGE.html],
            message_id=f"<{number}@nordlicht-digital.example>",
        )
    seconds = time.monotonic() - began
    client.close()
    return seconds


if __name__ == "__main__":
    main()
