"""The agency itself, as it stands on letters, contracts and mails; read from ``agency.yaml``."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from stdnum import iban

from acctflows.agency.rules import read_email
from acctflows.yaml_files import load_yaml


class BankAccount(BaseModel):
    """Where clients pay to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holder: str
    iban: str
    bic: str = ""
    bank: str = ""

    @field_validator("iban")
    @classmethod
    def _valid_iban(cls, value: str) -> str:
        return str(iban.validate(value))


class Look(BaseModel):
    """How the agency's documents, mails and pages look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    colour: str = Field(default="#1f4e5f", pattern=r"^#[0-9a-fA-F]{6}$")
    logo: str = ""
    """File name beside agency.yaml; PNG or JPEG."""


class AgencyProfile(BaseModel):
    """Legal and contact details of the agency (for letters § 35a GmbHG, § 14 UStG)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    legal_name: str
    short_name: str
    street: str
    postal_code: str
    city: str
    country: str = Field(pattern=r"^[A-Z]{2}$")
    state: str = ""
    """Land (ISO 3166-2 without the country, such as BY or BE), for public holidays."""
    email: str
    phone: str
    website: str = ""
    represented_by: list[str] = Field(min_length=1)
    register_court: str = ""
    register_number: str = ""
    vat_id: str = ""
    tax_number: str = ""
    small_business: bool = False
    """Whether the agency is exempt as a small business (Kleinunternehmer, § 19 UStG): it then
    charges no VAT, and its invoices say so."""
    bank: BankAccount
    timezone: str = "Europe/Berlin"
    language: Literal["de", "en"] = "de"
    mail_sender: str
    """Address every mail is sent from, as mail servers take it: umlauts in IDNA form."""
    mail_domain: str
    """Domain of the Message-IDs, umlauts in IDNA form."""
    privacy_url: str = ""
    look: Look = Look()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"“{value}” is no IANA time zone such as Europe/Berlin") from error
        return value

    @field_validator("mail_sender")
    @classmethod
    def _sendable(cls, value: str) -> str:
        return read_email(value)

    @field_validator("mail_domain")
    @classmethod
    def _domain(cls, value: str) -> str:
        try:
            return read_email(f"x@{value}").partition("@")[2]
        except PydanticCustomError as error:
            raise ValueError(f"“{value}” is no domain such as firma.de") from error


def load_agency(path: Path) -> AgencyProfile:
    """Read the agency's profile.

    Raises:
        ConfigurationError: When the file is missing or a field is missing, unknown or wrong.
    """
    return load_yaml(
        path,
        AgencyProfile,
        what="the agency's profile",
        todo="copy templates/agency/agency.yaml of the distribution and fill it in",
    )
