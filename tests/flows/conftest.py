"""The installation these tests work with, and the portal where one needs no more than that."""

from tests.house import house
from tests.portal.conftest import app, browser, hand, prefect, signed_in

__all__ = ["app", "browser", "hand", "house", "prefect", "signed_in"]
