"""The Word templates as flows, pages and commands use them: checked, kept, put in place.

What lies in the folder of templates is what new documents are written with. Bytes that were never
seen before are checked with the sample of their kind, in a process of their own; only without a
fault they become the next version (docs/adr/0021-templates-have-versions.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from acctflows.app import App
from acctflows.contracts.sample import sample_context
from acctflows.db.models.templates import TemplateSource, TemplateVersion
from acctflows.delivery.reports.sample import sample_context as report_context
from acctflows.delivery.reports.sample import sample_pictures as report_pictures
from acctflows.delivery.sample import SAMPLES as ACT_SAMPLES
from acctflows.documents import template_files, template_versions
from acctflows.documents.checking import Asked, check_apart
from acctflows.documents.fonts import FontSet, install_fonts
from acctflows.documents.kinds import LANGUAGES, WORD_KINDS, DocumentKind
from acctflows.documents.lint import Report
from acctflows.documents.package import TemplateError
from acctflows.documents.saying import said
from acctflows.errors import InputError, NotFoundError

SAMPLES: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "contract": sample_context,
    **ACT_SAMPLES,
    "report": report_context,
}
"""Document kind (the folder of its templates) to sample data in a language."""
PICTURES: Mapping[str, Callable[[str, FontSet], dict[str, bytes]]] = {"report": report_pictures}
"""Document kind to the pictures its templates are given with that data."""


@dataclass(frozen=True)
class Place:
    """A kind's template in a language: the file people edit, and where its versions are kept."""

    kind: DocumentKind
    language: str
    file: Path
    kept: Path

    @classmethod
    def of(cls, app: App, kind: str, language: str) -> "Place":
        """The place of that template.

        Raises:
            NotFoundError: No document of that kind is made in Word, or none in that language.
        """
        if kind not in WORD_KINDS or language not in LANGUAGES:
            raise NotFoundError(
                f"there is no template {kind}/{language}",
                todo=f"use one of: {', '.join(WORD_KINDS)}; in {' or '.join(LANGUAGES)}",
            )
        found = WORD_KINDS[kind]
        file = found.template(app.templates, language)
        return cls(found, language, file, app.templates_kept)

    @classmethod
    def named(cls, app: App, name: str) -> "Place":
        """The place of a template by its name below the folder: ``contract/de.docx``."""
        path = Path(name)
        return cls.of(app, path.parent.name, path.stem)

    @property
    def name(self) -> str:
        """What errors call it: ``contract/de.docx``."""
        return self.kind.template_name(self.language)

    def read(self) -> bytes:
        """What lies in the folder now.

        Raises:
            TemplateError: There is no such file, or it cannot be read.
        """
        try:
            return self.file.read_bytes()
        except OSError as error:
            reason = said("file_unreadable", reason=error.strerror)
            raise TemplateError(reason, file=str(self.file)) from error


def asked(file: Path, kind: str, language: str, fonts: Callable[[], FontSet]) -> Asked:
    """The template with the sample of its kind, for `check_apart`; few kinds need the fonts."""
    pictures = PICTURES.get(kind)
    given = pictures(language, fonts()) if pictures else {}
    return Asked(file, SAMPLES[kind](language), given)


def examine(app: App, place: Place, content: bytes) -> Report:
    """What is wrong with these bytes as that template, and a sample; in a process of its own."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{place.language}.docx"
        file.write_bytes(content)
        fonts = partial(install_fonts, app.home)
        return check_apart([asked(file, place.kind.name, place.language, fonts)])[0]


def template_in_use(app: App, place: Place, *, actor: str) -> str:
    """SHA-256 of the template a new document is written with: what lies in the folder now.

    New bytes are checked, kept and become the next version; those of an earlier version make that
    one active again.

    Args:
        app: The application.
        place: Of the template.
        actor: Who asks.

    Raises:
        TemplateError: There is no file, or it cannot be read.
        InputError: It is new and cannot be used; names everything that is wrong with it.
    """
    content = place.read()
    digest = sha256(content).hexdigest()
    kind, language = place.kind.name, place.language
    with app.database.reading() as session:
        known = template_versions.find_version(session, kind, language, sha256=digest)
    if known is None:
        _refuse_faults(app, place, examine(app, place, content))
    template_files.keep(place.kept, content)
    if known is None or not known.is_active:
        now = app.clock.now()
        with app.database.transaction() as session:
            version = template_versions.add_version(
                session,
                kind,
                language,
                sha256=digest,
                source=TemplateSource.FOLDER,
                actor=actor,
                now=now,
            )
            if place.read() == content:  # nobody has put another one in use meanwhile
                template_versions.activate(session, version, actor=actor, now=now)
    return digest


def _refuse_faults(app: App, place: Place, report: Report) -> None:
    if report.is_usable:
        return
    faults = "\n".join(f"– {each}" for each in report.problems if each.fatal)
    raise InputError(
        f"the template cannot be used, so nothing was written with it:\n{faults}\n",
        where=str(place.file),
        todo="correct it in Word, then press Retry; or go back to the last good version at "
        f"{app.portal_url}/desk/templates/{place.kind.name}/{place.language}, then press Retry",
    )


def take_template(
    app: App, place: Place, content: bytes, *, note: str, actor: str
) -> tuple[TemplateVersion | None, Report]:
    """Check uploaded bytes and enter them as a version that is not active yet.

    Returns:
        The version, the known one for known bytes; None where they cannot be used. And what was
        found in them.
    """
    report = examine(app, place, content)
    if not report.is_usable:
        return None, report
    digest = template_files.keep(place.kept, content)
    with app.database.transaction() as session:
        version = template_versions.add_version(
            session,
            place.kind.name,
            place.language,
            sha256=digest,
            source=TemplateSource.UPLOAD,
            note=note,
            actor=actor,
            now=app.clock.now(),
        )
    return version, report


def put_in_use(app: App, place: Place, version: TemplateVersion, *, actor: str) -> Path | None:
    """Write new documents with this version: its bytes are put in the folder, then it is active.

    Killed in between, the next document finds the bytes there and makes the version active.

    Returns:
        Where bytes of the folder that were no version yet were saved; None where there were none.

    Raises:
        ConfigurationError: The folder cannot be written; everything stays as it was.
        TemplateError: What lies there cannot be read; likewise.
        NotFoundError: The version's bytes are gone.
    """
    content = template_files.read_kept(place.kept, version.sha256)
    aside = _save_unknown(app, place)
    template_files.put_in_place(place.file, content)
    with app.database.transaction() as session:
        found = session.get_one(TemplateVersion, version.id)
        template_versions.activate(session, found, actor=actor, now=app.clock.now())
    return aside


def _save_unknown(app: App, place: Place) -> Path | None:
    """Somebody's work in Word that was never used is not lost when another file takes its place."""
    if not place.file.exists():
        return None
    content = place.read()
    digest = sha256(content).hexdigest()
    with app.database.reading() as session:
        known = template_versions.find_version(
            session, place.kind.name, place.language, sha256=digest
        )
    return None if known else template_files.set_aside(place.file, content)
