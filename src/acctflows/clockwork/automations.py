"""The automations Prefect carries out by itself, kept by name."""

from typing import Any
from urllib.parse import quote

from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.upsert import covers
from acctflows.errors import NotFoundError

WAITING = ("draft-contract/Draft a contract", "issue-act/Issue an act")
"""Deployments whose runs wait for clients."""
SETTLE = "settle-documents/Settle documents"
INVOICES = "issue-invoices/Issue invoices"

FORMER = ("Settle a contract whose run ended badly",)
"""Names our automations no longer have."""


def upsert_automations(api: PrefectApi) -> list[str]:
    """Make or update our automations by name; the names of those that changed.

    Doubles of a name are removed; an automation a person switched off stays off.
    """
    for name in FORMER:
        for old in _named(api, name):
            api.request("DELETE", f"/automations/{quote(old['id'])}")
    return [wanted["name"] for wanted in automations(api) if _upsert(api, wanted)]


def automations(api: PrefectApi) -> list[dict[str, Any]]:
    """What we want Prefect to do by itself; only what may happen too often or not at all.

    Prefect's automations count events, of which a restarted or busy server misses some. So nothing
    depends on them: they do sooner what a sweep does anyway. Where prefect.yaml was changed so that
    a deployment they speak of has another name or is gone, they are left out.
    """
    return [*_settle_bad_ends(api), *_invoice_what_is_accepted(api)]


def _settle_bad_ends(api: PrefectApi) -> list[dict[str, Any]]:
    waiting = [found for found in (_deployment_id(api, name) for name in WAITING) if found]
    settle = _deployment_id(api, SETTLE)
    if not (waiting and settle):
        return []
    related = {
        "prefect.resource.id": [f"prefect.deployment.{each}" for each in waiting],
        "prefect.resource.role": "deployment",
    }
    return [
        _reaction(
            "Settle a document whose run ended badly",
            "A decision may be there although the run that waited for it has failed, crashed or "
            "been cancelled: the sweep follows it up at once instead of within ten minutes.",
            resource="prefect.flow-run.*",
            related=related,
            events=[f"prefect.flow-run.{end}" for end in ("Failed", "Crashed", "Cancelled")],
            deployment_id=settle,
        )
    ]


def _invoice_what_is_accepted(api: PrefectApi) -> list[dict[str, Any]]:
    issue = _deployment_id(api, INVOICES)
    if not issue:
        return []
    return [
        _reaction(
            "Invoice what a client has accepted",
            "An accepted act is invoiced at once instead of on the next weekday morning.",
            resource="acctflows.document.*",
            related={},
            events=["acctflows.act.accepted"],
            deployment_id=issue,
        )
    ]


def _reaction(
    name: str,
    description: str,
    *,
    resource: str,
    related: dict[str, Any],
    events: list[str],
    deployment_id: str,
) -> dict[str, Any]:
    """An automation that starts a deployment whenever one of these events happens."""
    return {
        "name": name,
        "description": description,
        "enabled": True,
        "trigger": {
            "type": "event",
            "posture": "Reactive",
            "match": {"prefect.resource.id": resource},
            "match_related": related,
            "after": [],
            "expect": events,
            "for_each": ["prefect.resource.id"],
            "threshold": 1,
            "within": 0,
        },
        "actions": [
            {
                "type": "run-deployment",
                "source": "selected",
                "deployment_id": deployment_id,
                "parameters": {},
            }
        ],
    }


def _deployment_id(api: PrefectApi, name: str) -> str:
    flow, _, deployment = name.partition("/")
    path = f"/deployments/name/{quote(flow)}/{quote(deployment)}"
    try:
        return str(api.request("GET", path)["id"])
    except NotFoundError:
        return ""


def _named(api: PrefectApi, name: str) -> list[dict[str, Any]]:
    filters = {"automations": {"name": {"any_": [name]}}}
    return list(api.request("POST", "/automations/filter", filters))


def _upsert(api: PrefectApi, wanted: dict[str, Any]) -> bool:
    found = _named(api, wanted["name"])
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
