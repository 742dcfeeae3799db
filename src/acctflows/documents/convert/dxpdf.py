"""The engine that comes with Python: dxpdf, in a child process of its own."""

import os
import subprocess
import sys

from acctflows.documents.convert.office import TIE
from acctflows.documents.convert.options import PLAIN_PDF, PrintOptions
from acctflows.documents.fonts import FontSet
from acctflows.documents.package import check_package
from acctflows.errors import InputError, TemporaryError

_CHILD = f"""{TIE}
import dxpdf
sys.stdout.buffer.write(dxpdf.convert(sys.stdin.buffer.read()))
"""


class DxpdfConverter:
    """Prints without LibreOffice; a crash or an endless loop stays in the child process."""

    name = "dxpdf"
    offers = PLAIN_PDF
    """It tags the headings alone, for the outline, and knows no PDF/A."""

    def __init__(self, fonts: FontSet, *, timeout_seconds: float = 60) -> None:
        self._fonts = fonts
        self._timeout = timeout_seconds

    def convert(
        self, docx: bytes, options: PrintOptions = PLAIN_PDF, *, name: str = "document.docx"
    ) -> bytes:
        """The PDF; see `Converter.convert`."""
        check_package(docx, file=name)
        options.require(self.offers, engine=self.name)
        try:
            done = subprocess.run(  # noqa: S603 — our own interpreter and program
                [sys.executable, "-I", "-c", _CHILD, str(os.getpid())],
                input=docx,
                capture_output=True,
                timeout=self._timeout,
                env=os.environ | self._fonts.environment,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TemporaryError(
                f"dxpdf made no PDF of {name} within {self._timeout:.0f} seconds."
            ) from error
        if done.returncode == 0 and done.stdout.startswith(b"%PDF-"):
            return done.stdout
        if done.returncode < 0:
            raise TemporaryError(
                f"dxpdf was ended by signal {-done.returncode}; perhaps the memory ran out."
            )
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [
            "no reason given"
        ]
        raise InputError(
            f"dxpdf cannot print {name} ({reason[0]}).",
            todo="Install LibreOffice, which reads more of Word, or simplify the template.",
        )

    def hold(self) -> None:
        """Nothing to keep: each conversion has its own process."""

    def close(self) -> None:
        """Nothing to let go of."""
