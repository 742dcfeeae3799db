"""What `acctflows up` keeps in Prefect, against a real server."""

import uuid
from typing import Any

import pytest

from acctflows.clockwork import limits
from acctflows.clockwork.upsert import (
    covers,
    pause_pool,
    remove_deployments,
    upsert_deployments,
    upsert_pool,
)
from acctflows.errors import NotFoundError
from tests.house import House

prefect = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


def test_more_than_wanted_is_enough_and_less_is_not() -> None:
    assert covers({"a": 1, "b": [{"c": 2, "d": 3}]}, {"b": [{"c": 2}]})
    assert not covers({"a": 1}, {"a": 1, "b": None})
    assert not covers({"a": [1, 2]}, {"a": [1]})
    assert not covers({"a": [1]}, {"a": [2]})
    assert not covers(None, {"a": 1})


@pytest.fixture
def deployment(house: House) -> dict[str, Any]:
    """A deployment in a pool of its own, which no worker serves."""
    pool = f"pool-{uuid.uuid4().hex[:8]}"
    upsert_pool(house.api, pool, job_template={}, runs_at_once=1)
    schedules = [
        {"slug": slug, "active": True, "schedule": {"cron": cron, "timezone": "Europe/Berlin"}}
        for slug, cron in (("nightly", "0 3 * * *"), ("hourly", "0 * * * *"))
    ]
    return {
        "flow_name": f"flow-{pool}",
        "name": "test",
        "description": "Does nothing.",
        "tags": ["test"],
        "parameters": {},
        "schedules": schedules,
        "concurrency_limit": 1,
        "concurrency_options": {"collision_strategy": "CANCEL_NEW"},
        "parameter_openapi_schema": {"type": "object", "properties": {}, "required": []},
        "enforce_parameter_schema": True,
        "entrypoint": "flows/nothing.py:nothing",
        "pull_steps": [],
        "work_pool_name": pool,
    }


def _stored(house: House, deployment: dict[str, Any]) -> dict[str, Any]:
    path = f"/deployments/name/{deployment['flow_name']}/{deployment['name']}"
    return dict(house.api.request("GET", path))


class TestDeployments:
    pytestmark = prefect

    def test_twice_the_same_changes_nothing(self, house: House, deployment) -> None:
        assert upsert_deployments(house.api, [deployment]) == [f"{deployment['flow_name']}/test"]
        first = _stored(house, deployment)

        assert upsert_deployments(house.api, [deployment]) == []

        assert _stored(house, deployment) == first
        assert first["global_concurrency_limit"]["limit"] == 1

    def test_a_change_keeps_the_id(self, house: House, deployment) -> None:
        upsert_deployments(house.api, [deployment])
        before = _stored(house, deployment)

        upsert_deployments(house.api, [{**deployment, "description": "Does little."}])

        after = _stored(house, deployment)
        assert (after["id"], after["description"]) == (before["id"], "Does little.")

    def test_a_schedule_that_is_no_longer_wanted_goes(self, house: House, deployment) -> None:
        upsert_deployments(house.api, [deployment])
        upsert_deployments(house.api, [{**deployment, "schedules": deployment["schedules"][:1]}])
        assert [s["slug"] for s in _stored(house, deployment)["schedules"]] == ["nightly"]

        upsert_deployments(house.api, [{**deployment, "schedules": []}])

        assert _stored(house, deployment)["schedules"] == []

    def test_a_schedule_a_person_paused_stays_paused(self, house: House, deployment) -> None:
        upsert_deployments(house.api, [deployment])
        stored = _stored(house, deployment)
        nightly = next(s for s in stored["schedules"] if s["slug"] == "nightly")
        path = f"/deployments/{stored['id']}/schedules/{nightly['id']}"
        house.api.request("PATCH", path, {"active": False})

        upsert_deployments(house.api, [{**deployment, "description": "Something new."}])

        active = {s["slug"]: s["active"] for s in _stored(house, deployment)["schedules"]}
        assert active == {"nightly": False, "hourly": True}

    def test_one_that_is_no_longer_described_goes(self, house: House, deployment) -> None:
        pool = deployment["work_pool_name"]
        renamed = {**deployment, "name": "renamed"}
        theirs = {**deployment, "name": "theirs", "entrypoint": "somewhere/else.py:else"}
        upsert_deployments(house.api, [deployment, renamed, theirs])

        assert remove_deployments(house.api, pool, keep=[renamed]) == ["test"]
        assert remove_deployments(house.api, pool, keep=[renamed]) == []

        with pytest.raises(NotFoundError):
            _stored(house, deployment)
        assert _stored(house, renamed)["name"] == "renamed"
        assert _stored(house, theirs)["name"] == "theirs"


class TestTheRest:
    pytestmark = prefect

    def test_slots_of_dead_processes_are_given_back(self, house: House) -> None:
        path = f"/v2/concurrency_limits/{limits.PDF_CONVERSION.name}"
        house.api.request("PATCH", path, {"active_slots": limits.PDF_CONVERSION.limit})

        assert limits.PDF_CONVERSION.name in limits.free_slots(house.api)

        assert house.api.request("GET", path)["active_slots"] == 0

    def test_limits_are_there_and_put_right(self, house: House) -> None:
        assert limits.upsert_limits(house.api) == []
        path = f"/v2/concurrency_limits/{limits.PDF_CONVERSION.name}"
        house.api.request("PATCH", path, {"limit": 99})

        assert limits.upsert_limits(house.api) == [limits.PDF_CONVERSION.name]

        assert house.api.request("GET", path)["limit"] == limits.PDF_CONVERSION.limit

    def test_a_pool_is_paused_once(self, house: House, deployment) -> None:
        pool = deployment["work_pool_name"]
        assert pause_pool(house.api, pool, paused=True)
        assert not pause_pool(house.api, pool, paused=True)
        assert pause_pool(house.api, pool, paused=False)
