"""The pool of warm LibreOffices, with real ones: who shares it, and what becomes of what fails."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from acctflows.documents.convert import keeper
from acctflows.documents.convert.choose import find_soffice
from acctflows.documents.convert.hardening import (
    find_office_python,
    office_binary,
    office_environment,
    profile_settings,
)
from acctflows.documents.convert.libreoffice import (
    office_folder,
    print_cold,
    stop_libreoffice,
)
from acctflows.documents.convert.office import TAGGED
from acctflows.documents.convert.size import listeners_for
from acctflows.documents.convert.warm import KeeperLease, KeeperOrder
from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.documents.pdfcheck import check_pdf
from acctflows.errors import InputError, TemporaryError
from tests.conftest import missing
from tests.documents.offices import eventually, leave_nothing, running
from tests.documents.word_files import word_file

DOCX = word_file("Größe und Maß")
LONG = word_file(*["Wort " * 200] * 400)
"""Takes LibreOffice longer than the keeper looks away."""


@pytest.fixture(scope="module")
def soffice() -> Path:
    program = find_soffice(None)
    if program is None:
        missing("LibreOffice")
    assert program is not None
    return program


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> FontSet:
    return install_fonts(tmp_path_factory.mktemp("fonts"), machine_folders=())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An installation of its own, of which nothing runs on after the test."""
    yield tmp_path
    leave_nothing(tmp_path)


Open = Callable[..., "Pool"]


class Pool:
    """A lease of a pool, and its processes."""

    def __init__(self, home: Path, order: KeeperOrder, environment: dict[str, str]) -> None:
        self.home = home
        self.order = order
        self.lease = KeeperLease(order, environment)
        self.threads = ThreadPoolExecutor(8)

    def print(self, docx: bytes = DOCX) -> bytes:
        return self.lease.convert(docx, TAGGED, name="V-2026-0001")

    def submit(self, docx: bytes = DOCX) -> "Future[bytes]":
        return self.threads.submit(self.print, docx)

    def stop_warm_office(self) -> psutil.Process:
        """A LibreOffice that has printed and will hang with the next document."""
        self.print()
        (office,) = running(self.home).offices
        office.suspend()
        return office

    def is_printing(self) -> bool:
        """Whether the first listener has a document in its hands."""
        return (self.order.folder / "0" / "work" / "in.docx").exists()

    def print_stopped(self) -> tuple["Future[bytes]", psutil.Process]:
        """A document that is being printed by a LibreOffice that hangs, and that LibreOffice."""
        office = self.stop_warm_office()
        printing = self.submit()
        eventually(self.is_printing)
        return printing, office

    def log(self) -> str:
        return (self.order.folder / "keeper.log").read_text()

    def close(self) -> None:
        self.lease.close()
        self.threads.shutdown()


def make_pool(home: Path, soffice: Path, fonts: FontSet, limits: Mapping[str, Any]) -> Pool:
    python = find_office_python(soffice)
    if python is None:
        missing("a Python with LibreOffice's uno")
    assert python is not None
    folder = office_folder(home)
    folder.mkdir(exist_ok=True)
    order = KeeperOrder(python, office_binary(soffice), folder, profile_settings(), **limits)
    return Pool(home, order, office_environment(fonts))


@pytest.fixture
def open_pool(home: Path, soffice: Path, fonts: FontSet) -> Iterator[Open]:
    """Makes pools of one installation; given limits replace the usual ones."""
    with ExitStack() as opened:

        def open_one(**limits: float) -> Pool:
            return opened.enter_context(closing(make_pool(home, soffice, fonts, limits)))

        yield open_one


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory, soffice: Path, fonts: FontSet) -> Iterator[Pool]:
    """One listener that has five seconds, for tests that leave a working pool behind."""
    home = tmp_path_factory.mktemp("pool")
    with closing(make_pool(home, soffice, fonts, {"timeout": 5, "patience": 1})) as made:
        yield made
    leave_nothing(home)


def is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-")


class TestSize:
    @pytest.mark.parametrize(
        ("cores", "gigabytes", "expected"),
        [(1, 16, 1), (2, 16, 2), (4, 16, 4), (64, 256, 8), (4, 2, 2), (2, 0.5, 1)],
    )
    def test_one_for_each_core_where_the_memory_bears_it(
        self, cores: int, gigabytes: float, expected: int
    ) -> None:
        assert listeners_for(cores=cores, memory=int(gigabytes * 1e9)) == expected


CLIENT = """
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from acctflows.documents.convert.libreoffice import LibreOfficeConverter
from acctflows.documents.fonts import install_fonts
home, soffice = Path(sys.argv[1]), Path(sys.argv[2])
timeout, linger = map(int, sys.argv[3:])
converter = LibreOfficeConverter(
    soffice,
    home=home,
    fonts=install_fonts(home, machine_folders=()),
    listeners=1,
    timeout_seconds=timeout,
    linger_seconds=linger,
)
print(converter.convert((home / "in.docx").read_bytes())[:5].decode(), flush=True)
sys.stdin.read()
"""


def start_client(
    home: Path, soffice: Path, *, timeout: int = 60, linger: int
) -> "subprocess.Popen[str]":
    """A process of the installation that prints one document and then waits."""
    (home / "in.docx").write_bytes(DOCX)
    numbers = map(str, (timeout, linger))
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(home), str(soffice), *numbers],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def printed(client: "subprocess.Popen[str]") -> bool:
    assert client.stdout is not None
    return client.stdout.readline() == "%PDF-\n"


