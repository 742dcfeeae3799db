"""What still stands between the agency's records and an act that can be put before a client."""

from collections.abc import Iterator, Sequence
from datetime import date

from acctflows.agency.prices import agreed_prices
from acctflows.db.models.agency import Milestone, MilestoneState, Project, Stage
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import Defect
from acctflows.delivery.subject import Period, Subject
from acctflows.delivery.terms import ActTerms
from acctflows.dispatch.readiness import party_problems
from acctflows.money import Money


def find_problems(
    project: Project,
    subject: Subject,
    terms: ActTerms,
    *,
    language: str,
    records: Sequence[WorkRecord],
    defects: Sequence[Defect],
    today: date,
) -> list[str]:
    """Everything that keeps this act from being drafted, one sentence each; empty: ready.

    Args:
        project: Whose work is reported.
        subject: The milestone or period.
        terms: The manager's choices.
        language: The act's.
        records: The work it would report.
        defects: What the client named in refusing it last.
        today: The agency's date.
    """
    problems = list(
        party_problems(project.client, what="act", signer=terms.signer, language=language)
    )
    if project.stage is Stage.LOST:
        problems.append(f"project {project.number} is lost")
    if isinstance(subject, Milestone):
        problems += _milestone_problems(subject, today)
    else:
        problems += _period_problems(subject, records, today)
    currencies = sorted({record.service.currency for record in records if record.service})
    if len(currencies) > 1:
        problems.append(f"the work mixes currencies ({', '.join(currencies)}): an act has one")
    problems += _price_problems(project, records)
    problems += [
        f"the client named a defect that is not marked as cured ({defect.place}): mark it on the "
        "desk, on the page of the document"
        for defect in defects
        if defect.cured_on is None
    ]
    return problems


def _price_problems(project: Project, records: Sequence[WorkRecord]) -> Iterator[str]:
    counted = {
        record.service.code: record.service
        for record in records
        if record.service and record.billable and record.unit is record.service.unit
    }
    for service in counted.values():
        prices = [Money(each, service.currency) for each in agreed_prices(project, service)]
        if len(prices) > 1:
            listed = " and ".join(price.format("en") for price in prices)
            yield (
                f"“{service.title('en')}” is planned at several prices ({listed}), and its work "
                "cannot tell for which: give its lines in the plan one price, or make it two "
                "services of the catalogue"
            )


def _milestone_problems(milestone: Milestone, today: date) -> Iterator[str]:
    name = f"milestone “{milestone.title}”"
    if not milestone.with_acceptance:
        yield f"{name} was planned without acceptance: report its work by the month instead"
    if milestone.state not in (MilestoneState.DONE, MilestoneState.ACCEPTED):
        yield f"{name} is not done: set it to done with “Finish a milestone”"
    elif milestone.done_on is None or milestone.done_on > today:
        yield f"{name} has no day on which it was done, or one to come: give it its day"


def _period_problems(period: Period, records: Sequence[WorkRecord], today: date) -> Iterator[str]:
    if period.last > today:
        yield f"the period ends only on {period.last}: issue the act when it is over"
    if not records:
        yield (
            f"no services are recorded from {period.first} to {period.last} that no other act "
            "reports: enter them with “Record work”"
        )
