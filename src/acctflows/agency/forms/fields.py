"""The kinds of field the forms are made of, each with how it is read."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from acctflows.agency.choices import read_choice, read_language, read_yes_no
from acctflows.agency.rules import (
    read_country,
    read_currency,
    read_email,
    read_hours,
    read_key,
    read_line,
    read_phone,
    read_text,
)

ARCHIVED = "Archived records are kept, but no longer offered for new work."
"""Help text of the field every lasting record has."""
ERASERS = frozenset({"-", "–", "—"})
"""What a person writes to empty a field; leaving it blank keeps what is there."""


def _unless_blank(read: Any) -> AfterValidator:
    return AfterValidator(lambda text: read(text) if text else text)


def one_of(kind: type[StrEnum]) -> BeforeValidator:
    """Reads a choice by its value or by a German or English word for it."""
    return BeforeValidator(lambda value: read_choice(kind, value))


Line = Annotated[str, BeforeValidator(read_line)]
"""Text of one line."""
Text = Annotated[str, BeforeValidator(read_text)]
"""Text that may have several lines."""
Key = Annotated[Line, _unless_blank(read_key)]
"""A number or code of ours."""
Country = Annotated[Line, _unless_blank(read_country)]
Currency = Annotated[Line, _unless_blank(read_currency)]
LanguageCode = Annotated[
    Line, _unless_blank(read_language), WithJsonSchema({"type": "string", "enum": ["de", "en"]})
]
Email = Annotated[Line, _unless_blank(read_email)]
Phone = Annotated[Line, _unless_blank(read_phone)]
YesNo = Annotated[bool | None, BeforeValidator(read_yes_no), WithJsonSchema({"type": "boolean"})]
Day = Annotated[date | None, WithJsonSchema({"type": "string", "format": "date"})]
Price = Annotated[
    Annotated[Decimal, Field(ge=0, max_digits=15)] | None,
    WithJsonSchema({"type": "number", "minimum": 0}),
]
"""Net amount in major units of a currency given elsewhere."""
Percent = Annotated[
    Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] | None,
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
Quantity = Annotated[
    Annotated[Decimal, Field(gt=0, decimal_places=3, max_digits=12)] | None,
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
Hours = Annotated[
    Annotated[Decimal, Field(gt=0, le=999, decimal_places=6), BeforeValidator(read_hours)] | None,
    WithJsonSchema({"type": "string"}),
]
"""Hours as people write them: 1:30, 1.5 or 1,5."""
Position = Annotated[int, Field(ge=1, le=9999)] | None
"""Place in a plan, counted from 1."""
PaymentDays = Annotated[int, Field(ge=0, le=365)] | None


class RecordForm(BaseModel):
    """What is known of one record; ``model_fields_set`` names what was said.

    A blank field was not said: a new record gets the usual value, an existing one keeps its own.
    A single dash in an optional field empties it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    erasable: ClassVar[frozenset[str]] = frozenset()
    """Fields a dash may empty."""
    needed: ClassVar[frozenset[str]] = frozenset()
    """Fields without which there is no new record; an existing one has them already."""

    @model_validator(mode="before")
    @classmethod
    def _leave_out_blanks(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        said: dict[str, Any] = {}
        for name, value in data.items():
            bare = value.strip() if isinstance(value, str) else value
            if bare in (None, "", []):
                continue
            erased = name in cls.erasable and isinstance(bare, str) and bare in ERASERS
            said[name] = cls.model_fields[name].get_default() if erased else value
        return said

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema of the form a person sees: no empty defaults, no choice between types."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        for field in schema.get("properties", {}).values():
            if field.get("default", "") in (None, ""):
                field.pop("default", None)
            kinds = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
            if len(kinds) == 1:
                del field["anyOf"]
                field.update(kinds[0])
        return schema
