"""Word to PDF by the best engine the machine has."""

from acctflows.documents.convert.choose import Converter, choose_converter

__all__ = ["Converter", "choose_converter"]
