"""Which engine makes the PDF: LibreOffice where it is there, else dxpdf, else none."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.convert.libreoffice import LibreOfficeConverter
from acctflows.documents.fonts import FontSet
from acctflows.errors import ConfigurationError

_USUAL_PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)


class Converter(Protocol):
    """Makes a PDF of a Word file. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """The engine, as recorded with the document: ``libreoffice`` or ``dxpdf``."""

    def convert(self, docx: bytes) -> bytes:
        """The PDF.

        Raises:
            InputError: The engine cannot read this document.
            TemporaryError: The engine failed or took too long; again may help.
        """

    def hold(self) -> None:
        """Keep the engine at hand for as long as this process lives, or until `close`."""

    def close(self) -> None:
        """Let go of processes and files; may be called twice."""


def choose_converter(
    *, engine: str, home: Path, soffice: Path | None, fonts: FontSet
) -> Converter | None:
    """The converter to use, or None where documents stay Word only.

    Args:
        engine: ``auto``, ``libreoffice``, ``dxpdf`` or ``none``.
        home: Folder for the engine's profile and the traces of its processes.
        soffice: The LibreOffice program; None to look for it.
        fonts: The faces to print with.

    Raises:
        ConfigurationError: The engine asked for by name is not there.
    """
    if engine == "none":
        return None
    if engine in ("auto", "libreoffice"):
        program = find_soffice(soffice)
        if program is not None:
            return LibreOfficeConverter(program, home=home, fonts=fonts)
    if engine in ("auto", "dxpdf") and find_spec("dxpdf") is not None:
        return DxpdfConverter(fonts)
    if engine == "auto":
        return None
    raise ConfigurationError(
        f"The PDF engine {engine} is not there.",
        todo="Install it, or set ACCTFLOWS_PDF_ENGINE to auto.",
    )


def find_soffice(given: Path | None) -> Path | None:
    """The LibreOffice program: the given one, else from the path or its usual places.

    Raises:
        ConfigurationError: The given one is not there.
    """
    if given is not None:
        if not given.is_file():
            raise ConfigurationError("LibreOffice is not there.", where=str(given))
        return given
    names = (shutil.which("soffice"), shutil.which("libreoffice"), *_USUAL_PLACES)
    return next((Path(name) for name in names if name and Path(name).is_file()), None)
