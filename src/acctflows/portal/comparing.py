"""Two versions of a document side by side: what changed, as a page and as a Word file."""

import logging
from dataclasses import dataclass

from starlette.responses import Response

from acctflows.app import App
from acctflows.db.models.documents import DocumentVersion
from acctflows.documents.comparison import ChangedBlock, compare_blocks, compare_word
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.portal.files import MEDIA_TYPES, read_document

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Changed:
    """What reads differently in a version than in the one before; nothing where all is the same."""

    blocks: tuple[ChangedBlock, ...]


def find_changes(app: App, before: DocumentVersion, version: DocumentVersion) -> Changed | None:
    """Every clause that reads differently now; None where the Word files cannot be compared.

    The page is there without it: a damaged file of an earlier version keeps nobody from deciding
    about this one, and the check of the files tells of it.
    """
    try:
        return Changed(compare_blocks(*_words(app, before, version)))
    except (NotFoundError, ConflictError, InputError) as error:
        logger.warning("%s: nothing to compare: %s", version.document.number, error)
        return None


def comparison(app: App, before: DocumentVersion, version: DocumentVersion) -> Response:
    """The new version as a Word file in which every change is tracked, to be saved.

    Raises:
        NotFoundError: When a Word file is missing.
        ConflictError: When one was changed.
    """
    content = compare_word(
        *_words(app, before, version), author=app.agency.short_name, at=version.created_at
    )
    name = f"{version.document.number}-v{before.version}-v{version.version}.docx"
    return Response(
        content,
        media_type=MEDIA_TYPES["docx"],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _words(app: App, before: DocumentVersion, version: DocumentVersion) -> tuple[bytes, bytes]:
    return (
        read_document(app.docs_out, before, "docx"),
        read_document(app.docs_out, version, "docx"),
    )
