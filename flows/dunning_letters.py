"""The way of letters about open invoices: decided, drawn, approved, read again, mailed.

Plain functions that open one transaction per letter; the flow calls them for batches of clients,
the sweep for what was approved. Killed anywhere, the next call goes on where this one stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.db.models.agency import Client
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.receivables import DunningLetter
from acctflows.documents import approval
from acctflows.documents.pdf.letterhead import Stationery
from acctflows.documents.store import read_checked
from acctflows.errors import AcctflowsError
from acctflows.receivables.follow_up.accounts import client_accounts
from acctflows.receivables.follow_up.deciding import ACTOR, write_letters
from acctflows.receivables.follow_up.dunning import decide
from acctflows.receivables.follow_up.dunning_items import ClientAccount, Decision
from acctflows.receivables.follow_up.dunning_pdf import must_appear, render_dunning_letter
from acctflows.receivables.follow_up.dunning_policy import Approver
from acctflows.receivables.follow_up.follow_up_report import FollowUpReport, LetterLine
from acctflows.receivables.follow_up.follow_up_rules import FollowUpRules, load_rules
from acctflows.receivables.follow_up.letter_mail import Copy
from acctflows.receivables.follow_up.letter_sending import (
    Fate,
    Sent,
    copies_of,
    decided_letters,
    read_letter,
    send_letter,
)
from acctflows.receivables.follow_up.withdrawing import (
    clients_with_unsent,
    drop_unsent,
    lock_client,
)
from acctflows.receivables.payments.bank_data import bank_data_as_of
from flows.document_drawing import Drawing, file_drawing
from flows.document_file import load_version


@dataclass(frozen=True)
class Workday:
    """What a run works with, read once.

    Args:
        app: The application.
        rules: The agency's rules.
        today: The day worked for.
        bank_data_as_of: Last day that the imported bank statements cover.
        paper: What letters are drawn with.
    """

    app: App
    rules: FollowUpRules
    today: date
    bank_data_as_of: date | None
    paper: Stationery


def open_workday(app: App, today: date) -> Workday:
    """Read rules, bank data and stationery.

    Raises:
        ConfigurationError: A file of the rules or a typeface is missing or wrong.
    """
    with app.database.reading() as session:
        as_of = bank_data_as_of(session)
    return Workday(app, load_rules(app.templates, app.agency), today, as_of, app.stationery())


def follow_up_clients(
    work: Workday, client_ids: Sequence[int], *, dry_run: bool = False
) -> FollowUpReport:
    """Decide about these clients, write their letters and send what may be sent.

    One broken client or letter stops no other; the report names it.
    """
    report = FollowUpReport()
    if not dry_run:
        _drop_unsent(work, client_ids)
    with work.app.database.reading() as session:
        accounts = client_accounts(session, client_ids)
        names = {key: session.get_one(Client, key).legal_name for key in accounts}
    for client_id in sorted(accounts):
        try:
            decision = _decide(work, accounts[client_id])
            report.note(names[client_id], decision, accounts[client_id].items)
            if dry_run:
                report.planned += _planned(work, names[client_id], decision)
            elif decision.letters:
                _write(work, client_id)
        except AcctflowsError as error:
            report.problems.append(str(error))
    if not dry_run:
        with work.app.database.reading() as session:
            letters = decided_letters(session, client_ids)
        send_letters(work, letters, report)
    return report


def send_letters(work: Workday, letter_ids: Sequence[int], report: FollowUpReport) -> None:
    """Draw and file what is not filed yet, ask for approvals, and send what may be sent."""
    for letter_id in letter_ids:
        try:
            sent = see_to_letter(work, letter_id)
            with work.app.database.reading() as session:
                line = _line(session, letter_id, sent)
        except AcctflowsError as error:
            report.problems.append(str(error))
            continue
        lists = {
            Fate.QUEUED: report.sent,
            Fate.WAITING: report.waiting,
            Fate.DROPPED: report.dropped,
        }
        lists[sent.fate].append(line)


def see_to_letter(work: Workday, letter_id: int) -> Sent:
    """Bring one decided letter as far as it may go.

    Raises:
        AcctflowsError: What keeps it from being drawn, filed or mailed.
    """
    app = work.app
    with app.database.reading() as session:
        version_id = session.get_one(DunningLetter, letter_id).document.newest.id
    file_drawing(app, version_id, lambda version: _draw(work, version))
    with app.database.reading() as session:
        version = load_version(session, version_id)
        letter = session.get_one(DunningLetter, letter_id)
        copies = copies_of(session, letter)
    if version.state is VersionState.DRAFT and read_letter(version).approved_by is Approver.MANAGER:
        with app.database.transaction() as session:
            version = load_version(session, version_id)
            approval.ask_approval(session, version, actor=ACTOR, now=app.clock.now())
    files = [Copy(each.document.number, _stored(app, each)) for each in (version, *copies)]
    with app.database.transaction() as session:
        return send_letter(
            session,
            letter_id,
            rules=work.rules,
            office=app.office,
            today=work.today,
            bank_data_as_of=work.bank_data_as_of,
            now=app.clock.now(),
            pdf=files[0].pdf,
            copies=files[1:],
        )


def _drop_unsent(work: Workday, client_ids: Sequence[int]) -> None:
    """Letters whose mail never went out hold up the next ones: give their levels back first."""
    app = work.app
    with app.database.reading() as session:
        concerned = clients_with_unsent(session, client_ids, now=app.clock.now())
    for client_id in concerned:
        with app.database.transaction() as session:
            lock_client(session, client_id)
            drop_unsent(session, client_id, now=app.clock.now())


def _decide(work: Workday, account: ClientAccount) -> Decision:
    return decide(
        account,
        work.rules.policy,
        today=work.today,
        bank_data_as_of=work.bank_data_as_of,
        calendar=work.rules.calendar,
    )


def _write(work: Workday, client_id: int) -> None:
    app = work.app
    with app.database.transaction() as session:
        write_letters(
            session,
            client_id,
            rules=work.rules,
            agency=app.agency,
            today=work.today,
            bank_data_as_of=work.bank_data_as_of,
            now=app.clock.now(),
        )


def _planned(work: Workday, client: str, decision: Decision) -> list[LetterLine]:
    return [
        LetterLine(client, "", work.rules.policy.name_of(letter.level, "en"), letter.to_pay)
        for letter in decision.letters
    ]


def _draw(work: Workday, version: DocumentVersion) -> Drawing:
    snapshot = read_letter(version)
    pdf = render_dunning_letter(snapshot, stationery=work.paper)
    return Drawing(pdf, must_appear(snapshot))


def _stored(app: App, version: DocumentVersion) -> bytes:
    return read_checked(app.docs_out, version.pdf_path, version.pdf_sha256)


def _line(session: Session, letter_id: int, sent: Sent) -> LetterLine:
    letter = session.get_one(DunningLetter, letter_id)
    snapshot = read_letter(letter.document.newest)
    return LetterLine(
        client=snapshot.recipient.legal_name,
        number=snapshot.number,
        title=snapshot.title,
        to_pay=snapshot.money(snapshot.to_pay_minor),
        because=tuple(english for _, english in sent.because),
    )
