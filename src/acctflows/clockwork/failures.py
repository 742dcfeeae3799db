"""The failed flow runs that need a person: each matter once, however much else fails how often."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from acctflows.clockwork.api import FAILED_STATES, FlowRun, PrefectApi

PAGE = 200
"""Runs in one answer; Prefect gives no more."""


@dataclass(frozen=True)
class Failure:
    """A matter that failed.

    Args:
        runs: The newest first. One, or those of a sweep with the same parameters that failed one
            after the other.
    """

    runs: tuple[FlowRun, ...]

    @property
    def newest(self) -> FlowRun:
        """The run to try again: it does what those before it left undone."""
        return self.runs[0]


def failures(api: PrefectApi) -> Iterator[Failure]:
    """What failed or crashed: the sweeps first, then all other runs, the newest first.

    A sweep is what a schedule starts. Its failures are one matter, which the next run that goes
    well settles. Other runs are asked for page by page, as far as they are wanted.

    Raises:
        TemporaryError: Prefect does not answer.
    """
    deployments = api.request("POST", "/deployments/filter", {})
    sweeps = [entry["id"] for entry in deployments if entry["schedules"]]
    for sweep in sweeps:
        yield from _failing_now(api, sweep)
    others = {entry["id"] for entry in deployments} - set(sweeps)
    yield from (Failure((run,)) for run in _failed_of(api, others))


def _failing_now(api: PrefectApi, sweep: str) -> Iterator[Failure]:
    failed = _newest(api, [sweep], FAILED_STATES)
    if not failed:
        return
    well: dict[str, FlowRun] = {}
    for run in _newest(api, [sweep], ["COMPLETED"]):
        well.setdefault(_alike(run), run)
    matters: dict[str, list[FlowRun]] = {}
    for run in failed:
        if _alike(run) not in well or _ended(run) > _ended(well[_alike(run)]):
            matters.setdefault(_alike(run), []).append(run)
    yield from (Failure(tuple(runs)) for runs in matters.values())


def _failed_of(api: PrefectApi, deployments: Collection[str]) -> Iterator[FlowRun]:
    offset = 0
    while True:
        page = _newest(api, deployments, FAILED_STATES, or_none=True, offset=offset)
        yield from page
        if len(page) < PAGE:
            return
        offset += PAGE


def _newest(
    api: PrefectApi,
    deployments: Collection[str],
    states: Collection[str],
    *,
    or_none: bool = False,
    offset: int = 0,
) -> list[FlowRun]:
    """A page of the runs of these deployments, and of none, whose last state is one of these."""
    of: dict[str, Any] = {"any_": sorted(deployments)}
    if or_none:
        of |= {"operator": "or_", "is_null_": True}
    return api.flow_runs(
        flow_runs={"state": {"type": {"any_": list(states)}}, "deployment_id": of},
        sort="END_TIME_DESC",
        limit=PAGE,
        offset=offset,
    )


def _ended(run: FlowRun) -> datetime:
    return datetime.fromisoformat(run.changed_at)


def _alike(run: FlowRun) -> str:
    return json.dumps(run.parameters, sort_keys=True)
