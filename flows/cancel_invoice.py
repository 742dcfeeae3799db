"""A form that cancels an invoice: an invoice of its own below zero, filed and mailed at once."""

from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from acctflows.app import load_app
from acctflows.errors import InputError
from acctflows.receivables.invoices.cancellation_form import CancellationForm, cancel_by_form
from flows.invoice_items import read_policy, send_item
from flows.invoice_report import Told
from flows.steps import hand_over_mails, step


@flow(name="cancel-invoice", flow_run_name="cancel {cancellation.invoice}")
def cancel_invoice(cancellation: CancellationForm) -> State[Any]:
    """Cancel an invoice, sent or not; what it charged is due again, or settled for good.

    Args:
        cancellation: The invoice, the reason, and whether it is to be charged again.
    """
    number, told = send_cancellation(issue_cancellation(cancellation))
    hand_over_mails()
    address = f"{load_app().portal_url}/desk/invoices/{number}"
    create_link_artifact(address, link_text=number, key="cancelled-by")
    return Completed(message=f"{cancellation.invoice} is cancelled by {number}: {told}")


@step("Issue the cancellation", again=True)
def issue_cancellation(cancellation: CancellationForm) -> int:
    """The invoice below zero, found or issued in one transaction; its id."""
    app = load_app()
    app.stationery().faces.width(cancellation.reason, 9)  # what cannot be printed is refused
    with app.database.transaction() as session:
        below = cancel_by_form(
            session, cancellation, by="Prefect", now=app.clock.now(), today=app.clock.today()
        )
        return below.id


@step("File and send the cancellation", again=True)
def send_cancellation(invoice_id: int) -> tuple[str, str]:
    """Its number, and what became of it; the client gets it if the invoice was sent."""
    app = load_app()
    line = send_item(app, read_policy(app), invoice_id, app.clock.today())
    if line.told is Told.REFUSED:
        raise InputError(line.why, where=line.number)
    return line.number, line.told.value
