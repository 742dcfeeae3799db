"""LibreOffice as the engine of high fidelity."""

import os
import subprocess
import tempfile
from pathlib import Path

from acctflows.documents.fonts import FontSet
from acctflows.documents.package import check_package
from acctflows.errors import InputError, TemporaryError


class LibreOfficeConverter:
    """Converts with LibreOffice."""

    name = "libreoffice"

    def __init__(
        self, program: Path, *, home: Path, fonts: FontSet, timeout_seconds: float = 60
    ) -> None:
        self._program = program
        self._fonts = fonts
        self._timeout = timeout_seconds

    def convert(self, docx: bytes) -> bytes:
        """The PDF; see `Converter.convert`."""
        check_package(docx, file="document.docx")
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "document.docx")
            source.write_bytes(docx)
            command = [
                str(self._program),
                f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
                "--headless",
                "--convert-to",
                "pdf",
                "--outdir",
                folder,
                str(source),
            ]
            try:
                subprocess.run(  # noqa: S603 — the configured program
                    command,
                    env=os.environ | self._fonts.environment,
                    timeout=self._timeout,
                    capture_output=True,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise TemporaryError("LibreOffice took too long.") from error
            target = source.with_suffix(".pdf")
            if not target.exists():
                raise InputError("LibreOffice cannot print this document.")
            return target.read_bytes()

    def close(self) -> None:
        """Nothing yet."""
