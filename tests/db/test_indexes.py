"""What the desk, the sweeps and the client's page ask every time is answered through an index."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.db.models.desk import WaitingFor
from acctflows.db.session import Database
from acctflows.dispatch.closing import decisions_to_close
from acctflows.documents import access_links, approval, audit, waiting, work_items
from acctflows.errors import NotFoundError
from acctflows.mail import claims, outbox
from acctflows.receivables.follow_up.accounts import client_accounts, clients_to_follow_up
from acctflows.receivables.follow_up.letter_sending import approved_letters
from acctflows.receivables.payments.matching_lines import lines_to_match
from acctflows.satisfaction import answering, inviting, reminding, results
from tests.factories import NOW, TODAY
from tests.receivables.following import RULES
from tests.satisfaction.stories import JOB


def unknown_link(session: Session) -> None:
    with pytest.raises(NotFoundError):
        access_links.find_link(session, "token", now=NOW)


def unknown_survey(session: Session) -> None:
    with pytest.raises(NotFoundError):
        answering.find_survey(session, "token", now=NOW)


QUESTIONS: dict[str, Callable[[Session], object]] = {
    "bank lines that wait": lines_to_match,
    "open approvals": approval.open_approvals,
    "doubtful mails": outbox.doubtful,
    "open items": work_items.open_items,
    "waiting runs": waiting.waiting_runs,
    "runs that wait for a version": lambda session: waiting.waiting_runs(
        session, version_id=1, waiting_for=WaitingFor.CLIENT
    ),
    "decisions to close": decisions_to_close,
    "a client's link": unknown_link,
    "a document's history": lambda session: audit.trail(session, "document/V-2026-0001"),
    "clients to follow up": lambda session: clients_to_follow_up(session, RULES, today=TODAY),
    "clients' accounts": lambda session: client_accounts(session, [1, 2]),
    "letters a manager decided about": approved_letters,
    "mails due": lambda session: claims.anything_due(session, now=NOW),
    "a survey's link": unknown_survey,
    "projects that closed": lambda session: inviting.candidates(session, JOB, today=TODAY),
    "surveys to remind of": lambda session: reminding.due_reminders(session, JOB, moment=NOW),
    "figures of surveys": lambda session: results.read_result(session, JOB, today=TODAY),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_no_table_is_read_from_end_to_end(
    sqlite_file: object, ask: Callable[[Session], object]
) -> None:
    database = Database(f"sqlite:///{sqlite_file}")
    asked: list[tuple[str, object]] = []

    def note(
        _connection: object, _cursor: object, statement: str, parameters: object, *_rest: object
    ) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with database.reading() as session:
        sa.event.listen(database.engine, "before_cursor_execute", note)
        ask(session)
        sa.event.remove(database.engine, "before_cursor_execute", note)
        connection = session.connection()
        plan = [
            row.detail
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    database.close()
    assert plan
    assert {step for step in plan if step.startswith("SCAN")} <= {"SCAN CONSTANT ROW"}
