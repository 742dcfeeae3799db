"""All models, so that one import makes the whole schema known."""

from acctflows.db.models import (
    agency,
    contracts,
    delivery,
    desk,
    documents,
    mail,
    receivables,
    signing,
    surveys,
    templates,
)

__all__ = [
    "agency", "contracts", "delivery", "desk", "documents", "mail", "receivables", "signing",
    "surveys", "templates",
]  # fmt: skip
