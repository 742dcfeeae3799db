"""What clients are called and what they write arrives literally, from the records to the desk."""

import html
import re
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.app import App
from acctflows.contracts.drafting import draft_contract
from acctflows.contracts.job import JOB
from acctflows.contracts.presenting import must_appear, word_context
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.contracts.terms import ContractTerms
from acctflows.db.models.agency import Project
from acctflows.db.models.desk import Role
from acctflows.db.models.documents import ApprovalDecision, ClientDecision, DocumentVersion
from acctflows.db.session import Database
from acctflows.dispatch.closing import close_decision
from acctflows.dispatch.sending import queue_invitation
from acctflows.documents import approval, audit, register
from acctflows.documents.acceptance import LONGEST
from acctflows.documents.convert.choose import find_soffice
from acctflows.documents.pdfcheck import check_pdf
from acctflows.documents.store import document_path, write_once
from acctflows.documents.word import render_word
from tests.conftest import missing
from tests.contracts.variants import read_word
from tests.factories import TODAY, make_client, make_contact, make_project
from tests.flows.test_mail_faults import SignIn
from tests.portal.world import Hand, make_app
from tests.smtp_server import Accepted, SmtpServer

MARKS = """& < > " ' {{ 7*7 }} {% if x %} {# y #} <b>fett</b> </w:t></w:r> &amp; ]]> \\ $1 %s"""
SCRIPTS = "🚀 👩‍💻 שלום Щукина Łódź „Größe“"
CONTROL = "\x08\x1b\x7f"
CLIENT = f"Müller {MARKS} {SCRIPTS} GmbH"
TITLE = f"Relaunch {MARKS} {SCRIPTS}"
FAMILY = f"Brünning {MARKS[:40]} {SCRIPTS}"
FUNCTION = f"Chefin {MARKS[:40]} {SCRIPTS}"
LONG = ("Lang & breit <i>wird</i> es {{ hier }}. " * 256)[:10_000].strip()
REASON = (f"Zu teuer: {MARKS} {SCRIPTS}\nund zu lang. " * 40)[: LONGEST["reason"] - 10].strip()


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture(params=["dxpdf", pytest.param("libreoffice", marks=pytest.mark.libreoffice)])
def app(  # noqa: PLR0917 — pytest passes them by name
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database: Database,
    agency: AgencyProfile,
    hand: Hand,
    server: SmtpServer,
) -> App:
    if request.param == "libreoffice" and find_soffice(None) is None:
        missing("LibreOffice")
    mail = {"smtp_port": server.port, "smtp_timeout_seconds": 5}
    return make_app(tmp_path, database, agency, hand, pdf_engine=request.param, **mail)


def test_hostile_words_arrive_literally_everywhere(
    app: App, server: SmtpServer, browser: httpx.Client, signed_in: SignIn
) -> None:
    with app.database.transaction() as session:
        version_id = _draft(session, app).id
    word, pdf = _make_document(app, version_id)
    text = "\n".join(read_word(word))
    assert [word for word in (CLIENT, TITLE, FAMILY, FUNCTION, LONG) if word not in text] == []
    assert check_pdf(pdf, must_appear=[CLIENT, TITLE, FAMILY, FUNCTION, LONG]).problems == ()

    desk = signed_in(Role.MANAGER)
    _assert_seen(desk.get(f"/desk/approvals/{version_id}").text, CLIENT, TITLE)
    _approve_and_invite(app, version_id, pdf)
    app.sweep_outbox()
    [invitation] = server.accepted
    _assert_in_mail(invitation, CLIENT, TITLE)
    assert TITLE in str(_read(invitation)["Subject"])

    address = re.search(r"/d/[\w-]+", _plain(invitation))
    assert address
    _assert_seen(browser.get(address[0]).text, CLIENT, TITLE)
    _decline(browser, address[0])
    _assert_seen(browser.get(address[0]).text, TITLE, FAMILY, *REASON.splitlines())

    _close(app, pdf)
    app.sweep_outbox()
    news = server.accepted[-1]
    _assert_in_mail(news, CLIENT, TITLE, FAMILY, FUNCTION, *REASON.splitlines())
    _assert_seen(desk.get("/desk/").text, CLIENT)
    number = f"V-{TODAY.year}-0001"
    document = desk.get(f"/desk/documents/{number}").text
    _assert_seen(document, CLIENT, TITLE, FAMILY, *REASON.splitlines())
    with app.database.reading() as session:
        assert audit.verify(session).fault is None


