"""The typefaces of the installation, so that a page looks the same on every machine.

The house face is Source Sans Pro; DejaVu stands in for scripts it lacks (Hebrew, Arabic), Noto
Emoji for emoji. All come with Python packages. The machine's own typefaces are searched after ours,
for templates of the agency that ask for them.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

from acctflows.errors import ConfigurationError

HOUSE_FACE = "Source Sans Pro"
FALLBACK_FACES = ("DejaVu Sans", "Noto Emoji")
"""In this order, after the house face."""

SHIPPED_FACES = frozenset(
    {
        *(HOUSE_FACE, "Source Sans Pro Light", "Source Sans Pro Semibold"),
        *("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "Noto Emoji"),
    }
)
"""Families that print the same on every machine."""

_SHIPPED = {
    "font_source_sans_pro": (
        "files/SourceSansPro-{}.ttf",
        ("Regular", "It", "Light", "LightIt", "Semibold", "SemiboldIt", "Bold", "BoldIt"),
    ),
    "matplotlib": (
        "mpl-data/fonts/ttf/DejaVu{}.ttf",
        (
            *("Sans", "Sans-Oblique", "Sans-Bold", "Sans-BoldOblique"),
            *("Serif", "Serif-Italic", "Serif-Bold", "Serif-BoldItalic"),
            *("SansMono", "SansMono-Bold"),
        ),
    ),
    "manimgx_fonts": ("NotoEmoji{}.ttf", ("[wght]",)),
}
"""Python package: pattern of its files and the cuts we use."""

MACHINE_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
)

# Faces of the same widths: where one is asked for, another keeps every line where it was.
_SAME_WIDTHS = {
    "Calibri": ("Carlito",),
    "Cambria": ("Caladea",),
    "Arial": ("Liberation Sans", "Arimo"),
    "Helvetica": ("Liberation Sans", "Arimo"),
    "Times New Roman": ("Liberation Serif", "Tinos"),
    "Courier New": ("Liberation Mono", "Cousine"),
}


@dataclass(frozen=True)
class FontSet:
    """The installed typefaces.

    Args:
        folder: Where the shipped faces lie.
        config: The fontconfig file that finds them first.
    """

    folder: Path
    config: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a subprocess needs in its environment to print with these faces."""
        return {"FONTCONFIG_FILE": str(self.config)}


def install_fonts(home: Path, *, machine_folders: Sequence[str] = MACHINE_FOLDERS) -> FontSet:
    """Lay the shipped faces into ``home/fonts`` and write the fontconfig file beside them.

    May run in several processes at once and again at any time; nothing is done twice.

    Raises:
        ConfigurationError: A Python package that carries faces is not installed.
    """
    folder = home.resolve() / "fonts"
    faces = folder / "faces"
    faces.mkdir(parents=True, exist_ok=True)
    for source in _shipped_files():
        target = faces / source.name
        if not target.exists() or target.stat().st_size != source.stat().st_size:
            _write(target, source.read_bytes())
    config = folder / "fonts.conf"
    content = _fontconfig(faces, folder / "cache", machine_folders).encode()
    if not config.exists() or config.read_bytes() != content:
        _write(config, content)
    return FontSet(folder=faces, config=config)


def _shipped_files() -> Iterator[Path]:
    for package, (pattern, cuts) in _SHIPPED.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ConfigurationError(
                f"The typefaces of the Python package {package} are missing.",
                todo="Set the environment up anew: `make clean`, then `make doctor`.",
            )
        yield from (Path(spec.origin).parent / pattern.format(cut) for cut in cuts)


def _write(target: Path, content: bytes) -> None:
    """Replace the file in one step: another process may be reading it."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    part.write_bytes(content)
    part.replace(target)


def _fontconfig(faces: Path, cache: Path, machine_folders: Sequence[str]) -> str:
    """The fontconfig file: our faces first, then the machine's, then stand-ins for the missing."""
    folders = "".join(f"  <dir>{escape(str(folder))}</dir>\n" for folder in machine_folders)
    same_widths = "".join(
        f'  <alias binding="same"><family>{family}</family>{_accept(others)}</alias>\n'
        for family, others in _SAME_WIDTHS.items()
    )
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{escape(str(faces))}</dir>
{folders}  <cachedir>{escape(str(cache))}</cachedir>
{same_widths}  <alias><family>monospace</family>{_accept(["DejaVu Sans Mono"])}</alias>
  <alias binding="same"><family>emoji</family>{_accept(["Noto Emoji"])}</alias>
  <match target="pattern">
    <edit name="family" mode="append_last" binding="weak">
      {"".join(f"<string>{face}</string>" for face in (HOUSE_FACE, *FALLBACK_FACES))}
    </edit>
  </match>
</fontconfig>
"""


def _accept(families: Sequence[str]) -> str:
    names = "".join(f"<family>{family}</family>" for family in families)
    return f"<accept>{names}</accept>"
