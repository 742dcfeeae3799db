"""``acctflows document …``: what was made, what became of it, and whether it is still as it was."""

import re
import sys
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from acctflows.app import App
from acctflows.cli.opening import open_app
from acctflows.contracts.checking import check_terms
from acctflows.db.models.documents import AuditEntry, DocumentVersion, VersionState
from acctflows.documents import audit, register
from acctflows.documents.agreement import check_register
from acctflows.documents.chain import Anchor
from acctflows.documents.filed import check_files, check_templates
from acctflows.documents.versions import subject
from acctflows.errors import InputError

app = cyclopts.App(name="document", help="The documents: list, history, and whether all is intact.")


@app.command
def verify(*, anchor: str = "") -> None:
    """Check audit trail, register, documents and templates; ends with 1 if one was altered.

    Args:
        anchor: What an earlier check called its anchor (such as 120:9f86d0…), kept outside of this
            machine. It unmasks even somebody who rewrote the trail with all rights.
    """
    application = open_app()
    noted = _read_anchor(anchor) if anchor else None
    with application.database.reading() as session:
        trail = audit.verify(session, anchor=noted)
        files = check_files(session, application.docs_out)
        templates = check_templates(session, application.templates_kept)
    with application.database.reading() as session:
        compared = check_register(session) if trail.fault is None else None
        terms = check_terms(session) if trail.fault is None else []
    _print_trail_report(trail)
    faults = [*(compared.faults if compared else ()), *terms, *files.faults, *templates.faults]
    for fault in faults:
        print(fault)
    if compared:
        said = f"{len(compared.faults) + len(terms)} differences from the audit trail"
        print(f"{compared.checked} documents and versions compared, {said}.")
    for what, report in (("filed documents", files), ("kept templates", templates)):
        print(f"{report.checked} {what} checked, {len(report.faults)} missing or changed.")
    print(f"Anchor: {trail.intact.seq}:{trail.intact.hash}")
    if trail.fault or faults:
        sys.exit(1)


@app.command(name="list")
def list_documents(
    *,
    state: VersionState | None = None,
    limit: Annotated[int, Parameter(name=["--limit", "-n"])] = 50,
) -> None:
    """List the newest documents with the state of their newest version.

    Args:
        state: Only documents whose newest version is in this state.
        limit: How many.
    """
    application = open_app()
    with application.database.reading() as session:
        newest = register.newest_versions(session, state=state, limit=limit)
        if not newest:
            print("There is no such document." if state else "There is no document yet.")
            return
        Console().print(_table(application, newest))


@app.command
def show(number: str) -> None:
    """Show a document: its versions, the decisions about them, and all that happened to it.

    Args:
        number: Such as V-2026-0001.
    """
    application = open_app()
    with application.database.reading() as session:
        document = register.find_document(session, number)
        print(f"{document.number}  {document.title}")
        print(f"{document.client.number}  {document.client.legal_name}")
        for version in document.versions:
            _print_version(version)
        _print_trail(application, audit.trail(session, subject(document)))


def _read_anchor(text: str) -> Anchor:
    found = re.fullmatch(r"(\d+):([0-9a-f]{64})", text)
    if found is None:
        raise InputError(
            f"“{text}” is no anchor", where="--anchor", todo="give it as verify prints it"
        )
    return Anchor(int(found[1]), found[2])


def _print_trail_report(report: audit.AuditReport) -> None:
    if report.fault is None:
        print(f"The audit trail is intact: {report.intact.seq} entries.")
        return
    print(f"The audit trail was altered: {report.fault.detail}.")
    print(f"All is well up to entry {report.intact.seq}.")
    print("The register was not compared: an altered trail is no witness.")


def _table(application: App, newest: list[DocumentVersion]) -> Table:
    table = Table("number", "client", "title", "version", "state", "since")
    for version in newest:
        document = version.document
        since = f"{application.clock.local(version.created_at):%Y-%m-%d}"
        row = (document.number, document.client.legal_name, document.title)
        table.add_row(*row, str(version.version), version.state, since)
    return table


def _print_version(version: DocumentVersion) -> None:
    print(f"\nVersion {version.version}: {version.state}, drafted by {version.created_by}")
    for path, sha256 in (
        (version.docx_path, version.docx_sha256),
        (version.pdf_path, version.pdf_sha256),
    ):
        if path:
            print(f"  {path}  SHA-256 {sha256}")
    if version.pdf_note:
        print(f"  {version.pdf_note}")
    if version.approval and version.approval.decision:
        print(f"  {version.approval.decision}, says {version.approval.decided_by}")
    if version.decision:
        given = version.decision
        print(f"  {given.outcome}, says {', '.join(filter(None, (given.name, given.function)))}")


def _print_trail(application: App, trail: list[AuditEntry]) -> None:
    print(f"\nWhat happened ({application.clock.zone}):")
    for entry in trail:
        moment = application.clock.local(entry.at)
        print(f"  {moment:%Y-%m-%d %H:%M:%S}  {entry.event:20}  {entry.actor}")
        for name, fact in entry.data.items():
            if fact != "":
                print(f"      {name}: {fact}")
