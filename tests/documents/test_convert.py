"""Real engines: LibreOffice where the machine has it, dxpdf everywhere."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import pypdfium2
import pypdfium2.raw
import pytest

from acctflows.documents.convert import (
    ARCHIVAL_PDF,
    PLAIN_PDF,
    TAGGED_PDF,
    Printed,
    Printer,
    PrintOptions,
    choose_printer,
)
from acctflows.documents.convert.choose import find_soffice
from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.convert.hardening import office_binary, office_environment
from acctflows.documents.convert.libreoffice import (
    LibreOfficeConverter,
    print_cold,
    stop_libreoffice,
)
from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.documents.package import TemplateError
from acctflows.documents.pdfcheck import check_pdf
from acctflows.errors import AcctflowsError, ConfigurationError, InputError, TemporaryError
from tests.conftest import missing
from tests.documents.offices import eventually, leave_nothing, running
from tests.documents.word_files import changed, with_external_image, word_file
from tests.processes import ended, words_of

WORDS = [
    "Größe ä ö ü ß „Zitat“ 1.000,00\u00a0€",
    "Договор № 5 Ёлка",
    "Start 🚀 gelungen ✅",
    "שלום עולם",
    "شركة الشمال",
]
DOCX = word_file(*WORDS, header="Kopf V-2026-0001", footer="Fuß")


@pytest.fixture(scope="module")
def soffice() -> Path:
    program = find_soffice(None)
    if program is None:
        missing("LibreOffice")
    assert program is not None
    return program


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def fonts(shared_home: Path) -> FontSet:
    """Ours alone, as on a machine that has none."""
    return install_fonts(shared_home, machine_folders=())


@pytest.fixture(scope="module")
def office(soffice: Path, shared_home: Path, fonts: FontSet) -> Iterator[LibreOfficeConverter]:
    converter = LibreOfficeConverter(soffice, home=shared_home, fonts=fonts)
    yield converter
    converter.close()
    stop_libreoffice(shared_home)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An installation of its own, of which nothing runs on after the test."""
    yield tmp_path
    leave_nothing(tmp_path)


