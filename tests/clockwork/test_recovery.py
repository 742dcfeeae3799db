"""Runs a dead worker left behind, on a real server but in a pool without a worker."""

import uuid

import pytest

from acctflows.clockwork import parts
from acctflows.clockwork.api import FlowRun
from acctflows.clockwork.recovery import MAX_DEATHS, RESTARTABLE, right_lost_runs
from acctflows.clockwork.upsert import upsert_deployments, upsert_pool
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
WORKER = "acctflows@test"


class Pool:
    """A pool with one deployment whose runs a test puts into any state."""

    def __init__(self, house: House, *, tags: list[str]) -> None:
        self.house = house
        self.name = f"lost-{uuid.uuid4().hex[:8]}"
        upsert_pool(house.api, self.name, job_template={}, runs_at_once=5)
        deployment = {
            "flow_name": self.name,
            "name": "test",
            "tags": tags,
            "schedules": [],
            "entrypoint": "flows/nothing.py:nothing",
            "work_pool_name": self.name,
        }
        upsert_deployments(house.api, [deployment])

    def run(self, state_type: str, *, name: str | None = None, worker: str = WORKER) -> str:
        run = self.house.api.create_flow_run(f"{self.name}/test", {})
        labels = {"prefect.worker.name": worker}
        if worker:
            self.house.api.request("PATCH", f"/flow_runs/{run.id}/labels", labels)
            self.house.api.request("PATCH", f"/flow_runs/{run.id}", {"infrastructure_pid": "1"})
        self.house.api.set_state(run.id, state_type=state_type, name=name, message="", force=True)
        return run.id

    def right(self, *, alive: tuple[str, ...] = ()) -> dict[str, bool]:
        found = right_lost_runs(self.house.api, self.name, worker=WORKER, alive=alive)
        return {righted.run.id: righted.restarted for righted in found}

    def look(self, run_id: str) -> FlowRun:
        return self.house.api.flow_run(run_id)


def test_a_run_that_may_be_repeated_starts_again(house: House) -> None:
    pool = Pool(house, tags=[RESTARTABLE])
    running, pending = pool.run("RUNNING"), pool.run("PENDING", worker="")

    assert pool.right() == {running: True, pending: True}

    assert pool.look(running).state_name == "AwaitingRetry"
    assert "nothing happens twice" in pool.look(running).message
    assert pool.right() == {}


def test_other_runs_are_marked_as_crashed_and_left_to_a_person(house: House) -> None:
    pool = Pool(house, tags=[])
    run = pool.run("RUNNING")
    assert pool.right() == {run: False}
    assert pool.look(run).state_name == "Crashed"
    assert "press Retry" in pool.look(run).message


def test_a_run_that_keeps_dying_is_left_to_a_person(house: House) -> None:
    pool = Pool(house, tags=[RESTARTABLE])
    run = pool.run("RUNNING")
    for _ in range(MAX_DEATHS):
        assert pool.right() == {run: True}
        house.api.set_state(run, state_type="RUNNING", message="", force=True)
    assert pool.right() == {run: False}


def test_a_run_that_was_resumed_often_has_not_died(house: House) -> None:
    pool = Pool(house, tags=[RESTARTABLE])
    run = pool.run("RUNNING")
    for _ in range(MAX_DEATHS):
        house.api.set_state(run, state_type="PAUSED", name="Suspended", message="", force=True)
        house.api.set_state(run, state_type="SCHEDULED", name="Resuming", message="", force=True)
        house.api.set_state(run, state_type="RUNNING", message="", force=True)
    assert pool.right() == {run: True}


def test_a_suspended_run_waits_on(house: House) -> None:
    pool = Pool(house, tags=[RESTARTABLE])
    run = pool.run("PAUSED", name="Suspended")
    assert pool.right() == {}
    assert pool.look(run).state_name == "Suspended"


def test_a_run_with_a_living_process_goes_on(house: House) -> None:
    pool = Pool(house, tags=[RESTARTABLE])
    run = pool.run("RUNNING")
    assert pool.right(alive=(run,)) == {}
    assert pool.look(run).state_name == "Running"


def test_runs_of_another_machine_are_not_ours_to_judge(house: House) -> None:
    pool = Pool(house, tags=[RESTARTABLE])
    run = pool.run("RUNNING", worker="acctflows@elsewhere")
    assert pool.right() == {}
    assert pool.look(run).state_name == "Running"


def test_a_cancelled_run_without_a_process_is_cancelled(house: House) -> None:
    pool = Pool(house, tags=[RESTARTABLE])
    run = pool.run("CANCELLING")
    assert pool.right() == {run: False}
    assert pool.look(run).state_name == "Cancelled"


def test_a_run_is_righted_when_it_has_no_process_at_two_looks(house: House) -> None:
    # What a flow leaves that was killed while Prefect could not be told.
    later = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2099-01-01T00:00:00Z"}}
    deployment = house.api.request("GET", "/deployments/name/deliver-mail/Deliver mail")["id"]
    path = f"/deployments/{deployment}/create_flow_run"
    run = house.api.request("POST", path, {"state": later})["id"]
    labels = {"prefect.worker.name": parts.worker_name()}
    house.api.request("PATCH", f"/flow_runs/{run}/labels", labels)
    house.api.set_state(run, state_type="RUNNING", message="", force=True)
    supervisor = house.supervisor

    supervisor.look_for_lost_runs()
    assert house.api.flow_run(run).state_name == "Running"
    supervisor.look_for_lost_runs()
    assert house.api.flow_run(run).state_name == "Crashed"
