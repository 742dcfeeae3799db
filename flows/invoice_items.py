"""One invoice at a time: what is due is issued, its PDF filed, its mail queued; without Prefect."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import DocumentVersion
from acctflows.db.models.receivables import Invoice, RecurringFee
from acctflows.documents import work_items
from acctflows.errors import AcctflowsError
from acctflows.receivables.invoices.deposits import issue_for_deposit
from acctflows.receivables.invoices.invoice_content import find_warnings
from acctflows.receivables.invoices.invoice_pdf import must_appear, render_invoice
from acctflows.receivables.invoices.invoice_sending import ACTOR, Fate, send_invoice
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot
from acctflows.receivables.invoices.invoices_due import (
    REFUSED,
    DueDeposit,
    DueFee,
    document_key,
    fee_key,
)
from acctflows.receivables.invoices.invoicing import issue_for_act, issue_for_fee
from acctflows.receivables.invoices.invoicing_policy import InvoicingPolicy, load_invoicing_policy
from acctflows.receivables.invoices.issuing import Issuer, read_invoice
from flows.document_drawing import Drawing, file_drawing
from flows.document_file import load_version, read_shown
from flows.invoice_facts import accepted_act, agreed_deposit, agreement_of
from flows.invoice_report import Line, Told


@dataclass(frozen=True)
class DueAct:
    """An accepted act that wants its invoice."""

    version_id: int


Due = DueAct | DueDeposit | DueFee


def read_policy(app: App) -> InvoicingPolicy:
    """The agency's policy for invoices."""
    return load_invoicing_policy(app.templates / "invoicing" / "standard.yaml")


def issue_item(app: App, due: Due, today: date, *, dry_run: bool) -> Line:
    """Number and freeze the invoice of a due item in a transaction of its own.

    What cannot be issued becomes a task on the desk, once.
    """
    issuer = Issuer(agency=app.agency, actor=ACTOR, now=app.clock.now(), today=today)
    try:
        with app.database.transaction() as session:
            line = _issue_one(app, session, due, issuer)
            if dry_run:  # the number it took goes back with the transaction
                line = replace(line, number=_about(session, due)[0], address="")
                session.rollback()
            return line
    except AcctflowsError as error:
        return _refused(app, due, error, today, dry_run=dry_run)


def _issue_one(app: App, session: Session, due: Due, issuer: Issuer) -> Line:
    if isinstance(due, DueFee):
        fee = session.get_one(RecurringFee, due.fee_id)
        invoice = issue_for_fee(session, due, issuer, agreement_of(session, fee.project))
        return _issued(invoice, "")
    version = load_version(session, due.version_id)
    if isinstance(due, DueDeposit):
        return _issued(issue_for_deposit(session, agreed_deposit(version), issuer), "")
    issued = issue_for_act(session, accepted_act(app, session, version), issuer)
    words = "; ".join(issued.left)
    if issued.invoice is None:
        about = version.document
        return Line(
            Told.LATER if issued.waits else Told.NOTHING,
            about.number,
            about.client.legal_name,
            about.title,
            address=f"documents/{about.number}",
            why=words,
        )
    return _issued(issued.invoice, words)


def _issued(invoice: Invoice, words: str) -> Line:
    snapshot = read_invoice(invoice)
    warnings = [warning.sentence("en") for warning in find_warnings(snapshot)]
    return Line(
        Told.ISSUED,
        snapshot.number,
        snapshot.recipient.legal_name,
        invoice.document.title,
        address=f"invoices/{snapshot.number}",
        amount=snapshot.money(snapshot.totals.due_minor).format("en"),
        due=f"{snapshot.terms.due_on}",
        why="; ".join(filter(None, (words, *warnings))),
    )


def _refused(app: App, due: Due, error: AcctflowsError, today: date, *, dry_run: bool) -> Line:
    """What could not be issued; a person finds it on the desk, once."""
    with app.database.transaction() as session:
        about, project, version, key = _about(session, due)
        if not dry_run and error.permanent:
            work_items.open_item(
                session,
                key=key,
                kind=REFUSED,
                detail=str(error),
                version=version,
                project=None if version else project,
                owner_id=project.manager_id,
                due_on=today,
                now=app.clock.now(),
            )
        return Line(
            Told.REFUSED,
            about,
            project.client.legal_name,
            project.title,
            address=f"documents/{about}" if version else "",
            why=str(error),
        )


def _about(session: Session, due: Due) -> tuple[str, Project, DocumentVersion | None, str]:
    """What a due item is called, its project, the document's version, and the key of its task."""
    if isinstance(due, DueFee):
        fee = session.get_one(RecurringFee, due.fee_id)
        return fee.reference, fee.project, None, fee_key(fee, due.period.first)
    version = load_version(session, due.version_id)
    project = version.document.project
    if project is None:  # every act and contract is of a project
        raise LookupError(version.document.number)
    return version.document.number, project, version, document_key(version.document.number)


def send_item(app: App, policy: InvoicingPolicy, invoice_id: int, today: date) -> Line:
    """Draw and file the PDF of an issued invoice, then queue its mail or ask for its approval."""
    with app.database.reading() as session:
        invoice = session.get_one(Invoice, invoice_id)
        version_id = invoice.document.newest.id
        line = _issued(invoice, "")
    try:
        file_drawing(app, version_id, lambda version: _draw(app, version))
        with app.database.reading() as session:
            pdf = read_shown(app, load_version(session, version_id)) or b""
        with app.database.transaction() as session:
            sending = send_invoice(
                session,
                session.get_one(Invoice, invoice_id),
                policy=policy,
                office=app.office,
                pdf=pdf,
                now=app.clock.now(),
                today=today,
            )
    except AcctflowsError as error:
        return replace(line, told=Told.REFUSED, why=str(error))
    told = {
        Fate.SENT: Told.SENT,
        Fate.WAITING: Told.WAITING,
        Fate.REFUSED: Told.REFUSED,
        Fate.KEPT: Told.KEPT,
    }
    todo = "cancel it on its page" if sending.fate is Fate.REFUSED else ""
    why = "; ".join(filter(None, (sending.comment, todo)))
    return replace(line, told=told[sending.fate], why=why)


def _draw(app: App, version: DocumentVersion) -> Drawing:
    snapshot, paper = InvoiceSnapshot.model_validate(version.snapshot), app.stationery()
    pdf = render_invoice(snapshot, faces=paper.faces, colour=paper.colour, logo=paper.logo)
    return Drawing(pdf, must_appear(snapshot))
