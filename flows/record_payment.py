"""A form for a payment that no bank file tells of: one payment per run."""

from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from acctflows.app import load_app
from acctflows.money import Money
from acctflows.receivables.payments import recording
from acctflows.receivables.payments.payment_form import PaymentForm


@flow(name="record-payment", flow_run_name="payment of {payment.amount}")
def record_payment(payment: PaymentForm) -> State[Any]:
    """Book a payment, such as one in cash; the same payment entered twice is booked once.

    Args:
        payment: The invoice (or the client) and the amount are enough.
    """
    app = load_app()
    now = app.clock.local(app.clock.now())
    with app.database.transaction() as session:
        recorded = recording.record_payment(session, payment, by="Prefect", now=now)
        booked = recorded.payment
        to = ", ".join(each.invoice.document.number for each in booked.allocations)
        client, left = booked.client, Money(booked.left_minor, booked.currency)
        amount = Money(booked.amount_minor, booked.currency).format("en")
    create_link_artifact(
        f"{app.portal_url}/desk/clients/{client.id}", link_text=client.legal_name, key="paid-by"
    )
    if not recorded.new:
        return Completed(
            message=f"{amount} of {client.legal_name}: on file already; an equal "
            "payment of the same day needs a key of its own"
        )
    credit = f"; {left.format('en')} are kept as credit" if left.minor else ""
    return Completed(
        message=f"{amount} of {client.legal_name}: booked to {to or 'no invoice'}{credit}"
    )
