"""Import of CSV and XLSX files: read, dry run with a report, then whole or not at all."""

from acctflows.agency.importing.planning import ImportRefusedError, apply_import, plan_import
from acctflows.agency.importing.reading import read_bytes, read_file, read_files
from acctflows.agency.importing.report import ImportReport, Status
from acctflows.agency.importing.sheets import Sheet

__all__ = [
    "ImportRefusedError",
    "ImportReport",
    "Sheet",
    "Status",
    "apply_import",
    "plan_import",
    "read_bytes",
    "read_file",
    "read_files",
]
