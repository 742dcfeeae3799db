from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from acctflows.errors import ConfigurationError
from acctflows.yaml_files import load_yaml


class Desk(BaseModel):
    model_config = ConfigDict(extra="forbid")
    height: int
    drawers: list[str]


def load(path: Path) -> Desk:
    return load_yaml(path, Desk, what="the desk", todo="build one")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.yaml"


def test_a_whole_file_is_read(file: Path) -> None:
    file.write_text("height: 72\ndrawers: [Größe, Müll]\n", encoding="utf-8")
    assert load(file) == Desk(height=72, drawers=["Größe", "Müll"])


def test_a_missing_file_is_named_with_where_it_comes_from(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"desk\.yaml: the desk is missing → build one"):
        load(file)


def test_every_wrong_field_is_named_at_once(file: Path) -> None:
    file.write_text("height: tall\ncolour: red\ndrawers: [1]\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert all(field in str(caught.value) for field in ("height:", "colour:", "drawers.0:"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"height: [", "no valid YAML: .* line 1"),
        ("height: Größe".encode("latin-1"), "no valid YAML: .*utf-8"),
        (b"", "file: "),
        (b"- 72", "file: "),
    ],
)
def test_what_is_no_such_file_is_refused(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"(?s){words}"):
        load(file)