def _draft(session: Session, app: App) -> DocumentVersion:
    client = make_client(session, legal_name=CLIENT + CONTROL)
    make_contact(session, client, family_name=FAMILY + CONTROL, function=FUNCTION + CONTROL)
    project: Project = make_project(session, client=client, title=TITLE + CONTROL, goal=LONG)
    return draft_contract(
        session,
        agency=app.agency,
        project=project,
        terms=ContractTerms(special_agreements=LONG),
        actor="lena",
        now=app.clock.now(),
        today=TODAY,
    )


def _make_document(app: App, version_id: int) -> tuple[bytes, bytes]:
    """Word file and PDF, filed and registered as the run does it."""
    with app.database.reading() as session:
        version = session.get_one(DocumentVersion, version_id)
        document, snapshot = version.document, ContractSnapshot.model_validate(version.snapshot)
        rendered = render_word(
            app.templates / "documents" / version.template_name,
            word_context(snapshot, version=version.version),
            created=version.created_at,
            title=f"{document.number} · {document.title}",
            author=app.agency.legal_name,
        )
        client = document.client.number
    with closing(app.printer()) as printer:
        printed = printer.print(rendered.content)
    pdf = printed.content
    report = check_pdf(pdf, must_appear=must_appear(snapshot))
    assert report.problems == ()
    files = {}
    for suffix, content in (("docx", rendered.content), ("pdf", pdf)):
        path = document_path(client, TODAY.year, snapshot.number, 1, suffix)
        files |= {f"{suffix}_path": path}
        files |= {f"{suffix}_sha256": write_once(app.docs_out, path, content)}
    with app.database.transaction() as session:
        register.record_files(
            session,
            session.get_one(DocumentVersion, version_id),
            template_sha256=rendered.template_sha256,
            pdf_engine=printed.engine,
            pdf_note="",
            pages=report.pages,
            actor="lena",
            now=app.clock.now(),
            **files,
        )
        version = session.get_one(DocumentVersion, version_id)
        approval.ask_approval(session, version, actor="lena", now=app.clock.now())
    return rendered.content, pdf


def _approve_and_invite(app: App, version_id: int, pdf: bytes) -> None:
    now = app.clock.now()
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        approval.decide_approval(
            session,
            version,
            decision=ApprovalDecision.APPROVE,
            sha256=version.shown_sha256,
            by="lena",
            comment="",
            now=now,
        )
        queue_invitation(
            session,
            version,
            job=JOB,
            office=app.office,
            now=now,
            attach_pdf=pdf,
        )


def _decline(browser: httpx.Client, address: str) -> None:
    typed = {"name": FAMILY + CONTROL, "function": FUNCTION + CONTROL, "reason": REASON + CONTROL}
    fields = {"decision": "decline", "lang": "de", **typed}
    assert browser.post(address, data=fields).status_code == 303


def _close(app: App, pdf: bytes) -> None:
    with app.database.transaction() as session:
        close_decision(
            session,
            session.scalars(select(ClientDecision)).one(),
            job=JOB,
            office=app.office,
            pdf=pdf,
            now=app.clock.now(),
        )


def _read(mail: Accepted) -> EmailMessage:
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _body(mail: Accepted, kind: str) -> str:
    body = _read(mail).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def _plain(mail: Accepted) -> str:
    return _body(mail, "plain")


def _assert_in_mail(mail: Accepted, *words: str) -> None:
    plain = _plain(mail)
    assert [word for word in words if word not in plain] == []
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", plain)
    _assert_seen(_body(mail, "html"), *words)


def _assert_seen(page: str, *words: str) -> None:
    """A reader of the page sees these words: between its tags, in whatever lines."""
    seen = _squeezed(html.unescape(re.sub(r"<[^>]*>", "", page)))
    assert [word for word in words if _squeezed(word) not in seen] == []


def _squeezed(text: str) -> str:
    return " ".join(text.split())
