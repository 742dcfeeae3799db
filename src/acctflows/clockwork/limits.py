"""Limits that hold across all flow runs; flows take them with ``strict=True``."""

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.upsert import covers
from acctflows.documents.convert.size import listeners_here
from acctflows.errors import NotFoundError


@dataclass(frozen=True)
class Limit:
    """How many may hold ``name`` at the same time."""

    name: str
    limit: int


PDF_CONVERSION = Limit("pdf-conversion", listeners_here())
"""As many as there are LibreOffices in the pool: others would only wait for one."""

LIMITS = (PDF_CONVERSION,)


def upsert_limits(api: PrefectApi) -> list[str]:
    """Make or update our limits by name; the names of those that changed."""
    return [limit.name for limit in LIMITS if _upsert(api, limit)]


def free_slots(api: PrefectApi) -> list[str]:
    """Give back what dead processes held; the names of the limits, those of deployments included.

    A server killed between taking a slot and noting its lease never gives it back, and what needs
    one waits for ever. Only for when no run is alive.
    """
    held = [each for each in _all_limits(api) if each["active_slots"]]
    for each in held:
        api.request("PATCH", f"/v2/concurrency_limits/{each['id']}", {"active_slots": 0})
    return [each["name"] for each in held]


def _all_limits(api: PrefectApi) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := api.request(
        "POST", "/v2/concurrency_limits/filter", {"offset": len(found), "limit": 100}
    ):
        found += page
    return found


def _upsert(api: PrefectApi, limit: Limit) -> bool:
    path = f"/v2/concurrency_limits/{quote(limit.name)}"
    try:
        existing = api.request("GET", path)
    except NotFoundError:
        api.request("POST", "/v2/concurrency_limits/", asdict(limit))
        return True
    if covers(existing, asdict(limit)):
        return False
    api.request("PATCH", path, {"limit": limit.limit})
    return True