class TestEngines:
    @pytest.mark.libreoffice
    def test_libreoffice_prints_every_script_with_our_faces_alone(
        self, office: LibreOfficeConverter
    ) -> None:
        report = check_pdf(office.convert(DOCX), must_appear=[*WORDS, "V-2026-0001", "Fuß"])
        assert report.problems == ()
        assert {"SourceSansPro-Regular", "NotoEmoji-Regular", "DejaVuSans"} <= set(report.fonts)

    def test_dxpdf_prints_every_script_with_our_faces_alone(self, fonts: FontSet) -> None:
        report = check_pdf(
            DxpdfConverter(fonts).convert(DOCX), must_appear=[*WORDS, "V-2026-0001", "Fuß"]
        )
        assert report.problems == ()
        assert any("SourceSansPro-Regular" in name for name in report.fonts)

    @pytest.mark.libreoffice
    def test_libreoffice_by_itself_prints_the_same(
        self, office: LibreOfficeConverter, soffice: Path, fonts: FontSet
    ) -> None:
        given = {"environment": office_environment(fonts), "timeout": 60}
        cold = print_cold(DOCX, office_binary(soffice), options=ARCHIVAL_PDF, **given)
        warm = office.convert(DOCX, ARCHIVAL_PDF)
        assert check_pdf(cold, must_appear=WORDS) == check_pdf(warm, must_appear=WORDS)
        assert Marks.of(cold) == Marks.of(warm)

    @pytest.mark.libreoffice
    def test_hostile_words_arrive_in_the_pdf(self, office: LibreOfficeConverter) -> None:
        hostile = 'x</w:t></w:r><w:r><w:t>INJECTED & < > " {{ 7*7 }}'
        long = "Wort " * 2_000
        report = check_pdf(office.convert(word_file(hostile, long)), must_appear=[hostile, long])
        assert report.problems == ()
        assert report.pages > 1

    @pytest.mark.libreoffice
    def test_what_libreoffice_cannot_read_is_refused_and_the_next_one_prints(
        self, office: LibreOfficeConverter
    ) -> None:
        broken = changed(DOCX, {"word/document.xml": lambda _: b"<nothing"})
        with pytest.raises(InputError):
            office.convert(broken)
        assert office.convert(DOCX).startswith(b"%PDF-")

    def test_what_dxpdf_cannot_read_is_refused(self, fonts: FontSet) -> None:
        broken = changed(DOCX, {"word/document.xml": lambda _: b"<nothing"})
        with pytest.raises(InputError, match="dxpdf cannot print"):
            DxpdfConverter(fonts).convert(broken)

    def test_dxpdf_that_takes_too_long_is_stopped(self, fonts: FontSet) -> None:
        with pytest.raises(TemporaryError) as caught:
            DxpdfConverter(fonts, timeout_seconds=0.001).convert(DOCX)
        assert not caught.value.permanent

    @pytest.mark.parametrize("docx", [b"", b"no zip", DOCX[: len(DOCX) // 2]])
    def test_what_is_no_word_file_reaches_no_engine(self, fonts: FontSet, docx: bytes) -> None:
        with pytest.raises(TemplateError):
            DxpdfConverter(fonts).convert(docx)


class TestChoice:
    def choose(self, engine: str, home: Path, soffice: Path | None = None) -> Printer:
        fonts = install_fonts(home, machine_folders=())
        return choose_printer(engine=engine, home=home, soffice=soffice, fonts=fonts)

    def test_none_means_word_only(self, tmp_path: Path) -> None:
        printer = self.choose("none", tmp_path)
        assert printer.engines == ()
        printed = printer.print(DOCX)
        assert (printed.content, printed.engine) == (b"", "")
        assert "No engine for PDF is installed" in printed.note

    def test_dxpdf_by_name(self, tmp_path: Path) -> None:
        assert [engine.name for engine in self.choose("dxpdf", tmp_path).engines] == ["dxpdf"]

    @pytest.mark.libreoffice
    def test_libreoffice_is_preferred_where_it_is_there(
        self, tmp_path: Path, soffice: Path
    ) -> None:
        engines = self.choose("auto", tmp_path).engines
        assert [engine.name for engine in engines] == ["libreoffice", "dxpdf"]
        assert not any(running(tmp_path)), "nothing is started before it is needed"

    @pytest.mark.parametrize("engine", ["auto", "libreoffice"])
    def test_a_program_that_is_named_must_be_there(self, tmp_path: Path, engine: str) -> None:
        with pytest.raises(ConfigurationError, match="LibreOffice is not there"):
            self.choose(engine, tmp_path, soffice=tmp_path / "soffice")


class FakeEngine:
    """Prints its name, or fails as it was told."""

    def __init__(
        self,
        name: str,
        failure: AcctflowsError | None = None,
        offers: PrintOptions = ARCHIVAL_PDF,
    ) -> None:
        self.name = name
        self.failure = failure
        self.offers = offers
        self.asked: PrintOptions | None = None
        self.closed = False

    def convert(self, _docx: bytes, options: PrintOptions = PLAIN_PDF, *, name: str = "") -> bytes:
        assert name
        self.asked = options
        if self.failure:
            raise self.failure
        return self.name.encode()

    def hold(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


UNREADABLE = InputError("It cannot read this.")
BROKEN = ConfigurationError("It is broken.")
BUSY = TemporaryError("It was killed.")


class TestHelpingOut:
    @pytest.mark.parametrize("failure", [UNREADABLE, BROKEN, BUSY])
    def test_where_one_engine_fails_the_next_prints_and_the_note_says_why(
        self, failure: AcctflowsError
    ) -> None:
        printer = Printer([FakeEngine("first", failure), FakeEngine("second")], by_name=False)
        assert printer.print(DOCX) == Printed(
            b"second", "second", f"Printed by second instead. {failure.what}"
        )

    def test_where_all_fail_for_good_the_document_stays_word_with_every_reason(self) -> None:
        engines = [FakeEngine("first", BROKEN), FakeEngine("second", UNREADABLE)]
        printed = Printer(engines, by_name=False).print(DOCX)
        assert (printed.content, printed.engine) == (b"", "")
        assert printed.note.endswith("goes out as Word. It is broken. It cannot read this.")

    def test_where_again_may_help_nothing_is_settled_yet(self) -> None:
        engines = [FakeEngine("first", BUSY), FakeEngine("second", UNREADABLE)]
        with pytest.raises(TemporaryError, match=r"It was killed\. It cannot read this"):
            Printer(engines, by_name=False).print(DOCX)

    @pytest.mark.parametrize("failure", [UNREADABLE, BROKEN, BUSY])
    def test_an_engine_asked_for_by_name_fails_by_itself(self, failure: AcctflowsError) -> None:
        with pytest.raises(type(failure), match=failure.what):
            Printer([FakeEngine("first", failure)], by_name=True).print(DOCX)

    def test_a_file_no_engine_should_see_is_refused(self, fonts: FontSet) -> None:
        printer = Printer([DxpdfConverter(fonts), FakeEngine("second")], by_name=False)
        with pytest.raises(TemplateError):
            printer.print(b"no zip")

    def test_all_are_closed(self) -> None:
        engines = [FakeEngine("first"), FakeEngine("second")]
        Printer(engines, by_name=False).close()
        assert all(engine.closed for engine in engines)


@dataclass(frozen=True)
class Marks:
    """What a PDF says of itself."""

    archival: str
    marked: bool
    structured: bool

    @classmethod
    def of(cls, pdf: bytes) -> "Marks":
        """Read from the catalogue, which our engines do not compress, and the XMP packet."""
        part = re.search(rb"<pdfaid:part>(\d)</pdfaid:part>", pdf)
        conformance = re.search(rb"<pdfaid:conformance>(\w)</pdfaid:conformance>", pdf)
        archival = (part[1] + conformance[1]).decode() if part and conformance else ""
        document = pypdfium2.PdfDocument(pdf)
        marked = bool(pypdfium2.raw.FPDFCatalog_IsTagged(document))
        tree = pypdfium2.raw.FPDF_StructTree_GetForPage(document[0])
        structured = pypdfium2.raw.FPDF_StructTree_CountChildren(tree) > 0
        pypdfium2.raw.FPDF_StructTree_Close(tree)
        document.close()
        return cls(archival, marked, structured)


class TestOptions:
    @pytest.mark.libreoffice
    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            (PLAIN_PDF, Marks("", marked=False, structured=False)),
            (TAGGED_PDF, Marks("", marked=True, structured=True)),
            (ARCHIVAL_PDF, Marks("2B", marked=True, structured=True)),
        ],
    )
    def test_libreoffice_does_what_is_asked(
        self, office: LibreOfficeConverter, options: PrintOptions, expected: Marks
    ) -> None:
        assert Marks.of(office.convert(DOCX, options)) == expected

    def test_dxpdf_refuses_what_it_cannot_do(self, fonts: FontSet) -> None:
        with pytest.raises(InputError, match="dxpdf makes no PDF/A-2b and no tagged PDF"):
            DxpdfConverter(fonts).convert(DOCX, ARCHIVAL_PDF)
        with pytest.raises(InputError, match="dxpdf makes no tagged PDF"):
            DxpdfConverter(fonts).convert(DOCX, TAGGED_PDF)
        plain = DxpdfConverter(fonts).convert(DOCX, PLAIN_PDF)
        assert Marks.of(plain) == Marks("", marked=False, structured=False)

    def test_an_engine_that_cannot_do_it_leaves_it_to_one_that_can(self, fonts: FontSet) -> None:
        printer = Printer([DxpdfConverter(fonts), FakeEngine("second")], by_name=False)
        printed = printer.print(DOCX, TAGGED_PDF)
        assert printed.engine == "second"
        assert printed.note == "Printed by second instead. dxpdf makes no tagged PDF."

    def test_where_none_can_nothing_is_printed(self, fonts: FontSet) -> None:
        printed = Printer([DxpdfConverter(fonts)], by_name=False).print(DOCX, TAGGED_PDF)
        assert (printed.content, printed.engine) == (b"", "")
        assert printed.note == "The document goes out as Word. dxpdf makes no tagged PDF."

    def test_unless_less_will_do_and_the_note_says_so(self) -> None:
        engine = FakeEngine("first", offers=TAGGED_PDF)
        printed = Printer([engine], by_name=True).print(DOCX, ARCHIVAL_PDF, at_least=TAGGED_PDF)
        assert printed == Printed(b"first", "first", "", "first makes no PDF/A-2b.")
        assert engine.asked == TAGGED_PDF

    def test_the_best_is_asked_for_where_it_is_offered(self) -> None:
        engine = FakeEngine("first")
        printed = Printer([engine], by_name=True).print(DOCX, ARCHIVAL_PDF, at_least=TAGGED_PDF)
        assert (printed.note, engine.asked) == ("", ARCHIVAL_PDF)


class TestBrokenOffice:
    """`soffice` is a program, but no LibreOffice that works."""

    def printer(self, engine: str, home: Path, program: Path) -> Printer:
        fonts = install_fonts(home, machine_folders=())
        return choose_printer(engine=engine, home=home, soffice=program, fonts=fonts)

    @pytest.mark.parametrize("code", [0, 1, 77])
    def test_another_engine_prints(self, home: Path, code: int) -> None:
        with closing(self.printer("auto", home, program_that(home, f"exit {code}"))) as printer:
            printed = printer.print(DOCX)
        assert (printed.content[:5], printed.engine) == (b"%PDF-", "dxpdf")
        assert printed.note.startswith("Printed by dxpdf instead. LibreOffice ")

    def test_asked_for_by_name_it_fails_for_good(self, home: Path) -> None:
        program = program_that(home, "exit 0")
        with (
            closing(self.printer("libreoffice", home, program)) as printer,
            pytest.raises((ConfigurationError, InputError)) as caught,  # as there is uno, or not
        ):
            printer.print(DOCX)
        assert caught.value.permanent

    def test_one_that_is_killed_may_print_the_next_time(self, home: Path) -> None:
        program = program_that(home, "kill -9 $$")
        with (
            closing(self.printer("libreoffice", home, program)) as printer,
            pytest.raises(TemporaryError),
        ):
            printer.print(DOCX)

    def test_also_without_a_keeper(self, tmp_path: Path, fonts: FontSet) -> None:
        given = {"environment": office_environment(fonts), "timeout": 60}
        with pytest.raises(InputError):
            print_cold(DOCX, program_that(tmp_path, "exit 0"), **given)
        with pytest.raises(TemporaryError, match="was killed"):
            print_cold(DOCX, program_that(tmp_path, "kill -9 $$"), **given)


def program_that(folder: Path, does: str) -> Path:
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    return program


DXPDF_CLIENT = """
import sys
from pathlib import Path
from acctflows.documents.convert.dxpdf import DxpdfConverter
from acctflows.documents.fonts import install_fonts
home = Path(sys.argv[1])
fonts = install_fonts(home, machine_folders=())
DxpdfConverter(fonts).convert((home / "in.docx").read_bytes())
"""


class TestKilledDxpdf:
    def child(self, parent: psutil.Process) -> psutil.Process:
        """The process that prints, as soon as it is there."""
        found: list[psutil.Process] = []

        def look() -> bool:
            found[:] = [c for c in parent.children() if "dxpdf" in " ".join(words_of(c))]
            return bool(found)

        eventually(look)
        return found[0]

    def test_it_may_print_the_next_time(self, fonts: FontSet) -> None:
        with ThreadPoolExecutor(1) as pool:
            printing = pool.submit(DxpdfConverter(fonts).convert, DOCX)
            self.child(psutil.Process()).kill()
            with pytest.raises(TemporaryError, match="signal 9"):
                printing.result(30)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie processes")
    def test_it_dies_with_the_process_that_asked(self, tmp_path: Path) -> None:
        (tmp_path / "in.docx").write_bytes(word_file(*["Wort " * 200] * 3_000))
        client = subprocess.Popen([sys.executable, "-c", DXPDF_CLIENT, str(tmp_path)])
        child = self.child(psutil.Process(client.pid))
        eventually(lambda: any("dxpdf" in part.path for part in child.memory_maps()))
        child.suspend()  # so that nothing but a signal can end it
        client.kill()
        client.wait()
        eventually(lambda: ended(child))


class TestNetwork:
    def test_a_document_that_fetches_something_is_refused(self, fonts: FontSet) -> None:
        docx = with_external_image(DOCX, "http://tracker.example/pixel.png")
        with pytest.raises(TemplateError, match=r"tracker\.example"):
            DxpdfConverter(fonts).convert(docx)

    @pytest.mark.libreoffice
    def test_even_unchecked_no_connection_is_made(self, office: LibreOfficeConverter) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.5)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/pixel.png"
            pdf = office.print_unchecked(with_external_image(DOCX, url))
            assert pdf.startswith(b"%PDF-")
            with pytest.raises(TimeoutError):
                listener.accept()
