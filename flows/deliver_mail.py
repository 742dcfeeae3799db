"""The outbox is emptied every few minutes, whoever queued the mails."""

import time
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from acctflows.app import load_app
from flows.steps import report_mails, step


@flow(name="deliver-mail", flow_run_name="deliver what is due")
def deliver_mail() -> State[Any]:
    """Hand every mail that is due to the mail server, once each."""
    return Completed(message=empty_outbox())


@step("Hand over the mails", again=True)
def empty_outbox() -> str:
    """One sweep, which goes on each minute while the limit per minute holds mails back.

    It fails when the mail server lets nobody in, so that a person looks at it.

    Raises:
        AcctflowsError: What stopped the sweep; the mails stay queued.
    """
    report = load_app().sweep_outbox(pause=time.sleep)
    if report.stopped is not None:
        raise report.stopped
    return report_mails(report)
