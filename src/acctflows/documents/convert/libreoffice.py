"""LibreOffice as the engine of high fidelity: kept warm, or started for each document."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from functools import cached_property
from pathlib import Path

from acctflows.documents.convert.hardening import (
    find_office_python,
    office_binary,
    office_environment,
    profile_settings,
)
from acctflows.documents.convert.office import (
    ARCHIVAL,
    SWITCHES,
    TAGGED,
    TIED,
    filter_data,
    make_profile,
    was_killed,
)
from acctflows.documents.convert.options import PLAIN_PDF, PrintOptions
from acctflows.documents.convert.size import listeners_here
from acctflows.documents.convert.warm import KeeperLease, KeeperOrder, stop_keeper
from acctflows.documents.fonts import FontSet
from acctflows.documents.package import check_package
from acctflows.errors import InputError, TemporaryError


class LibreOfficeConverter:
    """Prints with LibreOffice, of which one keeper per installation holds some warm.

    Where no Python has ``uno``, each document gets a LibreOffice of its own: slower, equal pages.

    Args:
        program: The ``soffice`` program.
        home: Folder of the installation; all its processes share the keeper in it.
        fonts: The faces to print with.
        listeners: How many documents may be printed at the same time; as many as the machine
            bears when None.
        timeout_seconds: What one conversion may take before LibreOffice is killed.
        linger_seconds: How long the keeper stays when every process has closed its converter.
    """

    name = "libreoffice"
    offers = PrintOptions(archival=True, tagged=True)

    def __init__(
        self,
        program: Path,
        *,
        home: Path,
        fonts: FontSet,
        listeners: int | None = None,
        timeout_seconds: float = 60,
        linger_seconds: float = 20,
    ) -> None:
        self._program = program
        self._folder = office_folder(home)
        self._environment = office_environment(fonts)
        self.listeners = listeners or listeners_here()
        self._timeout = timeout_seconds
        self._linger = linger_seconds
        self._looking = threading.Lock()

    def convert(
        self, docx: bytes, options: PrintOptions = PLAIN_PDF, *, name: str = "document.docx"
    ) -> bytes:
        """The PDF; see `Converter.convert`."""
        check_package(docx, file=name)
        return self.print_unchecked(docx, options, name=name)

    def print_unchecked(
        self, docx: bytes, options: PrintOptions = PLAIN_PDF, *, name: str = "document.docx"
    ) -> bytes:
        """The PDF of a document whose relationships were not looked at."""
        lease = self._keeper()
        if lease is not None:
            return lease.convert(docx, as_bits(options), name=name)
        return print_cold(
            docx,
            office_binary(self._program),
            environment=self._environment,
            timeout=self._timeout,
            options=options,
        )

    @property
    def can_be_kept(self) -> bool:
        """Whether a Python has ``uno``, so that LibreOffice can stay warm between documents."""
        return self._keeper() is not None

    def hold(self) -> None:
        """Start the keeper; it stays for as long as this process lives, or until `close`."""
        lease = self._keeper()
        if lease is not None:
            lease.hold()

    def close(self) -> None:
        """Give the lease back; the keeper stays a little for the next process."""
        if "_lease" in self.__dict__ and self._lease is not None:
            self._lease.close()

    def _keeper(self) -> KeeperLease | None:
        with self._looking:
            return self._lease

    @cached_property
    def _lease(self) -> KeeperLease | None:
        python = find_office_python(self._program)
        if python is None:
            return None
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        order = KeeperOrder(
            python=python,
            program=office_binary(self._program),
            folder=self._folder,
            settings=profile_settings(),
            listeners=self.listeners,
            timeout=self._timeout,
            linger=self._linger,
        )
        return KeeperLease(order, self._environment)


def office_folder(home: Path) -> Path:
    """Where the keeper of an installation lives."""
    return home.resolve() / "libreoffice"


def stop_libreoffice(home: Path) -> None:
    """Stop the keeper of this installation and its LibreOffices at once, if they run."""
    stop_keeper(office_folder(home))


def as_bits(options: PrintOptions) -> int:
    """The options as a listener reads them."""
    return options.archival * ARCHIVAL | options.tagged * TAGGED


def print_cold(
    docx: bytes,
    binary: Path,
    *,
    environment: dict[str, str],
    timeout: float,
    options: PrintOptions = PLAIN_PDF,
) -> bytes:
    """The PDF, by a LibreOffice of its own that ends with this call or with this process."""
    with tempfile.TemporaryDirectory(prefix="acctflows-") as name:
        folder = Path(name)
        make_profile(folder, profile_settings())
        source = folder / "work" / "in.docx"
        source.write_bytes(docx)
        command = [
            *(sys.executable, "-I", "-c", TIED, str(os.getpid()), str(binary)),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *SWITCHES,
            *("--convert-to", "pdf:writer_pdf_Export:" + _as_json(options)),
            *("--outdir", str(source.parent), str(source)),
        ]
        for _ in range(2):  # the first start of a fresh profile may end with a wish for another
            code = _run(command, environment=environment, timeout=timeout)
            target = source.with_suffix(".pdf")
            if target.exists():
                return target.read_bytes()
    if was_killed(code):
        raise TemporaryError(f"LibreOffice was killed (exit code {code}); perhaps memory ran out.")
    raise InputError("LibreOffice cannot print this document.")


def _as_json(options: PrintOptions) -> str:
    """The options as LibreOffice's command line reads them."""
    kinds = {int: "long", bool: "boolean"}
    data = filter_data(as_bits(options)).items()
    return json.dumps(
        {name: {"type": kinds[type(each)], "value": str(each).lower()} for name, each in data}
    )


def _run(command: list[str], *, environment: dict[str, str], timeout: float) -> int:
    """The code the process ended with; one that takes too long is killed with all it started."""
    with subprocess.Popen(  # noqa: S603 — the configured program
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TemporaryError(f"LibreOffice made no PDF within {timeout:.0f} seconds.") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
