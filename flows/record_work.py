"""A form for work that was done: one entry per run."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from acctflows.agency.forms import WorkRecordForm
from acctflows.agency.references import work_words
from acctflows.agency.work_records import save_work_record
from flows.records import keep


@flow(name="record-work", flow_run_name="work on {work.project}")
def record_work(work: WorkRecordForm) -> State[Any]:
    """Record what was done for a project on one day; acts and reports are made from it.

    Args:
        work: Project, day, and the hours (or a quantity with its unit). Everything else helps.
    """
    return keep(
        "work",
        lambda session, now: save_work_record(session, work, now=now),
        work_words,
        same="on file already; equal work done twice needs a reference of its own",
    )
