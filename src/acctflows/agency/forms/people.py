"""Forms of the people: clients, their contacts, and the agency's specialists."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from acctflows.agency.forms.fields import (
    ARCHIVED,
    Country,
    Currency,
    Day,
    Email,
    Key,
    LanguageCode,
    Line,
    PaymentDays,
    Percent,
    Phone,
    RecordForm,
    Text,
    YesNo,
    one_of,
)
from acctflows.agency.problems import fault
from acctflows.agency.rules import read_postal_code, read_vat_id
from acctflows.db.models.agency import (
    ClientKind,
    ContactRole,
    Discipline,
    SurveyBasis,
)


class ClientForm(RecordForm):
    """A client of the agency; leave a field empty to keep what is there."""

    erasable: ClassVar[frozenset[str]] = frozenset(
        {
            "legal_form",
            "street",
            "postal_code",
            "city",
            "vat_id",
            "register_entry",
            "invoice_email",
            "buyer_reference",
            "discount_percent",
            "discount_days",
            "notes",
        }
    )
    needed: ClassVar[frozenset[str]] = frozenset({"country"})

    number: Key = Field(
        default="",
        title="Client number",
        description="Of an existing client, or one you choose. Empty: the next free number.",
        max_length=40,
    )
    legal_name: Line = Field(
        title="Legal name",
        description="Exactly as in the register, or given and family name of a consumer.",
        max_length=300,
    )
    kind: Annotated[ClientKind | None, one_of(ClientKind)] = Field(
        default=None,
        title="Business or consumer",
        description="Decides terms, VAT and late-payment rules (§§ 13, 14 BGB). Usual: business.",
    )
    legal_form: Line = Field(
        default="",
        title="Legal form",
        description="Such as GmbH, e.K., Ltd; empty for a consumer.",
        max_length=60,
    )
    country: Country = Field(
        default="",
        title="Country",
        description="ISO code or name: DE, Austria, Schweiz. Needed for a new client.",
    )
    street: Line = Field(
        default="", title="Street and house number", description="Or P.O. box.", max_length=300
    )
    postal_code: Line = Field(
        default="",
        title="Postal code",
        description="Five digits in Germany, four in Austria and Switzerland.",
        max_length=20,
    )
    city: Line = Field(
        default="", title="City", description="Place of the address.", max_length=120
    )
    vat_id: Line = Field(
        default="",
        title="VAT id",
        description="With country prefix (DE136695976); format and check digits are verified.",
        max_length=20,
    )
    register_entry: Line = Field(
        default="",
        title="Register entry",
        description="Court and number, such as Amtsgericht Bremen, HRB 4711.",
        max_length=120,
    )
    language: LanguageCode = Field(
        default="",
        title="Language",
        description="Of documents and mails. Usual: German in DE, AT, CH, LI; English elsewhere.",
    )
    law: Country = Field(
        default="",
        title="Applicable law",
        description="Country whose law the contracts choose: DE, AT, CH … Usual: DE.",
    )
    currency: Currency = Field(
        default="", title="Currency", description="ISO code: EUR, CHF, GBP … Usual: EUR."
    )
    payment_days: PaymentDays = Field(
        default=None,
        title="Payment period in days",
        description="Days from receipt of the invoice until it is due, 0 to 60. Usual: 14.",
    )
    long_payment_agreed: YesNo = Field(
        default=None,
        title="More than 60 days agreed",
        description="Only where the longer period was expressly agreed and is fair (§ 271a BGB).",
        validate_default=True,
    )
    invoice_email: Email = Field(
        default="",
        title="Invoice e-mail",
        description="Where invoices go when not to a person.",
        max_length=254,
    )
    buyer_reference: Line = Field(
        default="",
        title="Reference on invoices",
        description="What the client wants to read on every invoice: cost centre, order, "
        "Leitweg-ID. A project may have its own.",
        max_length=100,
    )
    discount_percent: Percent = Field(
        default=None,
        title="Cash discount in percent",
        description="Agreed for paying early (Skonto), with its days. Usual: none.",
    )
    discount_days: Annotated[int, Field(ge=0, le=60)] | None = Field(
        default=None,
        title="Cash discount within days",
        description="Days from receipt of the invoice within which the discount is granted.",
        validate_default=True,
    )
    notes: Text = Field(default="", title="Notes", description="For the agency only.")
    archived: YesNo = Field(default=None, title="Archived", description=ARCHIVED)

    @field_validator("legal_form", "register_entry")
    @classmethod
    def _no_company_details_of_consumers(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("kind") is ClientKind.CONSUMER:
            raise fault("consumer_company")
        return value

    @field_validator("postal_code")
    @classmethod
    def _plausible_postal_code(cls, value: str, info: ValidationInfo) -> str:
        country = info.data.get("country")
        return read_postal_code(value, country) if value and country is not None else value

    @field_validator("vat_id")
    @classmethod
    def _valid_vat_id(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("kind") is ClientKind.CONSUMER:
            raise fault("vat_consumer")
        return read_vat_id(value, info.data.get("country", "")) if value else value

    @field_validator("discount_percent")
    @classmethod
    def _some_discount(cls, value: Percent) -> Percent:
        if value is not None and not 0 < value < 100:
            raise fault("discount_percent", value=value)
        return value

    @field_validator("discount_days")
    @classmethod
    def _both_or_none(cls, value: int | None, info: ValidationInfo) -> int | None:
        if "discount_percent" in info.data and (info.data["discount_percent"] is None) is not (
            value is None
        ):
            raise fault("discount_half")
        return value

    @field_validator("long_payment_agreed")
    @classmethod
    def _long_periods_are_agreed(cls, value: bool | None, info: ValidationInfo) -> bool | None:
        days = info.data.get("payment_days") or 0
        if days > 60 and not value:
            raise fault("payment_days", value=days)
        return value


class ContactForm(RecordForm):
    """A person at a client, known by client and e-mail address."""

    erasable: ClassVar[frozenset[str]] = frozenset(
        {
            "salutation",
            "given_name",
            "function",
            "phone",
            "roles",
            "survey_basis",
            "survey_evidence",
            "survey_basis_on",
        }
    )
    needed: ClassVar[frozenset[str]] = frozenset({"family_name"})

    client: Line = Field(
        title="Client", description="Client number, or the legal name if only one has it."
    )
    email: Email = Field(
        title="E-mail", description="The person's own address; tells people apart.", max_length=254
    )
    salutation: Line = Field(
        default="",
        title="Salutation",
        description="Such as Frau, Herr, Ms, Mr; empty to address by full name.",
        max_length=40,
    )
    given_name: Line = Field(
        default="", title="Given name", description="First name.", max_length=120
    )
    family_name: Line = Field(
        default="",
        title="Family name",
        description="Surname; needed for a new contact.",
        max_length=120,
    )
    function: Line = Field(
        default="",
        title="Function",
        description="Position, such as managing director.",
        max_length=120,
    )
    phone: Phone = Field(
        default="", title="Phone", description="With country code: +49 40 5550142.", max_length=60
    )
    language: LanguageCode = Field(
        default="", title="Language", description="Of mails to this person. Usual: the client's."
    )
    roles: list[Annotated[ContactRole, one_of(ContactRole)]] = Field(
        default_factory=list,
        title="Roles",
        description="What this person is asked for; contracts go to a signer.",
    )
    survey_basis: Annotated[SurveyBasis | None, one_of(SurveyBasis)] = Field(
        default=None,
        title="Basis for surveys",
        description="Why this person may be asked for an opinion (§ 7 UWG).",
    )
    survey_evidence: Text = Field(
        default="",
        title="Evidence",
        description="What proves the consent: form, mail, clause of a contract.",
    )
    survey_basis_on: Day = Field(
        default=None, title="Basis since", description="Day of the consent or of the notice."
    )
    opted_out: YesNo = Field(
        default=None,
        title="Objected to surveys",
        description="Yes stops every survey to this person at once.",
    )
    archived: YesNo = Field(default=None, title="Archived", description=ARCHIVED)

    @field_validator("roles", mode="before")
    @classmethod
    def _roles_in_one_cell(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]

    @field_validator("roles")
    @classmethod
    def _each_role_once(cls, value: list[ContactRole]) -> list[ContactRole]:
        return sorted(set(value))


class SpecialistForm(RecordForm):
    """Someone who works for the agency, known by e-mail address."""

    erasable: ClassVar[frozenset[str]] = frozenset({"given_name", "phone", "languages"})
    needed: ClassVar[frozenset[str]] = frozenset({"family_name", "discipline"})

    email: Email = Field(title="E-mail", description="Tells people apart.", max_length=254)
    given_name: Line = Field(
        default="", title="Given name", description="First name.", max_length=120
    )
    family_name: Line = Field(
        default="",
        title="Family name",
        description="Surname; needed for a new specialist.",
        max_length=120,
    )
    discipline: Annotated[Discipline | None, one_of(Discipline)] = Field(
        default=None,
        title="Discipline",
        description="What this person does; needed for a new specialist.",
    )
    phone: Phone = Field(
        default="", title="Phone", description="With country code: +49 40 5550142.", max_length=60
    )
    languages: list[LanguageCode] = Field(
        default_factory=list, title="Languages", description="Spoken with clients."
    )
    archived: YesNo = Field(default=None, title="Archived", description=ARCHIVED)

    @field_validator("languages", mode="before")
    @classmethod
    def _languages_in_one_cell(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]

    @field_validator("languages")
    @classmethod
    def _each_language_once(cls, value: list[str]) -> list[str]:
        return sorted(set(value))
