"""20,000 open invoices of 4,000 clients, 2,000 of them due: decisions, letters and mails.

Each mail carries the letter and copies of the five invoices it asks for. Each measurement is a
process of its own with its own database (SQLite) and a mail server beside it that writes every mail
to the disk. The same work is done without Prefect (the plain functions) and by the flow with a
Prefect server, and both at a tenth of the size.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from prefect.testing.utilities import prefect_test_harness  # noqa: E402 — as below
from sqlalchemy import func, insert, select  # noqa: E402 — the path above makes `flows` importable

import flows.follow_up_invoices as module  # noqa: E402
from acctflows.app import App, load_app  # noqa: E402
from acctflows.clock import utc_now  # noqa: E402
from acctflows.db.migrate import upgrade  # noqa: E402
from acctflows.db.models.agency import Client, Contact  # noqa: E402
from acctflows.db.models.documents import Document, DocumentVersion, VersionState  # noqa: E402
from acctflows.db.models.mail import MailState, OutboxMail  # noqa: E402
from acctflows.db.models.receivables import (  # noqa: E402
    BankFile,
    BankStatement,
    DunningLetter,
    Invoice,
)
from acctflows.receivables.follow_up.accounts import client_accounts, clients_to_follow_up  # noqa: E402
from acctflows.receivables.follow_up.dunning import decide  # noqa: E402
from acctflows.receivables.follow_up.follow_up_rules import load_rules  # noqa: E402
from acctflows.receivables.invoices.invoice_pdf import render_invoice  # noqa: E402
from flows.dunning_letters import follow_up_clients, open_workday  # noqa: E402
from tests.receivables.invoices import make_invoice  # noqa: E402

CLIENTS = int(os.environ.get("BENCH_CLIENTS", "4000"))
INVOICES_EACH = 5
BATCH = 20
MOST_SHARE = 1.5
"""With Prefect it may take at most so many times as long as without."""
MOST_GROWTH = 1.3
"""Per letter it may take at most so many times as long as at a tenth of the size."""


def main() -> None:
    plain = measure("plain", CLIENTS)
    flow = measure("flow", CLIENTS)
    plain_tenth = measure("plain", CLIENTS // 10)
    tenth = measure("flow", CLIENTS // 10)
    rows = (
        ("without Prefect", plain),
        ("with Prefect", flow),
        ("a tenth, without", plain_tenth),
        ("a tenth, with", tenth),
    )
    print(f"{'':18}{'letters':>9}{'decide s':>10}{'letters s':>11}{'mails s':>9}{'MB':>7}")
    for name, found in rows:
        seconds = "".join(f"{found[each]:{w}.1f}" for each, w in SECONDS)
        print(f"{name:18}{found['letters']:9}{seconds}{found['megabytes']:7.0f}")
    share = flow["work"] / plain["work"]
    growth = per_letter(flow) / per_letter(tenth)
    print(
        f"RESULT follow_up_prefect ours={flow['work']:.1f}s peer={plain['work']:.1f}s "
        f"ratio={share:.2f} target={MOST_SHARE}"
    )
    print(
        f"RESULT follow_up_growth ours={1000 * per_letter(flow):.1f}ms "
        f"peer={1000 * per_letter(tenth):.1f}ms ratio={growth:.2f} target={MOST_GROWTH}"
    )
    memory = flow["megabytes"] / tenth["megabytes"]
    print(
        f"RESULT follow_up_memory ours={flow['megabytes']:.0f}MB "
        f"peer={tenth['megabytes']:.0f}MB ratio={memory:.2f} target={MOST_GROWTH}"
    )


SECONDS = (("decide", 10), ("work", 11), ("mails", 9))


def per_letter(found: dict[str, float]) -> float:
    return (found["work"] + found["mails"]) / found["letters"]


def measure(kind: str, clients: int) -> dict[str, float]:
    """One measurement in a process of its own, beside a mail server of its own."""
    with tempfile.TemporaryDirectory(prefix="follow-up-") as folder:
        sink = [sys.executable, "-m", "tests.mail.sink", f"{folder}/taken", "0", "0"]
        with subprocess.Popen(sink, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            environment = os.environ | {
                "ACCTFLOWS_HOME": folder,
                "ACCTFLOWS_DOCS_OUT": f"{folder}/docs_out",
                "ACCTFLOWS_SMTP_PORT": server.stdout.readline().strip(),
                "ACCTFLOWS_MAIL_PER_MINUTE": "10000000",
                "ACCTFLOWS_SIMULATE_DAYS": "true",  # so that it also runs on a Sunday
                "PREFECT_HOME": f"{folder}/prefect",
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "PREFECT_LOGGING_LEVEL": "WARNING",
                "DO_NOT_TRACK": "1",
            }
            command = [sys.executable, __file__, kind, str(clients)]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
            server.kill()
        taken = Path(folder, "taken").read_text().split()
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(taken) == len(set(taken)) == found["letters"] == clients // 2, found
    return found


def child(kind: str, clients: int) -> None:
    app = load_app()
    upgrade(app.database)
    rules = load_rules(app.templates, app.agency)
    today = rules.policy.sending_day(app.clock.today(), rules.calendar)
    fill(app, clients, today)
    began = time.monotonic()
    with app.database.reading() as session:
        due = clients_to_follow_up(session, rules, today=today)
        for start in range(0, len(due), BATCH):
            for account in client_accounts(session, due[start : start + BATCH]).values():
                decide(
                    account,
                    rules.policy,
                    today=today,
                    bank_data_as_of=today,
                    calendar=rules.calendar,
                )
    decided = time.monotonic()
    worked, mailed = follow_up_by_flow(app, today) if kind == "flow" else follow_up(app, today, due)
    with app.database.reading() as session:
        sent = select(func.count()).where(OutboxMail.state == MailState.SENT)
        assert session.scalar(sent) == session.scalar(select(func.count(DunningLetter.id)))
        letters = session.scalar(sent)
        raw = session.scalar(select(OutboxMail.raw).limit(1))
        assert raw.count(b"application/pdf") == 1 + INVOICES_EACH
    found = {
        "letters": letters,
        "decide": decided - began,
        "work": worked,
        "mails": mailed,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(found))


def follow_up(app: App, today: date, due: list[int]) -> tuple[float, float]:
    began = time.monotonic()
    for start in range(0, len(due), BATCH):
        report = follow_up_clients(open_workday(app, today), due[start : start + BATCH])
        assert not report.problems, report.problems
    worked = time.monotonic()
    report = app.sweep_outbox(limit=len(due))
    assert report.stopped is None
    return worked - began, time.monotonic() - worked


def follow_up_by_flow(app: App, today: date) -> tuple[float, float]:
    """The flow against a server that is up already; the mails are delivered after it."""
    module.hand_over_mails = lambda: "measured apart"
    with prefect_test_harness(server_startup_timeout=120):
        began = time.monotonic()
        module.follow_up_invoices(as_of=today)
        worked = time.monotonic()
    swept = time.monotonic()
    report = app.sweep_outbox(limit=10**6)
    assert report.stopped is None
    return worked - began, time.monotonic() - swept


def fill(app: App, clients: int, today: date) -> None:
    """Half of the clients have all their invoices ten days late, the others have time left."""
    now = utc_now()
    stamps = {"created_at": now, "changed_at": now}
    numbers = range(1, clients + 1)
    with app.database.transaction() as session:
        session.execute(
            insert(Client),
            [
                {
                    "id": n,
                    "number": f"K-{n:05}",
                    "legal_name": f"Möwe Handel {n} GmbH",
                    "street": "Am Markt 3",
                    "postal_code": "28195",
                    "city": "Bremen",
                    "country": "DE",
                    "language": "de" if n % 3 else "en",
                    **stamps,
                }
                for n in numbers
            ],
        )
        session.execute(
            insert(Contact),
            [
                {
                    "client_id": n,
                    "salutation": "Frau",
                    "family_name": "Brünning",
                    "email": f"k{n}@moewe.example",
                    "language": "de",
                    "roles": ["billing"],
                    **stamps,
                }
                for n in numbers
            ],
        )
        documents, invoices = [], []
        for n in numbers:
            for each in range(INVOICES_EACH):
                number = (n - 1) * INVOICES_EACH + each + 1
                late = 10 + each if n % 2 else -30
                due_on = today - timedelta(days=late)
                documents.append(
                    {
                        "id": number,
                        "key": f"invoice/{number}",
                        "kind": "invoice",
                        "number": f"RE-2026-{number:05}",
                        "client_id": n,
                        "language": "de",
                        "title": "Rechnung",
                        "created_at": now,
                    }
                )
                invoices.append(
                    {
                        "document_id": number,
                        "client_id": n,
                        "currency": "EUR",
                        "gross_minor": 100_000 + number,
                        "open_minor": 100_000 + number,
                        "issued_on": due_on - timedelta(days=14),
                        "due_on": due_on,
                        "sent_on": due_on - timedelta(days=14),
                        "rf_reference": "",
                        "created_at": now,
                    }
                )
        session.execute(insert(Document), documents)
        session.execute(insert(DocumentVersion), filed(app, invoices))
        session.execute(insert(Invoice), invoices)
        file = BankFile(sha256="bench", name="bench", taken_at=now, taken_by="bench")
        statement = BankStatement(
            file=file,
            position=1,
            format="camt",
            kind="camt.053",
            account="DE1",
            to_on=today,
            currency="EUR",
        )
        session.add(statement)


def filed(app: App, invoices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A version for each invoice; all share one PDF, as it is drawn for the tests."""
    letters = app.stationery()
    pdf = render_invoice(
        make_invoice(), faces=letters.faces, colour=letters.colour, logo=letters.logo
    )
    app.docs_out.mkdir(parents=True, exist_ok=True)
    (app.docs_out / "bench.pdf").write_bytes(pdf)
    return [
        {
            "document_id": invoice["document_id"],
            "version": 1,
            "state": VersionState.SENT,
            "snapshot": {},
            "snapshot_sha256": "",
            "template_name": "",
            "pdf_path": "bench.pdf",
            "pdf_sha256": sha256(pdf).hexdigest(),
            "created_at": invoice["created_at"],
            "created_by": "bench",
        }
        for invoice in invoices
    ]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        child(sys.argv[1], int(sys.argv[2]))
    else:
        main()
