"""The checks of ``acctflows doctor``: each looks at one part and says what it found."""

import shutil
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import partial
from io import BytesIO
from pathlib import Path

import httpx
import sqlalchemy as sa
from docx import Document

from acctflows.app import App
from acctflows.clock import utc_now
from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.installation import WORK_POOL, port_is_free
from acctflows.clockwork.parts import answers
from acctflows.db.migrate import is_current, is_empty
from acctflows.dispatch.signing_policy import load_signing_policy
from acctflows.documents.checking import check_apart
from acctflows.documents.convert import Converter
from acctflows.documents.convert.libreoffice import LibreOfficeConverter
from acctflows.documents.fonts import SHIPPED_FACES, install_fonts
from acctflows.documents.kinds import LANGUAGES, WORD_KINDS
from acctflows.documents.pdfcheck import check_pdf as look_into_pdf
from acctflows.documents.sealing.certificate import WARNING_DAYS
from acctflows.documents.sealing.roots import read_roots
from acctflows.errors import AcctflowsError, NotFoundError
from acctflows.receivables.follow_up.follow_up_rules import load_rules
from acctflows.satisfaction.questionnaire import load_questionnaire
from acctflows.settings import unknown_settings
from acctflows.word_templates import asked

SCARCE_BYTES, TOO_LITTLE_BYTES = 2_000_000_000, 200_000_000
CLOCK_WARNING, CLOCK_FAILURE = 5, 60
"""Seconds two clocks may differ."""


_PAGE = "Prüfseite – 1.190,00 €"


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """What a check found, and what to do."""

    name: str
    state: State
    words: str
    todo: str = ""


def check_settings(_app: App) -> Finding:
    """Whether every setting that is given is one."""
    if unknown := unknown_settings():
        words = f"unknown, so without effect: {', '.join(unknown)}"
        return Finding("settings", State.WARNING, words, "correct the names in .env")
    return Finding("settings", State.OK, "every name is known")


def check_database(app: App) -> Finding:
    """Whether the database can be reached and written."""
    url = app.database.engine.url.render_as_string(hide_password=True)
    try:
        with app.database.transaction() as session:
            session.execute(sa.select(1))
    except (sa.exc.SQLAlchemyError, AcctflowsError) as error:
        said = error.what if isinstance(error, AcctflowsError) else str(error)
        words = f"{url}: {said.splitlines()[0]}"
        return Finding("database", State.FAILURE, words, "check ACCTFLOWS_DATABASE_URL")
    return Finding("database", State.OK, url)


def check_migrations(app: App) -> Finding:
    """Whether the database has the newest schema."""
    if is_current(app.database):
        return Finding("migrations", State.OK, "the schema is up to date")
    if is_empty(app.database):
        return Finding("migrations", State.OK, "an empty database; it is set up on first use")
    todo = "“acctflows up” brings it up to date; make a backup first"
    return Finding("migrations", State.WARNING, "the schema is not the newest", todo)


def check_templates(app: App) -> Finding:
    """Whether every kind made in Word has a template in every language that can be filled."""
    wanted = [(kind, language) for kind in WORD_KINDS.values() for language in LANGUAGES]
    fonts = partial(install_fonts, app.home)
    checked = check_apart(
        [
            asked(kind.template(app.templates, language), kind.name, language, fonts)
            for kind, language in wanted
        ]
    )
    problems = [
        (kind.template_name(language), problem)
        for (kind, language), found in zip(wanted, checked, strict=True)
        for problem in found.problems
    ]
    if problems:
        unusable = any(problem.fatal for _, problem in problems)
        words = "\n".join(f"{name}: {problem}" for name, problem in problems)
        state = State.FAILURE if unusable else State.WARNING
        return Finding("templates", state, words, "acctflows template check")
    return Finding("templates", State.OK, f"{len(WORD_KINDS) * len(LANGUAGES)} can be filled")


def check_mail_templates(app: App) -> Finding:
    """Whether every mail has its three templates in every language."""
    folders = [path for path in sorted((app.templates / "mail").glob("*")) if path.is_dir()]
    missing = [
        f"{folder.name}/{language}/{part}"
        for folder in folders
        for language in LANGUAGES
        for part in ("subject.txt", "body.txt", "body.html")
        if not (folder / language / part).exists()
    ]
    if missing or not folders:
        words = f"missing: {', '.join(missing) or 'all'}"
        todo = f"copy them from the distribution to {app.templates / 'mail'}"
        return Finding("mail templates", State.FAILURE, words, todo)
    return Finding(
        "mail templates", State.OK, f"{len(folders)} mails in {len(LANGUAGES)} languages"
    )


def check_surveys(app: App) -> Finding:
    """Whether every survey has its questions and texts in every language."""
    files = sorted((app.templates / "surveys").glob("*.yaml"))
    for file in files:
        load_questionnaire(file)
    app.survey()  # the one that is sent, which must be there
    return Finding("surveys", State.OK, f"{len(files)} can be sent")


