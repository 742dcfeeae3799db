"""`acctflows doctor`: what it says of a good installation and of broken ones."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from docx import Document

from acctflows.app import App, load_app
from acctflows.cli import doctor
from acctflows.cli.health import (
    Finding,
    State,
    check_clock,
    check_disk,
    check_mail,
    check_mail_templates,
    check_pdf,
    check_seal,
    check_templates,
)
from acctflows.clock import utc_now
from acctflows.db.migrate import upgrade
from acctflows.documents.convert import libreoffice
from acctflows.documents.convert.choose import find_soffice
from acctflows.documents.convert.libreoffice import stop_libreoffice
from acctflows.documents.convert.size import listeners_here
from acctflows.errors import ConfigurationError
from acctflows.settings import Settings
from tests.conftest import missing
from tests.documents.sealing.samples import certificate_for
from tests.house import ROOT, free_ports
from tests.smtp_server import SmtpServer


def app_in(home: Path, **given: object) -> App:
    prefect, portal, smtp = free_ports(3)
    values: dict[str, object] = {
        "root": ROOT,
        "home": home / "var",
        "docs_out": home / "docs_out",
        "prefect_port": prefect,
        "portal_port": portal,
        "smtp_port": smtp,
        "pdf_engine": "none",
    }
    return App.from_settings(Settings(_env_file=None, **(values | given)))  # type: ignore[arg-type] — a test's shorthand


def found_by(app: App) -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor.examine(lambda: app)}


def test_a_new_installation_has_warnings_but_no_failure(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    upgrade(app.database)
    findings = found_by(app)
    app.database.close()

    assert {f.name for f in findings.values() if f.state is State.FAILURE} == set()
    assert findings["migrations"].state is State.OK
    assert findings["templates"].state is State.OK
    assert findings["mail"].todo.startswith("start “acctflows up --mailbox”")
    assert "acctflows up" in findings["Prefect"].todo


def test_an_old_schema_is_named_with_what_brings_it_up_to_date(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    upgrade(app.database)
    with app.database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = 'of-old'"))
    finding = found_by(app)["migrations"]
    app.database.close()
    assert finding.state is State.WARNING
    assert "acctflows up" in finding.todo


def test_missing_templates_are_named(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    (templates / "documents/contract/en.docx").unlink()
    (templates / "mail/contract_invitation/de/subject.txt").unlink()
    app = app_in(tmp_path, templates=templates)

    assert "contract/en.docx: The file is missing." in check_templates(app).words
    assert "contract_invitation/de/subject.txt" in check_mail_templates(app).words


def test_the_seal_is_made_and_said(tmp_path: Path) -> None:
    app = app_in(tmp_path, timestamp_url="https://tsa.example")
    finding = check_seal(app)
    assert finding.state is State.OK
    assert app.seal_key().fingerprint in finding.words
    assert "time stamps from https://tsa.example" in finding.words
    assert app.seal_certificates() == {app.seal_key().fingerprint}


def test_a_key_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    app.seal_key().source.chmod(0o644)
    finding = check_seal(app)
    assert finding.state is State.WARNING
    assert finding.todo.startswith("chmod 600 ")


def test_a_certificate_that_ends_soon_is_a_warning(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    soon = certificate_for(key, "Siegel", end=utc_now() + timedelta(days=59))
    file = tmp_path / "seal.p12"
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, soon, None, NoEncryption()))
    file.chmod(0o600)
    finding = check_seal(app_in(tmp_path, seal_pkcs12=file))
    assert (finding.state, finding.words[:13]) == (State.WARNING, "58 days left:")
    assert "ACCTFLOWS_SEAL_PKCS12" in finding.todo


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs_out").mkdir()
    (tmp_path / "docs_out" / ".doctor").mkdir()  # whoever runs the test, this cannot be written
    finding = check_disk(app_in(tmp_path))
    assert finding.state is State.FAILURE
    assert "docs_out" in finding.words


def test_a_template_that_may_look_different_elsewhere_is_a_warning(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    file = templates / "documents/contract/de.docx"
    document = Document(str(file))
    document.add_paragraph().add_run("Gruß").font.name = "Arial"
    document.save(str(file))
    finding = check_templates(app_in(tmp_path, templates=templates))
    assert finding.state is State.WARNING
    assert "contract/de.docx: " in finding.words
    assert "The typeface Arial does not come with acctflows" in finding.words


@contextmanager
def server_whose_clock_shows(at: datetime) -> Iterator[str]:
    """The address of a server that tells this time in every answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", format_datetime(at, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, State.OK), (20, State.WARNING), (600, State.FAILURE)]
)
def test_a_clock_is_compared_with_that_of_another_machine(
    tmp_path: Path, seconds: int, state: State
) -> None:
    with server_whose_clock_shows(utc_now() + timedelta(seconds=seconds)) as address:
        app = app_in(tmp_path, prefect_host="192.0.2.1")
        finding = check_clock(replace(app, prefect_api_url=address))
        app.database.close()
    assert finding.state is state
    assert "s apart from Prefect" in finding.words


