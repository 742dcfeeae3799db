"""The form for a payment that no bank file tells of."""

from typing import ClassVar

from pydantic import Field

from acctflows.agency.forms.fields import Currency, Day, Line, RecordForm


class PaymentForm(RecordForm):
    """Money that a client has paid; the same payment entered twice is booked once."""

    needed: ClassVar[frozenset[str]] = frozenset({"amount"})

    invoice: Line = Field(
        default="",
        title="Invoice",
        description="Number of the invoice it pays, such as RE-2026-0017; several with commas. "
        "Empty: what is due of the client, the oldest first.",
        max_length=400,
    )
    client: Line = Field(
        default="",
        title="Client",
        description="Number or name; needed only without an invoice. What no invoice takes up is "
        "kept as the client's credit.",
        max_length=200,
    )
    amount: Line = Field(
        default="",
        title="Amount",
        description="What was paid, such as 1.190,00 or 1,190.00.",
        max_length=40,
    )
    currency: Currency = Field(
        default="", title="Currency", description="Empty: that of the invoice or of the client."
    )
    received_on: Day = Field(
        default=None, title="Day", description="The day the money came in. Empty: today."
    )
    reference: Line = Field(
        default="",
        title="Reference",
        description="How it was paid or what the payer wrote, such as “cash”.",
        max_length=500,
    )
    key: Line = Field(
        default="",
        title="Own key",
        description="Only to enter an equal payment of the same day a second time: any word of "
        "your own. Usually empty.",
        max_length=80,
    )
