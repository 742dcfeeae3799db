"""What Prefect does by itself: kept once by name, and really done."""

from typing import Any

import pytest

from acctflows.clockwork.automations import SETTLE, automations, upsert_automations
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


def kept(house: House) -> list[dict[str, Any]]:
    """Our automation as Prefect has it, as often as it is there."""
    wanted = {"automations": {"name": {"any_": [automations(house.api)[0]["name"]]}}}
    found: list[dict[str, Any]] = house.api.request("POST", "/automations/filter", wanted)
    return found


def test_automations_are_there_once_whatever_happened(house: House) -> None:
    assert upsert_automations(house.api) == []
    house.api.request("POST", "/automations/", automations(house.api)[0])
    upsert_automations(house.api)
    assert len(kept(house)) == 1


def test_an_automation_that_was_changed_is_put_right(house: House) -> None:
    wanted = automations(house.api)[0]
    (found,) = kept(house)
    path = f"/automations/{found['id']}"
    house.api.request("PUT", path, {**wanted, "description": "old"})
    assert upsert_automations(house.api) == [wanted["name"]]
    assert upsert_automations(house.api) == []


def test_an_automation_that_was_switched_off_stays_off(house: House) -> None:
    wanted = automations(house.api)[0]
    path = f"/automations/{kept(house)[0]['id']}"
    house.api.request("PUT", path, {**wanted, "enabled": False})
    upsert_automations(house.api)
    assert kept(house)[0]["enabled"] is False
    house.api.request("PUT", path, wanted)


def test_a_draft_that_fails_starts_the_sweep(house: House) -> None:
    run = house.draft("no such project")
    failed = house.until(run, "Failed")
    sweeps = {"deployments": {"name": {"any_": [SETTLE.partition("/")[2]]}}}

    def started() -> list[str]:
        return [
            sweep["id"]
            for sweep in house.api.request("POST", "/flow_runs/filter", sweeps)
            if sweep["created"] > failed.changed_at
            and (sweep["created_by"] or {}).get("type") == "AUTOMATION"
        ]

    assert house.eventually(started, "a sweep started by the automation")
