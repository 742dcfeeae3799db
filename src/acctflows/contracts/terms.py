"""What the account manager chooses when a contract is drafted: the form in the Prefect UI."""

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from acctflows.agency.taxation import TaxTreatment
from acctflows.db.models.contracts import Agreement

__all__ = ["Agreement", "ContractTerms", "TaxTreatment", "Term", "UsageRights"]


class Term(StrEnum):
    """How long a contract lasts."""

    PROJECT = "project"
    FIXED = "fixed"
    RENEWING = "renewing"
    OPEN_ENDED = "open_ended"


class UsageRights(StrEnum):
    """Which rights of use the client gets in the results (§ 31 UrhG, § 24 öUrhG)."""

    EXCLUSIVE = "exclusive"
    SIMPLE = "simple"


class ContractTerms(BaseModel):
    """The choices for one contract; everything else comes from the agency's records."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Contract terms")

    language: Literal["client", "de", "en"] = Field(
        default="client",
        title="Language",
        description="Language of the contract; “client” takes the one in the client's record.",
    )
    agreement: Agreement = Field(
        default=Agreement.SINGLE,
        title="Kind of agreement",
        description="single: a contract by itself. framework: terms for orders to come, without "
        "services. order: under a framework contract, whose general terms it keeps. change: of an "
        "accepted contract, which keeps all terms but services, dates and the end.",
    )
    refers_to: str = Field(
        default="",
        max_length=40,
        title="Refers to contract",
        description="Number of the framework contract of an order, or of the contract a change "
        "order changes, such as V-2026-0001.",
    )
    signer: str = Field(
        default="",
        max_length=254,
        title="Signer's e-mail",
        description="Only needed when the client has more than one contact who may sign.",
    )
    co_signers: list[str] = Field(
        default=[],
        max_length=5,
        title="Further signers' e-mails",
        description="Contacts of the client who sign after the first, in this order; each is asked "
        "when the one before has signed.",
    )
    starts_on: date | None = Field(
        default=None,
        title="Start",
        description="First day of the contract; empty takes the project's start.",
    )
    ends_on: date | None = Field(
        default=None,
        title="End",
        description="Last day (fixed term) or planned completion (project); empty takes the "
        "project's end.",
    )
    term: Term = Field(
        default=Term.PROJECT,
        title="Duration",
        description="project: ends when everything is delivered. fixed: ends on the last day. "
        "renewing: a first term, then renewed until someone gives notice. open_ended: until "
        "someone gives notice.",
    )
    initial_months: int = Field(
        default=12,
        ge=1,
        le=60,
        title="First term in months",
        description="Renewing contracts only; at most 24 with a consumer (§ 309 no. 9 BGB).",
    )
    renewal_months: int = Field(
        default=12,
        ge=1,
        le=36,
        title="Renewed by months",
        description="Renewing contracts with a business only; with a consumer the contract goes "
        "on without a fixed term, as the law demands.",
    )
    notice_months: int = Field(
        default=1,
        ge=1,
        le=12,
        title="Notice in months",
        description="Notice to the end of a term or of a month; at most 1 with a consumer.",
    )
    payment_days: int | None = Field(
        default=None,
        ge=1,
        le=180,
        title="Payment within days",
        description="Days after receipt of the invoice; empty takes the client's record.",
    )
    long_periods_agreed: bool = Field(
        default=False,
        title="Long periods expressly agreed",
        description="Tick when payment after more than 60 days, or acceptance after more than 30, "
        "was negotiated expressly with the client (§ 271a BGB).",
    )
    deposit_percent: int = Field(
        default=0,
        ge=0,
        le=50,
        title="Deposit in percent",
        description="Part of the total that is invoiced when the contract is concluded; 0: none.",
    )
    travel_expenses: bool = Field(
        default=False,
        title="Travel expenses",
        description="Agreed travel is paid as documented, in addition to the fees.",
    )
    acceptance_days: int = Field(
        default=14,
        ge=5,
        le=90,
        title="Acceptance within days",
        description="Days the client has to accept a result or to name its defects (§ 640 BGB).",
    )
    correction_rounds: int = Field(
        default=2,
        ge=0,
        le=10,
        title="Correction rounds",
        description="Rounds of changes to a draft that the fees include.",
    )
    feedback_days: int = Field(
        default=5,
        ge=1,
        le=30,
        title="Feedback in working days",
        description="Working days in which the client answers questions and comments on drafts.",
    )
    rights: UsageRights = Field(
        default=UsageRights.EXCLUSIVE,
        title="Rights of use",
        description="exclusive: nobody else may use the results. simple: others may.",
    )
    confidentiality_years: int = Field(
        default=3,
        ge=0,
        le=10,
        title="Confidentiality in years",
        description="Years after the end of the contract; 0 leaves the clause out.",
    )
    data_processing: bool = Field(
        default=False,
        title="Data processing agreement",
        description="Adds the agreement under Art. 28 GDPR: the agency processes personal data "
        "for the client (analytics, newsletters, customer data …).",
    )
    data_kinds: str = Field(
        default="",
        max_length=1000,
        title="Personal data processed",
        description="For the data processing agreement; empty: contact, usage and contract data.",
    )
    data_subjects: str = Field(
        default="",
        max_length=1000,
        title="Persons concerned",
        description="For the data processing agreement; empty: visitors, customers and staff of "
        "the client.",
    )
    e_invoice: bool = Field(
        default=True,
        title="Electronic invoices",
        description="The client agrees to receive invoices electronically at the invoice address.",
    )
    survey_notice: bool = Field(
        default=True,
        title="Survey notice",
        description="Tells the client that short satisfaction surveys come by e-mail and can be "
        "refused at any time (§ 7 (3) no. 4 UWG); without it no survey may be sent.",
    )
    reference_consent: bool = Field(
        default=False,
        title="May be named as a reference",
        description="The client allows the agency to show the work and the client's name.",
    )
    early_start: bool = Field(
        default=True,
        title="Start before the withdrawal period ends",
        description="Consumers only: the client asks for work to begin within the 14 days.",
    )
    special_agreements: str = Field(
        default="",
        max_length=10_000,
        title="Individual agreements",
        description="Anything agreed for this contract alone; it prevails over the other clauses. "
        "One paragraph per line.",
    )
    clause_variants: list[str] = Field(
        default=[],
        max_length=20,
        title="Clause variants",
        description="Names of agreed wordings that were kept on the desk, to be used in the place "
        "of the template's.",
    )
    keep_wordings: bool = Field(
        default=True,
        title="Keep agreed wordings",
        description="What was agreed on for the version before stays agreed in this one.",
    )
    answer_days: int = Field(
        default=14,
        ge=3,
        le=60,
        title="Offer valid for days",
        description="How long the client can accept on the page after the invitation.",
    )
    tax: Literal["automatic", "domestic", "reverse_charge", "outside_scope"] = Field(
        default="automatic",
        title="VAT",
        description="automatic: by the client's country, kind and VAT id. The others set it by "
        "hand where your tax adviser says so.",
    )
