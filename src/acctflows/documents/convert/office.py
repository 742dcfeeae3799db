"""One LibreOffice process and the way to make it print.

Runs under the Python that LibreOffice brings or Debian's ``python3-uno`` serves (see
`acctflows.documents.convert.keeper`), so it uses the standard library and ``uno`` alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

# The kernel kills a process when the one that started it dies, however it dies. The child asks for
# that first of all, and looks whether its parent died before.
TIE = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
"""
TIED = f"{TIE}os.execv(sys.argv[2], sys.argv[2:])"
SWITCHES = (
    "--headless",
    "--invisible",
    "--norestore",
    "--nodefault",
    "--nologo",
    "--nofirststartwizard",
    "--nolockcheck",
)
STARTS = 3
"""Attempts to start it: with a new profile it may end at once, asking to be started again."""
START_SECONDS = 60
RENEW_AFTER = 500
"""Conversions after which LibreOffice is started afresh: it never gives all memory back."""


class OfficeError(Exception):
    """LibreOffice died, hung, or did not start."""


class BrokenError(OfficeError):
    """LibreOffice ends by itself instead of serving: its installation is at fault."""


class UnreadableError(Exception):
    """LibreOffice works, but cannot read this document."""


class Office:
    """One LibreOffice process with its own profile, started when first needed."""

    def __init__(self, program: str, folder: Path, *, settings: str, timeout: float) -> None:
        self.program = program
        self.folder = folder
        self.settings = settings
        self.timeout = timeout
        self.process: subprocess.Popen[bytes] | None = None
        self.desktop: Any = None
        self.conversions = 0

    def convert(self, docx: bytes) -> bytes:
        """The PDF; after a failure of LibreOffice itself, a second attempt in a new one."""
        try:
            return self._convert(docx)
        except OfficeError:
            return self._convert(docx)

    def stop(self) -> None:
        """End the process and everything it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = self.desktop = None

    def _convert(self, docx: bytes) -> bytes:
        if self.process is not None and (
            self.process.poll() is not None or self.conversions >= RENEW_AFTER
        ):
            self.stop()
        if self.process is None:
            self._start()
        self.conversions += 1
        source, target = self.folder / "work" / "in.docx", self.folder / "work" / "out.pdf"
        source.write_bytes(docx)
        watchdog = threading.Timer(self.timeout, self._kill)
        watchdog.start()
        try:
            print_document(self.desktop, source, target)
            return target.read_bytes()
        except UnreadableError:
            raise
        except Exception as error:  # uno raises a class of its own for every trouble
            if watchdog.is_alive() and self._answers():
                raise UnreadableError(str(error)) from error
            self.stop()
            raise OfficeError(
                f"LibreOffice died or took longer than {self.timeout:.0f} seconds"
            ) from error
        finally:
            watchdog.cancel()
            for file in (source, target):
                with contextlib.suppress(FileNotFoundError):
                    file.unlink()

    def _answers(self) -> bool:
        """Whether the process still does what it is asked."""
        try:
            return bool(self.desktop.getImplementationName())
        except Exception:  # see above: whatever uno raises, it means no
            return False

    def _kill(self) -> None:
        """From the watchdog's thread: unblock the call that hangs."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _start(self) -> None:
        make_profile(self.folder, self.settings)
        deadline = time.monotonic() + START_SECONDS
        for _ in range(STARTS):
            self._launch()
            code = self._connect(deadline)
            if code is None:
                self.conversions = 0
                return
            self.stop()
        what = f"it does not start (exit code {code})"
        raise OfficeError(what) if code is None or was_killed(code) else BrokenError(what)

    def _launch(self) -> None:
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
            start_new_session=True,
        )

    @property
    def _pipe(self) -> str:
        """Always the same in a folder, where the keeper is alone: no names pile up in /tmp."""
        return "acctflows-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]

    def _connect(self, deadline: float) -> int | None:
        """Reach the new process: None when it answers, else the code it ended with."""
        import uno  # noqa: PLC0415 — the client's Python reads this file too, and has no uno

        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
        while time.monotonic() < deadline and self.process is not None:
            try:
                context = resolver.resolve(
                    f"uno:pipe,name={self._pipe};urp;StarOffice.ComponentContext"
                )
                self.desktop = context.ServiceManager.createInstanceWithContext(
                    "com.sun.star.frame.Desktop", context
                )
            except Exception:  # any trouble means: not yet, or never
                if self.process.poll() is not None:
                    return self.process.returncode
                time.sleep(0.02)
            else:
                return None
        return -1


def was_killed(code: int) -> bool:
    """Whether a process was ended from outside (also as its shell tells), or had not ended yet."""
    return code < 0 or code > 128


def make_profile(folder: Path, settings: str) -> None:
    """A fresh profile and work folder: whatever an earlier LibreOffice left cannot matter."""
    for name in ("profile", "work"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "work").mkdir(exist_ok=True)
    user = folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / "registrymodifications.xcu").write_text(settings, encoding="utf-8")


def print_document(desktop: Any, source: Path, target: Path) -> None:
    """Load, bring tables of contents up to date, store as tagged PDF/A-2b."""
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
        options = _properties(SelectPdfVersion=2, UseTaggedPDF=True)
        data = uno.Any("[]com.sun.star.beans.PropertyValue", options)
        document.storeToURL(
            target.as_uri(), _properties(FilterName="writer_pdf_Export", FilterData=data)
        )
    finally:
        document.close(True)


def _properties(**values: Any) -> tuple[Any, ...]:
    from com.sun.star.beans import PropertyValue  # noqa: PLC0415 — see Office._connect

    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())
