import io
import zipfile

import pytest

from acctflows.errors import InputError
from acctflows.receivables.statements import FORMATS, distinct_lines, read_statements, reading
from tests.receivables.bank_files import SAMPLES, sample

FORMAT_OF = {".xml": "camt", ".sta": "mt940", ".csv": "csv"}


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_each_sample_is_claimed_by_exactly_one_reader(path):
    claimed = [name for name, each in FORMATS.items() if each.sniff(path.read_bytes())]
    assert claimed == [FORMAT_OF[path.suffix]]


def test_every_format_has_a_sample():
    assert {FORMAT_OF[path.suffix] for path in SAMPLES.glob("*.*")} == set(FORMATS)


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def test_a_zip_gives_the_statements_of_all_its_files():
    data = zipped(a=sample("camt053_traps.xml"), b=sample("camt052_wise.xml"))
    statements = read_statements(data, file_name="november.zip")
    assert [each.id for each in statements] == ["2026-221", "2026-9", "R1"]


def test_lines_of_overlapping_files_are_told_once():
    data = zipped(a=sample("camt053_traps.xml"), b=sample("camt052_wise.xml"))
    statements = read_statements(data, file_name="november.zip")
    assert sum(len(each.lines) for each in statements) == 9
    assert len(distinct_lines(statements)) == 8


def test_one_bad_file_refuses_the_whole_zip_and_is_named():
    data = zipped(a=sample("camt053_traps.xml"), b=b"%PDF-1.7")
    with pytest.raises(InputError, match=r"november\.zip › b"):
        read_statements(data, file_name="november.zip")


def test_a_zip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 100_000)
    with pytest.raises(InputError, match="larger than"):
        read_statements(zipped(a=b"<" * 100_001), file_name="bomb.zip")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"hello", "no bank statement"),
        (b"PK\x03\x04nonsense", "damaged"),
        (zipped(), "empty"),
        (zipped(a=zipped(b=b"x")), "within a ZIP"),
    ],
)
def test_what_is_no_bank_file_is_refused(data, why):
    with pytest.raises(InputError, match=why):
        read_statements(data, file_name="file")


def test_a_damaged_zip_is_refused():
    data = bytearray(zipped(a=sample("camt053_traps.xml")))
    data[60] ^= 0xFF
    with pytest.raises(InputError, match="damaged"):
        read_statements(bytes(data), file_name="file.zip")


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="larger than"):
        read_statements(b"x" * 11, file_name="file")
