"""A form for a client: register a new one, or change what is known of one."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from acctflows.agency.clients import save_client
from acctflows.agency.forms import ClientForm
from flows.records import keep


@flow(name="register-client", flow_run_name="client {client.legal_name}")
def register_client(client: ClientForm) -> State[Any]:
    """Register a client or change one; a field left empty keeps what is there.

    Args:
        client: To change one, give its number and what is new; a new one gets the next number.
    """
    return keep(
        "client",
        lambda session, now: save_client(session, client, now=now),
        lambda row: f"{row.number} {row.legal_name}",
    )
