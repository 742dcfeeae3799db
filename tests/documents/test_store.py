import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from acctflows.documents.store import document_path, read_checked, write_once
from acctflows.errors import ConflictError, InputError, NotFoundError

NAME = "K-1001/2026/V-2026-0001-v1.pdf"


def test_a_document_is_stored_and_read_back(tmp_path: Path) -> None:
    digest = write_once(tmp_path, NAME, b"Vertrag")
    assert digest == sha256(b"Vertrag").hexdigest()
    assert read_checked(tmp_path, NAME, digest) == b"Vertrag"
    assert [path.name for path in (tmp_path / NAME).parent.iterdir()] == ["V-2026-0001-v1.pdf"]


def test_the_same_bytes_again_are_fine_and_touch_nothing(tmp_path: Path) -> None:
    digest = write_once(tmp_path, NAME, b"Vertrag")
    before = (tmp_path / NAME).stat()
    assert write_once(tmp_path, NAME, b"Vertrag") == digest
    after = (tmp_path / NAME).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_other_bytes_under_the_same_name_are_refused(tmp_path: Path) -> None:
    digest = write_once(tmp_path, NAME, b"Vertrag")
    with pytest.raises(ConflictError):
        write_once(tmp_path, NAME, b"Anderer Vertrag")
    assert read_checked(tmp_path, NAME, digest) == b"Vertrag"


def test_of_many_writers_one_wins_and_nothing_is_mixed(tmp_path: Path) -> None:
    def write(number: int) -> bool:
        try:
            write_once(tmp_path, NAME, str(number % 4).encode() * 100_000)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        won = list(threads.map(write, range(64)))
    content = (tmp_path / NAME).read_bytes()
    assert set(content) == {content[0]}
    assert won == [number % 4 == int(chr(content[0])) for number in range(64)]
    assert len(list((tmp_path / NAME).parent.iterdir())) == 1


def test_a_changed_or_missing_file_is_noticed(tmp_path: Path) -> None:
    digest = write_once(tmp_path, NAME, b"Vertrag")
    (tmp_path / NAME).write_bytes(b"Vertraq")
    with pytest.raises(ConflictError, match="SHA-256"):
        read_checked(tmp_path, NAME, digest)
    (tmp_path / NAME).unlink()
    with pytest.raises(NotFoundError):
        read_checked(tmp_path, NAME, digest)


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "", ".", "a\x00b", "..\\x", "a/..", "link/x", "file"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    root = tmp_path / "docs"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    (root / "file").symlink_to(tmp_path / "outside")
    with pytest.raises(InputError):
        write_once(root, name, b"x")
    with pytest.raises(InputError):
        read_checked(root, name, "0" * 64)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs"]


def test_a_path_is_made_of_safe_parts_whatever_the_input() -> None:
    assert document_path("K-1001", 2026, "V-2026-0001", 2, ".docx") == (
        "K-1001/2026/V-2026-0001-v2.docx"
    )
    odd = document_path("../../Müller & Söhne\x00", 2026, "...", 1, "pdf/../x")
    assert odd == "Muller-Sohne/2026/_-v1.pdf-..-x"
    assert len(document_path("x" * 500, 2026, "y" * 500, 1, "pdf")) < 200


WRITER = """
import itertools, sys
from pathlib import Path
from acctflows.documents.store import write_once
print("ready", flush=True)
for number in itertools.count():
    write_once(Path(sys.argv[1]), f"k/{number}.pdf", b"%09d" % number * 200_000)
"""


def test_a_writer_killed_at_any_moment_leaves_only_whole_documents(tmp_path: Path) -> None:
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            while not list(tmp_path.glob("k/*.pdf")):
                os.sched_yield()
            writer.send_signal(signal.SIGKILL)
    documents = list(tmp_path.glob("k/*.pdf"))
    assert documents
    for document in documents:
        assert document.read_bytes() == b"%09d" % int(document.stem) * 200_000
