"""One LibreOffice process and the way to make it print.

Runs under the Python that LibreOffice brings or Debian's ``python3-uno`` serves (see
`acctflows.documents.convert.keeper`), so it uses the standard library and ``uno`` alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import inspect
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def tie(parent: int) -> None:
    """Ask the kernel to kill this process when the one that started it dies, however it dies.

    Only Linux can; elsewhere it does nothing. The parent may have died before we asked.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)


TIE = f"""
from __future__ import annotations
import ctypes, os, signal, sys
{inspect.getsource(tie)}
tie(int(sys.argv[1]))
"""
"""The beginning of a program for ``python -c``, given the parent's process id."""
TIED = f"{TIE}os.execv(sys.argv[2], sys.argv[2:])"
"""Become another program, tied."""
SWITCHES = (
    "--headless",
    "--invisible",
    "--norestore",
    "--nodefault",
    "--nologo",
    "--nofirststartwizard",
    "--nolockcheck",
)
ARCHIVAL, TAGGED = 1, 2
"""What a PDF must be, as bits of one number."""
STARTS = 3
"""Attempts to start it: with a new profile it may end at once, asking to be started again."""


class OfficeError(Exception):
    """LibreOffice died or did not start."""


class BrokenError(OfficeError):
    """LibreOffice ends by itself instead of serving: its installation is at fault."""


class WrongError(OfficeError):
    """LibreOffice says it is done, but what it made is no PDF."""


class UnreadableError(Exception):
    """LibreOffice works, but cannot read this document."""


class Office:
    """One LibreOffice process with a profile of its own.

    Nothing here limits its time: who started the listener does, see
    `acctflows.documents.convert.keeper`.
    """

    def __init__(self, program: str, folder: Path, *, settings: str) -> None:
        self.program = program
        self.folder = folder
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self.desktop: Any = None

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self.process is None or self.process.poll() is not None

    def start(self) -> None:
        """Start it and wait until it answers."""
        make_profile(self.folder, self.settings)
        code: int | None = None
        for _ in range(STARTS):
            self._launch()
            code = self._connect()
            if code is None:
                return
        what = f"it does not start (exit code {code})"
        raise OfficeError(what) if was_killed(code or 0) else BrokenError(what)

    def convert(self, docx: bytes, options: int) -> bytes:
        """The PDF of a Word file; ``options`` are ``ARCHIVAL`` and ``TAGGED``."""
        source, target = self.folder / "work" / "in.docx", self.folder / "work" / "out.pdf"
        source.write_bytes(docx)
        try:
            print_document(self.desktop, source, target, options)
            pdf = target.read_bytes()
        except UnreadableError:
            raise
        except Exception as error:  # uno raises a class of its own for every trouble
            if self._answers():
                raise UnreadableError(str(error)) from error
            raise OfficeError("it died") from error
        finally:
            for file in (source, target):
                with contextlib.suppress(FileNotFoundError):
                    file.unlink()
        if not (pdf.startswith(b"%PDF-") and b"%%EOF" in pdf[-1024:]):
            raise WrongError("what it made is no PDF")
        return pdf

    def _answers(self) -> bool:
        """Whether the process still does what it is asked."""
        try:
            return bool(self.desktop.getImplementationName())
        except Exception:  # see above: whatever uno raises, it means no
            return False

    def _launch(self) -> None:
        """Start it in our own process group, so that one signal ends it with us."""
        command = [
            *(sys.executable, "-s", "-c", TIED, str(os.getpid()), self.program),
            f"-env:UserInstallation={(self.folder / 'profile').as_uri()}",
            *SWITCHES,
            f"--accept=pipe,name={self._pipe};urp",
        ]
        self.process = subprocess.Popen(  # noqa: S603 — the program the operator chose
            command,
            env={**os.environ, "TMPDIR": str(self.folder / "work")},
            stdin=subprocess.DEVNULL,
        )

    @property
    def _pipe(self) -> str:
        """Always the same in a folder, where it is alone: no names pile up in /tmp."""
        return "acctflows-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]

    def _connect(self) -> int | None:
        """Reach the new process: None when it answers, else the code it ended with."""
        import uno  # noqa: PLC0415 — the client's Python reads this file too, and has no uno

        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
        while True:
            try:
                context = resolver.resolve(
                    f"uno:pipe,name={self._pipe};urp;StarOffice.ComponentContext"
                )
                self.desktop = context.ServiceManager.createInstanceWithContext(
                    "com.sun.star.frame.Desktop", context
                )
            except Exception:  # any trouble means: not yet, or never
                if self.process is None or self.process.poll() is not None:
                    return self.process.returncode if self.process else -1
                time.sleep(0.02)
            else:
                return None


def was_killed(code: int) -> bool:
    """Whether a process was ended from outside (also as its shell tells)."""
    return code < 0 or code > 128


def make_profile(folder: Path, settings: str) -> None:
    """A fresh profile and work folder: whatever an earlier LibreOffice left cannot matter."""
    for name in ("profile", "work"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "work").mkdir(exist_ok=True)
    user = folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / "registrymodifications.xcu").write_text(settings, encoding="utf-8")


def filter_data(options: int) -> dict[str, Any]:
    """The options of LibreOffice's PDF export: version 2 is PDF/A-2b, 0 plain PDF."""
    return {
        "SelectPdfVersion": 2 if options & ARCHIVAL else 0,
        "UseTaggedPDF": bool(options & TAGGED),
    }


def print_document(desktop: Any, source: Path, target: Path, options: int) -> None:
    """Load, bring tables of contents up to date, store as PDF."""
    import uno  # noqa: PLC0415 — see Office._connect

    never = 0  # both for macros and for the update of links
    document = desktop.loadComponentFromURL(
        source.as_uri(),
        "_blank",
        0,
        _properties(Hidden=True, ReadOnly=True, MacroExecutionMode=never, UpdateDocMode=never),
    )
    if document is None:
        raise UnreadableError("LibreOffice does not recognise it as a document")
    try:
        indexes = document.getDocumentIndexes()
        for _ in range(2 if indexes.getCount() else 0):  # a longer table moves the pages once more
            document.refresh()
            for number in range(indexes.getCount()):
                indexes.getByIndex(number).update()
        wanted = _properties(**filter_data(options))
        data = uno.Any("[]com.sun.star.beans.PropertyValue", wanted)
        document.storeToURL(
            target.as_uri(), _properties(FilterName="writer_pdf_Export", FilterData=data)
        )
    finally:
        document.close(True)


def _properties(**values: Any) -> tuple[Any, ...]:
    from com.sun.star.beans import PropertyValue  # noqa: PLC0415 — see Office._connect

    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())
