"""The agency's logo, made ready for the page once per process."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from reportlab.lib.utils import ImageReader

from acctflows.errors import ConfigurationError

_PIXELS = 1200
"""More than a printer shows at the width of a logo."""


@lru_cache(maxsize=8)
def prepare_logo(picture: bytes) -> ImageReader:
    """A PNG or JPEG as JPEG on white, which a PDF holds as it is instead of packing it each time.

    Raises:
        ConfigurationError: When the bytes are no picture.
    """
    try:
        with Image.open(BytesIO(picture)) as opened:
            opened.thumbnail((_PIXELS, _PIXELS))
            layer = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError) as error:
        raise ConfigurationError(
            "the agency's logo is no PNG or JPEG", todo="replace the file named in agency.yaml"
        ) from error
    page = Image.new("RGB", layer.size, "white")
    page.paste(layer, mask=layer.getchannel("A"))
    target = BytesIO()
    page.save(target, "JPEG", quality=95, subsampling=0)
    target.seek(0)
    return ImageReader(target)
