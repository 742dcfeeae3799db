"""Drafts a contract: the agency's records and the manager's terms become a frozen snapshot."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.agreements import (
    changes_nothing,
    changes_to,
    earlier_contract,
    reference_to,
)
from acctflows.contracts.job import read_snapshot
from acctflows.contracts.life import Life
from acctflows.contracts.negotiation import chosen_variants
from acctflows.contracts.readiness import (
    find_problems,
    resolve_tax,
    resolve_terms,
)
from acctflows.contracts.snapshot import (
    ContractSnapshot,
    PlanStep,
    ServiceLine,
    Wording,
)
from acctflows.contracts.terms import Agreement, ContractTerms
from acctflows.contracts.totals import line_amount, sum_lines
from acctflows.contracts.wording import TITLES
from acctflows.contracts.wordings import negotiate, with_variants
from acctflows.db.models.agency import (
    Project,
    ProjectService,
)
from acctflows.db.models.contracts import Contract
from acctflows.db.models.documents import Document, DocumentVersion
from acctflows.db.once import find_or_add
from acctflows.dispatch.parties import agency_party, client_party, person, possible_signers
from acctflows.documents import register
from acctflows.documents.kinds import find_kind
from acctflows.documents.text import clean
from acctflows.errors import InputError
from acctflows.money import Money, round_half_up

KIND = find_kind("contract")


def draft_contract(
    session: Session,
    *,
    agency: AgencyProfile,
    project: Project,
    terms: ContractTerms,
    reference: str = "main",
    actor: str,
    now: datetime,
    today: date,
    asked: datetime | None = None,
) -> DocumentVersion:
    """The draft of a project's contract, numbered and frozen.

    Drafting again with the same records and terms finds the same version while it is undecided,
    and what was drafted since it was asked for; anything changed makes the next version, which
    supersedes the old one.

    Args:
        session: Open transaction.
        agency: The agency as a party.
        project: Whose plan is agreed on.
        terms: The manager's choices.
        reference: Tells several contracts of one project apart.
        actor: Who drafts, for the audit trail.
        now: The present moment.
        today: The agency's date; its year is in the number.
        asked: When the draft was asked for, if that may be earlier than now.

    Raises:
        InputError: Naming everything that is missing or contradictory, all at once.
        ConflictError: When the contract was accepted already.
    """
    language = project.client.language if terms.language == "client" else terms.language
    earlier, problems = earlier_contract(
        session, project, terms, reference=reference, agency=agency, today=today
    )
    problems += find_problems(project, terms, agency=agency, language=language, earlier=earlier)
    if problems:
        raise _not_ready(project, problems)
    document = _open(
        session,
        project,
        terms.agreement,
        earlier.contract if earlier else None,
        reference=reference,
        language=language,
        actor=actor,
        now=now,
        today=today,
    )
    snapshot = build_snapshot(
        project, terms, agency=agency, language=language, number=document.number, earlier=earlier
    )
    if earlier is not None and changes_nothing(earlier.snapshot, snapshot):
        raise _not_ready(project, ["nothing changes: edit the project's plan or the form first"])
    wordings = _wordings(session, document, terms)
    snapshot = snapshot.model_copy(update={"wordings": wordings})
    return register.add_version(
        session,
        document,
        snapshot=clean(snapshot.model_dump(mode="json")),
        template_name=KIND.template_name(language),
        actor=actor,
        now=now,
        asked=asked,
    )


def _not_ready(project: Project, problems: list[str]) -> InputError:
    return InputError(
        "; ".join(problems),
        where=f"contract for project {project.number}",
        todo="complete the records or the form, then draft again",
    )


def _open(
    session: Session,
    project: Project,
    agreement: Agreement,
    refers_to: Contract | None,
    *,
    reference: str,
    language: str,
    actor: str,
    now: datetime,
    today: date,
) -> Document:
    title = f"{TITLES[language][agreement]} · {project.title}"
    document = register.open_document(
        session,
        kind=KIND.name,
        key=f"contract/{project.number}/{reference}",
        client=project.client,
        project=project,
        language=language,
        title=title,
        actor=actor,
        now=now,
        year=today.year,
    )
    # A later draft may be in another language, or of a project renamed since.
    document.language, document.title = language, title
    contract, _new = find_or_add(
        session,
        sa.select(Contract).where(Contract.document_id == document.id),
        lambda: Contract(project=project, reference=reference, document=document, created_at=now),
    )
    if contract.concluded_at is None:  # a later draft may be of another kind
        contract.agreement, contract.refers_to = agreement, refers_to
    return document


def _wordings(session: Session, document: Document, terms: ContractTerms) -> tuple[Wording, ...]:
    """What was agreed on up to the version before and is kept, and the variants chosen now."""
    agreed: tuple[Wording, ...] = ()
    if document.versions and terms.keep_wordings:
        before = document.newest
        objections = before.decision.objections if before.decision else []
        agreed = negotiate(read_snapshot(before).wordings, objections)
    chosen = chosen_variants(
        session, terms.clause_variants, kind=document.kind, language=document.language
    )
    return with_variants(agreed, chosen)


def build_snapshot(
    project: Project,
    terms: ContractTerms,
    *,
    agency: AgencyProfile,
    language: str,
    number: str,
    earlier: Life | None = None,
) -> ContractSnapshot:
    """The facts of the contract, frozen; the records must be ready (``find_problems``)."""
    client = project.client
    signer = possible_signers(client, terms.signer)[0]
    others = [possible_signers(client, email.strip())[0] for email in terms.co_signers]
    agreed = resolve_terms(project, terms, earlier)
    treatment = resolve_tax(agency, client, terms)
    if agreed is None or treatment is None:
        raise ValueError("the records are not ready: see find_problems")
    currency = project.services[0].service.currency if project.services else client.currency
    lines = tuple(
        _service_line(position, line, language) for position, line in enumerate(project.services, 1)
    )
    return ContractSnapshot.model_validate(
        {
            "number": number,
            "language": language,
            "law": client.law,
            "currency": currency,
            "project_number": project.number,
            "project_title": project.title,
            "project_goal": project.goal,
            "agency": agency_party(agency),
            "client": client_party(client, signer),
            "signer": person(signer, signer.function),
            "co_signers": [person(other, other.function) for other in others],
            "manager": person(project.manager, ""),
            "lines": lines,
            "milestones": _plan(project),
            "tax": treatment,
            "totals": sum_lines(lines, currency, treatment),
            "terms": agreed,
            "agreement": terms.agreement,
            "refers_to": reference_to(earlier) if earlier else None,
            "changes": changes_to(earlier.snapshot, lines)
            if earlier and terms.agreement is Agreement.CHANGE
            else None,
        }
    )


def _service_line(position: int, line: ProjectService, language: str) -> ServiceLine:
    service = line.service
    price = Money(
        service.unit_price_minor if line.unit_price_minor is None else line.unit_price_minor,
        service.currency,
    )
    # A value not yet read back from the database may have other trailing zeros: 6 is 6.000.
    quantity = round_half_up(Decimal(line.quantity), 3)
    return ServiceLine(
        position=position,
        title=service.title(language),
        description=service.description(language),
        note=line.note,
        nature=service.nature,
        quantity=quantity,
        unit=service.unit,
        unit_price_minor=price.minor,
        tax_percent=round_half_up(Decimal(service.tax_percent), 2),
        net_minor=line_amount(price, quantity).minor,
    )


def _plan(project: Project) -> tuple[PlanStep, ...]:
    return tuple(
        PlanStep(
            position=position,
            title=step.title,
            due_on=step.due_on,
            with_acceptance=step.with_acceptance,
        )
        for position, step in enumerate(project.milestones, 1)
    )
