"""A report is drafted once per project and period, from what the records say."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import (
    ContactRole,
    ContractNature,
    Discipline,
    Milestone,
    MilestoneState,
    Project,
    ProjectService,
    Stage,
    Unit,
)
from acctflows.db.models.documents import AccessLink, DocumentVersion, VersionState
from acctflows.db.session import Database
from acctflows.delivery.reports.drafting import active_projects, draft_report
from acctflows.delivery.reports.job import read_snapshot
from acctflows.delivery.reports.snapshot import OpenInvoice, ReportSnapshot
from acctflows.delivery.reports.terms import ReportWords
from acctflows.delivery.subject import Period
from acctflows.errors import InputError
from tests.delivery.reports.test_policy import POLICY, WEEK_47
from tests.factories import (
    NOW,
    TODAY,
    make_act,
    make_client,
    make_contact,
    make_project,
    make_service,
    make_specialist,
    make_work_record,
)
from tests.racing import race

INVOICE = OpenInvoice(
    number="RE-2026-0017",
    due_on=date(2026, 11, 15),
    open_minor=119_000,
    currency="EUR",
    overdue=True,
)


def draft(
    session: Session, agency: AgencyProfile, project: Project, **given: Any
) -> DocumentVersion:
    values: dict[str, Any] = {
        "agency": agency,
        "project": project,
        "period": WEEK_47,
        "policy": POLICY,
        "invoices": [INVOICE],
        "actor": "Lena Hansen",
        "now": NOW,
        "today": TODAY,
    }
    return draft_report(session, **values | given)


def facts(
    session: Session, agency: AgencyProfile, project: Project, **given: Any
) -> ReportSnapshot:
    return read_snapshot(draft(session, agency, project, **given))


def plan_hours(session: Session, project: Project, **given: Any) -> ProjectService:
    """Ten hours of maintenance at 115.00 EUR in the project's plan."""
    service = make_service(
        session,
        title_de="Pflege nach Aufwand",
        nature=ContractNature.SERVICE,
        unit=Unit.HOUR,
        unit_price_minor=11_500,
        **given,
    )
    line = ProjectService(project=project, position=3, service=service, quantity=Decimal(10))
    session.add(line)
    session.flush()
    session.refresh(project)
    return line


