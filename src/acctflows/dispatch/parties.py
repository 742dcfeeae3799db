"""Who stands in a document: parties and people, frozen, and as the Word templates place them."""

import re

from pydantic import BaseModel, ConfigDict

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Client, ClientKind, Contact, ContactRole, Specialist
from acctflows.documents.wording import country_name


class Frozen(BaseModel):
    """Base of what snapshots are made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(Frozen):
    """Where a party sits."""

    street: str
    postal_code: str
    city: str
    country: str


class AgencyParty(Frozen):
    """The agency as a party (details of § 35a GmbHG)."""

    legal_name: str
    short_name: str
    address: Address
    email: str
    phone: str
    website: str
    represented_by: tuple[str, ...]
    register_court: str
    register_number: str
    vat_id: str
    tax_number: str
    privacy_url: str


class ClientParty(Frozen):
    """The client as a party."""

    number: str
    legal_name: str
    kind: ClientKind
    address: Address
    register_entry: str
    vat_id: str
    invoice_email: str


class Person(Frozen):
    """A contact person; ``id`` is the row it came from."""

    id: int
    name: str
    function: str
    email: str
    phone: str


def active_contacts(client: Client, role: ContactRole) -> list[Contact]:
    """The client's contacts with that role who were not archived."""
    return [c for c in client.contacts if c.archived_at is None and role in c.roles]


def possible_signers(client: Client, email: str) -> list[Contact]:
    """Who may sign: the one named, else those with the role, else the only contact there is."""
    active = [contact for contact in client.contacts if contact.archived_at is None]
    if email:
        return [contact for contact in active if contact.email.casefold() == email.casefold()]
    signers = active_contacts(client, ContactRole.SIGNER)
    return signers or (active if len(active) == 1 else [])


def agency_party(agency: AgencyProfile) -> AgencyParty:
    """The agency as it stands in its profile now."""
    return AgencyParty(
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
        privacy_url=agency.privacy_url,
    )


def client_party(client: Client, signer: Contact) -> ClientParty:
    """The client as recorded now, with where invoices go: its own address, else a contact's."""
    billing = active_contacts(client, ContactRole.BILLING)
    return ClientParty(
        number=client.number,
        legal_name=client.legal_name,
        kind=client.kind,
        address=Address(
            street=client.street,
            postal_code=client.postal_code,
            city=client.city,
            country=client.country,
        ),
        register_entry=client.register_entry,
        vat_id=client.vat_id,
        invoice_email=client.invoice_email or (billing or [signer])[0].email,
    )


def person(row: Contact | Specialist, function: str) -> Person:
    """A contact or specialist as a person of a document."""
    return Person(
        id=row.id, name=row.full_name, function=function, email=row.email, phone=row.phone
    )


def agency_words(agency: AgencyParty, language: str) -> dict[str, str]:
    """The agency as the templates place it."""
    register = ", ".join(filter(None, (agency.register_court, agency.register_number)))
    return {
        "legal_name": agency.legal_name,
        "short_name": agency.short_name,
        "street": agency.address.street,
        "place": _place(agency.address),
        "city": agency.address.city,
        "country": country_name(agency.address.country, language),
        "email": agency.email,
        "phone": agency.phone,
        "website": re.sub(r"^https?://(www\.)?", "", agency.website).rstrip("/"),
        "represented_by": ", ".join(agency.represented_by),
        "register": register,
        "vat_id": agency.vat_id,
        "tax_number": agency.tax_number,
        "privacy_url": re.sub(r"^https?://(www\.)?", "", agency.privacy_url),
    }


def client_words(client: ClientParty, agency: AgencyParty, language: str) -> dict[str, str]:
    """The client as the templates place it; the country only where it is not the agency's."""
    abroad = client.address.country != agency.address.country
    return {
        "number": client.number,
        "legal_name": client.legal_name,
        "street": client.address.street,
        "place": _place(client.address),
        "country": country_name(client.address.country, language) if abroad else "",
        "register_entry": client.register_entry,
        "vat_id": client.vat_id,
        "invoice_email": client.invoice_email,
    }


def person_words(person: Person) -> dict[str, str]:
    """A person as the templates place them."""
    return {
        "name": person.name,
        "function": person.function,
        "title": ", ".join(filter(None, (person.name, person.function))),
        "email": person.email,
        "phone": person.phone,
    }


def _place(address: Address) -> str:
    return f"{address.postal_code} {address.city}".strip()
