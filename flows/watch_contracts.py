"""Looks after concluded contracts every morning: renewals on record, reminders of notice days."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from acctflows.app import load_app
from acctflows.contracts.life import concluded_contracts
from acctflows.contracts.watch_report import WatchReport
from acctflows.contracts.watching import watch
from acctflows.documents.wording import long_date
from acctflows.errors import AcctflowsError
from flows.steps import step

BATCH = 50
"""Contracts of a task."""


def run_name() -> str:
    """What the run is called: the day it is for."""
    day = flow_run.parameters.get("as_of") or load_app().clock.today()
    return f"watch contracts {day}"


@flow(name="watch-contracts", flow_run_name=run_name)
def watch_contracts(as_of: date | None = None) -> State[Any]:
    """Put tacit renewals on record and remind managers 60, 30 and 7 days before a notice day.

    Args:
        as_of: The day to do it for; without one, today.
    """
    day = as_of or load_app().clock.today()
    report = WatchReport()
    for contract_ids in _batches(find_contracts()):
        report.add(watch_batch(contract_ids, day))
    sentence = write_report(report, day)
    if report.problems:
        return Failed(message=f"{sentence} {' | '.join(report.problems)}")
    return Completed(message=sentence)


@step("Find concluded contracts", again=True)
def find_contracts() -> list[int]:
    """The contracts clients have accepted."""
    with load_app().database.reading() as session:
        return concluded_contracts(session)


@step("Watch terms and notice days", again=True)
def watch_batch(contract_ids: Sequence[int], day: date) -> WatchReport:
    """Look after some contracts, each in a transaction of its own; a broken one stops no other."""
    app, report = load_app(), WatchReport()
    for contract_id in contract_ids:
        try:
            with app.database.transaction() as session:
                report.watched.append(
                    watch(session, contract_id, agency=app.agency, today=day, now=app.clock.now())
                )
        except AcctflowsError as error:
            get_run_logger().warning(str(error))
            report.problems.append(str(error))
    return report


@step("Write the report", again=True)
def write_report(report: WatchReport, day: date) -> str:
    """What was done and which notice days come next; all of it in a sentence."""
    app = load_app()
    language = app.agency.language
    text = report.markdown(
        day=long_date(day, language), desk=f"{app.portal_url}/desk", language=language
    )
    create_markdown_artifact(text, key="contracts", description=report.sentence(language))
    return report.sentence("en")  # states are English, as all of Prefect's UI


def _batches(contract_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(contract_ids), BATCH):
        yield contract_ids[start : start + BATCH]
