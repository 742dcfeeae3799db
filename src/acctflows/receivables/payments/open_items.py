"""The open items of the agency, found by whatever a payment may say of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from acctflows.money import Money
from acctflows.receivables.payments.matching_values import OpenItem
from acctflows.receivables.payments.payer_names import names_like


class OpenItems:
    """What is open, kept up to date while payments are booked, so that it is read only once.

    Whatever is asked for comes with the item due first in front.

    Args:
        items: In any order; what is not more than zero is never found.
    """

    def __init__(self, items: Iterable[OpenItem]) -> None:
        self._items = {item.invoice_id: item for item in items}
        self._named: dict[str, list[str]] = defaultdict(list)
        self._of_iban: dict[str, list[str]] = defaultdict(list)
        self._of_name: dict[str, list[str]] = defaultdict(list)
        self._of_amount: dict[Money, set[str]] = defaultdict(set)
        self._known_names: dict[str, list[str]] = {}
        for item in self._items.values():
            for said in {item.number.upper(), item.rf_reference} - {""}:
                self._named[said].append(item.invoice_id)
            for iban in item.ibans:
                self._of_iban[iban].append(item.invoice_id)
            for name in item.names:
                self._of_name[name].append(item.invoice_id)
            self._of_amount[item.open].add(item.invoice_id)

    def settle(self, invoice_id: str, open_: Money) -> None:
        """Note what is open of an invoice by now."""
        item = self._items[invoice_id]
        self._of_amount[item.open].discard(invoice_id)
        self._of_amount[open_].add(invoice_id)
        self._items[invoice_id] = replace(item, open=open_)

    def get(self, invoice_id: str) -> OpenItem | None:
        """The item of that invoice, also when it was settled meanwhile."""
        return self._items.get(invoice_id)

    def named(self, said: str) -> list[OpenItem]:
        """The items of that number (in capitals) or RF reference."""
        return self._open(self._named.get(said, ()))

    def of_iban(self, iban: str) -> list[OpenItem]:
        """The items of the clients known to pay from that account."""
        return self._open(self._of_iban.get(iban, ()))

    def of_name(self, payer: str) -> list[OpenItem]:
        """The items of the clients whose name is like the payer's."""
        if payer not in self._known_names:
            self._known_names[payer] = names_like(payer, self._of_name)
        return self._open(each for name in self._known_names[payer] for each in self._of_name[name])

    def of_amount(self, amount: Money) -> list[OpenItem]:
        """The items of which exactly that is open."""
        return self._open(self._of_amount.get(amount, ()))

    def _open(self, invoice_ids: Iterable[str]) -> list[OpenItem]:
        found = (self._items[each] for each in set(invoice_ids))
        return sorted(
            (item for item in found if item.open.minor > 0),
            key=lambda item: (item.due_on, item.number, item.invoice_id),
        )
