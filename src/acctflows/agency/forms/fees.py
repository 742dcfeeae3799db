"""The form of a recurring fee."""

from datetime import date, timedelta
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, WithJsonSchema, field_validator

from acctflows.agency.forms.fields import (
    Day,
    Key,
    Line,
    Price,
    Quantity,
    RecordForm,
    Text,
    YesNo,
)
from acctflows.agency.problems import fault
from acctflows.clock import add_months

MONTHS = (1, 3, 6, 12)


class RecurringFeeForm(RecordForm):
    """A fee a client pays every month, quarter, half-year or year, such as a retainer."""

    erasable: ClassVar[frozenset[str]] = frozenset({"note", "ends_on"})
    needed: ClassVar[frozenset[str]] = frozenset({"starts_on"})

    project: Line = Field(title="Project", description="Project number, or its unique title.")
    service: Line = Field(
        title="Service", description="Code or title in the catalogue; gives title, unit and VAT."
    )
    quantity: Quantity = Field(
        default=None,
        title="Quantity per period",
        description="In the service's unit. Usual: the months of a period where the service is "
        "priced per month, else 1.",
    )
    unit_price: Price = Field(
        default=None,
        title="Price per unit",
        description="Net. Empty: the price agreed in the project's plan, else the catalogue's.",
    )
    months: Annotated[int | None, WithJsonSchema({"type": "integer", "enum": list(MONTHS)})] = (
        Field(
            default=None,
            title="Months of a period",
            description="1, 3, 6 or 12. Usual: 1.",
        )
    )
    in_advance: Annotated[YesNo, WithJsonSchema({"type": "string", "enum": ["yes", "no"]})] = Field(
        default=None,
        title="In advance",
        description="Invoiced when a period begins instead of when it is over. Usual: no.",
    )
    starts_on: Day = Field(
        default=None,
        title="First day",
        description="Of the first period to be invoiced; what was invoiced elsewhere before stays "
        "out. Needed for a new fee.",
    )
    ends_on: Day = Field(
        default=None,
        title="Last day",
        description="Of the last period. Empty: it goes on.",
    )
    note: Text = Field(default="", title="Note", description="Stands below the line.")
    reference: Key = Field(
        default="",
        title="Reference",
        description="Your own key. Empty: project and service, such as P-2026-001/SEO-CARE.",
        max_length=80,
    )

    @field_validator("months")
    @classmethod
    def _a_usual_period(cls, value: int | None) -> int | None:
        if value is not None and value not in MONTHS:
            raise fault("no_choice", value=value, expected="1, 3, 6, 12")
        return value

    @field_validator("ends_on")
    @classmethod
    def _ends_with_a_period(cls, value: date | None, info: ValidationInfo) -> date | None:
        starts_on, months = info.data.get("starts_on"), info.data.get("months") or 1
        if value is None or starts_on is None:
            return value
        number = 1
        while (last := add_months(starts_on, number * months) - timedelta(days=1)) < value:
            number += 1
        if last != value:
            raise fault("fee_ends_inside", value=value, last=last)
        return value
