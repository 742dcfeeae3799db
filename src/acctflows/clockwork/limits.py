"""Limits that hold across all flow runs; flows take them with ``strict=True``."""

from dataclasses import asdict, dataclass
from urllib.parse import quote

from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.upsert import covers
from acctflows.errors import NotFoundError


@dataclass(frozen=True)
class Limit:
    """How many may hold ``name`` at the same time."""

    name: str
    limit: int


PDF_CONVERSION = Limit("pdf-conversion", 2)
"""Each conversion may hold a LibreOffice of some hundred megabytes."""

LIMITS = (PDF_CONVERSION,)


def upsert_limits(api: PrefectApi) -> list[str]:
    """Make or update our limits by name; the names of those that changed."""
    return [limit.name for limit in LIMITS if _upsert(api, limit)]


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
