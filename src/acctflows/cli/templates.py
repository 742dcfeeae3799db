"""``acctflows template``: whether the Word templates can be used, and which version is."""

import getpass
import os
import socket
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal

import cyclopts
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acctflows.app import load_app
from acctflows.cli.opening import open_app
from acctflows.clock import Clock
from acctflows.db.models.templates import TemplateVersion
from acctflows.documents.checking import Asked, check_apart
from acctflows.documents.fonts import install_fonts
from acctflows.documents.kinds import LANGUAGES, WORD_KINDS
from acctflows.documents.lint import Report
from acctflows.documents.pages import page_pictures
from acctflows.documents.saying import part_in
from acctflows.documents.template_versions import list_versions
from acctflows.errors import AcctflowsError, ConfigurationError, InputError, NotFoundError
from acctflows.word_templates import SAMPLES, Place, asked, put_in_use

app = cyclopts.App(name="template", help="The Word templates of the documents.")

Language = Literal["de", "en"]
_WORDS = {
    "de": {
        "ok": "in Ordnung",
        "asks": "Werte, die sie verlangt",
        "done": "{all} Vorlagen geprüft, {bad} nicht verwendbar.",
    },
    "en": {
        "ok": "ok",
        "asks": "values it asks for",
        "done": "{all} templates checked, {bad} cannot be used.",
    },
}


@app.command
def check(
    *files: Path,
    kind: str = "",
    language: Language | None = None,
    variables: bool = False,
    render: Path | None = None,
) -> None:
    """Say everything that is wrong with Word templates; ends with 1 if one cannot be used.

    A template in its kind's folder, such as contract/de.docx, is also filled with sample data.

    Args:
        files: The templates; all of the agency's when none is named.
        kind: The kind of document they are for, where their folders do not say it.
        language: Of the answer: de or en; the agency's own when not given.
        variables: Also list every value a template asks for, by its whole path.
        render: Where to put the filled sample of the one file: as .docx, .pdf or .png (each page).
    """
    if render and len(files) != 1:
        raise InputError("a sample is made of one template", todo="name one file")
    chosen = files or sorted(load_app().templates.glob("documents/*/*.docx"))
    spoken = language or _own_language()
    reports = check_apart([_asked(file, kind, spoken) for file in chosen])
    for file, report in zip(chosen, reports, strict=True):
        print("\n".join(_told(file, report, spoken, variables=variables)))
    unusable = sum(not report.is_usable for report in reports)
    print(_WORDS[spoken]["done"].format(all=len(chosen), bad=unusable))
    if render and reports[0].filled:
        _write_sample(render, reports[0].filled)
    if unusable or not chosen:
        sys.exit(1)


@app.command(name="list")
def list_templates() -> None:
    """Show every template's versions: which is in use since when, and who brought it."""
    house = open_app()
    table = Table("Template", "Version", "Added", "By", "In use")
    with house.database.reading() as session:
        for kind, language in product(WORD_KINDS, LANGUAGES):
            for version in list_versions(session, kind, language):
                added = f"{house.clock.local(version.added_at):%Y-%m-%d %H:%M}"
                table.add_row(
                    f"{kind}/{language}",
                    str(version.number),
                    added,
                    escape(version.added_by),
                    _use(house.clock, version),
                )
    Console().print(table)


def _use(clock: Clock, version: TemplateVersion) -> str:
    """Since when it is in use, or from when to when it was last."""
    if version.active_since is None:
        return "never"
    ends = (version.active_since, version.ended_at)
    first, last = (f"{clock.local(each):%Y-%m-%d %H:%M}" if each else "" for each in ends)
    return f"{first} – {last}" if last else f"since {first}"


@app.command
def activate(template: str, number: int) -> None:
    """Write new documents with a version from now on; an earlier one, to go back to it.

    Args:
        template: Kind and language, such as contract/de.
        number: Of the version, as “acctflows template list” shows it.
    """
    house = open_app()
    place = Place.named(house, f"{template.removesuffix('.docx')}.docx")
    with house.database.reading() as session:
        versions = list_versions(session, place.kind.name, place.language)
    found = next((each for each in versions if each.number == number), None)
    if found is None:
        raise NotFoundError(
            f"{template} has no version {number}", todo="see `acctflows template list`"
        )
    aside = put_in_use(house, place, found, actor=f"{getpass.getuser()}@{socket.gethostname()}")
    print(f"New documents are written with version {number} of {template} from now on.")
    if aside:
        print(f"What lay there and was never used is now {aside}")


def _own_language() -> Language:
    """The agency's; outside of an installation, what the shell speaks."""
    try:
        return load_app().agency.language
    except AcctflowsError:
        return "de" if os.environ.get("LANG", "").startswith("de") else "en"


def _asked(file: Path, kind: str, spoken: str) -> Asked:
    name = kind or file.resolve().parent.name
    if kind and kind not in SAMPLES:
        raise InputError(f"“{kind}” is no kind of document made in Word", todo=_kinds())
    of_kind = name in SAMPLES and (kind or file.stem in ("de", "en"))
    if not of_kind:
        return Asked(file)
    language = file.stem if file.stem in ("de", "en") else spoken
    return asked(file, name, language, lambda: install_fonts(load_app().home))


def _kinds() -> str:
    return f"use one of: {', '.join(SAMPLES)}"


def _told(file: Path, report: Report, language: str, *, variables: bool) -> Iterator[str]:
    words = _WORDS[language]
    yield f"{file}: {words['ok'] if report.is_usable else ''}".rstrip()
    for problem in report.problems:
        yield f"  {'✗' if problem.fatal else '!'} {problem.text(language)}"
    if variables and report.variables:
        yield f"  {words['asks']}:"
        for path, parts in report.variables.items():
            yield f"    {path} ({', '.join(part_in(language, part) for part in parts)})"


def _write_sample(target: Path, filled: bytes) -> None:
    """The filled sample, in the form its name ends with."""
    if target.suffix == ".docx":
        target.write_bytes(filled)
        return
    if target.suffix not in (".pdf", ".png"):
        raise InputError(
            f"no sample can be made as “{target.name}”", todo="end it with .docx, .pdf or .png"
        )
    printer = load_app().printer()
    try:
        printed = printer.print(filled)
    finally:
        printer.close()
    if not printed.content:
        raise ConfigurationError(printed.note, todo="ask for .docx")
    if target.suffix == ".pdf":
        target.write_bytes(printed.content)
        return
    for number, page in enumerate(page_pictures(printed.content), start=1):
        target.with_stem(f"{target.stem}-{number}").write_bytes(page)
