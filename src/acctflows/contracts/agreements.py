"""Contracts that refer to another: orders under a framework contract, change orders."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.life import Life, find_contract, read_life
from acctflows.contracts.snapshot import (
    AgreedTerms,
    Changes,
    ContractSnapshot,
    EarlierContract,
    ServiceLine,
)
from acctflows.contracts.term_dates import Phase
from acctflows.contracts.terms import Agreement, ContractTerms, Term
from acctflows.db.models.agency import ClientKind, Project
from acctflows.errors import AcctflowsError

REFERRING = (Agreement.ORDER, Agreement.CHANGE)
"""Kinds of agreement that name another contract."""

OF_THE_ORDER = {
    *("term", "starts_on", "ends_on", "initial_months", "renewal_months", "notice_months"),
    *("deposit_percent", "early_start", "special_agreements", "answer_days"),
}
"""Terms an order has of its own; the framework contract's apply for the others."""

OF_THE_CHANGE = {"ends_on", "deposit_percent", "special_agreements", "answer_days"}
"""Terms a change order has of its own; all others stay as they were agreed."""


def earlier_contract(
    session: Session,
    project: Project,
    terms: ContractTerms,
    *,
    reference: str,
    agency: AgencyProfile,
    today: date,
) -> tuple[Life | None, list[str]]:
    """The contract an order or change order refers to, and what speaks against it.

    Args:
        session: For reading.
        project: Whose contract is drafted.
        terms: What the form says.
        reference: Of the contract that is drafted.
        agency: For its calendar.
        today: The agency's date.

    Returns:
        None for an agreement that refers to none, or where the named one cannot be used.
    """
    if terms.agreement not in REFERRING:
        stray = [f"a {terms.agreement.value} contract refers to none: leave {terms.refers_to} out"]
        return None, stray if terms.refers_to.strip() else []
    try:
        life = read_life(find_contract(session, terms.refers_to), agency, today=today)
    except AcctflowsError as error:
        return None, [f"a {terms.agreement.value} needs an accepted contract: {error}"]
    check = _order_problems if terms.agreement is Agreement.ORDER else _change_problems
    problems = list(check(life, project, terms, reference))
    return (None if problems else life), problems


def framework_problems(project: Project, terms: ContractTerms) -> Iterator[str]:
    """What keeps a framework contract from being drafted."""
    if project.client.kind is ClientKind.CONSUMER:
        yield "a framework contract is made with businesses only"
    if project.services or project.milestones:
        yield (
            f"the plan of project {project.number} has services or milestones, which a framework "
            "contract does not agree on: order them under it, in a project of their own"
        )
    if terms.term is Term.PROJECT:
        yield "a framework contract needs a duration: fixed, renewing or open_ended"
    if terms.deposit_percent:
        yield "a framework contract has nothing to pay a deposit on: agree it in the order"


def inherited(terms: AgreedTerms, earlier: Life | None, agreement: Agreement) -> AgreedTerms:
    """The terms with those of the earlier contract that stay as they are."""
    if earlier is None:
        return terms
    own = OF_THE_ORDER if agreement is Agreement.ORDER else OF_THE_CHANGE
    kept = earlier.snapshot.terms.model_dump(exclude=own)
    merged = terms.model_dump() | kept
    if agreement is Agreement.CHANGE:
        merged["deposit_percent"] = 0  # it was agreed and charged with the contract
        if merged["term"] not in (Term.PROJECT, Term.FIXED):
            merged["ends_on"] = None
    return AgreedTerms.model_validate(merged)


def reference_to(earlier: Life) -> EarlierContract:
    """How an order or change order names the contract it refers to."""
    return EarlierContract(number=earlier.number, concluded_on=earlier.concluded_on)


def changes_to(earlier: ContractSnapshot, lines: Sequence[ServiceLine]) -> Changes:
    """What comes and goes when these lines take the place of those agreed before.

    A line of another quantity or price goes and comes again.
    """
    before = Counter(map(_content, earlier.lines))
    now = Counter(map(_content, lines))
    return Changes(
        added=_beyond(lines, now - before),
        dropped=_beyond(earlier.lines, before - now),
        net_minor_before=earlier.totals.net_minor,
        ends_on_before=earlier.terms.ends_on,
    )


def changes_nothing(earlier: ContractSnapshot, draft: ContractSnapshot) -> bool:
    """Whether a change order leaves services, dates and words as they are."""
    changes = draft.changes
    return (
        changes is not None
        and not (changes.added or changes.dropped)
        and draft.terms.ends_on == earlier.terms.ends_on
        and draft.milestones == earlier.milestones
        and not draft.terms.special_agreements.strip()
    )


def _order_problems(
    life: Life, project: Project, terms: ContractTerms, _reference: str
) -> Iterator[str]:
    framework = life.contract
    if framework.agreement is not Agreement.FRAMEWORK:
        yield f"{life.number} is no framework contract"
    if framework.project.client_id != project.client_id:
        yield f"framework contract {life.number} was made with another client"
    elif framework.project_id == project.id:
        yield f"the order needs a project of its own: {project.number} has the framework contract"
    starts_on, ends_on = terms.starts_on or project.starts_on, life.outlook.ends_on
    if life.outlook.phase is Phase.ENDED:
        yield f"framework contract {life.number} ended on {ends_on}"
    elif starts_on is not None and ends_on is not None and starts_on > ends_on:
        yield f"framework contract {life.number} ends on {ends_on}, before the order starts"


def _change_problems(
    life: Life, project: Project, _terms: ContractTerms, reference: str
) -> Iterator[str]:
    changed = life.contract
    if changed.agreement not in (Agreement.SINGLE, Agreement.ORDER):
        yield f"{life.number} agrees on no services: a change order changes a contract or an order"
    if changed.project_id != project.id:
        yield f"contract {life.number} belongs to another project"
    if life.outlook.phase is Phase.ENDED:
        yield f"contract {life.number} ended on {life.outlook.ends_on}"
    if reference == "main":
        yield "a change order needs a reference of its own, such as change-1"


def _content(line: ServiceLine) -> ServiceLine:
    return line.model_copy(update={"position": 0})


def _beyond(lines: Sequence[ServiceLine], more: Counter[ServiceLine]) -> tuple[ServiceLine, ...]:
    """Of the lines, in their order, as many of each content as are counted."""
    left, found = Counter(more), []
    for line in lines:
        if left[_content(line)] > 0:
            left[_content(line)] -= 1
            found.append(line)
    return tuple(found)
