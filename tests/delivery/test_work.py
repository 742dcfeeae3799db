"""What an act reports: claimed once, added up with what was agreed."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from acctflows.db.models.agency import ContractNature, Project, Unit
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.documents import Document
from acctflows.db.session import Database
from acctflows.delivery.subject import Period
from acctflows.delivery.work import add_up, claim_work, list_work
from tests.factories import make_act, make_project, make_service, make_specialist, make_work_record
from tests.racing import race

NOVEMBER = Period.month("2026-11")


def references(records: list[WorkRecord]) -> list[str]:
    return [record.reference for record in records]


def test_a_period_takes_the_services_of_its_days_and_nothing_owed_as_a_result(
    session: Session,
) -> None:
    project, other = make_project(session), make_project(session)
    relaunch, care = (line.service for line in project.services)
    for reference, given in {
        "first day": {"service": care, "done_on": date(2026, 11, 1)},
        "last day": {"service": care, "done_on": date(2026, 11, 30)},
        "no service": {},
        "day before": {"service": care, "done_on": date(2026, 10, 31)},
        "day after": {"service": care, "done_on": date(2026, 12, 1)},
        "work contract": {"service": relaunch},
        "of a milestone": {"service": care, "milestone": project.milestones[0]},
    }.items():
        make_work_record(session, project, reference=reference, **given)
    make_work_record(session, other, reference="elsewhere", service=care)

    claimed = claim_work(session, project, NOVEMBER, make_act(session, project))

    assert references(claimed) == ["first day", "no service", "last day"]


def test_a_milestone_takes_all_that_was_done_for_it(session: Session) -> None:
    project = make_project(session)
    concept, launch = project.milestones
    make_work_record(session, project, reference="concept", milestone=concept)
    make_work_record(session, project, reference="launch", milestone=launch)

    claimed = claim_work(session, project, concept, make_act(session, project))

    assert references(claimed) == ["concept"]


def test_what_one_act_reports_no_other_reports(session: Session) -> None:
    project = make_project(session)
    make_work_record(session, project, reference="done")
    first, second = make_act(session, project), make_act(session, project)

    assert references(claim_work(session, project, NOVEMBER, first)) == ["done"]
    assert (
        claim_work(session, project, Period(date(2026, 11, 15), date(2026, 12, 15)), second) == []
    )
    assert references(claim_work(session, project, NOVEMBER, first)) == ["done"]


def test_drafted_again_it_frees_what_moved_out_of_its_days(session: Session) -> None:
    project = make_project(session)
    moved = make_work_record(session, project)
    act = make_act(session, project)
    claim_work(session, project, NOVEMBER, act)

    moved.done_on = date(2026, 12, 2)
    session.flush()

    assert claim_work(session, project, NOVEMBER, act) == []
    session.refresh(moved)
    assert moved.document_id is None


def test_two_acts_at_once_share_nothing(database: Database) -> None:
    with database.transaction() as session:
        project = make_project(session)
        for _ in range(20):
            make_work_record(session, project)
        acts, project_id = [make_act(session, project).id for _ in range(2)], project.id

    def draft(caller: int) -> set[str]:
        with database.transaction() as session:
            act = session.get_one(Document, acts[caller])
            project = session.get_one(Project, project_id)
            return set(references(claim_work(session, project, NOVEMBER, act)))

    claimed, failures = race(2, draft)

    assert failures == []
    assert sorted(len(each) for each in claimed) == [0, 20]


def test_lines_have_the_agreed_price_and_only_for_the_unit_it_was_agreed_for(
    session: Session,
) -> None:
    project = make_project(session)
    relaunch, care = (line.service for line in project.services)
    advice = make_service(
        session,
        title_de="Beratung",
        nature=ContractNature.SERVICE,
        unit=Unit.HOUR,
        unit_price_minor=12_000,
    )
    project.services[1].unit_price_minor = 90_000
    for service, unit, quantity, billable in (
        (advice, Unit.HOUR, "1.5", True),
        (advice, Unit.HOUR, "0.333333", True),
        (advice, Unit.HOUR, "2", False),
        (care, Unit.MONTH, "1", True),
        (relaunch, Unit.HOUR, "7", True),
        (None, Unit.HOUR, "3", True),
    ):
        make_work_record(
            session,
            project,
            service=service,
            unit=unit,
            quantity=Decimal(quantity),
            billable=billable,
        )
    records = claim_work(session, project, NOVEMBER, make_act(session, project))
    # Work on a result is not of the period; here the lines are looked at, not the choice.
    records += [record for record in session.query(WorkRecord) if record.service is relaunch]

    lines = add_up(records, project, "de")

    assert [
        (line.title, line.quantity, line.unit_price_minor, line.net_minor) for line in lines
    ] == [
        ("Beratung", Decimal("1.833333"), 12_000, 22_000),  # 1:30 and 0:20
        ("Beratung", 2, None, None),  # not billed
        ("SEO-Betreuung", 1, 90_000, 90_000),  # the project's own price
        ("Weitere Leistungen", 3, None, None),
        ("Relaunch der Website", 7, None, None),  # hours of a lump sum
    ]
    assert [line.position for line in lines] == [1, 2, 3, 4, 5]


def test_the_entries_are_listed_in_the_clients_language(session: Session) -> None:
    project = make_project(session)
    make_work_record(
        session,
        project,
        service=project.services[1].service,
        specialist=make_specialist(session, given_name="Aino", family_name="Koski"),
    )
    make_work_record(session, project, done_on=date(2026, 11, 3))
    records = claim_work(session, project, NOVEMBER, make_act(session, project))

    listed = list_work(records, "en")

    assert [(entry.done_on.day, entry.title, entry.specialist) for entry in listed] == [
        (3, "Other services", ""),
        (20, "SEO care", "Aino Koski"),
    ]


@pytest.mark.parametrize("language", ["de", "en"])
def test_nothing_done_is_no_line(session: Session, language: str) -> None:
    assert add_up([], make_project(session), language) == ()
