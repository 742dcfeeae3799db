"""Keeps the work pool and the deployments in Prefect as the repository describes them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from acctflows.clockwork.api import PrefectApi
from acctflows.errors import NotFoundError


def covers(existing: Any, wanted: Any) -> bool:
    """Whether everything wanted is there already; what else exists does not matter.

    Mappings may have more keys than wanted, lists must have the same items in the same order.
    """
    if isinstance(wanted, Mapping):
        return isinstance(existing, Mapping) and all(
            key in existing and covers(existing[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(existing, list)
            and len(existing) == len(wanted)
            and all(covers(*pair) for pair in zip(existing, wanted, strict=True))
        )
    return bool(existing == wanted)


def upsert_pool(
    api: PrefectApi, name: str, *, job_template: Mapping[str, Any], runs_at_once: int
) -> None:
    """Make the process work pool, or bring its job template and limit up to date."""
    wanted = {
        "concurrency_limit": runs_at_once,
        "description": "Runs the agency's flows as processes on this machine.",
        "base_job_template": dict(job_template),
    }
    path = f"/work_pools/{quote(name)}"
    try:
        existing = api.request("GET", path)
    except NotFoundError:
        api.request("POST", "/work_pools/", {"name": name, "type": "process", **wanted})
        return
    if not covers(existing, wanted):
        api.request("PATCH", path, wanted)


def pause_pool(api: PrefectApi, name: str, *, paused: bool) -> bool:
    """Stop or allow handing out work; whether anything changed."""
    path = f"/work_pools/{quote(name)}"
    if bool(api.request("GET", path)["is_paused"]) == paused:
        return False
    api.request("PATCH", path, {"is_paused": paused})
    return True


def upsert_deployments(api: PrefectApi, wanted: Sequence[Mapping[str, Any]]) -> list[str]:
    """Make or update deployments by flow and name; the names of those that changed.

    What is the same already is left untouched, so that its planned runs stay. Schedules are
    told apart by their slug: one that is no longer wanted goes, one that a person paused in the
    UI stays paused.
    """
    return [
        f"{entry['flow_name']}/{entry['name']}"
        for entry in wanted
        if _upsert_deployment(api, entry)
    ]


def remove_deployments(
    api: PrefectApi, pool: str, *, keep: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Take away the deployments of our flows that are not described any more; their names.

    One that was renamed would otherwise stay under its old name and run beside the new one.
    Deployments of other pools or of flows that are not ours stay.
    """
    kept = {(entry["name"], entry["entrypoint"]) for entry in keep}
    in_pool = {"work_pools": {"name": {"any_": [pool]}}, "limit": 200}
    removed = []
    for entry in api.request("POST", "/deployments/filter", in_pool):
        ours = str(entry["entrypoint"]).startswith("flows/")
        if ours and (entry["name"], entry["entrypoint"]) not in kept:
            api.request("DELETE", f"/deployments/{entry['id']}")
            removed.append(str(entry["name"]))
    return removed


def _upsert_deployment(api: PrefectApi, entry: Mapping[str, Any]) -> bool:
    wanted = dict(entry)
    flow = wanted.pop("flow_name")
    existing = _existing(api, flow, wanted["name"])
    active = {item.get("slug"): item["active"] for item in existing.get("schedules", [])}
    wanted["schedules"] = [
        {**schedule, "active": active.get(schedule["slug"], schedule["active"])}
        for schedule in wanted["schedules"]
    ]
    if existing and covers(_comparable(existing), _comparable(wanted)):
        return False
    wanted["flow_id"] = api.request("POST", "/flows/", {"name": flow})["id"]
    api.request("POST", "/deployments/", wanted)
    return True


def _existing(api: PrefectApi, flow: str, name: str) -> dict[str, Any]:
    try:
        return dict(api.request("GET", f"/deployments/name/{quote(flow)}/{quote(name)}"))
    except NotFoundError:
        return {}


def _comparable(deployment: Mapping[str, Any]) -> dict[str, Any]:
    # Prefect answers with the limit as an object of its own and the schedules in any order.
    limit = deployment.get("global_concurrency_limit")
    return {
        **deployment,
        "concurrency_limit": limit["limit"] if limit else deployment.get("concurrency_limit"),
        "schedules": sorted(deployment["schedules"], key=lambda schedule: schedule["slug"] or ""),
    }
