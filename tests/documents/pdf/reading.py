"""Reads back what was drawn."""

import pypdfium2
from PIL import Image


def read_pages(pdf: bytes) -> list[str]:
    """The text of each page, lines as PDFium reads them."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            page.get_textpage().get_text_range().replace("\r\n", "\n").rstrip() for page in document
        ]
    finally:
        document.close()


def read_as_text(pdf: bytes) -> str:
    """The text of all pages, with a line of dashes between two."""
    return "\n---\n".join(read_pages(pdf)) + "\n"


def picture(pdf: bytes, page: int = 0, *, scale: float = 4) -> Image.Image:
    """The page in grey, ``scale`` pixels to the point."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=scale, grayscale=True).to_pil()
    finally:
        document.close()
