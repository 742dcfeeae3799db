"""The agency as it signs mails, made from its profile."""

from collections.abc import Sequence
from typing import Protocol

from acctflows.mail.message import Sender

_WORDS = {
    "de": {
        "directors": "Geschäftsführung",
        "represented": "Vertreten durch",
        "seat": "Sitz der Gesellschaft",
        "vat": "USt-IdNr.",
        "privacy": "Datenschutz",
    },
    "en": {
        "directors": "Managing directors",
        "represented": "Represented by",
        "seat": "Registered office",
        "vat": "VAT ID",
        "privacy": "Privacy",
    },
}


class _Look(Protocol):
    @property
    def colour(self) -> str: ...


class _Agency(Protocol):
    """What a signature needs of the agency's profile, which this floor does not import."""

    @property
    def legal_name(self) -> str: ...
    @property
    def short_name(self) -> str: ...
    @property
    def street(self) -> str: ...
    @property
    def postal_code(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def represented_by(self) -> Sequence[str]: ...
    @property
    def register_court(self) -> str: ...
    @property
    def register_number(self) -> str: ...
    @property
    def vat_id(self) -> str: ...
    @property
    def website(self) -> str: ...
    @property
    def privacy_url(self) -> str: ...
    @property
    def mail_sender(self) -> str: ...
    @property
    def mail_domain(self) -> str: ...
    @property
    def look(self) -> _Look: ...


def agency_sender(
    agency: _Agency, *, language: str, name: str = "", phone: str = "", email: str = ""
) -> Sender:
    """The sender of a mail that an account manager, or else the agency itself, signs.

    Args:
        agency: The agency's profile.
        language: ``de`` or ``en``, of the signature's words.
        name: The account manager's name; empty when nobody signs in person.
        phone: Their phone.
        email: Their address (the mail is sent from the agency's; give this as ``reply_to``).
    """
    person = [line for line in (name, agency.short_name, phone, email) if line]
    return Sender(
        name=f"{name}, {agency.short_name}" if name else agency.short_name,
        address=agency.mail_sender,
        domain=agency.mail_domain,
        agency=agency.short_name,
        colour=agency.look.colour,
        person=tuple(person),
        legal=tuple(_legal_lines(agency, _WORDS[language])),
    )


def _legal_lines(agency: _Agency, words: dict[str, str]) -> list[str]:
    """Name and form, seat, register, and all directors (§ 35a GmbHG, § 125a HGB)."""
    limited = any(form in agency.legal_name for form in ("GmbH", "UG (haftungsbeschränkt)"))
    directors = words["directors" if limited else "represented"]
    number = agency.register_number.replace(" ", "\N{NO-BREAK SPACE}")
    register = f"{agency.register_court}, {number}".strip(", ")
    lines = [
        [agency.legal_name, agency.street, f"{agency.postal_code} {agency.city}"],
        [f"{directors}: {', '.join(agency.represented_by)}"],
        [f"{words['seat']}: {agency.city}" if register else "", register],
        [f"{words['vat']} {agency.vat_id}" if agency.vat_id else "", agency.website],
        [f"{words['privacy']}: {agency.privacy_url}" if agency.privacy_url else ""],
    ]
    joined = (" · ".join(part for part in line if part) for line in lines)
    return [line for line in joined if line]
