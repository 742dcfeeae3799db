import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from acctflows.documents import fonts as fonts_module
from acctflows.documents.fonts import SHIPPED_FACES, install_fonts
from acctflows.errors import ConfigurationError
from tests.conftest import ROOT

INSTALL = """
import sys
from pathlib import Path
from acctflows.documents.fonts import install_fonts
install_fonts(Path(sys.argv[1]))
"""


def test_the_house_faces_lie_in_the_installation_and_are_searched_first(tmp_path: Path) -> None:
    fonts = install_fonts(tmp_path)
    names = {path.name for path in fonts.folder.iterdir()}
    assert {"SourceSansPro-Regular.ttf", "SourceSansPro-SemiboldIt.ttf"} <= names
    assert {"DejaVuSans.ttf", "NotoEmoji[wght].ttf"} <= names
    config = etree.parse(fonts.config)
    folders = [element.text for element in config.iter("dir")]
    assert folders[0] == str(fonts.folder)
    assert "/usr/share/fonts" in folders
    assert fonts.environment == {"FONTCONFIG_FILE": str(fonts.config)}


def test_installing_again_changes_nothing_and_repairs_what_is_damaged(tmp_path: Path) -> None:
    fonts = install_fonts(tmp_path)
    regular = fonts.folder / "SourceSansPro-Regular.ttf"
    bold = fonts.folder / "SourceSansPro-Bold.ttf"
    before = regular.stat().st_ino, fonts.config.stat().st_ino
    bold.write_bytes(b"")
    assert install_fonts(tmp_path) == fonts
    assert (regular.stat().st_ino, fonts.config.stat().st_ino) == before
    assert bold.stat().st_size > 100_000


def test_several_processes_may_install_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", INSTALL, str(tmp_path)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    assert list(tmp_path.rglob(".*")) == []


def test_a_missing_package_is_named_with_commands_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts_module, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match="font_source_sans_pro are missing") as caught:
        install_fonts(tmp_path)
    targets = re.findall(r"`make (\w+)`", caught.value.todo)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert targets
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


def fontconfig(program: str, pattern: str, asked: str, home: Path) -> str:
    """What fontconfig answers on a machine that has no typefaces but ours."""
    fonts = install_fonts(home, machine_folders=())
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not there")
    command = [program, "-f", pattern, *([asked] if asked else [])]
    return subprocess.run(
        command, env=os.environ | fonts.environment, capture_output=True, check=True, text=True
    ).stdout


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Source Sans Pro", "Source Sans Pro"),
        ("Calibri", "Source Sans Pro"),
        ("sans-serif", "Source Sans Pro"),
        ("Nie gehört", "Source Sans Pro"),
        ("DejaVu Serif", "DejaVu Serif"),
        ("monospace", "DejaVu Sans Mono"),
        ("emoji", "Noto Emoji"),
    ],
)
def test_on_a_machine_without_typefaces_ours_stand_in(
    tmp_path: Path, asked: str, found: str
) -> None:
    assert fontconfig("fc-match", "%{family[0]}", asked, tmp_path) == found


def test_every_shipped_family_is_really_there_and_no_other(tmp_path: Path) -> None:
    listed = fontconfig("fc-list", "%{family}\n", "", tmp_path)
    assert {name for line in listed.splitlines() for name in line.split(",")} == SHIPPED_FACES