def check_reminders(app: App) -> Finding:
    """Whether the policy, texts and laws of reminders can be followed."""
    rules = load_rules(app.templates, app.agency)
    laws = ", ".join(sorted(rules.laws)) or "none, so no interest is shown"
    words = f"{rules.policy.last_level} levels; law on late payment: {laws}"
    return Finding("reminders", State.OK, words)


def check_signing(app: App) -> Finding:
    """Whether the policy of codes and reminders for signers can be followed."""
    documents = load_signing_policy(app.templates).documents
    words = ", ".join(f"{kind}: code {each.mail_code}" for kind, each in documents.items())
    return Finding("signing", State.OK, words)


def check_fonts(app: App) -> Finding:
    """Whether the installation's typefaces are there."""
    install_fonts(app.home)
    return Finding("fonts", State.OK, ", ".join(sorted(SHIPPED_FACES)))


def check_pdf(app: App) -> Finding:
    """Whether a page can be printed, by which engine, and whether that is kept at hand."""
    with closing(app.printer()) as printer:
        if not printer.engines:
            todo = "install LibreOffice, or set ACCTFLOWS_PDF_ENGINE=auto"
            return Finding("PDF", State.WARNING, "no engine: documents go out as Word files", todo)
        printed = printer.print(_page())
        if not printed.content:
            return Finding("PDF", State.WARNING, printed.note, "mend or install LibreOffice")
        report = look_into_pdf(printed.content, must_appear=[_PAGE])
        if report.problems:
            words = f"{printed.engine}: {' '.join(report.problems)}"
            return Finding("PDF", State.FAILURE, words, "install LibreOffice anew")
        if printed.note:
            todo = "mend LibreOffice, or install it anew"
            return Finding("PDF", State.WARNING, printed.note, todo)
        return _about_engine(printer.engines[0])


def _about_engine(engine: Converter) -> Finding:
    """What there is to say of an engine that prints."""
    if not isinstance(engine, LibreOfficeConverter):
        return Finding("PDF", State.WARNING, engine.name, "install LibreOffice for the best pages")
    if not engine.can_be_kept:
        words = f"{engine.name}, started anew for each document: no Python has its module uno"
        return Finding("PDF", State.WARNING, words, "install the package python3-uno")
    at_once = f"up to {engine.listeners} documents at the same time"
    return Finding("PDF", State.OK, f"{engine.name}, {at_once}")


def _page() -> bytes:
    """A Word file with one line."""
    page, packed = Document(), BytesIO()
    page.add_paragraph(_PAGE)
    page.save(packed)
    return packed.getvalue()


def check_seal(app: App) -> Finding:
    """Whether accepted documents can be sealed, and for how long; makes the seal where none is."""
    seal_key = app.seal_key()
    app.seal_certificates()  # one that cannot be read is said
    read_roots(app.trusted_roots)
    until = seal_key.certificate.not_valid_after_utc
    days = seal_key.days_left(utc_now())
    service = app.timestamps()
    stamps = f"time stamps from {service.url}" if service else "without time stamps"
    words = f"{seal_key.holder}, until {until:%Y-%m-%d}, {stamps}; SHA-256 {seal_key.fingerprint}"
    if seal_key.source.stat().st_mode & 0o077:
        todo = f"chmod 600 {seal_key.source}"
        return Finding("seal", State.WARNING, "others on this machine can read its key", todo)
    if days < WARNING_DAYS:
        todo = "get a new certificate and name it in ACCTFLOWS_SEAL_PKCS12"
        return Finding("seal", State.WARNING, f"{days} days left: {words}", todo)
    return Finding("seal", State.OK, words)


def check_mail(app: App) -> Finding:
    """Whether the mail server lets us in; nothing is sent."""
    settings = app.settings
    where = f"{settings.smtp_host}:{settings.smtp_port} ({settings.smtp_security})"
    mailer = app.mailer()
    try:
        mailer.connect()
    except AcctflowsError as error:
        local = settings.smtp_host == "127.0.0.1" and not settings.smtp_user
        if local and port_is_free("127.0.0.1", settings.smtp_port):
            todo = "start “acctflows up --mailbox”, or set ACCTFLOWS_SMTP_HOST for real mail"
            return Finding("mail", State.WARNING, f"nothing listens on {where}", todo)
        return Finding("mail", State.FAILURE, f"{where}: {error.what}", error.todo)
    finally:
        mailer.close()
    signed_in = f", signed in as {settings.smtp_user}" if settings.smtp_user else ""
    return Finding("mail", State.OK, f"{where} answers{signed_in}")


def check_prefect(app: App) -> Finding:
    """Whether Prefect's server answers."""
    api = PrefectApi(app.prefect_api_url, timeout=5)
    try:
        if not api.healthy():
            words = f"{app.prefect_api_url} does not answer"
            return Finding("Prefect", State.WARNING, words, "“acctflows up” starts it")
        version = api.request("GET", "/admin/version")
    finally:
        api.close()
    return Finding("Prefect", State.OK, f"{app.prefect_ui_url} answers, version {version}")


