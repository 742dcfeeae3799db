"""Forms of the delivery: work that was done, and milestones that were reached."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field, WithJsonSchema, field_validator

from acctflows.agency.forms.fields import (
    Day,
    Hours,
    Line,
    Quantity,
    RecordForm,
    Text,
    YesNo,
    one_of,
)
from acctflows.agency.problems import fault
from acctflows.db.models.agency import Unit

_UNITS = {"type": "string", "enum": [unit.value for unit in Unit if unit is not Unit.LUMP_SUM]}
_YES_NO = {"type": "string", "enum": ["yes", "no"]}
"""A choice, because a switch that nobody has touched would look like no."""


class WorkRecordForm(RecordForm):
    """Work done on one day; the same work entered twice is recorded once."""

    erasable: ClassVar[frozenset[str]] = frozenset({"service", "specialist", "milestone", "note"})
    needed: ClassVar[frozenset[str]] = frozenset({"done_on"})

    project: Line = Field(title="Project", description="Project number, or its unique title.")
    done_on: Day = Field(
        default=None, title="Day", description="When the work was done; needed for a new record."
    )
    service: Line = Field(
        default="",
        title="Service",
        description="Code or title in the catalogue. Empty: of no service.",
    )
    specialist: Line = Field(
        default="", title="Specialist", description="Who did it: e-mail address or full name."
    )
    hours: Hours = Field(
        default=None,
        title="Hours",
        description="Such as 1:30 or 1.5. Empty where you give a quantity instead.",
    )
    quantity: Quantity = Field(
        default=None,
        title="Quantity",
        description="For work that is not counted in hours, such as 3 texts.",
    )
    unit: Annotated[Unit | None, one_of(Unit), WithJsonSchema(_UNITS)] = Field(
        default=None,
        title="Unit",
        description="What the quantity counts. Empty: the unit of the service.",
    )
    note: Text = Field(
        default="", title="Note", description="What was done; the client may read it in the act."
    )
    milestone: Line = Field(
        default="",
        title="Milestone",
        description="Position or title in the project. Empty: of no milestone.",
    )
    billable: Annotated[YesNo, WithJsonSchema(_YES_NO)] = Field(
        default=None,
        title="Billable",
        description="Whether the client is charged for it. Usual: yes.",
    )
    reference: Line = Field(
        default="",
        title="Reference",
        description="Your own key, as from a time tracker: to correct a record later, or to enter "
        "equal work twice. Empty: made from the other fields.",
        max_length=80,
    )

    @field_validator("unit")
    @classmethod
    def _counts_something(cls, value: Unit | None) -> Unit | None:
        if value is Unit.LUMP_SUM:
            raise fault("no_lump_sum")
        return value


class FinishForm(RecordForm):
    """A milestone that was reached."""

    project: Line = Field(title="Project", description="Project number, or its unique title.")
    milestone: Line = Field(
        title="Milestone", description="Its title, or its position in the project's plan."
    )
    done_on: date = Field(title="Done on", description="The day it was reached.")
