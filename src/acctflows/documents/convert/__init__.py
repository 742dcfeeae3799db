"""Word to PDF by the best engine the machine has."""

from acctflows.documents.convert.choose import Converter, Printed, Printer, choose_printer

__all__ = ["Converter", "Printed", "Printer", "choose_printer"]