def check_worker(app: App) -> Finding:
    """Whether runs that are due are carried out."""
    api = PrefectApi(app.prefect_api_url, timeout=5)
    pool = f"/work_pools/{WORK_POOL}"
    online = {"workers": {"status": {"any_": ["ONLINE"]}}}
    try:
        if not api.healthy():
            return Finding("worker", State.WARNING, "it waits for Prefect", "")
        if api.request("GET", pool)["is_paused"]:
            todo = f"press Resume at {app.prefect_ui_url}/v2/work-pools/work-pool/{WORK_POOL}"
            return Finding("worker", State.WARNING, "the work pool is paused: runs wait", todo)
        names = [entry["name"] for entry in api.request("POST", f"{pool}/workers/filter", online)]
    except NotFoundError:
        names = []
    finally:
        api.close()
    if not names:
        return Finding("worker", State.FAILURE, "none is online: runs wait", "“acctflows up”")
    return Finding("worker", State.OK, ", ".join(names))


def check_ports(app: App) -> Finding:
    """Whether the ports are ours or free."""
    settings = app.settings
    prefect = app.prefect_api_url + "/health"
    portal = f"http://{settings.portal_host}:{settings.portal_port}/health"
    wanted = (
        ("ACCTFLOWS_PREFECT_PORT", settings.prefect_host, settings.prefect_port, prefect),
        ("ACCTFLOWS_PORTAL_PORT", settings.portal_host, settings.portal_port, portal),
    )
    taken = [
        f"{name}={port}"
        for name, host, port, url in wanted
        if not port_is_free(host, port) and not answers(url)
    ]
    if taken:
        words = f"used by another program: {', '.join(taken)}"
        return Finding("ports", State.FAILURE, words, "choose others in .env")
    return Finding("ports", State.OK, ", ".join(str(port) for _, _, port, _ in wanted))


def check_disk(app: App) -> Finding:
    """Whether there is room for databases and documents, and whether we may write there."""
    places = (app.home, app.docs_out)
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        probe = place / ".doctor"
        try:
            probe.write_bytes(b"acctflows")
            probe.unlink()
        except OSError as error:
            return Finding("disk", State.FAILURE, f"{place}: {error.strerror}", "mend its rights")
    free = min(shutil.disk_usage(place).free for place in places)
    words = f"{free / 1e9:.1f} GB free"
    if free < SCARCE_BYTES:
        state = State.FAILURE if free < TOO_LITTLE_BYTES else State.WARNING
        return Finding("disk", state, words, f"make room beside {_shortest(places)}")
    return Finding("disk", State.OK, words)


def check_clock(app: App) -> Finding:
    """Whether this machine's clock agrees with those of other machines it works with.

    A server on this machine has the same clock, so its answer proves nothing.
    """
    now = f"{app.clock.local(app.clock.now()):%d.%m.%Y, %H:%M %Z}"
    moments = {"database": _database_time(app), "Prefect": _prefect_time(app)}
    apart = {name: abs((utc_now() - at).total_seconds()) for name, at in moments.items() if at}
    if not apart:
        words = f"{now}; no server on another machine to compare it with"
        return Finding("clock", State.OK, words)
    worst = max(apart.values())
    words = ", ".join(f"{seconds:.0f} s apart from {name}" for name, seconds in apart.items())
    if worst > CLOCK_WARNING:
        state = State.FAILURE if worst > CLOCK_FAILURE else State.WARNING
        return Finding("clock", state, words, "switch on time synchronisation (NTP)")
    return Finding("clock", State.OK, f"{now}, {words}")


def _database_time(app: App) -> datetime | None:
    url = app.database.engine.url
    if url.get_backend_name() != "postgresql" or _is_this_machine(url.host or ""):
        return None  # SQLite has this machine's clock
    with app.database.reading() as session:
        return session.scalar(sa.select(sa.func.clock_timestamp()))


def _prefect_time(app: App) -> datetime | None:
    if _is_this_machine(app.settings.prefect_host):
        return None
    try:
        answer = httpx.get(app.prefect_api_url + "/health", timeout=5, trust_env=False)
        return parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None


def _is_this_machine(host: str) -> bool:
    """Whether the name, address or socket folder is this machine's own."""
    if not host or host.startswith("/"):
        return True
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)
        with socket.socket(found[0][0], socket.SOCK_DGRAM) as probe:
            probe.bind((found[0][4][0], 0))  # only an address of one's own can be bound to
    except OSError:
        return False
    return True


def _shortest(places: tuple[Path, ...]) -> Path:
    return min(places, key=lambda place: len(str(place)))


CHECKS: dict[str, Callable[[App], Finding]] = {
    "settings": check_settings,
    "database": check_database,
    "migrations": check_migrations,
    "templates": check_templates,
    "mail templates": check_mail_templates,
    "surveys": check_surveys,
    "reminders": check_reminders,
    "signing": check_signing,
    "fonts": check_fonts,
    "PDF": check_pdf,
    "seal": check_seal,
    "mail": check_mail,
    "Prefect": check_prefect,
    "worker": check_worker,
    "ports": check_ports,
    "disk": check_disk,
    "clock": check_clock,
}
"""Name of the part to its check, in the order of the table."""
