"""How invoices are issued; read from ``invoicing/<name>.yaml``."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from acctflows.receivables.follow_up.dunning_policy import Approver, MailName
from acctflows.yaml_files import load_yaml


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """What holds for the invoices that come from one source."""

    approved_by: Approver


class InvoicingPolicy(_Part):
    """Who approves invoices before they are sent, and with which mails they go out."""

    name: str = Field(min_length=1)
    acts: Source
    recurring_fees: Source
    mail: MailName
    cancellation_mail: MailName = "invoice_cancelled"

    def approver(self, *, of_act: bool) -> Approver:
        """Who must approve an invoice that charges an act, or else a fee."""
        return (self.acts if of_act else self.recurring_fees).approved_by


def load_invoicing_policy(path: Path) -> InvoicingPolicy:
    """Read an invoicing policy.

    Raises:
        ConfigurationError: The file is missing, or a field is missing, unknown or wrong.
    """
    return load_yaml(
        path,
        InvoicingPolicy,
        what="the invoicing policy",
        todo="copy templates/invoicing/standard.yaml of the distribution",
    )
