"""Work done: it comes in once, as it was, and stays as it is when an act has reported it."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.agency.forms import FinishForm, WorkRecordForm
from acctflows.agency.importing import (
    ImportRefusedError,
    ImportReport,
    apply_import,
    plan_import,
    read_bytes,
)
from acctflows.agency.plan import finish_milestone
from acctflows.agency.problems import ProblemsError
from acctflows.agency.saving import Saved
from acctflows.agency.work_records import save_work_record
from acctflows.db.models.agency import Discipline, MilestoneState, Project, Unit
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.session import Database
from tests.agency.workbooks import workbook
from tests.factories import (
    NOW,
    make_act,
    make_project,
    make_service,
    make_specialist,
    make_work_record,
)
from tests.racing import race

HEAD = "Datum;Projekt;Leistung;Mitarbeiter;Stunden;Notiz\n"
ROW = "20.11.2026;P-1;PFLEGE;Linh Nguyễn;1:30;Formular repariert\n"


def prepare(session: Session) -> Project:
    project = make_project(session, number="P-1", title="Relaunch")
    make_specialist(
        session,
        email="linh@nordlicht-digital.example",
        given_name="Linh",
        family_name="Nguyễn",
        discipline=Discipline.DEVELOPMENT,
    )
    make_service(session, code="PFLEGE", title_de="Pflege", title_en="Care", unit=Unit.HOUR)
    make_service(session, code="TEXT", title_de="Texte", title_en="Copy", unit=Unit.PIECE)
    return project


@pytest.fixture
def project(session: Session) -> Project:
    return prepare(session)


@pytest.fixture
def books_project(books: Session) -> Project:
    return prepare(books)


def imported(session: Session, text: str) -> ImportReport:
    return apply_import(session, read_bytes(text.encode(), file="zeiten.csv"), now=NOW)


def refused(session: Session, text: str, language: str = "en") -> list[tuple[int, str, str]]:
    sheets = read_bytes(text.encode(), file="zeiten.csv")
    found = plan_import(session, sheets, now=NOW).problems
    return [(p.row, p.heading, p.problem.text(language)) for p in found]


def on_file(session: Session) -> list[WorkRecord]:
    return list(session.scalars(select(WorkRecord).order_by(WorkRecord.id)))


def saved(session: Session, **said: Any) -> Saved[WorkRecord]:
    usual = {"project": "P-1", "done_on": date(2026, 11, 20)}
    return save_work_record(session, WorkRecordForm.model_validate(usual | said), now=NOW)


def counts(report: ImportReport) -> list[str]:
    return [line.status.value for line in report.lines]


def test_a_row_of_a_german_time_sheet_becomes_a_record(session: Session, project: Project) -> None:
    imported(session, HEAD + ROW)
    (record,) = on_file(session)
    session.expire(record)
    assert (record.project, record.done_on) == (project, date(2026, 11, 20))
    assert (record.quantity, record.unit) == (Decimal("1.5"), Unit.HOUR)
    assert record.service is not None
    assert record.service.code == "PFLEGE"
    assert record.specialist is not None
    assert record.specialist.full_name == "Linh Nguyễn"
    assert (record.note, record.billable) == ("Formular repariert", True)
    assert record.milestone is None
    assert record.document is None


def test_an_english_list_with_references_quantities_and_milestones(
    session: Session, project: Project
) -> None:
    imported(
        session,
        "Date,Project,Service,Quantity,Unit,Milestone,Billable,Reference,Note\n"
        '2026-11-02,Relaunch,Copy,3,,1,no,"#77, Harvest",\n'
        "2026-11-03,P-1,,0.5,Days,Website online,yes,#78,\n",
    )
    texts, design = on_file(session)
    assert (texts.quantity, texts.unit) == (Decimal(3), Unit.PIECE)
    assert (texts.milestone, texts.billable) == (project.milestones[0], False)
    assert texts.reference == "#77, Harvest"
    assert (design.quantity, design.unit) == (Decimal("0.5"), Unit.DAY)
    assert design.milestone is project.milestones[1]


def test_the_same_file_twice_changes_nothing(session: Session, project: Project) -> None:
    text = HEAD + ROW + "21.11.2026;P-1;;;0,75;Besprechung\n"
    imported(session, text)
    assert counts(imported(session, text)) == ["unchanged"] * 2
    assert len(on_file(session)) == 2


def test_two_honest_equal_rows_stay_two_however_often_they_come(
    session: Session, project: Project
) -> None:
    imported(session, HEAD + ROW * 2)
    assert len({record.reference for record in on_file(session)}) == 2
    assert counts(imported(session, HEAD + ROW * 2)) == ["unchanged"] * 2
    assert counts(imported(session, HEAD + ROW * 3)) == ["unchanged"] * 2 + ["new"]


def test_equal_work_is_equal_however_it_is_written(books: Session, books_project: Project) -> None:
    imported(books, HEAD + ROW)
    other = (
        "Project,Date,Service,Specialist,Quantity,Unit,Notes\n"
        "Relaunch,2026-11-20,Pflege,LINH@nordlicht-digital.example,1.50,h,Formular repariert\n"
    )
    assert counts(imported(books, other)) == ["unchanged"]


@pytest.mark.parametrize(
    "other",
    [
        "21.11.2026;P-1;PFLEGE;Linh Nguyễn;1:30;Formular repariert\n",
        "20.11.2026;P-1;TEXT;Linh Nguyễn;1:30;Formular repariert\n",
        "20.11.2026;P-1;PFLEGE;;1:30;Formular repariert\n",
        "20.11.2026;P-1;PFLEGE;Linh Nguyễn;1:31;Formular repariert\n",
        "20.11.2026;P-1;PFLEGE;Linh Nguyễn;1:30;Formular geprüft\n",
    ],
)
def test_what_differs_is_other_work(books: Session, books_project: Project, other: str) -> None:
    imported(books, HEAD + ROW)
    assert counts(imported(books, HEAD + other)) == ["new"]


def test_the_key_made_of_a_row_never_changes(books: Session, books_project: Project) -> None:
    """Files imported with an older acctflows must be found again."""
    imported(books, HEAD + ROW)
    assert [record.reference for record in on_file(books)] == ["auto-189bbd949d3554ea93e68844-1"]


def test_a_record_with_a_reference_can_be_corrected(books: Session, books_project: Project) -> None:
    head = "Referenz;Datum;Projekt;Stunden;Notiz;Meilenstein\n"
    imported(books, head + "TT-1;20.11.2026;P-1;2;Formular;Website online\n")
    report = imported(books, head + "TT-1;20.11.2026;P-1;2:15;;\n")
    (line,) = report.changed_lines()
    assert [(c.field, c.old, c.new) for c in line.changes] == [
        ("hours", Decimal(2), Decimal("2.25"))
    ]
    (record,) = on_file(books)
    assert record.note == "Formular"
    assert record.milestone is books_project.milestones[1]


def test_a_record_may_turn_from_hours_to_pieces_and_lose_what_a_dash_empties(
    books: Session, books_project: Project
) -> None:
    saved(books, reference="TT-1", hours="2", service="PFLEGE", note="Texte")
    saved(books, reference="TT-1", quantity="3", unit="Stück", service="-", note="-")
    (record,) = on_file(books)
    assert (record.quantity, record.unit) == (Decimal(3), Unit.PIECE)
    assert (record.service, record.note) == (None, "")


def test_work_on_the_wrong_project_moves_with_its_milestone_or_not_at_all(
    books: Session, books_project: Project
) -> None:
    other = make_project(books, number="P-2", title="Kampagne")
    saved(books, reference="TT-1", hours="2", milestone="Website online")
    saved(books, reference="TT-1", project="P-2")
    (record,) = on_file(books)
    assert (record.project, record.milestone) == (other, other.milestones[1])
    books_project.milestones[1].title = "Shop online"
    with pytest.raises(ProblemsError, match="milestone: “Website online” is not on file"):
        saved(books, reference="TT-1", project="P-1")


def test_a_record_that_an_act_reports_stays_as_it_is(session: Session, project: Project) -> None:
    record = make_work_record(
        session,
        project,
        reference="TT-1",
        document=make_act(session, project, number="L-2026-0001"),
    )
    head = "Referenz;Datum;Projekt;Stunden;Notiz\n"
    assert refused(session, head + "TT-1;20.11.2026;P-1;8;Nachtrag\n", "de") == [
        (
            2,
            heading,
            "steht in L-2026-0001 und bleibt darum, wie es ist; bitte eine Berichtigung als "
            "eigenen Eintrag erfassen",
        )
        for heading in ("Stunden", "Notiz")
    ]
    same = f"TT-1;20.11.2026;P-1;1,5;{record.note}\n"
    assert counts(imported(session, head + same)) == ["unchanged"]
    with pytest.raises(ImportRefusedError):
        imported(session, head + "TT-1;19.11.2026;P-1;1,5;\n")


@pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_a_record_claimed_while_a_file_is_read_stays_as_it_is(database: Database) -> None:
    with database.transaction() as session:
        make_work_record(session, prepare(session), reference="TT-1")
    with database.transaction() as late:
        assert late.scalars(select(WorkRecord)).one().document is None
        with database.transaction() as session:
            record = session.scalars(select(WorkRecord)).one()
            record.document = make_act(session, record.project)
        with pytest.raises(ProblemsError, match="reports this record"):
            saved(late, reference="TT-1", hours="8")


def test_every_problem_is_told_with_row_and_column(books: Session, books_project: Project) -> None:
    text = (
        "Datum;Projekt;Leistung;Mitarbeiter;Stunden;Menge;Einheit;Meilenstein\n"
        "20.11.2026;P-9;SEGELN;Niemand;2;;;\n"
        "20.11.2026;P-1;;;;;;\n"
        "20.11.2026;P-1;;;viel;;;\n"
        ";P-1;;;1:75;;;\n"
        "20.11.2026;P-1;;;2;3;;\n"
        "20.11.2026;P-1;;;2;;Tage;\n"
        "20.11.2026;P-1;;;;3;;\n"
        "20.11.2026;P-1;;;;1;pauschal;\n"
        "20.11.2026;P-1;;;0:00;;;Nirgendwo\n"
        "20.11.2026;P-1;;;1000;;;Nirgendwo\n"
    )
    assert [(row, heading) for row, heading, _ in refused(books, text)] == [
        (2, "Projekt"),
        (2, "Leistung"),
        (2, "Mitarbeiter"),
        (3, "Stunden"),
        (4, "Stunden"),
        (5, "Stunden"),
        (5, "Datum"),
        (6, "Menge"),
        (7, "Einheit"),
        (8, "Einheit"),
        (9, "Einheit"),
        (10, "Stunden"),
        (11, "Stunden"),
    ]
    assert refused(books, text)[4][2] == "“viel” is no number of hours; write 1:30 or 1.5"


def test_one_wrong_row_keeps_the_whole_file_out(database: Database) -> None:
    with database.transaction() as session:
        prepare(session)
    with pytest.raises(ImportRefusedError), database.transaction() as session:
        imported(session, HEAD + ROW + "20.11.2026;P-1;;;halb;\n")
    with database.reading() as session:
        assert on_file(session) == []


def test_a_list_of_a_known_kind_without_an_amount_says_what_it_lacks(books: Session) -> None:
    ((_, _, sentence),) = refused(books, "Projekt;Datum;Mitarbeiter;Abrechenbar\nP-1;1.1.2026;;\n")
    assert "“Stunden” / “Hours”" in sentence


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("1:30", "1.5"),
        ("0:05", "0.083333"),
        ("1:20", "1.333333"),
        ("26:00:36", "26.01"),
        ("1,5", "1.5"),
        ("1.5", "1.5"),
        ("2", "2"),
        ("1.125", "1.125"),
        ("2 h", "2"),
        ("1,25 Std.", "1.25"),
        ("3 Stunden", "3"),
        ("0.33333333", "0.333333"),
    ],
)
def test_hours_are_read_as_people_write_them(written: str, hours: str) -> None:
    form = WorkRecordForm.model_validate({"project": "P-1", "hours": written})
    assert form.hours == Decimal(hours)


@pytest.mark.parametrize(
    "written", ["1:60", "1:5", ":30", "-1", "1e2", "NaN", "1,2,3", "2 Tage", "0"]
)
def test_what_is_no_number_of_hours_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        WorkRecordForm.model_validate({"project": "P-1", "hours": written})


@pytest.mark.parametrize("value", [1.5, time(1, 30), timedelta(hours=1, minutes=30), "1:30"])
def test_a_spreadsheet_may_hold_hours_as_number_time_or_text(
    books: Session, books_project: Project, value: Any
) -> None:
    rows = [["Projekt", "Datum", "Stunden"], ["P-1", date(2026, 11, 20), value]]
    apply_import(books, read_bytes(workbook(("Zeiten", rows)), file="a.xlsx"), now=NOW)
    assert [record.quantity for record in on_file(books)] == [Decimal("1.5")]


def test_a_spreadsheet_may_sum_up_more_than_a_day(books: Session, books_project: Project) -> None:
    rows = [["Projekt", "Datum", "Stunden"], ["P-1", date(2026, 11, 20), timedelta(hours=31)]]
    apply_import(books, read_bytes(workbook(("Zeiten", rows)), file="a.xlsx"), now=NOW)
    assert [record.quantity for record in on_file(books)] == [Decimal(31)]


def test_a_form_sent_twice_records_once_and_a_reference_of_its_own_records_again(
    session: Session, project: Project
) -> None:
    assert saved(session, hours="1:30", note="Formular").created
    assert not saved(session, hours="1,5", note="Formular").created
    assert saved(session, hours="1:30", note="Formular", reference="zweimal").created
    assert len(on_file(session)) == 2


def test_senders_at_once_record_once(database: Database) -> None:
    with database.transaction() as session:
        prepare(session)

    def send(_caller: int) -> bool:
        with database.transaction() as session:
            return saved(session, hours="2", note="Workshop").created

    done, failed = race(8, send)
    assert failed == []
    assert done.count(True) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(WorkRecord)) == 1


def test_a_milestone_is_finished_by_title_or_position(session: Session, project: Project) -> None:
    day = date(2027, 1, 14)
    for name in ("Konzept abgenommen", "2"):
        form = FinishForm(project="P-1", milestone=name, done_on=day)
        assert finish_milestone(session, form, now=NOW).changed == ["state", "done_on"]
        assert finish_milestone(session, form, now=NOW).changed == []
    assert [(step.state, step.done_on) for step in project.milestones] == [
        (MilestoneState.DONE, day)
    ] * 2
    assert [step.due_on for step in project.milestones] == [date(2027, 1, 15), date(2027, 3, 31)]


def test_milestones_called_alike_are_told_apart_by_their_position(
    books: Session, books_project: Project
) -> None:
    for step in books_project.milestones:
        step.title = "Freigabe"
    assert saved(books, hours="1", milestone="2 Freigabe").row.milestone.position == 2
    assert saved(books, hours="2", milestone="1").row.milestone.position == 1
    with pytest.raises(ProblemsError, match="milestone: “Freigabe” fits several"):
        saved(books, hours="3", milestone="Freigabe")


def test_an_accepted_or_unknown_milestone_is_not_finished(
    books: Session, books_project: Project
) -> None:
    books_project.milestones[0].state = MilestoneState.ACCEPTED
    for name, words in (("1", "was accepted already"), ("3", "is not on file")):
        form = FinishForm(project="P-1", milestone=name, done_on=date(2027, 1, 14))
        with pytest.raises(ProblemsError, match=words):
            finish_milestone(books, form, now=NOW)
