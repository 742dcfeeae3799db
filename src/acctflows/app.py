"""The application: reads the settings once and wires what the edges use."""

import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile, load_agency
from acctflows.clock import Clock, utc_now
from acctflows.contracts.job import JOB as CONTRACT
from acctflows.contracts.survey_notice import survey_notice
from acctflows.db.models.documents import DocumentVersion
from acctflows.db.models.mail import OutboxMail
from acctflows.db.models.surveys import Survey
from acctflows.db.session import Database
from acctflows.delivery.job import ACCEPTANCE, ACTIVITY
from acctflows.delivery.reports.job import JOB as REPORT
from acctflows.dispatch import codes, reminding
from acctflows.dispatch.jobs import DocumentJob, WordJob
from acctflows.dispatch.letters import Office
from acctflows.dispatch.sending import still_wanted
from acctflows.documents import work_items
from acctflows.documents.convert import Printer, choose_printer
from acctflows.documents.fonts import install_fonts
from acctflows.documents.pdf.faces import load_faces
from acctflows.documents.pdf.letterhead import Stationery
from acctflows.documents.sealing.certificate import (
    Owner,
    Pkcs12,
    SealKey,
    fingerprint,
    known_certificates,
    load_seal_key,
)
from acctflows.documents.sealing.evidence_pdf import House
from acctflows.documents.sealing.timestamps import TimestampService
from acctflows.documents.store import document_path
from acctflows.errors import AcctflowsError, ConfigurationError
from acctflows.mail.deliver import MINUTES, DeliveryReport, Pause, Wait, deliver_due
from acctflows.mail.smtp import Mailer
from acctflows.receivables.follow_up import standing
from acctflows.receivables.follow_up.follow_up_rules import FollowUpRules, load_rules
from acctflows.receivables.follow_up.letter_sending import MAIL_PREFIX, still_asks
from acctflows.satisfaction import posting as survey_letters
from acctflows.satisfaction import recovery
from acctflows.satisfaction.job import INVITATION, REMINDER, Standing, StandingOf, SurveyJob
from acctflows.satisfaction.questionnaire import kept_questions, load_questionnaire
from acctflows.settings import Settings, read_settings


