"""Invoices of accepted acts and recurring fees: issued, filed, approved where wanted, mailed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from pydantic import Field
from sqlalchemy.orm import Session

from acctflows.agency import find
from acctflows.app import load_app
from acctflows.delivery.acts import ACT_KINDS
from acctflows.receivables.invoices.invoice_sending import unsent_invoices
from acctflows.receivables.invoices.invoices_due import (
    acts_without_invoice,
    deposits_due,
    fees_due,
)
from flows.invoice_items import Due, DueAct, issue_item, read_policy, send_item
from flows.invoice_report import Line, Told, report
from flows.steps import hand_over_mails, step

BATCH = 20
"""Items of one task: enough that Prefect costs little, few enough to see a run go on."""

Text = Annotated[str, Field(max_length=200)]
Item = TypeVar("Item")


def run_name() -> str:
    """What the run is called: the day, the client where one is named, and whether it only tries."""
    given = flow_run.parameters
    day = given.get("as_of") or load_app().clock.today()
    who = f" · {given['client']}" if given.get("client") else ""
    return f"invoices {day}{who}{' (dry run)' if given.get('dry_run') else ''}"


@flow(name="issue-invoices", flow_run_name=run_name)
def issue_invoices(
    as_of: date | None = None, client: Text = "", dry_run: bool = False
) -> State[Any]:
    """Issue and mail what is due: agreed deposits, accepted acts, recurring fees of past periods.

    Args:
        as_of: The day that counts; without one, today. It is the date of the invoices.
        client: Number or name of one client; empty for all.
        dry_run: Only say what would be issued; no number is used and nothing is sent.
    """
    due = find_due(as_of, client)
    lines = [line for batch in _batches(due) for line in issue_batch(batch, as_of, dry_run=dry_run)]
    if not dry_run:
        for batch in _batches(find_unsent(client)):
            lines += send_batch(batch, as_of)
        hand_over_mails()
    return report(lines, day=as_of or load_app().clock.today(), dry_run=dry_run)


@step("Find what is due", again=True)
def find_due(as_of: date | None, client: str) -> list[Due]:
    """Deposits, accepted acts and periods of fees that no invoice charges yet, missed ones too."""
    app = load_app()
    with app.database.reading() as session:
        client_id = _client_id(session, client)
        deposits = deposits_due(session, client_id=client_id)
        acts = acts_without_invoice(session, ACT_KINDS, client_id=client_id)
        fees = fees_due(session, today=as_of or app.clock.today(), client_id=client_id)
    found = (len(deposits), len(acts), len(fees))
    get_run_logger().info("%d deposits, %d acts and %d periods of fees", *found)
    # An act deducts the deposit, so that comes first.
    return [*deposits, *(DueAct(version_id) for version_id in acts), *fees]


@step("Issue the invoices", again=True)
def issue_batch(batch: Sequence[Due], as_of: date | None, *, dry_run: bool) -> list[Line]:
    """Number and freeze each in a transaction of its own; what cannot be issued stops no other."""
    app = load_app()
    today = as_of or app.clock.today()
    return _noted(issue_item(app, due, today, dry_run=dry_run) for due in batch)


@step("Find what is not sent", again=True)
def find_unsent(client: str) -> list[int]:
    """The invoices of this and of earlier runs for which no mail has been queued."""
    with load_app().database.reading() as session:
        return unsent_invoices(session, client_id=_client_id(session, client))


@step("File and send the invoices", again=True)
def send_batch(batch: Sequence[int], as_of: date | None) -> list[Line]:
    """Draw and file each PDF, then queue its mail or ask for its approval."""
    app = load_app()
    policy, today = read_policy(app), as_of or app.clock.today()
    return _noted(send_item(app, policy, invoice_id, today) for invoice_id in batch)


def _noted(lines: Iterable[Line]) -> list[Line]:
    """The lines, those that need a person also in the log."""
    found = list(lines)
    for line in found:
        if line.told is Told.REFUSED:
            get_run_logger().warning("%s: %s", line.number, line.why)
    return found


def _client_id(session: Session, client: str) -> int | None:
    return find.client(session, client).id if client.strip() else None


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
