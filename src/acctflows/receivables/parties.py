"""Who stands in invoices and letters: the agency, the client, whom to write to and who writes."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Client, Contact, ContactRole, Project, Specialist, Stage
from acctflows.dispatch.letters import greeting, mail_language
from acctflows.dispatch.parties import active_contacts
from acctflows.errors import InputError
from acctflows.receivables.invoices.invoice_snapshot import (
    Address,
    PaymentAccount,
    Recipient,
    Supplier,
)

_NOBODY = {"de": "Guten Tag", "en": "Dear Sir or Madam"}
_OVER = (Stage.LOST, Stage.CLOSED)


@dataclass(frozen=True)
class Reader:
    """Whom a letter about invoices is mailed to.

    Args:
        name: Of the person, else of the client.
        email: The address.
        greeting: How the letter begins, without a comma.
        language: ``de`` or ``en``.
    """

    name: str
    email: str
    greeting: str
    language: str


def supplier_of(agency: AgencyProfile) -> Supplier:
    """The agency as it stands in its profile now."""
    return Supplier(
        legal_name=agency.legal_name,
        short_name=agency.short_name,
        address=Address(
            street=agency.street,
            postal_code=agency.postal_code,
            city=agency.city,
            country=agency.country,
        ),
        email=agency.email,
        phone=agency.phone,
        website=agency.website,
        represented_by=tuple(agency.represented_by),
        register_court=agency.register_court,
        register_number=agency.register_number,
        vat_id=agency.vat_id,
        tax_number=agency.tax_number,
        account=PaymentAccount.model_validate(agency.bank.model_dump()),
    )


def recipient_of(client: Client, project: Project | None = None) -> Recipient:
    """The client as recorded now; the reference of the project goes before the client's."""
    reference = project.buyer_reference if project else ""
    return Recipient(
        number=client.number,
        legal_name=client.legal_name,
        kind=client.kind,
        address=Address(
            street=client.street,
            postal_code=client.postal_code,
            city=client.city,
            country=client.country,
        ),
        vat_id=client.vat_id,
        buyer_reference=reference or client.buyer_reference,
    )


def reader_of(client: Client, fallback_language: str) -> Reader:
    """Where invoices go: the client's address for them, else a contact, billing ones first.

    Raises:
        InputError: There is no address.
    """
    language = mail_language(client.language, fallback_language)
    contact = _billing_contact(client)
    if client.invoice_email:
        named = [each for each in _active(client) if each.email == client.invoice_email]
        person = named[0] if named else None
        return _reader(person, client.invoice_email, client, language)
    if contact is None:
        raise InputError(
            "the client has no address for invoices and no contact",
            where=f"{client.number} {client.legal_name}",
            todo="register a contact with the role “billing”",
        )
    return _reader(contact, contact.email, client, language)


def account_manager(session: Session, client: Client) -> Specialist | None:
    """Who looks after the client: the manager of the newest project, running ones first."""
    query = (
        select(Specialist)
        .join(Project, Project.manager_id == Specialist.id)
        .where(Project.client_id == client.id)
        .order_by(Project.stage.in_(_OVER), Project.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _reader(contact: Contact | None, email: str, client: Client, language: str) -> Reader:
    if contact is None:
        return Reader(client.legal_name, email, _NOBODY[language], language)
    return Reader(contact.full_name, email, greeting(contact, language), language)


def _billing_contact(client: Client) -> Contact | None:
    for role in (ContactRole.BILLING, ContactRole.SIGNER):
        if found := active_contacts(client, role):
            return found[0]
    return next(iter(_active(client)), None)


def _active(client: Client) -> list[Contact]:
    return [contact for contact in client.contacts if contact.archived_at is None]