@dataclass(frozen=True)
class App:
    """Everything an edge (flow, page, command) needs, made once per process."""

    settings: Settings
    agency: AgencyProfile
    clock: Clock
    database: Database
    home: Path
    templates: Path
    docs_out: Path
    bank_inbox: Path
    """Where people put the files of the bank."""
    portal_url: str
    """Address under which clients reach the portal, without a trailing slash."""
    prefect_api_url: str
    prefect_ui_url: str

    @classmethod
    def from_settings(cls, settings: Settings) -> "App":
        """Wire an application from given settings (tests) or the environment (`load`)."""
        home = settings.make_home()
        agency = load_agency(settings.path(settings.agency))
        prefect = f"http://{settings.prefect_host}:{settings.prefect_port}"
        portal = f"http://{settings.portal_host}:{settings.portal_port}"
        return cls(
            settings=settings,
            agency=agency,
            clock=Clock(zone=ZoneInfo(agency.timezone)),
            database=Database(settings.database_url or f"sqlite:///{home / 'acctflows.db'}"),
            home=home,
            templates=settings.path(settings.templates),
            docs_out=settings.path(settings.docs_out),
            bank_inbox=settings.path(settings.bank_inbox or home / "bank-inbox"),
            portal_url=(settings.portal_url or portal).rstrip("/"),
            prefect_api_url=f"{prefect}/api",
            prefect_ui_url=(settings.prefect_url or prefect).rstrip("/"),
        )

    @property
    def unfinished(self) -> Path:
        """Where bytes of documents wait until they are filed."""
        return self.home / "unfinished"

    @property
    def templates_kept(self) -> Path:
        """Where the bytes of every version of a Word template are kept."""
        return self.home / "templates-kept"

    @property
    def office(self) -> Office:
        """The agency as it writes to clients."""
        return Office(self.agency, self.templates, self.portal_url)

    @property
    def logo_file(self) -> Path | None:
        """The agency's logo, or None where the profile names none or the file is not there."""
        if not self.agency.look.logo:
            return None
        file = self.settings.path(self.settings.agency).parent / self.agency.look.logo
        return file if file.is_file() else None

    def stationery(self) -> Stationery:
        """What the agency's letters are drawn with; the typefaces are read once per process."""
        return Stationery(
            faces=load_faces(install_fonts(self.home).folder),
            colour=self.agency.look.colour,
            logo=self.logo_file.read_bytes() if self.logo_file else b"",
        )

    def path_of(self, version: DocumentVersion, ending: str) -> str:
        """Where a file of a version lies, relative to the folder of documents.

        Args:
            version: Whose file; the year is that in which its document was opened.
            ending: Of the name, such as ``pdf`` or ``sealed.pdf``.
        """
        document = version.document
        year = self.clock.local(document.created_at).year
        return document_path(document.client.number, year, document.number, version.version, ending)

    def house(self) -> House:
        """How the agency's pages of evidence look."""
        agency = self.agency
        footer = (
            (agency.legal_name, agency.street, f"{agency.postal_code} {agency.city}"),
            (agency.email, agency.phone, agency.website),
            (agency.register_court, agency.register_number, agency.vat_id),
        )
        return House(self.stationery(), agency.short_name, footer, self.clock.zone)

    def seal_key(self) -> SealKey:
        """What accepted documents are sealed with; made on first use, read once per process.

        Raises:
            ConfigurationError: The operator's file or the installation's own cannot be used.
        """
        settings = self.settings
        file = settings.seal_pkcs12 and settings.path(settings.seal_pkcs12)
        return load_seal_key(
            self.home,
            owner=Owner(self.agency.legal_name, self.agency.country),
            pkcs12_file=Pkcs12(file, settings.seal_passphrase.get_secret_value()) if file else None,
            now=utc_now(),  # seals carry the machine's time, whatever day we try out
        )

    def seal_certificates(self) -> frozenset[str]:
        """SHA-256 of every certificate this installation ever sealed with."""
        return frozenset(map(fingerprint, known_certificates(self.home)))

    def timestamps(self) -> TimestampService | None:
        """The time-stamp service, or None where none is set."""
        settings = self.settings
        if not settings.timestamp_url:
            return None
        return TimestampService(
            settings.timestamp_url,
            seconds=settings.timestamp_seconds,
            user=settings.timestamp_user,
            password=settings.timestamp_password.get_secret_value(),
        )

    @property
    def trusted_roots(self) -> Path:
        """The folder of certificates to trust in PDFs signed elsewhere; perhaps not there."""
        return self.settings.path(self.settings.trusted_roots or self.home / "trusted-roots")

    def mailer(self) -> Mailer:
        """A connection to the mail server for one thread, not opened yet; close it after use."""
        settings = self.settings
        return Mailer(
            self.agency.mail_sender,
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            login=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            timeout=settings.smtp_timeout_seconds,
            context=_trust(settings),
        )

    def sweep_outbox(
        self, *, limit: int | None = None, pause: Pause | None = None, only: int | None = None
    ) -> DeliveryReport:
        """Hand over the mails that are due, each asked right before whether it is still wanted.

        It raises nothing: why it ended early, the report says.

        Args:
            limit: Most mails of this sweep; None: what may be sent in `MINUTES` minutes.
            pause: Waits for the next minute while the limit per minute holds mails back; None: the
                sweep ends there.
            only: Id of the one mail to hand over, where somebody waits for it; None: all.
        """
        per_minute = self.settings.mail_per_minute
        try:
            mailer = self.mailer()
        except AcctflowsError as error:
            return DeliveryReport(stopped=error)
        rules = cache(partial(load_rules, self.templates, self.agency))  # once for all letters
        with mailer:
            return deliver_due(
                self.database,
                mailer,
                clock_now=self.clock.now,
                owner=f"{socket.gethostname()}/{os.getpid()}",
                limit=MINUTES * per_minute if limit is None else limit,
                per_minute=per_minute,
                still_wanted=lambda session, mail: self._still_wanted(session, mail, rules),
                pause=pause,
                only=only,
            )

    def _still_wanted(
        self, session: Session, mail: OutboxMail, rules: Callable[[], FollowUpRules]
    ) -> bool | Wait:
        if mail.dedup_key.startswith(MAIL_PREFIX):  # the policy names the templates of letters
            now, simulated = self.clock.local(self.clock.now()), self.settings.simulate_days
            return still_asks(session, mail, rules=rules(), now=now, simulated=simulated)
        ask = STILL_WANTED.get(mail.template)
        return ask is None or ask(self, session, mail)

    def standing_on(self, today: date) -> StandingOf:
        """Tells how we stand with a client on that day: what all job rooms know of them."""

        def tell(session: Session, client_id: int) -> Standing:
            quarrels = work_items.open_items_of(session, client_id, *QUARRELS)
            dispute = standing.open_dispute(session, client_id, today=today)
            return Standing(
                dispute=dispute or next((item.key for item in quarrels), ""),
                dunning_level=standing.dunning_level(session, client_id),
                notice=survey_notice(session, client_id, self.agency),
            )

        return tell

    def survey_of(self, survey: Survey) -> SurveyJob:
        """The survey as this contact was asked it, whatever became of its file since."""
        if survey.questions is None:
            return self.survey(survey.questionnaire)
        questionnaire = kept_questions(survey.questions)
        return SurveyJob(survey.questionnaire, questionnaire, self.office)

    def survey(self, name: str = "project") -> SurveyJob:
        """The survey of that name, its file read anew: changed texts are asked at once.

        Raises:
            ConfigurationError: When its file is missing or anything in it is wrong.
        """
        return SurveyJob(
            name=name,
            questionnaire=load_questionnaire(self.templates / "surveys" / f"{name}.yaml"),
            office=self.office,
        )

    def printer(self) -> Printer:
        """The engines that print Word files here; close them after use.

        Raises:
            ConfigurationError: The engine the operator asked for by name is not there.
        """
        return choose_printer(
            engine=self.settings.pdf_engine,
            home=self.home,
            soffice=self.settings.soffice,
            fonts=install_fonts(self.home),
        )


