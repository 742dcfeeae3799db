"""How documents say quantities."""

from decimal import Decimal

import pytest

from acctflows.db.models.agency import Unit
from acctflows.documents.wording import quantity
from acctflows.money import NBSP


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("0.833333", "0:50 Stunden"),
        ("3.999999", "4 Stunden"),  # three times 1:20
        ("0.999999", "1 Stunde"),
        ("1.750000", "1,75 Stunden"),
        ("37.25", "37,25 Stunden"),
        ("40", "40 Stunden"),
        ("0.0001", "0 Stunden"),
    ],
)
def test_hours_have_two_decimals_or_are_said_by_the_minute(hours: str, said: str) -> None:
    assert quantity(Decimal(hours), Unit.HOUR, "de") == said.replace(" ", NBSP)
