"""Word to PDF by the best engine the machine has."""

from acctflows.documents.convert.choose import Converter, Printed, Printer, choose_printer
from acctflows.documents.convert.options import ARCHIVAL_PDF, PLAIN_PDF, TAGGED_PDF, PrintOptions

__all__ = [
    "ARCHIVAL_PDF",
    "PLAIN_PDF",
    "TAGGED_PDF",
    "Converter",
    "PrintOptions",
    "Printed",
    "Printer",
    "choose_printer",
]