@pytest.mark.libreoffice
class TestSharing:
    def test_processes_share_one_pool_which_goes_with_the_last_however_that_ends(
        self, home: Path, soffice: Path
    ) -> None:
        clients = [start_client(home, soffice, linger=1) for _ in range(3)]
        assert all(printed(client) for client in clients)
        found = running(home)
        assert len(found.keepers) == 1
        assert len(found.listeners) == 1
        clients[0].kill()
        for client in clients:
            client.communicate("")
        eventually(lambda: not any(running(home)))

    def test_a_later_process_finds_it_warm(self, home: Path, soffice: Path) -> None:
        for _ in range(2):
            client = start_client(home, soffice, linger=30)
            assert printed(client)
            found = running(home)
            client.communicate("")
        assert found == running(home)

    def test_another_setting_replaces_the_keeper_and_stopping_ends_all_at_once(
        self, open_pool: Open
    ) -> None:
        first, second = open_pool(timeout=30), open_pool(timeout=31)
        first.lease.hold()
        (old,) = running(first.home).keepers
        assert is_pdf(second.print())
        eventually(lambda: old not in running(first.home).keepers)
        stop_libreoffice(second.home)
        eventually(lambda: not any(running(second.home)), seconds=2)
        stop_libreoffice(second.home)
        second.lease.close()
        second.lease.close()

    def test_one_without_work_is_ended(self, open_pool: Open) -> None:
        pool = open_pool(idle=0.1)
        pool.print()
        eventually(lambda: not running(pool.home).listeners)


@pytest.mark.libreoffice
class TestReplacing:
    @pytest.mark.parametrize("victim", ["offices", "listeners", "keepers"])
    def test_killed_amid_a_document_which_is_printed_all_the_same(
        self, pool: Pool, victim: str
    ) -> None:
        printing, office = pool.print_stopped()
        (process,) = getattr(running(pool.home), victim)
        process.kill()
        assert is_pdf(printing.result())
        assert process not in getattr(running(pool.home), victim)
        assert office not in running(pool.home).offices

    @pytest.mark.parametrize("victim", ["offices", "listeners", "keepers"])
    def test_hanging(self, pool: Pool, victim: str) -> None:
        pool.print()
        (process,) = getattr(running(pool.home), victim)
        process.suspend()
        assert is_pdf(pool.print())
        assert process not in getattr(running(pool.home), victim)

    def test_killed_while_it_has_nothing_to_do(self, pool: Pool) -> None:
        pool.print()
        running(pool.home).offices[0].kill()
        eventually(lambda: not running(pool.home).listeners)
        assert is_pdf(pool.print())

    def test_a_client_killed_amid_its_document_does_not_block_the_next(
        self, pool: Pool, soffice: Path
    ) -> None:
        pool.stop_warm_office()
        client = start_client(pool.home, soffice, timeout=5, linger=20)
        eventually(pool.is_printing)
        client.kill()
        client.communicate()
        assert is_pdf(pool.print())

    def test_others_are_printed_while_one_hangs_and_each_gets_its_own(
        self, open_pool: Open
    ) -> None:
        pool = open_pool(listeners=2)
        hanging, office = pool.print_stopped()
        assert all(is_pdf(pool.print()) for _ in range(3))
        assert not hanging.done()
        office.kill()
        assert is_pdf(hanging.result())
        names = [f"Mandant {number}!" for number in range(12)]
        pdfs = [pool.submit(word_file(name)) for name in names]
        for name, pdf in zip(names, pdfs, strict=True):
            assert check_pdf(pdf.result(), must_appear=[name]).problems == ()
        assert len(running(pool.home).listeners) == 2

    def test_grown_too_large(self, open_pool: Open) -> None:
        pool = open_pool(memory=240_000_000)
        assert is_pdf(pool.print())
        eventually(lambda: "listener 0: replaced" in pool.log())
        assert is_pdf(pool.print())

    def test_a_document_that_costs_two_is_refused_with_name_and_cause(
        self, open_pool: Open
    ) -> None:
        cause = "it took more than 100 MB"
        with pytest.raises(InputError) as caught:
            open_pool(memory=100_000_000).print(LONG)
        assert f"V-2026-0001: it was tried twice ({cause}; {cause})" in caught.value.what

    def test_one_that_does_not_start_in_time_is_a_temporary_trouble(self, open_pool: Open) -> None:
        with pytest.raises(TemporaryError, match=r"did not start within 0 seconds"):
            open_pool(start=0.3).print()

    def test_answering_wrongly(self, open_pool: Open) -> None:
        pool = open_pool(linger=1)
        subprocess.run(
            [pool.order.python, "-c", LYING_KEEPER, pool.order.as_json()],
            cwd=Path(keeper.__file__).parent,
            check=True,
        )
        with pytest.raises(InputError, match="what it made is no PDF; what it made is no PDF"):
            pool.print()

    def test_cold_libreoffice_that_hangs_leaves_nothing(
        self, soffice: Path, fonts: FontSet
    ) -> None:
        with pytest.raises(TemporaryError):
            print_cold(
                DOCX, office_binary(soffice), environment=office_environment(fonts), timeout=0.4
            )
        mine = psutil.Process().children(recursive=True)
        assert not [process for process in mine if "soffice" in process.name()]


LYING_KEEPER = """
import sys; sys.path.insert(0, "")
import keeper, office
office.print_document = lambda desktop, source, target, options: target.write_bytes(b"no PDF")
keeper.main()
"""
