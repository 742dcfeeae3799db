"""Sums and taxes of a contract: values in, values out."""

from collections.abc import Iterable
from decimal import Decimal

from acctflows.agency.taxation import TaxTreatment, tax_treatment
from acctflows.contracts.snapshot import ServiceLine, TaxGroup, Totals
from acctflows.money import Money

__all__ = ["line_amount", "sum_lines", "tax_treatment"]


def line_amount(unit_price: Money, quantity: Decimal) -> Money:
    """Quantity times unit price, rounded once."""
    return unit_price.times(quantity)


def sum_lines(lines: Iterable[ServiceLine], currency: str, treatment: TaxTreatment) -> Totals:
    """Net, tax and gross of a contract.

    Tax is computed on the net sum of each rate and rounded once per rate (EN 16931, BR-CO-17), not
    per line. Without domestic tax the rate of every line counts as zero.

    Args:
        lines: The agreed services, amounts in minor units of ``currency``.
        currency: ISO 4217 code of all lines.
        treatment: Whether the agency charges its domestic tax.
    """
    nets: dict[Decimal, int] = {}
    for line in lines:
        rate = line.tax_percent if treatment is TaxTreatment.DOMESTIC else Decimal("0.00")
        nets[rate] = nets.get(rate, 0) + line.net_minor
    groups = tuple(
        TaxGroup(percent=rate, net_minor=net, tax_minor=Money(net, currency).percent(rate).minor)
        for rate, net in sorted(nets.items(), reverse=True)
    )
    net = sum(group.net_minor for group in groups)
    tax = sum(group.tax_minor for group in groups)
    return Totals(net_minor=net, tax_minor=tax, gross_minor=net + tax, groups=groups)
