"""The steps that make a document's files, whatever its kind: Word, PDF, checks, register."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from prefect.concurrency.sync import concurrency
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from sqlalchemy.orm import Session, joinedload

from acctflows.app import WORD_JOBS, App, load_app
from acctflows.clockwork.limits import PDF_CONVERSION
from acctflows.db.models.documents import DocumentVersion
from acctflows.documents import register, template_files, template_versions
from acctflows.documents.clauses import replace_wording
from acctflows.documents.convert import ARCHIVAL_PDF, PLAIN_PDF
from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdfcheck import check_pdf
from acctflows.documents.staging import fetch, let_go, put_aside
from acctflows.documents.store import read_checked, write_once
from acctflows.documents.word import fill_word
from acctflows.errors import AcctflowsError, ConflictError, InputError, TemporaryError
from acctflows.word_templates import Place, template_in_use
from flows.steps import step


class Word(NamedTuple):
    """Hashes of the Word file put aside and of the template it was made from; empty without one."""

    docx: str
    template: str


class Pdf(NamedTuple):
    """Hash of the PDF put aside, the engine that made it, and why none or no better one did."""

    sha256: str
    engine: str
    note: str


def make_document(version_id: int) -> None:
    """Make and file the documents of a version, unless that has been done."""
    with load_app().database.reading() as session:
        made = bool(load_version(session, version_id).docx_sha256)
    if made:
        file_document(version_id)
        return
    with tied_while_good(version_id):
        word = write_word(version_id)
        pdf = make_pdf(version_id, word)
        pages = check_document(version_id, pdf)
    file_document(version_id, word, pdf, pages)


@contextmanager
def tied_while_good(version_id: int) -> Iterator[None]:
    """Release a document that cannot be made from its template, so that it may be corrected."""
    try:
        yield
    except AcctflowsError as error:
        if error.permanent:
            app = load_app()
            with app.database.transaction() as session:
                version = load_version(session, version_id)
                template_versions.release_template(
                    session, version, actor=_actor(), now=app.clock.now()
                )
        raise


def tie_template(app: App, version_id: int) -> bytes:
    """The template the document is written with: from its first time on, whatever becomes of it.

    Raises:
        InputError: It has none yet, and the one in the folder cannot be used.
    """
    with app.database.reading() as session:
        version = load_version(session, version_id)
    place = Place.named(app, version.template_name)
    digest = version.template_sha256
    if not digest:
        newest = template_in_use(app, place, actor=_actor())
        with app.database.transaction() as session:
            version = load_version(session, version_id)
            digest = template_versions.tie_template(
                session, version, newest, actor=_actor(), now=app.clock.now()
            )
    return template_files.read_kept(place.kept, digest)


# Each time anew: a corrected template is used then, and the same one gives the same bytes.
@step("Write the Word file", again=True)
def write_word(version_id: int) -> Word:
    """Fill the document's template with the frozen facts."""
    app = load_app()
    template = tie_template(app, version_id)
    with app.database.reading() as session:
        version = load_version(session, version_id)
        title = f"{version.document.number} · {version.document.title}"
        job = WORD_JOBS[version.document.kind]
        context, wordings = job.word_context(version), job.wordings(version)
    rendered = fill_word(
        template,
        version.template_name,
        context,
        created=version.created_at,
        title=title,
        author=app.agency.legal_name,
        pictures=job.pictures(version, install_fonts(app.home)),
    )
    content = replace_wording(rendered.content, wordings) if wordings else rendered.content
    return Word(put_aside(staging(app), content), rendered.template_sha256)


@step("Make the PDF")
def make_pdf(version_id: int, word: Word) -> Pdf:
    """Print the Word file with the best engine that can; without one, the document stays Word.

    Where the engine can, as PDF/A, since it is kept for years (§ 147 (3) AO), and tagged, for
    clients who do not see; where it cannot, the log says so.
    """
    app = load_app()
    docx = unfinished(app, version_id, word.docx)
    with app.database.reading() as session:
        version = load_version(session, version_id)
    name = f"{version.document.number}, version {version.version}"
    with (
        closing(app.printer()) as printer,
        # The slot of a killed process comes back when its lease ends: after a minute, not five.
        concurrency(PDF_CONVERSION.name, strict=True, lease_duration=60),
    ):
        printed = printer.print(docx, ARCHIVAL_PDF, at_least=PLAIN_PDF, name=name)
    if printed.note:
        get_run_logger().warning("version %s: %s", version_id, printed.note)
    if not printed.content:
        return Pdf("", "", printed.note)
    size = len(printed.content) // 1000
    get_run_logger().info("printed by %s, %d kB. %s", printed.engine, size, printed.lacking)
    return Pdf(put_aside(staging(app), printed.content), printed.engine, printed.note)


