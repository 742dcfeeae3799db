"""How each kind of document stands on a page; a new kind is one entry and its page part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.contracts.wording import percentage, period, quantity


@dataclass(frozen=True)
class KindPage:
    """What the pages know of a kind.

    Args:
        read: Makes the stored snapshot the typed value the page part speaks of (as ``doc``).
        part: Template below ``templates/portal`` that shows it.
        words: Functions the page part uses, each taking the language last.
        heading: What it is about, in its own words.
        consumer: Whether the client is a consumer (§ 13 BGB), who must see what binds them.
    """

    read: Callable[[Any], Any]
    part: str
    words: dict[str, Callable[..., str]]
    heading: Callable[[Any], str]
    consumer: Callable[[Any], bool]


KIND_PAGES: dict[str, KindPage] = {
    "contract": KindPage(
        read=ContractSnapshot.model_validate,
        part="kinds/contract.html",
        words={"quantity": quantity, "period": period, "percentage": percentage},
        heading=lambda contract: str(contract.project_title),
        consumer=lambda contract: bool(contract.consumer),
    ),
}
"""Kind of document (``documents.kinds.KINDS``) to how it is shown."""
