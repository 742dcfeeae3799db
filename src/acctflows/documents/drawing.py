"""Charts as pictures: the same data give the same bytes, in any thread and on any machine.

The typefaces are the installation's own, and nothing in the file tells when it was made.
"""

import io
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from acctflows.documents.fonts import FALLBACK_FACES, HOUSE_FACE, FontSet

Format = Literal["png", "svg"]

INK, QUIET, LINE = "#1d2320", "#5c6660", "#d5d9d4"
"""Colours of what is said, of what is said beside it, and of lines."""

DPI = 200
_SETTINGS: Any = {
    "font.family": [HOUSE_FACE, FALLBACK_FACES[0]],
    "font.size": 10.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "acctflows",
}
_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
# Matplotlib's settings belong to the whole process, and pages are served by several threads.
_one_at_a_time = threading.Lock()


def draw_picture(
    draw: Callable[[Figure], None],
    *,
    fonts: FontSet,
    size: tuple[float, float],
    kind: Format = "png",
) -> bytes:
    """What a function draws on an empty figure, as a file.

    Args:
        draw: Puts everything on the figure; texts of clients through `plain`.
        fonts: The installed typefaces.
        size: Width and height in inches.
        kind: ``png`` (200 pixels per inch) or ``svg`` (all text as outlines).
    """
    _register(fonts.folder)
    buffer = io.BytesIO()
    with _one_at_a_time, mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=size, dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        draw(figure)
        figure.savefig(buffer, format=kind, metadata=_METADATA[kind])
    return buffer.getvalue()


def plain(text: str) -> str:
    """The text without formulas, which matplotlib would set between two dollar signs."""
    return text.replace("$", r"\$")


@cache
def _register(folder: Path) -> None:
    """Make the installation's typefaces known to matplotlib, which searches the machine's else."""
    for face in sorted(folder.glob("*.ttf")):
        if "[" not in face.name:  # variable faces are not for matplotlib
            fontManager.addfont(face)
