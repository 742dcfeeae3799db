"""The automations Prefect carries out by itself, kept by name."""

from typing import Any
from urllib.parse import quote

from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.upsert import covers
from acctflows.errors import NotFoundError

DRAFT = "draft-contract/Draft a contract"
SETTLE = "settle-contracts/Settle contracts"


def upsert_automations(api: PrefectApi) -> list[str]:
    """Make or update our automations by name; the names of those that changed.

    Doubles of a name are removed; an automation a person switched off stays off.
    """
    return [wanted["name"] for wanted in automations(api) if _upsert(api, wanted)]


def automations(api: PrefectApi) -> list[dict[str, Any]]:
    """What we want Prefect to do by itself; only what may happen too often or not at all.

    Prefect's automations count events, of which a restarted or busy server misses some. So nothing
    depends on them: they do sooner what a sweep does anyway. Where prefect.yaml was changed so that
    a deployment they speak of has another name or is gone, they are left out.
    """
    draft, settle = _deployment_id(api, DRAFT), _deployment_id(api, SETTLE)
    if not (draft and settle):
        return []
    return [
        {
            "name": "Settle a contract whose run ended badly",
            "description": (
                "A decision may be there although the run that waited for it has failed, crashed "
                "or been cancelled: the sweep follows it up at once instead of within ten minutes."
            ),
            "enabled": True,
            "trigger": {
                "type": "event",
                "posture": "Reactive",
                "match": {"prefect.resource.id": "prefect.flow-run.*"},
                "match_related": {
                    "prefect.resource.id": f"prefect.deployment.{draft}",
                    "prefect.resource.role": "deployment",
                },
                "after": [],
                "expect": [f"prefect.flow-run.{end}" for end in ("Failed", "Crashed", "Cancelled")],
                "for_each": ["prefect.resource.id"],
                "threshold": 1,
                "within": 0,
            },
            "actions": [
                {
                    "type": "run-deployment",
                    "source": "selected",
                    "deployment_id": settle,
                    "parameters": {},
                }
            ],
        }
    ]


def _deployment_id(api: PrefectApi, name: str) -> str:
    flow, _, deployment = name.partition("/")
    path = f"/deployments/name/{quote(flow)}/{quote(deployment)}"
    try:
        return str(api.request("GET", path)["id"])
    except NotFoundError:
        return ""


def _upsert(api: PrefectApi, wanted: dict[str, Any]) -> bool:
    filters = {"automations": {"name": {"any_": [wanted["name"]]}}}
    found = api.request("POST", "/automations/filter", filters)
    if not found:
        api.request("POST", "/automations/", wanted)
        return True
    for double in found[1:]:
        api.request("DELETE", f"/automations/{quote(double['id'])}")
    wanted = {**wanted, "enabled": found[0]["enabled"]}
    if _same(found[0], wanted):
        return len(found) > 1
    api.request("PUT", f"/automations/{quote(found[0]['id'])}", wanted)
    return True


def _same(existing: dict[str, Any], wanted: dict[str, Any]) -> bool:
    # Prefect gives sets of names back in any order.
    ordered = {key: sorted(existing["trigger"][key]) for key in ("after", "expect", "for_each")}
    ours = {key: sorted(wanted["trigger"][key]) for key in ordered}
    return covers(
        {**existing, "trigger": {**existing["trigger"], **ordered}},
        {**wanted, "trigger": {**wanted["trigger"], **ours}},
    )