def test_the_work_of_the_period_is_told_by_service_with_each_note_once(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    care = project.services[1].service
    writer = make_specialist(session, discipline=Discipline.COPY)
    for day, given in {
        15: {"service": care, "note": "before"},
        16: {"service": care, "note": "first day"},
        22: {"service": care, "note": "last day"},
        20: {"service": care, "note": "last day", "unit": Unit.PIECE, "quantity": Decimal(3)},
        19: {"specialist": writer, "note": ""},
        23: {"service": care, "note": "after"},
    }.items():
        make_work_record(session, project, done_on=date(2026, 11, day), **given)

    done = facts(session, agency, project).done

    assert [(each.title, each.discipline) for each in done] == [
        ("SEO-Betreuung", Discipline.SEO),
        ("", Discipline.COPY),
    ]
    assert done[0].notes == ("first day", "last day")
    assert [(each.unit, each.quantity) for each in done[0].amounts] == [
        (Unit.HOUR, Decimal("3.000")),
        (Unit.PIECE, Decimal("3.000")),
    ]
    assert done[1].notes == ()


def test_plan_and_use_are_counted_from_the_beginning_to_the_end_of_the_period(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    service = plan_hours(session, project).service
    for reference, given in {
        "before": {"done_on": date(2026, 10, 1), "quantity": Decimal("1.333")},
        "within": {"done_on": date(2026, 11, 22), "quantity": Decimal("2.5")},
        "goodwill": {"quantity": Decimal(1), "billable": False},
        "journey": {"quantity": Decimal(1), "unit": Unit.DAY},
        "later": {"done_on": date(2026, 11, 23)},
    }.items():
        make_work_record(session, project, reference=reference, service=service, **given)

    snapshot = facts(session, agency, project)

    line = snapshot.budget[2]
    assert (line.planned_minor, line.used, line.used_minor) == (115_000, Decimal("3.833"), 44_080)
    assert (line.hours_before, line.hours_now) == (Decimal("1.333"), Decimal("3.500"))
    assert [(each.unit, each.quantity) for each in line.other] == [(Unit.DAY, Decimal("1.000"))]
    assert [each.quantity for each in line.unbilled] == [Decimal("1.000")]
    assert snapshot.used_percent == 38
    assert snapshot.hours_now == Decimal("3.500")
    assert snapshot.sources == ("before", "goodwill", "journey", "within")


def test_hours_do_not_tell_how_much_of_a_fixed_price_is_used(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    relaunch, care = (line.service for line in project.services)
    make_work_record(session, project, service=relaunch)
    make_work_record(session, project, service=care, unit=Unit.MONTH, quantity=Decimal(2))

    snapshot = facts(session, agency, project)

    fixed, months = snapshot.budget
    assert (fixed.used, fixed.planned_minor) == (None, 1_200_050)
    assert (months.used, months.used_percent) == (Decimal("2.000"), 33)
    assert snapshot.planned_minor == 570_000  # the months alone


def test_the_agreed_price_counts_and_work_outside_of_the_plan_stands_apart(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    plan_hours(session, project).unit_price_minor = 10_000
    service = project.services[2].service
    other = make_service(session, title_de="Beratung", unit=Unit.HOUR, unit_price_minor=9_000)
    make_work_record(session, project, service=service, quantity=Decimal(4))
    make_work_record(session, project, service=other)
    make_work_record(session, project)

    snapshot = facts(session, agency, project)

    assert [(line.title, line.planned is None) for line in snapshot.budget[2:]] == [
        ("Pflege nach Aufwand", False),
        ("Beratung", True),
        ("", True),
    ]
    assert (snapshot.planned_minor, snapshot.used_minor) == (100_000, 40_000)


def test_planned_at_two_prices_use_is_valued_at_the_mean_of_them(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    plan_hours(session, project).unit_price_minor = 10_000
    service, planned = project.services[2].service, project.services[2].quantity
    session.add(
        ProjectService(
            project=project, position=4, service=service, quantity=planned, unit_price_minor=12_000
        )
    )
    make_work_record(session, project, service=service, quantity=Decimal(4))
    session.flush()
    session.expire(project)

    line = facts(session, agency, project).budget[2]

    assert (line.planned_minor, line.used_minor) == (220_000, 44_000)


def test_two_currencies_make_no_budget(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session)
    plan_hours(session, project, currency="CHF")

    with pytest.raises(InputError, match="priced in CHF, other services in EUR"):
        draft(session, agency, project)


def test_milestones_are_reached_in_the_period_or_come_next(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30))
    project.milestones[0].due_on = date(2026, 12, 14)  # three weeks after today
    project.milestones[1].due_on = date(2026, 12, 15)
    for position, title, due_on, given in (
        (3, "Reached", 18, {"state": MilestoneState.ACCEPTED, "done_on": date(2026, 11, 20)}),
        (4, "Reached before", 10, {"state": MilestoneState.DONE, "done_on": date(2026, 11, 9)}),
        (5, "Late", 20, {"state": MilestoneState.IN_PROGRESS}),
    ):
        due = date(2026, 11, due_on)
        session.add(Milestone(project=project, position=position, title=title, due_on=due, **given))
    session.flush()

    snapshot = facts(session, agency, project)

    assert [step.title for step in snapshot.reached] == ["Reached"]
    assert [(step.title, step.overdue) for step in snapshot.next] == [
        ("Late", True),
        ("Konzept abgenommen", False),
    ]
    assert [risk.kind for risk in snapshot.risks] == ["overdue", "idle"]
    assert snapshot.time_percent == 73


def test_the_client_owes_answers_to_open_links_and_open_invoices(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    contact = project.client.contacts[0]
    for number, days, given in (
        ("L-1", 5, {}),
        ("L-2", 9, {}),
        ("expired", -1, {}),
        ("revoked", 5, {"revoked_at": NOW}),
    ):
        act = make_act(session, project, number=number, kind="activity")
        version = DocumentVersion(
            document=act,
            version=1,
            state=VersionState.SENT,
            snapshot={},
            snapshot_sha256="0" * 64,
            template_name="activity/de.docx",
            created_at=NOW,
            created_by="Lena",
        )
        link = AccessLink(
            token_sha256=number,
            version=version,
            contact=contact,
            created_at=NOW,
            expires_at=NOW + timedelta(days=days),
            **given,
        )
        session.add(link)
    session.flush()

    snapshot = facts(session, agency, project)

    assert [(each.number, each.answer_by) for each in snapshot.documents] == [
        ("L-1", date(2026, 11, 28)),
        ("L-2", date(2026, 12, 2)),
    ]
    assert snapshot.invoices == (INVOICE,)


def test_the_contact_for_projects_reads_it_else_who_signs(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    signer = project.client.contacts[0]
    assert facts(session, agency, project).recipient.id == signer.id

    lead = make_contact(session, project.client, roles=[ContactRole.PROJECT.value])
    session.refresh(project.client)
    other = Period(date(2026, 11, 9), date(2026, 11, 15))
    assert facts(session, agency, project, period=other).recipient.id == lead.id


def test_a_client_nobody_can_write_to_is_named(session: Session, agency: AgencyProfile) -> None:
    client = make_client(session)
    make_contact(session, client, roles=[])

    with pytest.raises(InputError, match=f"client {client.number}: nobody can be written to"):
        draft(session, agency, make_project(session, client=client))


def test_nobody_reports_to_an_archived_client(session: Session, agency: AgencyProfile) -> None:
    project = make_project(session, client=make_client(session, archived_at=NOW))

    with pytest.raises(InputError, match="the client is archived → close its projects"):
        draft(session, agency, project)


def test_drafted_once_the_records_change_nothing_any_more(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    first = draft(session, agency, project)
    make_work_record(session, project)

    assert draft(session, agency, project, today=TODAY + timedelta(days=1)) is first
    assert first.document.key == f"report/{project.number}/2026-W47"
    assert first.document.number.startswith("S-2026-")
    title = "Statusbericht · Relaunch moewe.example · Kalenderwoche 47/2026"
    assert first.document.title == title


def test_a_person_who_asks_again_gets_a_new_draft_that_keeps_their_words(
    session: Session, agency: AgencyProfile
) -> None:
    project = make_project(session)
    words = ReportWords(risks="Zugang fehlt\n\nUrlaub im Dezember", next_steps="Termin am 26.")
    first = draft(session, agency, project, words=words)
    make_work_record(session, project)

    second = draft(
        session, agency, project, again=True, words=ReportWords(next_steps="Termin am 27.")
    )

    assert (first.state, second.version) == (VersionState.SUPERSEDED, 2)
    snapshot = read_snapshot(second)
    assert snapshot.risk_words == ("Zugang fehlt", "Urlaub im Dezember")
    assert snapshot.next_words == ("Termin am 27.",)
    assert len(snapshot.sources) == 1
    assert draft(session, agency, project, again=True) is second


@pytest.mark.parametrize("state", [VersionState.APPROVED, VersionState.SENT])
def test_what_is_approved_or_sent_stays(
    session: Session, agency: AgencyProfile, state: VersionState
) -> None:
    project = make_project(session)
    version = draft(session, agency, project)
    version.state = state

    assert draft(session, agency, project, again=True, words=ReportWords(risks="Neu")) is version


@pytest.mark.parametrize("state", [VersionState.REJECTED, VersionState.REWORK])
def test_what_a_manager_sent_back_is_drafted_anew_when_a_person_asks(
    session: Session, agency: AgencyProfile, state: VersionState
) -> None:
    project = make_project(session)
    version = draft(session, agency, project)
    version.state = state

    assert draft(session, agency, project) is version
    assert draft(session, agency, project, again=True).version == 2


def test_a_language_we_do_not_write_falls_back_to_the_agencys(
    session: Session, agency: AgencyProfile
) -> None:
    client = make_client(session, language="nl")

    assert facts(session, agency, make_project(session, client=client)).language == "de"


def test_only_active_projects_are_reported_by_themselves(session: Session) -> None:
    begun = {"stage": Stage.ACTIVE, "starts_on": WEEK_47.last}
    active = make_project(session, **begun)
    undated = make_project(session, **begun | {"starts_on": None})
    make_project(session, **begun | {"stage": Stage.ON_HOLD})
    make_project(session, **begun | {"starts_on": date(2026, 11, 23)})

    assert active_projects(session, WEEK_47) == [active.id, undated.id]


def test_two_drafts_at_once_are_one_report(database: Database, agency: AgencyProfile) -> None:
    with database.transaction() as session:
        project_id = make_project(session).id

    def one(_caller: int) -> tuple[int, str]:
        with database.transaction() as session:
            version = draft(session, agency, session.get_one(Project, project_id), again=True)
            return version.id, version.document.number

    made, failures = race(4, one)

    assert failures == []
    assert len(set(made)) == 1
