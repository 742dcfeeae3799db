"""The frozen facts a letter about open invoices is made from; page and mail say nothing else."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from acctflows.money import Money
from acctflows.receivables.follow_up.dunning_items import Letter, Line, Role
from acctflows.receivables.follow_up.dunning_policy import Approver
from acctflows.receivables.invoices.invoice_snapshot import PlainDecimal, Recipient, Supplier
from acctflows.receivables.payment_code import LONGEST_TEXT, NoCode, Payment, payment_payload


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Frozen):
    """Who writes, or to whom; empty fields where they are not known."""

    name: str = ""
    phone: str = ""
    email: str = ""


class LetterItem(_Frozen):
    """An invoice or credit as it stands in the letter; amounts in minor units."""

    key: str
    """Its number on the account, by which it is found again before sending."""
    label: str
    """What the client calls it: the invoice's number, or where a credit comes from."""
    role: Role
    level: int
    level_name: str = ""
    issued_on: date | None = None
    due_on: date | None = None
    gross_minor: int
    open_minor: int
    rf_reference: str = ""
    default_since: date | None = None
    """First day of default (§ 286 BGB); None where it has not begun or no interest is shown."""
    interest_minor: int = 0


class DunningSnapshot(_Frozen):
    """Everything a letter says, and how it was decided.

    ``model_dump(mode="json")`` holds text, integers and booleans only.
    """

    form: Literal[1] = 1
    """Version of this structure, for readers of old rows."""
    number: str
    language: Literal["de", "en"]
    currency: str
    title: str
    """What the policy calls it, such as “Mahnung”."""
    opening: str
    closing: str
    """The policy's words of this level, which are about `demanded` alone; see `said`."""
    level: int
    mail: str
    approved_by: Approver
    decided_on: date
    pay_by: date | None
    to_pay_minor: int
    fee_minor: int
    """Not part of what is to be paid, like the interest."""
    show_interest: bool
    interest_name: str = ""
    """What the client's law calls it."""
    interest_rates: tuple[PlainDecimal, ...] = ()
    """Percent per year of the half-years concerned, in order of time."""
    day_count: str = ""
    bank_data_as_of: date
    supplier: Supplier
    recipient: Recipient
    writer: Person
    reader: Person
    """Whom it is mailed to."""
    greeting: str
    items: tuple[LetterItem, ...]

    def money(self, minor: int) -> Money:
        """An amount of this letter."""
        return Money(minor, self.currency)

    @property
    def asked(self) -> tuple[LetterItem, ...]:
        """The items whose payment is asked for, those first that the letter is about."""
        return (*self.demanded, *self.others)

    @property
    def demanded(self) -> tuple[LetterItem, ...]:
        """The items that reach the letter's level with it: its words are about them alone."""
        new = (Role.STEP, Role.COURTESY)
        return tuple(item for item in self.items if item.role in new and item.level == self.level)

    @property
    def others(self) -> tuple[LetterItem, ...]:
        """What is overdue as well: at a lower level, or in between two."""
        overdue = (item for item in self.items if item.role in (Role.STEP, Role.OVERDUE))
        return tuple(i for i in overdue if i.role is Role.OVERDUE or i.level != self.level)

    @property
    def asked_until(self) -> date:
        """The day by which payment is asked for; in a courtesy note the first due date."""
        coming = (item.due_on for item in self.asked if item.role is Role.COURTESY)
        return self.pay_by or min(day for day in coming if day)

    @property
    def credits(self) -> tuple[LetterItem, ...]:
        """What is deducted."""
        return tuple(item for item in self.items if item.role is Role.CREDIT)

    @property
    def later(self) -> tuple[LetterItem, ...]:
        """What is not due yet and only shown."""
        shown = {item.key for item in (*self.asked, *self.credits)}
        return tuple(item for item in self.items if item.key not in shown)

    @property
    def interest_minor(self) -> int:
        """Interest on all items up to the day of the letter."""
        return sum(item.interest_minor for item in self.items)

    @property
    def reference(self) -> str:
        """The structured reference of the one invoice asked for; empty where there are several."""
        return self.asked[0].rf_reference if len(self.asked) == 1 else ""

    @property
    def purpose(self) -> str:
        """What to write into the transfer: all invoice numbers, by which it is matched, or ours."""
        numbers = " ".join(item.label for item in self.asked)
        if len(numbers) <= LONGEST_TEXT:
            return numbers
        return f"{self.number} {self.recipient.number}"

    @property
    def payment_code(self) -> str | NoCode:
        """The text of the payment code over the whole sum, or why there is none."""
        account = self.supplier.account
        return payment_payload(
            Payment(
                name=account.holder,
                iban=account.iban,
                bic=account.bic,
                amount=self.money(self.to_pay_minor),
                reference=self.reference,
                text="" if self.reference else self.purpose,
            )
        )

    @property
    def letter(self) -> Letter:
        """The decision it was made from."""
        return Letter(
            client=self.recipient.number,
            currency=self.currency,
            decided_on=self.decided_on,
            level=self.level,
            mail=self.mail,
            approved_by=self.approved_by,
            show_interest=self.show_interest,
            pay_by=self.pay_by,
            fee=self.money(self.fee_minor),
            to_pay=self.money(self.to_pay_minor),
            bank_data_as_of=self.bank_data_as_of,
            lines=tuple(
                Line(item.key, item.role, item.level, self.money(item.open_minor), item.due_on)
                for item in self.items
            ),
        )
