"""A form for a time without reminders: a hold, or a dispute."""

from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from acctflows.app import load_app
from acctflows.receivables.follow_up.stop_forms import HoldForm, hold_by_form


@flow(name="hold-reminders", flow_run_name="hold reminders {hold.whose}")
def hold_reminders(hold: HoldForm) -> State[Any]:
    """Send no reminders for a while; they go on by themselves after the last day.

    Args:
        hold: An invoice or a client, the last day and the reason.
    """
    app = load_app()
    with app.database.transaction() as session:
        stop = hold_by_form(session, hold, by="Prefect", now=app.clock.local(app.clock.now()))
        whose = stop.invoice.document.number if stop.invoice else stop.client.legal_name
        client = stop.client
    address = f"{app.portal_url}/desk/clients/{client.id}/reminders"
    create_link_artifact(address, link_text=client.legal_name, key="held")
    return Completed(
        message=f"{whose}: {stop.kind} from {stop.starts_on:%d.%m.%Y} to {stop.ends_on:%d.%m.%Y}; "
        "lift it earlier on the desk"
    )
