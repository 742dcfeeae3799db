"""Which engine makes the PDF: LibreOffice where it is there and works, else dxpdf, else none."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.convert.libreoffice import LibreOfficeConverter
from acctflows.documents.convert.options import PLAIN_PDF, PrintOptions
from acctflows.documents.fonts import FontSet
from acctflows.errors import AcctflowsError, ConfigurationError, InputError, TemporaryError

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

    @property
    def offers(self) -> PrintOptions:
        """The most it can do."""

    def convert(
        self, docx: bytes, options: PrintOptions = PLAIN_PDF, *, name: str = "document.docx"
    ) -> bytes:
        """The PDF, which does at least what the options ask for.

        Args:
            docx: The Word file.
            options: What the PDF must be.
            name: The document, for errors.

        Raises:
            InputError: The engine cannot read this document, or not do what is asked.
            TemporaryError: The engine failed or took too long; again may help.
            ConfigurationError: The engine is there, but does not work.
        """

    def hold(self) -> None:
        """Keep the engine at hand for as long as this process lives, or until `close`."""

    def close(self) -> None:
        """Let go of processes and files; may be called twice."""


@dataclass(frozen=True)
class Printed:
    """A PDF (empty where the document stays Word), what made it, and what went otherwise.

    Args:
        content: The PDF.
        engine: What made it.
        note: What went wrong: why it stays Word, or why a better engine did not print it.
        lacking: What this engine cannot do of what was asked; no fault of the document.
    """

    content: bytes
    engine: str
    note: str
    lacking: str = ""


class Printer:
    """The engines of an installation, the best first; another helps out where one fails.

    Args:
        engines: Those that are there.
        by_name: Whether the operator asked for this one: then its failure is nobody else's task.
    """

    def __init__(self, engines: Sequence[Converter], *, by_name: bool) -> None:
        self.engines = tuple(engines)
        self._by_name = by_name

    def print(
        self,
        docx: bytes,
        options: PrintOptions = PLAIN_PDF,
        *,
        at_least: PrintOptions | None = None,
        name: str = "document.docx",
    ) -> Printed:
        """The PDF, or a note that says why the document stays Word.

        Args:
            docx: The Word file.
            options: What the PDF should be. An engine that cannot do all of it does not print,
                unless it can do ``at_least``; the answer says what is lacking then.
            at_least: What will do as well; ``options`` and nothing less when None.
            name: The document, for errors.

        Raises:
            InputError: The engine asked for by name cannot read this document, or not do what is
                asked.
            ConfigurationError: The engine asked for by name does not work.
            TemporaryError: Every engine failed, and again may help.
        """
        failures: list[AcctflowsError] = []
        for engine in self.engines:
            try:
                chosen, lacking = _within(engine, options, at_least or options)
                content = engine.convert(docx, chosen, name=name)
            except (InputError, TemporaryError, ConfigurationError) as error:
                if self._by_name:
                    raise
                failures.append(error)
            else:
                instead = f"Printed by {engine.name} instead. " if failures else ""
                return Printed(content, engine.name, instead + _because(failures), lacking)
        if not all(failure.permanent for failure in failures):
            raise TemporaryError(
                f"No engine made a PDF. {_because(failures)}",
                todo="press Retry; if that is in vain, see what `acctflows doctor` says of PDF",
            )
        missing = "" if failures else "No engine for PDF is installed. "
        return Printed(b"", "", f"{missing}The document goes out as Word. {_because(failures)}")

    def hold(self) -> None:
        """Keep the first engine at hand, see `Converter.hold`."""
        for engine in self.engines[:1]:
            engine.hold()

    def close(self) -> None:
        """Let go of processes and files; may be called twice."""
        for engine in self.engines:
            engine.close()


def _within(
    engine: Converter, options: PrintOptions, at_least: PrintOptions
) -> tuple[PrintOptions, str]:
    """What to ask of this engine, and a remark where that is less than wanted."""
    missing = options.beyond(engine.offers)
    if not missing or at_least.beyond(engine.offers):
        return options, ""
    return at_least, f"{engine.name} makes no {' and no '.join(missing)}."


def _because(failures: Sequence[AcctflowsError]) -> str:
    return " ".join(failure.what for failure in failures)


def choose_printer(*, engine: str, home: Path, soffice: Path | None, fonts: FontSet) -> Printer:
    """The engines to print with; without any, documents stay Word.

    Args:
        engine: ``auto``, ``libreoffice``, ``dxpdf`` or ``none``.
        home: Folder for the engine's profile and the traces of its processes.
        soffice: The LibreOffice program; None to look for it.
        fonts: The faces to print with.

    Raises:
        ConfigurationError: The engine asked for by name is not there.
    """
    found: list[Converter] = []
    if engine in ("auto", "libreoffice"):
        program = find_soffice(soffice)
        if program is not None:
            found.append(LibreOfficeConverter(program, home=home, fonts=fonts))
    if engine in ("auto", "dxpdf") and find_spec("dxpdf") is not None:
        found.append(DxpdfConverter(fonts))
    by_name = engine in ("libreoffice", "dxpdf")
    if by_name and not found:
        raise ConfigurationError(
            f"The PDF engine {engine} is not there.",
            todo="Install it, or set ACCTFLOWS_PDF_ENGINE to auto.",
        )
    return Printer(found, by_name=by_name)


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
