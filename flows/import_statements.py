"""Bank files from the inbox folder: taken in, matched to invoices, booked where nothing is open."""

from datetime import date, datetime
from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from acctflows.app import App, load_app
from acctflows.receivables.payments.import_figures import bank_report
from acctflows.receivables.payments.importing import (
    InboxOutcome,
    MatchOutcome,
    import_inbox,
    match_waiting,
)
from flows.steps import step


@flow(name="import-statements", flow_run_name="import bank statements")
def import_statements(as_of: date | None = None) -> State[Any]:
    """Take in the bank files in the inbox and book the payments that are certain.

    Args:
        as_of: The day that counts as the day of the import; without one, today.
    """
    files = take_files(as_of)
    matched = match_lines(as_of)
    summary = tell(files, matched)
    if matched.failed or files.left:
        problems = [*matched.failed.values(), *(each.problem for each in files.left)]
        return Failed(message=f"{summary} Not done, tried again next time: {'; '.join(problems)}")
    refused = any(each.taken is None for each in files.files)
    return Completed(name="Some refused" if refused else "Completed", message=summary)


@step("Take in the files", again=True)
def take_files(as_of: date | None) -> InboxOutcome:
    """Each file whole or not at all; it is moved to “taken” or, with the reason, to “refused”."""
    app = load_app()
    outcome = import_inbox(app.database, app.bank_inbox, by="inbox", now=moment(app, as_of))
    for file in outcome.files:
        if file.taken is None:
            get_run_logger().warning("refused: %s", file.problem)
    return outcome


@step("Match the payments", again=True)
def match_lines(as_of: date | None) -> MatchOutcome:
    """Book what is certain, note what was found of the rest; each line in its own transaction."""
    app = load_app()
    return match_waiting(app.database, now=moment(app, as_of))


@step("Report", again=True)
def tell(files: InboxOutcome, matched: MatchOutcome) -> str:
    """Show what was booked and why, and what waits for a person; the summary in a sentence."""
    app = load_app()
    with app.database.reading() as session:
        report = bank_report(session, files, matched.booked)
    language, desk = app.agency.language, f"{app.portal_url}/desk/payments"
    create_markdown_artifact(
        report.markdown(language, desk=desk),
        key="bank-statements",
        description=report.summary(language),
    )
    if report.waiting:
        create_link_artifact(desk, link_text="Payments on the desk", key="payments-on-the-desk")
    return report.summary("en")  # states are English, as all of Prefect's UI


def moment(app: App, as_of: date | None) -> datetime:
    """The present moment on the agency's clock, on another day where one is given."""
    now = app.clock.local(app.clock.now())
    return datetime.combine(as_of, now.timetz()) if as_of else now
