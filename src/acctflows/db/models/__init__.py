"""All models, so that one import makes the whole schema known."""

from acctflows.db.models import agency, contracts, desk, documents, mail

__all__ = ["agency", "contracts", "desk", "documents", "mail"]
