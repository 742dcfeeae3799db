"""The same contract printed by the pool of warm LibreOffices, and by soffice started each time.

The contract is our own template with its sample, five pages, as tagged PDF/A-2b; every PDF must
show the contract's number. soffice is started as its documentation shows, with a profile of its own
(`--convert-to`): a fresh one for each document, as processes that must not share one need, and for
comparison one that it has used before. Then many contracts at once go to a pool of two listeners
and to a pool of one. All are measured by turns.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from acctflows.documents.convert import ARCHIVAL_PDF
from acctflows.documents.convert.choose import find_soffice
from acctflows.documents.convert.libreoffice import LibreOfficeConverter, stop_libreoffice
from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.documents.pdfcheck import check_pdf
from acctflows.documents.word import render_word
from acctflows.word_templates import SAMPLES

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
AT_ONCE = 12
"""Contracts in one round of the second comparison."""
FILTER = (
    'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"},'
    '"UseTaggedPDF":{"type":"boolean","value":"true"}}'
)
Print = Callable[[], bytes]


def main() -> None:
    soffice = find_soffice(None)
    if soffice is None:
        print("LibreOffice is not here, so nothing can be compared.")
        return
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="word-to-pdf-")))
        fonts = install_fonts(home)
        contract = filled()

        def pool(listeners: int) -> Print:
            folder = home / f"pool of {listeners}"
            folder.mkdir()
            converter = LibreOfficeConverter(soffice, home=folder, fonts=fonts, listeners=listeners)
            opened.callback(stop_libreoffice, folder)
            opened.enter_context(closing(converter))
            return lambda: converter.convert(contract, ARCHIVAL_PDF)

        one, two = pool(1), pool(2)
        compare_one_by_one(one, Starting(soffice, home, fonts, contract))
        compare_at_once(one, two)


def compare_one_by_one(pool: Print, peer: "Starting") -> None:
    ways = {"pool": pool, "fresh profile": peer.with_fresh_profile, "used profile": peer.with_used}
    took = by_turns({name: lambda way=way: timed(way) for name, way in ways.items()})
    for name, seconds in took.items():
        print(f"{name:>14}: {seconds * 1000:6.0f} ms a contract")
    result("word_to_pdf", took["pool"], took["fresh profile"], target=0.25)
    result("word_to_pdf_used_profile", took["pool"], took["used profile"])


def compare_at_once(one: Print, two: Print) -> None:
    with ThreadPoolExecutor(2) as threads:

        def each(way: Print) -> Callable[[], float]:
            return lambda: timed(lambda: list(threads.map(lambda _: way(), range(AT_ONCE))))

        took = by_turns({"1 listener": each(one), "2 listeners": each(two)})
    for name, seconds in took.items():
        print(f"{name:>14}: {AT_ONCE / seconds:6.1f} contracts a second")
    result("word_to_pdf_two_listeners", took["2 listeners"], took["1 listener"])


def by_turns(ways: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median seconds of each way; a first round that nobody counts warms all up."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for counted in [False, *[True] * ROUNDS]:
        for name, way in ways.items():
            seconds = way()
            took[name] += [seconds] if counted else []
    return {name: statistics.median(seconds) for name, seconds in took.items()}


def timed(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    made = way()
    seconds = time.perf_counter() - began
    for pdf in made if isinstance(made, list) else [made]:
        report = check_pdf(pdf, must_appear=["V-2026-0001"])
        assert (report.problems, report.pages) == ((), 5), report
    return seconds


class Starting:
    """soffice, started for each document."""

    def __init__(self, soffice: Path, home: Path, fonts: FontSet, docx: bytes) -> None:
        self.soffice = soffice
        self.environment = os.environ | fonts.environment
        self.home = home
        self.source = home / "contract.docx"
        self.source.write_bytes(docx)

    def with_used(self) -> bytes:
        return self.print(self.home / "used profile")

    def with_fresh_profile(self) -> bytes:
        with tempfile.TemporaryDirectory(dir=self.home) as profile:
            return self.print(Path(profile))

    def print(self, profile: Path) -> bytes:
        target = self.home / "contract.pdf"
        target.unlink(missing_ok=True)
        command = [str(self.soffice), f"-env:UserInstallation={profile.as_uri()}", "--headless"]
        command += ["--convert-to", FILTER, "--outdir", str(self.home), str(self.source)]
        subprocess.run(command, env=self.environment, capture_output=True, check=True)
        return target.read_bytes()


def filled() -> bytes:
    """Our contract with its sample."""
    return render_word(
        ROOT / "templates" / "documents" / "contract" / "de.docx",
        SAMPLES["contract"]("de"),
        created=datetime(2026, 11, 27, tzinfo=UTC),
        title="V-2026-0001",
        author="Nordlicht Digital GmbH",
    ).content


def result(name: str, ours: float, peer: float, *, target: float | None = None) -> None:
    goal = f" target={target:.2f}" if target else ""
    print(f"RESULT {name} ours={ours:.3f}s peer={peer:.3f}s ratio={ours / peer:.2f}{goal}")


if __name__ == "__main__":
    main()
