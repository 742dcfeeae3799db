"""The pages of a PDF as pictures, for those who want to see a document without opening it."""

from collections.abc import Iterator
from io import BytesIO

import pypdfium2

from acctflows.documents.pdfcheck import PDFIUM

_MOST = 20
"""Pages; a sample that has more shows enough."""


def page_pictures(pdf: bytes, *, dots_per_inch: int = 100) -> Iterator[bytes]:
    """Each page as PNG, the first twenty.

    Raises:
        pypdfium2.PdfiumError: It is no PDF.
    """
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        try:
            images = [
                document[number].render(scale=dots_per_inch / 72).to_pil()
                for number in range(min(len(document), _MOST))
            ]
        finally:
            document.close()
    for image in images:
        packed = BytesIO()
        image.save(packed, "PNG")
        yield packed.getvalue()