JOBS: dict[str, DocumentJob] = {job.kind.name: job for job in (CONTRACT, ACCEPTANCE, ACTIVITY)}
"""Kind of document the client answers to its job; a test compares them with ``ANSWERED_KINDS``."""

WORD_JOBS: dict[str, WordJob] = {**JOBS, REPORT.kind.name: REPORT}
"""Kind of document with a Word template to its job; a test compares them with ``WORD_KINDS``."""

QUARRELS = ("declined", recovery.KIND)
"""Matters to settle before a client is asked: what they refused, and what made them unhappy."""


def _awaits_answer(_app: App, session: Session, mail: OutboxMail) -> bool:
    return still_wanted(session, mail)


def _awaits_reminder(_app: App, session: Session, mail: OutboxMail) -> bool:
    return reminding.still_wanted(session, mail)


def _awaits_code(_app: App, session: Session, mail: OutboxMail) -> bool:
    return codes.still_wanted(session, mail)


def _may_be_asked(app: App, session: Session, mail: OutboxMail) -> bool | Wait:
    now, zone = app.clock.now(), app.clock.zone
    standing_of = app.standing_on(app.clock.local(now).date())
    return survey_letters.still_wanted(session, mail, standing_of=standing_of, now=now, zone=zone)


STILL_WANTED = {
    **{job.invitation: _awaits_answer for job in JOBS.values()},
    codes.MAIL: _awaits_code,
    reminding.MAIL: _awaits_reminder,
    INVITATION: _may_be_asked,
    REMINDER: _may_be_asked,
}
"""Template of a mail to the question whether its reason still holds; others always go out."""


def _trust(settings: Settings) -> ssl.SSLContext | None:
    if settings.smtp_ca_file is None:
        return None
    file = settings.path(settings.smtp_ca_file)
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigurationError(
            f"no certificates can be read from {file}: {error}",
            where="ACCTFLOWS_SMTP_CA_FILE",
            todo="name a PEM file with the authority of your mail server, or leave it empty",
        ) from error


@cache
def load_app() -> App:
    """The application of this process, configured by the environment and ``.env``."""
    return App.from_settings(read_settings())
