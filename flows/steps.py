"""What all flows share: tasks that retry only where it helps, and the delivery of mail."""

from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar
from uuid import uuid4

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.logging import get_run_logger
from prefect.utilities.annotations import NotSet

from acctflows.app import load_app
from acctflows.errors import AcctflowsError, TemporaryError
from acctflows.mail.deliver import DeliveryReport

P = ParamSpec("P")
R = TypeVar("R")


def suspend(
    what: str, *, wait_for_input: type[RunInput] | None = None, timeout: int | None = None
) -> NoReturn:
    """End the process and let the run wait; when it is resumed, it starts again from the top.

    The key is new each time. With one that was used before, Prefect hands over the old answer or,
    after a Retry (which makes it forget the keys but not the forms), fails with a conflict.

    Args:
        what: Whose word it waits for; letters and dashes.
        wait_for_input: The form to fill in.
        timeout: Seconds after which Prefect lets the run fail; None: it waits for ever.
    """
    key = f"{what}-{uuid4().hex[:12]}"
    if wait_for_input is None:
        suspend_flow_run(key=key, timeout=timeout)
    else:
        suspend_flow_run(wait_for_input=wait_for_input, key=key, timeout=timeout)
    raise TemporaryError("Prefect did not suspend the run", todo="press Retry")


def retry_helps(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether the same call may succeed later: the error says so itself."""
    try:
        state.result()
    except AcctflowsError as error:
        return not error.permanent
    except Exception:
        return False
    return False


def step(name: str, *, again: bool = False) -> Callable[[Callable[P, R]], Task[P, R]]:
    """A task of a flow, named like a step of the work.

    Its result is kept, so that a resumed run does not repeat it; with ``again`` it runs each time.
    """
    return task(
        name=name,
        task_run_name=name,
        retries=3,
        retry_delay_seconds=[2, 15, 60],
        retry_jitter_factor=0.3,
        retry_condition_fn=retry_helps,
        cache_policy=NO_CACHE if again else NotSet,
        persist_result=False if again else None,  # None: as the flow says
    )


@step("Hand over the mails", again=True)
def hand_over_mails() -> str:
    """Send what is due and say in a sentence what became of it; a broken mail stops no other.

    A mail server that lets nobody in stops no contract: the mails stay queued, and the sweep of
    ``deliver_mail`` fails for all to see.
    """
    words = report_mails(load_app().sweep_outbox())
    get_run_logger().info(words)
    return words


def report_mails(report: DeliveryReport) -> str:
    """A sentence about a sweep, for the log and the end of a run."""
    counts = {
        "sent": report.sent,
        "to be tried again": report.queued_again,
        "failed": report.failed,
        "in doubt: see the desk": report.doubtful,
        "no longer wanted": report.cancelled,
    }
    words = [f"{len(mails)} {what}" for what, mails in counts.items() if mails]
    if report.held_back:
        words.append("the rest waits for the limit per minute")
    if report.stopped is not None:
        words.append(f"stopped: {report.stopped}")
    return ", ".join(words) or "nothing was due"
