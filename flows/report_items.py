"""One report at a time: drafted, its files made, approved where wanted, mailed."""

from dataclasses import dataclass
from datetime import date, datetime

from acctflows.app import App, load_app
from acctflows.business_days import BusinessCalendar
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import ApprovalDecision, DocumentVersion, VersionState
from acctflows.delivery.reports.drafting import draft_report
from acctflows.delivery.reports.job import read_snapshot
from acctflows.delivery.reports.policy import Approver, ReportPolicy
from acctflows.delivery.reports.terms import ReportWords
from acctflows.delivery.subject import Period
from acctflows.documents import approval
from acctflows.errors import AcctflowsError
from flows.document_file import (
    check_document,
    file_document,
    load_version,
    make_pdf,
    tied_while_good,
    write_word,
)
from flows.report_facts import open_invoices
from flows.report_post import send_report
from flows.report_told import FATES, Fate, Line

ACTOR = "report-project"


@dataclass(frozen=True)
class Wish:
    """What a run reports.

    Args:
        period: Whose work is listed.
        today: The day whose plan, risks and debts are told.
        words: What the manager adds, for one project.
        again: A person named the project: what is not approved yet is drafted anew.
        asked: When the run was started.
    """

    period: Period
    today: date
    words: ReportWords
    again: bool
    asked: datetime | None


def report_item(app: App, policy: ReportPolicy, project_id: int, wish: Wish) -> Line:
    """Draft the report of a project and put it before the manager; what fails becomes a line."""
    with app.database.reading() as session:
        project = session.get_one(Project, project_id)
        name = f"{project.number} {project.title}"
        line = Line(project=name, client=project.client.legal_name)
    try:
        version_id, state = _draft(app, policy, project_id, wish)
        if state is VersionState.DRAFT:
            _make_files(version_id)
            _ask(app, policy, version_id)
        with app.database.reading() as session:
            return told(load_version(session, version_id))
    except AcctflowsError as error:
        return line.with_fate(Fate.FAILED, str(error))


def _draft(app: App, policy: ReportPolicy, project_id: int, wish: Wish) -> tuple[int, VersionState]:
    calendar = BusinessCalendar(app.agency.country, app.agency.state)
    with app.database.transaction() as session:
        project = session.get_one(Project, project_id)
        version = draft_report(
            session,
            agency=app.agency,
            project=project,
            period=wish.period,
            policy=policy,
            invoices=open_invoices(session, project, wish.today, calendar),
            words=wish.words,
            again=wish.again,
            actor=ACTOR,
            now=app.clock.now(),
            today=wish.today,
            asked=wish.asked,
        )
        return version.id, version.state


def _make_files(version_id: int) -> None:
    """As `document_file.make_document`, within the task of many reports."""
    with load_app().database.reading() as session:
        made = bool(load_version(session, version_id).docx_sha256)
    if made:
        file_document.fn(version_id)
        return
    with tied_while_good(version_id):
        word = write_word.fn(version_id)
        pdf = make_pdf.fn(version_id, word)
        pages = check_document.fn(version_id, pdf)
    file_document.fn(version_id, word, pdf, pages)


def _ask(app: App, policy: ReportPolicy, version_id: int) -> None:
    """Ask for the approval, or approve where the policy says that nobody needs to."""
    now = app.clock.now()
    with app.database.transaction() as session:
        version = load_version(session, version_id)
        if version.state is not VersionState.DRAFT:
            return  # another run of the same report was faster
        asked = approval.ask_approval(session, version, actor=ACTOR, now=now)
        if policy.approved_by is Approver.NOBODY:
            approval.decide_approval(
                session,
                version,
                decision=ApprovalDecision.APPROVE,
                sha256=asked.sha256,
                by="templates/reports/standard.yaml",
                comment="approved_by: nobody",
                now=now,
            )


def send_item(app: App, version_id: int) -> Line:
    """Queue the mail of an approved report, once; what fails becomes a line."""
    with app.database.reading() as session:
        line = told(load_version(session, version_id))
    try:
        send_report(app, version_id)
    except AcctflowsError as error:
        return line.with_fate(Fate.FAILED, str(error))
    return line.with_fate(Fate.SENT)


def told(version: DocumentVersion) -> Line:
    """A report as the run tells of it."""
    comment = version.approval.comment if version.approval else ""
    return Line.of(read_snapshot(version), FATES[version.state], comment)
