"""Files what we draw ourselves: invoices and letters, which need neither Word nor a converter."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import reportlab

from acctflows.app import App
from acctflows.db.models.documents import DocumentVersion
from acctflows.documents.pdfcheck import check_pdf
from acctflows.documents.staging import put_aside
from acctflows.errors import InputError
from flows.document_file import Pdf, Word, load_version, register_files, staging, store_files

ENGINE = f"ReportLab {reportlab.__version__}"
NO_WORD = Word("", "")


class Drawing(NamedTuple):
    """A finished PDF and what a reader must find in it."""

    pdf: bytes
    must_appear: Sequence[str]


Draw = Callable[[DocumentVersion], Drawing]
"""Makes the page from the version's snapshot and nothing else, alike whenever it is called."""


def file_drawing(app: App, version_id: int, draw: Draw) -> None:
    """Draw, check, register and store the PDF of a frozen version, unless that was done.

    Call it outside of a transaction. Killed anywhere or called twice at once, one PDF is registered
    and its bytes are what lies in the folder of documents.

    Args:
        app: The application.
        version_id: A version whose ``template_name`` is empty.
        draw: Makes the page.

    Raises:
        InputError: It must not go out; names everything that is wrong.
    """
    with app.database.reading() as session:
        version = load_version(session, version_id)
    if version.pdf_sha256:
        store_files(app, version_id)
        return
    drawing = draw(version)
    report = check_pdf(drawing.pdf, must_appear=drawing.must_appear)
    if report.problems:
        raise InputError(" ".join(report.problems), where=f"PDF of {version.document.number}")
    digest = put_aside(staging(app), drawing.pdf)
    register_files(app, version_id, NO_WORD, Pdf(digest, ENGINE, ""), report.pages)
    store_files(app, version_id, digest)
