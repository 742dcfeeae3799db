"""Puts right the flow runs a dead worker left behind.

Prefect leaves a run Running (or Pending) when its worker and process vanish together. A run is
put right only when its process is verifiably dead on this machine; a suspended run has no process
and waits on untouched.
"""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote

from acctflows.clockwork.api import FlowRun, PrefectApi

UNFINISHED = ("PENDING", "RUNNING", "CANCELLING")
RESTARTABLE = "restartable"
"""Tag of deployments whose runs may be started again: every step asks our database first and finds
what exists already, so that repeating it does nothing twice."""
MAX_DEATHS = 5
"""A run that was started again this often and died once more is left to a person."""
AGAIN = "AwaitingRetry"
"""Prefect's name of the state of a run that is about to start again."""


@dataclass(frozen=True)
class Righted:
    """What was done about a lost run."""

    run: FlowRun
    restarted: bool

    def __str__(self) -> str:
        done = "starts again" if self.restarted else "marked as crashed"
        return f"{self.run.name} ({self.run.state_name.lower()}, no process): {done}"


def right_lost_runs(
    api: PrefectApi,
    pool: str,
    *,
    worker: str,
    alive: Collection[str],
) -> list[Righted]:
    """Mark runs without a process as crashed, and start again those that may be repeated.

    Args:
        api: Prefect.
        pool: Our work pool.
        worker: Name of this machine's worker; runs of workers elsewhere are theirs.
        alive: Ids of the flow runs that have a process here.
    """
    return [right_run(api, run) for run in lost_runs(api, pool, worker=worker, alive=alive)]


def lost_runs(
    api: PrefectApi,
    pool: str,
    *,
    worker: str,
    alive: Collection[str],
) -> list[FlowRun]:
    """The runs that should have a process here and have none; as in `right_lost_runs`.

    While a worker runs, one look proves nothing: a process may be about to start, or to say how it
    ended.
    """
    runs = api.flow_runs(
        work_pools={"name": {"any_": [pool]}},
        flow_runs={"state": {"type": {"any_": list(UNFINISHED)}}},
    )
    others = _other_workers(api, pool, worker)
    return [run for run in runs if run.id not in alive and _was_ours(run, worker, others)]


def _other_workers(api: PrefectApi, pool: str, worker: str) -> set[str]:
    online = {"workers": {"status": {"any_": ["ONLINE"]}}}
    found = api.request("POST", f"/work_pools/{quote(pool)}/workers/filter", online)
    return {entry["name"] for entry in found} - {worker}


def _was_ours(run: FlowRun, worker: str, others: Collection[str]) -> bool:
    # A run gets its worker's name a moment after it became Pending: without one it may be about
    # to start elsewhere, if there is an elsewhere.
    return run.worker == worker or (not run.worker and not others)


def right_run(api: PrefectApi, run: FlowRun) -> Righted:
    """Mark a run that has lost its process as crashed; start it again when it may be repeated."""
    if run.state_type == "CANCELLING":
        message = "Cancelled; its process had ended already."
        api.set_state(run.id, state_type="CANCELLED", message=message, force=True)
        return Righted(run, restarted=False)
    message = "The process of this run died without a word."
    again = RESTARTABLE in run.tags and not keeps_dying(api, run)
    if not again:
        message += " Look at what it did, then press Retry."
        api.set_state(run.id, state_type="CRASHED", message=message, force=True)
        return Righted(run, restarted=False)
    # In one step: killed between two, nobody would find the run again.
    api.set_state(
        run.id,
        state_type="SCHEDULED",
        name=AGAIN,
        message=f"{message} It starts again by itself; every step finds what exists already, so "
        "nothing happens twice.",
        force=True,
    )
    return Righted(run, restarted=True)


def keeps_dying(api: PrefectApi, run: FlowRun) -> bool:
    """Whether it was started again so often that a person must look why it dies.

    What was resumed after an answer has not died, so starts alone tell nothing.
    """
    states = api.request("GET", f"/flow_run_states/?flow_run_id={run.id}")
    return [state["name"] for state in states].count(AGAIN) >= MAX_DEATHS
