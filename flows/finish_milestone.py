"""A form for a milestone that was reached."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from acctflows.agency.forms import FinishForm
from acctflows.agency.plan import finish_milestone as finish
from acctflows.agency.references import milestone_words
from flows.records import keep


@flow(name="finish-milestone", flow_run_name="milestone {milestone.milestone}")
def finish_milestone(milestone: FinishForm) -> State[Any]:
    """Set a milestone of a project to done, so that it can be reported and accepted.

    Args:
        milestone: Its project, its title or position, and the day it was reached.
    """
    return keep(
        "milestone",
        lambda session, now: finish(session, milestone, now=now),
        milestone_words,
    )