def test_a_server_on_this_machine_proves_nothing_about_its_clock(tmp_path: Path) -> None:
    with server_whose_clock_shows(utc_now() + timedelta(days=1)) as address:
        app = app_in(tmp_path)
        finding = check_clock(replace(app, prefect_api_url=address))
        app.database.close()
    assert finding.state is State.OK
    assert "no server on another machine to compare it with" in finding.words


def test_a_broken_libreoffice_is_named_with_the_engine_that_prints_instead(tmp_path: Path) -> None:
    app = app_in(tmp_path, pdf_engine="auto", soffice=Path("/bin/true"))
    finding = check_pdf(app)
    assert finding.state is State.WARNING
    assert finding.words.startswith("Printed by dxpdf instead. LibreOffice ")
    stop_libreoffice(app.home)


def test_an_engine_asked_for_by_name_that_does_not_work_is_a_failure(tmp_path: Path) -> None:
    app = app_in(tmp_path, pdf_engine="libreoffice", soffice=Path("/bin/true"))
    finding = found_by(app)["PDF"]
    app.database.close()
    assert finding.state is State.FAILURE
    stop_libreoffice(app.home)


@pytest.mark.libreoffice
def test_a_page_is_printed(tmp_path: Path) -> None:
    if find_soffice(None) is None:
        missing("LibreOffice")
    app = app_in(tmp_path, pdf_engine="auto")
    finding = check_pdf(app)
    stop_libreoffice(app.home)
    assert finding.state is State.OK
    assert finding.words == f"libreoffice, up to {listeners_here()} documents at the same time"


@pytest.mark.libreoffice
def test_a_libreoffice_that_cannot_be_kept_at_hand_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_soffice(None) is None:
        missing("LibreOffice")
    monkeypatch.setattr(libreoffice, "find_office_python", lambda _program: None)
    finding = check_pdf(app_in(tmp_path, pdf_engine="libreoffice"))
    assert finding.state is State.WARNING
    assert "no Python has its module uno" in finding.words


def test_an_unreadable_profile_is_the_one_finding() -> None:
    def load() -> App:
        raise ConfigurationError("colour: wrong", where="agency.yaml", todo="correct these fields")

    (finding,) = doctor.examine(load)
    assert (finding.state, finding.todo) == (State.FAILURE, "correct these fields")


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of an installation whose mail server cannot be reached."""
    smtp, prefect, portal = free_ports(3)
    settings = {
        "HOME": tmp_path / "var",
        "ROOT": ROOT,
        "DOCS_OUT": tmp_path / "docs_out",
        "PREFECT_PORT": prefect,
        "PORTAL_PORT": portal,
        "SMTP_PORT": smtp,
        "SMTP_USER": "lena",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ACCTFLOWS_{name}", str(value))
    load_app.cache_clear()
    yield
    load_app().database.close()
    load_app.cache_clear()


def test_machines_get_json_and_an_exit_code(away: None, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        doctor.doctor(as_json=True)

    assert ended.value.code == 1
    findings = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert findings["agency.yaml"]["state"] == "ok"
    assert findings["mail"]["state"] == "failure"


def test_a_password_no_mail_server_can_be_told_is_named(tmp_path: Path) -> None:
    with SmtpServer() as server:
        app = app_in(tmp_path, smtp_port=server.port, smtp_user="lena", smtp_password="Grüße-123")
        finding = check_mail(app)
        app.database.close()
    assert finding.state is State.FAILURE
    assert "umlauts" in finding.words
    assert "ACCTFLOWS_SMTP_USER, _PASSWORD" in finding.todo


def test_a_survey_with_a_missing_text_is_named(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    file = templates / "surveys" / "project.yaml"
    file.write_text(file.read_text("utf-8").replace("en: How was working with us?", ""), "utf-8")
    app = app_in(tmp_path, templates=templates)
    found = found_by(app)["surveys"]
    app.database.close()
    assert found.state is State.FAILURE
    assert "title: the text in “en” is missing" in found.words


def test_a_wrong_word_in_a_letter_is_named(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    file = templates / "dunning" / "standard.yaml"
    text = file.read_text("utf-8").replace("vor dem {day}", "vor dem {tag}")
    file.write_text(text, "utf-8")
    app = app_in(tmp_path, templates=templates)
    found = found_by(app)["reminders"]
    app.database.close()
    assert found.state is State.FAILURE
    assert "standard.yaml: levels.1.text.de.closing:" in found.words
    assert "“{tag}” is not known; there are {invoices} and {day}" in found.words
