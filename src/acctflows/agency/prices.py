"""What was agreed on for a service: a rule that acts, invoices, fees and reports share."""

from decimal import Decimal

from pydantic_core import PydanticCustomError

from acctflows.agency.problems import Problem, ProblemsError
from acctflows.agency.rules import price_minor
from acctflows.db.models.agency import Project, ProjectService, Service


def line_price(line: ProjectService) -> int:
    """The price of a line of the plan in minor units: its own, else the catalogue's."""
    return line.service.unit_price_minor if line.unit_price_minor is None else line.unit_price_minor


def given_price(price: Decimal, service: Service) -> int:
    """A price someone gave for a service, in minor units of the service's currency.

    Raises:
        ProblemsError: When the currency has no such amount; it is never rounded.
    """
    try:
        return price_minor(price, service.currency)
    except PydanticCustomError as error:
        raise ProblemsError([Problem("unit_price", error.type, error.context or {})]) from error


def agreed_prices(project: Project, service: Service) -> tuple[int, ...]:
    """The prices of a service in minor units of its currency, each once, in the plan's order.

    Where the plan does not name the service, the catalogue's price is the one. More than one means
    that work on it has no price of its own: nobody can tell which of them it is done for.
    """
    lines = [line for line in project.services if line.service is service]
    return tuple(dict.fromkeys(map(line_price, lines))) or (service.unit_price_minor,)
