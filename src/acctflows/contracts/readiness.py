"""What still stands between the agency's records and a contract that can be signed."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from acctflows.agency.profile import AgencyProfile
from acctflows.agency.taxation import unclear_tax
from acctflows.contracts.agreements import framework_problems, inherited
from acctflows.contracts.life import Life
from acctflows.contracts.snapshot import AgreedTerms
from acctflows.contracts.terms import Agreement, ContractTerms, TaxTreatment, Term
from acctflows.contracts.totals import tax_treatment
from acctflows.db.models.agency import (
    Client,
    ClientKind,
    ContractNature,
    Project,
    Stage,
    VatCheck,
)
from acctflows.dispatch.readiness import co_signer_problems, party_problems


def resolve_terms(
    project: Project, terms: ContractTerms, earlier: Life | None = None
) -> AgreedTerms | None:
    """The form with every default filled in from the records; None while there is no start.

    Of an earlier contract, which an order or change order refers to, the terms that stay.
    """
    starts_on = terms.starts_on or project.starts_on
    if starts_on is None:
        return None
    ends_on = terms.ends_on or project.ends_on
    changes = terms.agreement is Agreement.CHANGE  # the contract's kind of term decides
    chosen = terms.model_dump(include=set(AgreedTerms.model_fields))
    agreed = AgreedTerms.model_validate(
        chosen
        | {
            "starts_on": starts_on,
            "ends_on": ends_on if changes or terms.term in (Term.PROJECT, Term.FIXED) else None,
            "payment_days": terms.payment_days or project.client.payment_days,
        }
    )
    return inherited(agreed, earlier, terms.agreement)


def resolve_tax(agency: AgencyProfile, client: Client, terms: ContractTerms) -> TaxTreatment | None:
    """The VAT treatment chosen in the form, or the one the records call for."""
    if terms.tax == "domestic" and agency.small_business:
        return TaxTreatment.SMALL_BUSINESS
    if terms.tax != "automatic":
        return TaxTreatment(terms.tax)
    return tax_treatment(
        agency_country=agency.country,
        client_country=client.country,
        consumer=client.kind is ClientKind.CONSUMER,
        vat_id_valid=client.vat_check is VatCheck.FORMAT_VALID,
        small_business=agency.small_business,
    )


def find_problems(
    project: Project,
    terms: ContractTerms,
    *,
    agency: AgencyProfile,
    language: str,
    earlier: Life | None = None,
) -> list[str]:
    """Everything that keeps this contract from being drafted, one sentence each; empty: ready."""
    agreed = resolve_terms(project, terms, earlier)
    framework = terms.agreement is Agreement.FRAMEWORK
    problems = [
        *_client_problems(project, terms, agency=agency, language=language),
        *(framework_problems(project, terms) if framework else _line_problems(project)),
    ]
    if agreed is None:
        problems.append("no start: give one in the form or in the project")
    else:
        problems += _date_problems(project, agreed)
        problems += _period_problems(project.client, agreed)
    return problems


def _client_problems(
    project: Project, terms: ContractTerms, *, agency: AgencyProfile, language: str
) -> Iterator[str]:
    client = project.client
    yield from party_problems(client, what="contract", signer=terms.signer, language=language)
    yield from co_signer_problems(client, signer=terms.signer, co_signers=terms.co_signers)
    if project.stage in (Stage.CLOSED, Stage.LOST):
        yield f"project {project.number} is {project.stage.value}"
    if resolve_tax(agency, client, terms) is None:
        consumer = client.kind is ClientKind.CONSUMER
        what = unclear_tax(number=client.number, country=client.country, consumer=consumer)
        record = "" if consumer else "record a valid VAT id, or "
        yield f"{what}: {record}choose the VAT in the form"


def _line_problems(project: Project) -> Iterator[str]:
    lines = project.services
    if not lines:
        yield f"the plan of project {project.number} has no services"
        return
    currencies = sorted({line.service.currency for line in lines})
    if len(currencies) > 1:
        yield f"the plan mixes currencies ({', '.join(currencies)}): a contract has one"
    for line in lines:
        if line.quantity <= 0:
            yield f"line {line.position} of the plan has the quantity {line.quantity}"
        price = (
            line.service.unit_price_minor
            if line.unit_price_minor is None
            else line.unit_price_minor
        )
        if price < 0:
            yield f"line {line.position} of the plan has a negative price"
    if any(step.with_acceptance for step in project.milestones) and not any(
        line.service.nature is ContractNature.WORK for line in lines
    ):
        yield "a milestone is to be accepted, but no service of the plan is a work contract"


def _date_problems(project: Project, agreed: AgreedTerms) -> Iterator[str]:
    if agreed.term is Term.FIXED and agreed.ends_on is None:
        yield "a fixed term needs its end: give one in the form or in the project"
    if agreed.ends_on is not None and agreed.ends_on < agreed.starts_on:
        yield f"the contract ends ({agreed.ends_on}) before it starts ({agreed.starts_on})"
        return
    for step in project.milestones:
        if step.due_on < agreed.starts_on or step.due_on > (agreed.ends_on or date.max):
            yield f"milestone “{step.title}” ({step.due_on}) lies outside the contract's time"
    for earlier, later in pairwise(project.milestones):
        if later.due_on < earlier.due_on:
            yield f"milestone “{later.title}” is due before “{earlier.title}”: put them in order"


def _period_problems(client: Client, agreed: AgreedTerms) -> Iterator[str]:
    if agreed.payment_days < 1:
        yield f"client {client.number} has no payment days: give them in the form"
    if client.kind is ClientKind.CONSUMER:
        yield from _consumer_problems(agreed)
    elif not agreed.long_periods_agreed:
        yield from _long_periods(agreed)


def _long_periods(agreed: AgreedTerms) -> Iterator[str]:
    # § 271a (1) and (3) BGB, § 459 UGB; consumers as debtors are exempt (§ 271a (5) no. 2 BGB).
    if agreed.payment_days > 60:
        yield (
            f"payment after {agreed.payment_days} days needs an express agreement (§ 271a BGB): "
            "tick “Long periods expressly agreed” if there is one"
        )
    if agreed.acceptance_days > 30:
        yield (
            f"acceptance within {agreed.acceptance_days} days needs an express agreement "
            "(§ 271a (3) BGB): tick “Long periods expressly agreed” if there is one"
        )


def _consumer_problems(agreed: AgreedTerms) -> Iterator[str]:
    # § 309 no. 9 BGB: at most two years, renewed only without a term, at most one month's notice.
    if agreed.term is Term.RENEWING and agreed.initial_months > 24:
        yield "a consumer cannot be bound for more than 24 months (§ 309 no. 9 BGB)"
    if agreed.term in (Term.RENEWING, Term.OPEN_ENDED) and agreed.notice_months > 1:
        yield "a consumer's notice is at most one month (§ 309 no. 9 BGB)"
    if agreed.term is Term.FIXED and (agreed.ends_on or date.min) >= _in_two_years(
        agreed.starts_on
    ):
        yield "a consumer cannot be bound for more than 24 months (§ 309 no. 9 BGB)"


def _in_two_years(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + 2, 3, 1)
    return day.replace(year=day.year + 2)
