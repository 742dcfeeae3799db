"""A form for a recurring fee: what a client pays every so many months."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from acctflows.agency.forms import RecurringFeeForm
from acctflows.agency.recurring_fees import save_recurring_fee
from acctflows.agency.references import fee_words
from flows.records import keep


@flow(name="record-fee", flow_run_name="fee of {fee.project}")
def record_fee(fee: RecurringFeeForm) -> State[Any]:
    """Record a fee a client pays every so many months; “Issue invoices” charges each period once.

    Args:
        fee: Project, service and the first day; a fee that is on file keeps what you leave empty.
    """
    return keep("fee", lambda session, now: save_recurring_fee(session, fee, now=now), fee_words)
