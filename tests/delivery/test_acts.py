"""An act from recorded work to what the client's answer makes of it."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.forms import WorkRecordForm
from acctflows.agency.problems import ProblemsError
from acctflows.agency.profile import AgencyProfile
from acctflows.agency.work_records import save_work_record
from acctflows.db.models.agency import (
    ClientKind,
    ContractNature,
    MilestoneState,
    Project,
    ProjectService,
    Stage,
    Unit,
)
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import Document, DocumentVersion, Outcome, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.db.session import Database
from acctflows.delivery.acts import accepted_acts
from acctflows.delivery.defects import cure_defect, named_defects
from acctflows.delivery.job import ACCEPTANCE, read_snapshot
from acctflows.delivery.subject import Period, find_subject, subject_key
from acctflows.dispatch.closing import close_silence
from acctflows.documents import audit
from acctflows.documents.acceptance import NamedDefect
from acctflows.documents.work_items import open_item
from acctflows.errors import ConflictError, InputError, NotFoundError
from tests.contracts.stories import approve, invite
from tests.contracts.stories import decide as decide_contract
from tests.contracts.stories import draft as draft_contract
from tests.delivery.stories import OCTOBER, decide, draft, finished, send, worked
from tests.dispatch.test_sending import body
from tests.factories import NOW, TODAY, make_client, make_contact, make_service, make_work_record
from tests.racing import race

MISSING = NamedDefect("Startseite", "Das Bild fehlt.")


def cure(session: Session, project: Project, **given: Any) -> None:
    for defect in named_defects(session, subject_key(project, project.milestones[0])):
        values: dict[str, Any] = {"cured_on": TODAY, "note": "ergänzt", "by": "Lena"}
        cure_defect(session, defect.id, **values | given, today=TODAY, now=NOW)


def test_an_act_of_a_milestone_says_what_was_finished_and_done(
    session: Session, agency: AgencyProfile
) -> None:
    project = finished(session)

    version = draft(session, project, project.milestones[0], agency)

    snapshot = read_snapshot(version)
    assert version.document.number == "A-2026-0001"
    assert version.template_name == "acceptance/de.docx"
    assert (snapshot.milestone, snapshot.completed_on) == (
        "Konzept abgenommen",
        date(2026, 11, 22),
    )
    assert (snapshot.signer.name, snapshot.acceptance_days) == ("Käthe Brünning", 14)
    assert [record.note for record in snapshot.records] == ["Texte der Startseite überarbeitet"]
    assert snapshot.contract_number == ""


def test_an_act_of_a_month_names_its_days_and_the_rate_of_each_service(
    session: Session, agency: AgencyProfile
) -> None:
    project = worked(session, client=make_client(session, language="en"))
    advice = make_service(
        session, unit=Unit.HOUR, unit_price_minor=12_000, nature=ContractNature.SERVICE
    )
    make_work_record(session, project, service=advice, done_on=date(2026, 10, 30))

    version = draft(session, project, OCTOBER, agency)

    snapshot = read_snapshot(version)
    assert version.document.number == "L-2026-0001"
    assert (snapshot.period_from, snapshot.period_to) == (OCTOBER.first, OCTOBER.last)
    line = snapshot.lines[1]
    assert (line.service_code, str(line.tax_percent), line.net_minor) == (
        advice.code,
        "19.00",
        18_000,
    )
    assert "Activity record · October\N{NO-BREAK SPACE}2026" in version.document.title


def test_the_accepted_contract_gives_its_number_and_the_days_agreed(
    session: Session, agency: AgencyProfile
) -> None:
    project = finished(session)
    contract = draft_contract(session, project, agency, acceptance_days=21)
    approve(session, contract)
    invite(session, contract, agency)
    before = read_snapshot(draft(session, project, project.milestones[0], agency))
    decide_contract(session, contract, Outcome.ACCEPTED)

    version = draft(session, project, project.milestones[0], agency)

    snapshot = read_snapshot(version)
    assert (before.contract_number, before.acceptance_days) == ("", 14)
    assert (snapshot.contract_number, snapshot.acceptance_days) == (contract.document.number, 21)
    version = draft(session, project, project.milestones[0], agency, acceptance_days=7)
    assert read_snapshot(version).acceptance_days == 7


def test_drafting_again_finds_the_same_and_new_work_makes_the_next_version(
    session: Session, agency: AgencyProfile
) -> None:
    project = worked(session)
    first = draft(session, project, OCTOBER, agency)
    assert draft(session, project, OCTOBER, agency, today=TODAY + timedelta(days=3)) is first

    make_work_record(session, project, done_on=date(2026, 10, 9))
    second = draft(session, project, OCTOBER, agency)

    assert (second.version, first.state) == (2, VersionState.SUPERSEDED)
    assert session.scalar(sa.select(sa.func.count(Document.id))) == 1


def test_six_at_once_draft_one_act(database: Database, agency: AgencyProfile) -> None:
    with database.transaction() as session:
        project_id = worked(session).id

    def work(_caller: int) -> int:
        with database.transaction() as session:
            return draft(session, session.get_one(Project, project_id), OCTOBER, agency).id

    versions, failures = race(6, work)

    assert failures == []
    assert len(set(versions)) == 1


Change = Callable[[Session, Project], object]


def _milestone(**values: Any) -> Change:
    return lambda _session, project: [
        setattr(project.milestones[0], name, value) for name, value in values.items()
    ]


def _client(**values: Any) -> Change:
    return lambda _session, project: [
        setattr(project.client, name, value) for name, value in values.items()
    ]


def _two_currencies(session: Session, project: Project) -> None:
    for currency in ("EUR", "CHF"):
        service = make_service(session, currency=currency)
        make_work_record(session, project, milestone=project.milestones[0], service=service)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_milestone(state=MilestoneState.IN_PROGRESS), "is not done"),
        (_milestone(done_on=None), "no day on which it was done"),
        (_milestone(done_on=TODAY + timedelta(days=1)), "or one to come"),
        (_milestone(with_acceptance=False), "planned without acceptance"),
        (_client(street=""), "has no street"),
        (_client(law="FR"), "no act under the law of “FR”"),
        (_client(language="fr"), "no act in “fr”"),
        (lambda s, p: make_contact(s, p.client), "more than one contact may sign"),
        (lambda _s, p: setattr(p, "stage", Stage.LOST), "is lost"),
        (_two_currencies, "mixes currencies (CHF, EUR)"),
    ],
)
def test_what_is_missing_or_contradictory_is_named(
    session: Session, agency: AgencyProfile, change: Change, words: str
) -> None:
    project = finished(session)
    change(session, project)
    session.flush()
    session.expire_all()
    with pytest.raises(InputError) as refused:
        draft(session, project, project.milestones[0], agency)
    assert words in str(refused.value)


def test_a_month_that_is_not_over_or_without_work_is_refused_with_all_reasons_at_once(
    session: Session, agency: AgencyProfile
) -> None:
    project = worked(session, client=make_client(session, city=""))
    with pytest.raises(InputError) as refused:
        draft(session, project, Period.month("2026-11"), agency)
    for words in ("ends only on 2026-11-30", "no services are recorded", "has no city"):
        assert words in str(refused.value)
    assert session.scalar(sa.select(sa.func.count(Document.id))) == 0


def test_work_planned_at_two_prices_is_refused_before_the_client_accepts_it(
    session: Session, agency: AgencyProfile
) -> None:
    project = worked(session)
    advice = make_service(session, title_en="Consulting", unit=Unit.HOUR, unit_price_minor=12_000)
    advice.nature = ContractNature.SERVICE
    for position, price in ((3, None), (4, 10_000)):
        session.add(
            ProjectService(
                project=project,
                position=position,
                service=advice,
                quantity=Decimal(10),
                unit_price_minor=price,
            )
        )
    make_work_record(session, project, service=advice, done_on=date(2026, 10, 30))
    session.flush()
    session.expire(project)

    with pytest.raises(InputError, match="“Consulting” is planned at several prices") as refused:
        draft(session, project, OCTOBER, agency)

    assert "(€120.00 and €100.00)" in str(refused.value)
    project.services[3].unit_price_minor = 12_000
    assert read_snapshot(draft(session, project, OCTOBER, agency)).lines[1].net_minor == 18_000


def test_a_subject_is_named_once(session: Session) -> None:
    project = finished(session)
    assert find_subject(project, milestone="", month="2026-10") == OCTOBER
    assert find_subject(project, milestone="1", month=" ") is project.milestones[0]
    first, last = date(2026, 10, 15), date(2026, 11, 14)
    days = {"first_day": first, "last_day": last}
    assert find_subject(project, milestone="", month="", **days) == Period(first, last)
    with pytest.raises(InputError, match="has a first and a last day"):
        find_subject(project, milestone="", month="", first_day=first)
    for given in (
        {"milestone": "", "month": ""},
        {"milestone": "1", "month": "2026-10"},
        {"milestone": "1", "month": "", "last_day": last},
        {"milestone": "", "month": "2026-10", **days},
    ):
        with pytest.raises(InputError, match="one milestone, one month, or one period"):
            find_subject(project, **given)


def test_accepted_the_milestone_is_accepted_and_the_act_wants_its_invoice(
    session: Session, agency: AgencyProfile
) -> None:
    project = finished(session)
    version = draft(session, project, project.milestones[0], agency)
    assert accepted_acts(session) == []

    decide(session, version, agency, Outcome.ACCEPTED)

    assert project.milestones[0].state is MilestoneState.ACCEPTED
    assert accepted_acts(session) == [version]
    assert session.scalars(sa.select(WorkItem)).all() == []
    with pytest.raises(ConflictError, match="is accepted and cannot change"):
        draft(session, project, project.milestones[0], agency, acceptance_days=3)


def test_defects_reserved_in_accepting_become_a_task(
    session: Session, agency: AgencyProfile
) -> None:
    project = finished(session)
    version = draft(session, project, project.milestones[0], agency)

    decide(session, version, agency, Outcome.ACCEPTED, defects=(MISSING,))

    item = session.scalars(sa.select(WorkItem)).one()
    assert (item.kind, item.detail) == ("reserved_defects", "Startseite: Das Bild fehlt.")
    assert project.milestones[0].state is MilestoneState.ACCEPTED
    copy = session.scalars(sa.select(OutboxMail).where(OutboxMail.template == "act_accepted")).one()
    assert "1. Startseite: Das Bild fehlt." in body(copy)


def test_refused_it_can_be_issued_again_when_every_defect_is_cured(
    session: Session, agency: AgencyProfile
) -> None:
    project = finished(session)
    milestone = project.milestones[0]
    second = NamedDefect("Fußzeile", "Die Telefonnummer stimmt nicht.")
    version = draft(session, project, milestone, agency)
    decide(session, version, agency, Outcome.DECLINED, defects=(MISSING, second))
    assert milestone.state is MilestoneState.DONE
    with pytest.raises(InputError, match=r"not marked as cured \(Startseite\).*\(Fußzeile\)"):
        draft(session, project, milestone, agency)

    cure(session, project)
    again = draft(session, project, milestone, agency)

    assert again.version == 2
    assert [(d.place, d.cured_on, d.cured_note) for d in read_snapshot(again).defects] == [
        ("Startseite", TODAY, "ergänzt"),
        ("Fußzeile", TODAY, "ergänzt"),
    ]
    decide(session, again, agency, Outcome.ACCEPTED)
    assert accepted_acts(session) == [again]
    assert audit.verify(session).fault is None


def test_a_third_version_answers_the_second_refusal(
    session: Session, agency: AgencyProfile
) -> None:
    project = finished(session)
    milestone = project.milestones[0]
    for place in ("Startseite", "Impressum"):
        version = draft(session, project, milestone, agency)
        refused = (NamedDefect(place, "falsch"),)
        decide(session, version, agency, Outcome.DECLINED, defects=refused)
        cure(session, project)

    snapshot = read_snapshot(draft(session, project, milestone, agency))

    assert [defect.place for defect in snapshot.defects] == ["Impressum"]


def test_a_cure_is_noted_once_and_can_be_put_right(session: Session, agency: AgencyProfile) -> None:
    project = finished(session)
    version = draft(session, project, project.milestones[0], agency)
    decide(session, version, agency, Outcome.DECLINED, defects=(MISSING,))

    cure(session, project)
    cure(session, project)
    cure(session, project, note="neues Bild")

    (defect,) = named_defects(session, version.document.key)
    assert defect.cured_note == "neues Bild"
    trail = audit.trail(session, f"document/{version.document.number}")
    assert [entry.event for entry in trail].count("defect.cured") == 2
    with pytest.raises(InputError, match="has not come yet"):
        cure(session, project, cured_on=TODAY + timedelta(days=1))
    with pytest.raises(NotFoundError):
        cure_defect(session, 404, cured_on=TODAY, note="", by="x", today=TODAY, now=NOW)


def test_work_of_a_refused_act_can_be_corrected_and_that_of_a_sent_one_not(
    session: Session, agency: AgencyProfile
) -> None:
    project = worked(session)
    record = session.scalars(sa.select(WorkRecord)).one()
    form = WorkRecordForm.model_validate(
        {"project": project.number, "reference": record.reference, "hours": "2"}
    )
    version = draft(session, project, OCTOBER, agency)
    with pytest.raises(ProblemsError, match=version.document.number):
        save_work_record(session, form, now=NOW)

    decide(session, version, agency, Outcome.DECLINED, reason="Es waren zwei Stunden.")
    save_work_record(session, form, now=NOW)

    again = draft(session, project, OCTOBER, agency)
    assert [line.quantity for line in read_snapshot(again).lines] == [2]


def test_the_invitation_says_what_silence_means_and_a_consumer_hears_all_of_it(
    session: Session, agency: AgencyProfile
) -> None:
    for kind, told in ((ClientKind.BUSINESS, False), (ClientKind.CONSUMER, True)):
        project = finished(session, client=make_client(session, kind=kind))
        version = draft(session, project, project.milestones[0], agency)
        decide(session, version, agency, Outcome.ACCEPTED)
        query = sa.select(OutboxMail).where(OutboxMail.matter.endswith(version.document.number))
        text = body(session.scalars(query.order_by(OutboxMail.id)).first())
        assert "gilt das Ergebnis als abgenommen" in text
        assert ("ohne einen Mangel zu nennen" in text) is told


def test_a_month_is_confirmed_and_silence_confirms_nothing(
    session: Session, agency: AgencyProfile
) -> None:
    version = draft(session, worked(session), OCTOBER, agency)
    decide(session, version, agency, Outcome.ACCEPTED)
    mail = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).first()
    assert mail is not None
    assert "gilt" not in body(mail)
    assert [each.id for each in accepted_acts(session)] == [version.id]


def test_acts_that_wait_or_were_refused_want_no_invoice(
    session: Session, agency: AgencyProfile
) -> None:
    waiting = draft(session, worked(session), OCTOBER, agency)
    refused = draft(session, worked(session), OCTOBER, agency)
    decide(session, refused, agency, Outcome.DECLINED, reason="Falscher Monat")
    assert accepted_acts(session) == []
    assert session.scalars(sa.select(DocumentVersion.state).order_by(DocumentVersion.id)).all() == [
        waiting.state,
        VersionState.DECLINED,
    ]


def test_a_late_twin_gets_the_act_that_was_asked_for_however_it_ended(
    session: Session, agency: AgencyProfile
) -> None:
    project = finished(session)
    version = draft(session, project, project.milestones[0], agency)
    decide(session, version, agency, Outcome.DECLINED, defects=(MISSING,))

    asked = NOW - timedelta(minutes=1)
    assert draft(session, project, project.milestones[0], agency, asked=asked) is version
    cure(session, project)
    assert draft(session, project, project.milestones[0], agency, asked=asked) is version

    asked = NOW + timedelta(minutes=1)
    assert draft(session, project, project.milestones[0], agency, asked=asked).version == 2


def test_unanswered_it_can_be_put_before_the_client_anew(
    session: Session, agency: AgencyProfile
) -> None:
    project = worked(session)
    first = draft(session, project, OCTOBER, agency)
    send(session, first, agency)
    assert draft(session, project, OCTOBER, agency, now=NOW + timedelta(days=14)) is first

    again = draft(session, project, OCTOBER, agency, now=NOW + timedelta(days=16))

    assert (again.version, first.state) == (2, VersionState.SUPERSEDED)


def test_silence_is_judged_by_a_person_when_the_time_is_over(
    session: Session, agency: AgencyProfile
) -> None:
    project = finished(session)
    version = draft(session, project, project.milestones[0], agency)
    send(session, version, agency)
    judged: dict[str, Any] = {"job": ACCEPTANCE, "by": "Lena", "reason": "Empfang bestätigt"}
    task = open_item(
        session,
        key="no-answer/1",
        kind="acceptance_no_answer",
        detail="",
        version=version,
        owner_id=None,
        due_on=TODAY,
        now=NOW,
    )
    with pytest.raises(ConflictError, match="can still answer"):
        close_silence(session, version, now=NOW + timedelta(days=14), **judged)

    close_silence(session, version, now=NOW + timedelta(days=15), **judged)

    assert accepted_acts(session) == [version]
    assert project.milestones[0].state is MilestoneState.ACCEPTED
    assert (task.settled_by, task.outcome) == ("Lena", "Empfang bestätigt")
    entry = audit.trail(session, f"document/{version.document.number}")[-2]
    assert (entry.event, entry.data["reason"]) == ("acceptance.deemed", "Empfang bestätigt")
    with pytest.raises(ConflictError, match="is in state “accepted”"):
        close_silence(session, version, now=NOW + timedelta(days=16), **judged)
