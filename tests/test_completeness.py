"""What CONTRIBUTING promises to whoever adds a setting, a command or a flow."""

import importlib.util
import re
from pathlib import Path

import pytest

from acctflows.cli import COMMANDS, app
from acctflows.settings import PREFIX, Settings
from tests.conftest import ROOT

FLOWS = sorted((ROOT / "flows").glob("*.py"))
EXPLAINED = dict(
    re.findall(rf"^#{PREFIX}(\w+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
)


def test_every_setting_is_explained_in_the_example() -> None:
    assert set(EXPLAINED) == {name.upper() for name in Settings.model_fields} - {"ROOT"}


@pytest.mark.parametrize("name", EXPLAINED)
def test_the_example_shows_the_default(name: str) -> None:
    default = Settings.model_construct().model_dump()[name.lower()]
    if default not in ("", None):
        assert EXPLAINED[name] == str(default)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_opens(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        app([name, "--help"])
    assert f"Usage: acctflows {name}" in capsys.readouterr().out


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.name)
def test_no_flow_file_hides_a_module(file: Path) -> None:
    # Prefect puts the flow's folder at the head of the import path.
    found = importlib.util.find_spec(file.stem)
    assert found is None or Path(found.origin or "").parent == file.parent
