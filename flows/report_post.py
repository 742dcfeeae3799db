"""The mail that brings a report, for the run of the reports and for the sweep alike."""

from acctflows.app import App
from acctflows.delivery.reports.sending import queue_report
from acctflows.documents.store import read_checked
from acctflows.mail.outbox import Attachment
from flows.document_file import load_version

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def send_report(app: App, version_id: int) -> None:
    """Queue the mail of an approved report with its PDF, or the Word file where there is none.

    Raises:
        ConflictError: It cannot be sent any more, or the file is not the approved one.
    """
    with app.database.reading() as session:
        version = load_version(session, version_id)
    suffix = "pdf" if version.pdf_path else "docx"
    path = version.pdf_path or version.docx_path
    content = read_checked(app.docs_out, path, version.shown_sha256)
    name = f"{version.document.number}-v{version.version}.{suffix}"
    with app.database.transaction() as session:
        queue_report(
            session,
            load_version(session, version_id),
            office=app.office,
            attachment=Attachment(name=name, content=content, media_type=MEDIA_TYPES[suffix]),
            now=app.clock.now(),
        )
