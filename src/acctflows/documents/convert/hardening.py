"""LibreOffice without network, macros and surprises, and the Python that can speak with it."""

import os
import subprocess
from pathlib import Path

from acctflows.documents.fonts import FontSet

_NOWHERE = "http://127.0.0.1:9"
"""The discard port: whatever asks this proxy gets no answer from anywhere."""

_SETTINGS = (
    # Links of a document whose origin is not trusted are not followed; no origin is trusted.
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
    ("/org.openoffice.Office.Common/Save/URL", "FileSystem", "false"),
)


def profile_settings() -> str:
    """The content of ``registrymodifications.xcu`` in a fresh LibreOffice profile."""
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>\n"
        for path, name, value in _SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n{items}</oor:items>\n'
    )


def office_environment(fonts: FontSet) -> dict[str, str]:
    """The environment LibreOffice runs in: ours, but for the network, Python and the language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), _NOWHERE)
    upper = {name.upper(): value for name, value in proxies.items()}
    for name in ("no_proxy", "NO_PROXY"):
        kept.pop(name, None)
    return kept | proxies | upper | fonts.environment | {"LC_ALL": "C.UTF-8"}


def office_binary(program: Path) -> Path:
    """The process itself where it can be found: its wrapper would stand between us and it."""
    binary = program.resolve().parent / "soffice.bin"
    return binary if binary.is_file() else program


def find_office_python(program: Path) -> Path | None:
    """A Python that has LibreOffice's ``uno``: its own, or the system's; None if neither does."""
    home = program.resolve().parent
    candidates = (home / "python", home.parent / "Resources" / "python", Path("/usr/bin/python3"))
    return next((path for path in candidates if path.is_file() and _has_uno(path)), None)


def _has_uno(python: Path) -> bool:
    environment = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
    try:
        done = subprocess.run(  # noqa: S603 — one of the three candidates
            [str(python), "-s", "-c", "import uno"],
            env=environment,
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
