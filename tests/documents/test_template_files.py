"""The files of templates: kept as they were, put in place whole or not at all."""

from pathlib import Path

import pytest

from acctflows.documents.template_files import keep, put_in_place, read_kept, set_aside
from acctflows.errors import ConfigurationError, ConflictError, NotFoundError


def test_what_is_kept_is_found_by_its_hash_unless_it_was_changed(tmp_path: Path) -> None:
    digest = keep(tmp_path / "kept", b"a template")
    assert keep(tmp_path / "kept", b"a template") == digest
    assert read_kept(tmp_path / "kept", digest) == b"a template"
    (tmp_path / "kept" / f"{digest}.docx").write_bytes(b"another")
    with pytest.raises(ConflictError, match="Restore it from the backup"):
        read_kept(tmp_path / "kept", digest)
    with pytest.raises(NotFoundError):
        read_kept(tmp_path / "kept", "0" * 64)


def test_a_template_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "contract" / "de.docx"
    put_in_place(file, b"first")
    file.chmod(0o664)
    put_in_place(file, b"second")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"second", 0o664)
    assert set_aside(file, b"of Word").read_bytes() == b"of Word"
    assert {each.name for each in file.parent.iterdir()} == {"de.docx", "replaced"}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    file = tmp_path / "contract" / "de.docx"
    file.mkdir(parents=True)  # nobody, root neither, replaces a folder by a file
    with pytest.raises(ConfigurationError, match=r"the other one stays active.*close it in Word"):
        put_in_place(file, b"x")
    assert list(file.parent.iterdir()) == [file]
