import pytest

from acctflows.documents.sealing import apart
from acctflows.documents.sealing.apart import read_apart
from acctflows.errors import InputError


def test_what_is_read_comes_back() -> None:
    assert read_apart("posixpath.basename", p="a/b.pdf") == "b.pdf"


def test_what_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 1)
    with pytest.raises(InputError, match="not within 1 seconds"):
        read_apart("re.match", pattern="(a+)+$", string="a" * 60 + "b")


def test_what_only_waits_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 1)
    with pytest.raises(InputError, match="not within 1 seconds"):
        read_apart("multiprocessing.connection.wait", object_list=[], timeout=60)


def test_what_takes_all_memory_is_ended() -> None:
    with pytest.raises(InputError, match="MemoryError"):
        read_apart("secrets.token_hex", nbytes=10**10)


def test_what_breaks_off_is_said() -> None:
    with pytest.raises(InputError, match=r"cannot be read \(re.*error"):
        read_apart("re.match", pattern="(", string="")
