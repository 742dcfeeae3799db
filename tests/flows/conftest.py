"""The installation these tests work with."""

from tests.house import house

__all__ = ["house"]