@step("Check the PDF")
def check_document(version_id: int, pdf: Pdf) -> int | None:
    """Look into the PDF: pages, typefaces, and whether number, names and totals can be read.

    Raises:
        InputError: It must not go out; names everything that is wrong.
    """
    if not pdf.sha256:
        return None
    app = load_app()
    with app.database.reading() as session:
        version = load_version(session, version_id)
        number = version.document.number
        wanted = WORD_JOBS[version.document.kind].must_appear(version)
    content = unfinished(app, version_id, pdf.sha256)
    report = check_pdf(content, must_appear=wanted)
    if report.problems:
        raise InputError(
            " ".join(report.problems),
            where=f"PDF of {number}",
            todo=f"correct the template {version.template_name}, then press Retry",
        )
    get_run_logger().info("%s pages; number, names and totals can be read", report.pages)
    return report.pages


@step("File the document", again=True)
def file_document(
    version_id: int, word: Word | None = None, pdf: Pdf | None = None, pages: int | None = None
) -> None:
    """Register the files, then write them where the register says they are.

    Killed in between, the next run writes what is registered: the bytes are still put aside.
    """
    app = load_app()
    if word and pdf:
        register_files(app, version_id, word, pdf, pages)
    store_files(app, version_id, word.docx if word else "", pdf.sha256 if pdf else "")


def store_files(app: App, version_id: int, *ours: str) -> None:
    """Write the registered files where the register says they are, unless they are there.

    Args:
        app: The application.
        version_id: Whose files.
        ours: Hashes this run put aside; another run's files may be the registered ones.

    Raises:
        ConflictError: Another file has the name. What was put aside stays until it is filed.
    """
    with app.database.reading() as session:
        version = load_version(session, version_id)
    files = ((version.docx_path, version.docx_sha256), (version.pdf_path, version.pdf_sha256))
    for path, digest in files:
        if path:
            write_once(app.docs_out, path, unfinished(app, version_id, digest))
    let_go(staging(app), version.docx_sha256, version.pdf_sha256, *ours)


def unfinished(app: App, version_id: int, digest: str) -> bytes:
    """The bytes this run put aside, or another run of the same document has filed meanwhile.

    Started twice at once, both make the same Word file; who files it first lets go of the bytes.

    Raises:
        TemporaryError: They are neither here nor there.
    """
    try:
        return fetch(staging(app), digest)
    except TemporaryError:
        with app.database.reading() as session:
            version = load_version(session, version_id)
        filed = {version.docx_sha256: version.docx_path, version.pdf_sha256: version.pdf_path}
        if digest not in filed:
            raise
        return read_checked(app.docs_out, filed[digest], digest)


def load_version(session: Session, version_id: int) -> DocumentVersion:
    """The version with its document and project, usable after the session."""
    return session.get_one(
        DocumentVersion, version_id, options=[joinedload(DocumentVersion.document)]
    )


def read_shown(app: App, version: DocumentVersion) -> bytes | None:
    """The filed PDF, checked against the register; None where the document stayed Word."""
    if not version.pdf_path:
        return None
    return read_checked(app.docs_out, version.pdf_path, version.pdf_sha256)


def register_files(app: App, version_id: int, word: Word, pdf: Pdf, pages: int | None) -> None:
    """Register what was put aside, or leave it at what another run has registered meanwhile."""
    now = app.clock.now()
    try:
        with app.database.transaction() as session:
            version = load_version(session, version_id)
            register.record_files(
                session,
                version,
                template_sha256=word.template,
                docx_path=app.path_of(version, "docx") if word.docx else "",
                docx_sha256=word.docx,
                pdf_path=app.path_of(version, "pdf") if pdf.sha256 else "",
                pdf_sha256=pdf.sha256,
                pdf_engine=pdf.engine,
                pdf_note=pdf.note,
                pages=pages,
                actor=_actor(),
                now=now,
            )
    except ConflictError:
        with app.database.reading() as session:
            if not load_version(session, version_id).shown_sha256:
                raise
        # Another run of the same document was faster: its files are the document.


def _actor() -> str:
    return flow_run.flow_name or "acctflows"


def staging(app: App) -> Path:
    """Where bytes wait until they are filed."""
    return app.unfinished
