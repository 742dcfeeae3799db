"""The automations Prefect carries out by itself, kept by name."""

from typing import Any
from urllib.parse import quote

from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.upsert import covers

ENDINGS = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused", "AwaitingRetry")

CRASH_ZOMBIES: dict[str, Any] = {
    "name": "Mark runs that died as crashed",
    "description": (
        "A run that has not sent its heartbeat (every 30 seconds) for two minutes has lost its "
        "process. Nothing is repeated: “acctflows up” decides what may run again."
    ),
    "enabled": True,
    "trigger": {
        "type": "event",
        "posture": "Proactive",
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "after": ["prefect.flow-run.heartbeat"],
        "expect": [
            "prefect.flow-run.heartbeat",
            *(f"prefect.flow-run.{name}" for name in ENDINGS),
        ],
        "for_each": ["prefect.resource.id"],
        "threshold": 1,
        "within": 120,
    },
    "actions": [
        {
            "type": "change-flow-run-state",
            "state": "CRASHED",
            "message": "The process of this run died without a word. Retry is safe: every step "
            "finds what exists already.",
        }
    ],
}

AUTOMATIONS = (CRASH_ZOMBIES,)


def upsert_automations(api: PrefectApi) -> list[str]:
    """Make or update our automations by name; the names of those that changed.

    Doubles of a name are removed; an automation a person switched off stays off.
    """
    return [wanted["name"] for wanted in AUTOMATIONS if _upsert(api, wanted)]


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
