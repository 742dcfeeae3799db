"""All models, so that one import makes the whole schema known."""

from sqlalchemy.orm import configure_mappers

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

configure_mappers()  # once where they are loaded, and not in each fork that asks first
