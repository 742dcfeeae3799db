"""Files as people and attackers send them."""

import io
import zipfile
from functools import cache

from PIL import Image


def picture(kind: str = "PNG") -> bytes:
    """A small scan."""
    target = io.BytesIO()
    Image.new("L", (600, 800), 255).save(target, kind)
    return target.getvalue()


@cache
def zip_bomb() -> bytes:
    """A Word file in name, which would unpack to 100 MB."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 100_000_000)
    return target.getvalue()


HTML = b"<!doctype html><script>alert(1)</script>"
