"""How each kind of document stands on a page; a new kind is one entry and its page part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.delivery.presenting import deemed_accepted
from acctflows.delivery.snapshot import ActSnapshot
from acctflows.documents.wording import percentage, period, quantity
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot


@dataclass(frozen=True)
class KindPage:
    """What the pages know of a kind.

    Args:
        read: Makes the stored snapshot the typed value the page part speaks of (as ``doc``).
        part: Template below ``templates/portal`` that shows it.
        words: Functions the page part uses; those that write words take the language last.
        heading: What it is about, in its own words.
        consumer: Whether the client is a consumer (§ 13 BGB), who must see what binds them.
        takes_defects: Whether the client may name defects, and must name one in refusing (§ 640).
        takes_objections: Whether the client may propose other words for its clauses.
        pays: Whether accepting obliges to pay, which a consumer's button must say (§ 312j BGB).
    """

    read: Callable[[Any], Any]
    part: str
    words: dict[str, Callable[..., Any]]
    heading: Callable[[Any], str]
    consumer: Callable[[Any], bool]
    takes_defects: bool = False
    takes_objections: bool = False
    pays: bool = False


def _act(*, takes_defects: bool) -> KindPage:
    return KindPage(
        read=ActSnapshot.model_validate,
        part="kinds/act.html",
        words={"quantity": quantity, "period": period, "deemed": deemed_accepted},
        heading=lambda act: str(act.milestone or act.project_title),
        consumer=lambda act: bool(act.consumer),
        takes_defects=takes_defects,
    )


KIND_PAGES: dict[str, KindPage] = {
    "contract": KindPage(
        read=ContractSnapshot.model_validate,
        part="kinds/contract.html",
        words={"quantity": quantity, "period": period, "percentage": percentage},
        heading=lambda contract: str(contract.project_title),
        consumer=lambda contract: bool(contract.consumer),
        takes_objections=True,
        pays=True,
    ),
    "acceptance": _act(takes_defects=True),
    "activity": _act(takes_defects=False),
    "invoice": KindPage(
        read=InvoiceSnapshot.model_validate,
        part="kinds/invoice.html",
        words={"quantity": quantity, "percentage": percentage},
        heading=lambda invoice: str(invoice.number),
        consumer=lambda invoice: bool(invoice.consumer),
    ),
}
"""Kind of document to how its content is shown; of the others the desk shows the PDF alone."""
