"""A form for a contact: register a new one, or change what is known of one."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from acctflows.agency.contacts import save_contact
from acctflows.agency.forms import ContactForm
from flows.records import keep


@flow(name="register-contact", flow_run_name="contact {contact.email}")
def register_contact(contact: ContactForm) -> State[Any]:
    """Register a contact or change one; a field left empty keeps what is there.

    Args:
        contact: To change a contact, give client, e-mail address and what is new.
    """
    return keep(
        "contact",
        lambda session, now: save_contact(session, contact, now=now),
        lambda row: f"{row.full_name}, {row.email}",
    )
