"""A form for the client's word to pay."""

from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from acctflows.app import load_app
from acctflows.money import Money
from acctflows.receivables.follow_up.stop_forms import PromiseForm, promise_by_form


@flow(name="record-promise", flow_run_name="promise for {promise.invoice}")
def record_promise(promise: PromiseForm) -> State[Any]:
    """Note the client's word to pay; until its day has passed nothing is sent.

    Args:
        promise: The invoice and the day are enough.
    """
    app = load_app()
    with app.database.transaction() as session:
        given = promise_by_form(
            session, promise, by="Prefect", now=app.clock.local(app.clock.now())
        )
        invoice = given.invoice
        minor = given.amount_minor or given.open_when_given_minor
        amount = Money(minor, invoice.currency).format("en")
        number, client = invoice.document.number, invoice.client
    address = f"{app.portal_url}/desk/clients/{client.id}/reminders"
    create_link_artifact(address, link_text=client.legal_name, key="promised")
    return Completed(message=f"{number}: {amount} promised for {given.pay_by:%d.%m.%Y}")
