"""An approved report is mailed once, with its file, to whoever reads it."""

from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.mail import OutboxMail
from acctflows.delivery.reports.sending import queue_report, reports_in_state
from acctflows.dispatch.letters import Office
from acctflows.documents import audit
from acctflows.errors import ConflictError
from acctflows.mail.outbox import Attachment
from tests.conftest import ROOT
from tests.delivery.reports.test_drafting import draft
from tests.factories import NOW, make_client, make_project

REPORT = Attachment(name="S-v1.pdf", content=b"%PDF report", media_type="application/pdf")


@pytest.fixture
def approved(session: Session, agency: AgencyProfile) -> DocumentVersion:
    version = draft(session, agency, make_project(session))
    version.pdf_sha256 = "0" * 64
    version.state = VersionState.APPROVED
    session.flush()
    return version


def queue(session: Session, agency: AgencyProfile, version: DocumentVersion) -> OutboxMail:
    office = Office(agency, ROOT / "templates", "https://portal.example")
    return queue_report(session, version, office=office, attachment=REPORT, now=NOW)


def test_it_names_what_the_client_owes_and_counts_as_sent(
    session: Session, agency: AgencyProfile, approved: DocumentVersion
) -> None:
    mail = queue(session, agency, approved)

    message = message_from_bytes(mail.raw, policy=default)
    text = message.get_body(("plain",)).get_content()
    contact = approved.document.client.contacts[0]
    assert mail.recipient == contact.email
    assert mail.subject == f"Statusbericht {approved.document.number}: Relaunch moewe.example"
    assert "Rechnung RE-2026-0017: 1.190,00\N{NO-BREAK SPACE}€, überfällig seit 15." in text
    assert "/d/" not in text
    assert {"Budget genutzt: –", "Projektzeit vergangen: 0\N{NO-BREAK SPACE}%"} <= set(
        text.splitlines()
    )
    assert [part.get_content() for part in message.iter_attachments()] == [b"%PDF report"]
    assert approved.state is VersionState.SENT
    assert audit.trail(session, f"document/{approved.document.number}")[-1].event == "version.sent"


def test_it_is_queued_once(
    session: Session, agency: AgencyProfile, approved: DocumentVersion
) -> None:
    assert queue(session, agency, approved) is queue(session, agency, approved)


def test_a_reader_of_another_language_gets_the_mail_in_it(
    session: Session, agency: AgencyProfile, approved: DocumentVersion
) -> None:
    approved.document.client.contacts[0].language = "en"

    mail = queue(session, agency, approved)

    assert mail.subject.startswith("Status report ")
    assert b"Week 47, 2026" in mail.raw


@pytest.mark.parametrize(
    "state", [VersionState.DRAFT, VersionState.IN_APPROVAL, VersionState.REJECTED]
)
def test_what_nobody_approved_is_not_sent(
    session: Session, agency: AgencyProfile, approved: DocumentVersion, state: VersionState
) -> None:
    approved.state = state
    session.flush()

    with pytest.raises(ConflictError, match="have it approved first"):
        queue(session, agency, approved)


def test_a_reader_who_left_is_named(
    session: Session, agency: AgencyProfile, approved: DocumentVersion
) -> None:
    approved.document.client.contacts[0].archived_at = NOW
    session.flush()

    with pytest.raises(ConflictError, match="Käthe Brünning is no contact of the client any more"):
        queue(session, agency, approved)
    assert approved.state is VersionState.APPROVED


def test_the_sweep_finds_reports_by_state(
    session: Session, agency: AgencyProfile, approved: DocumentVersion
) -> None:
    reworked = draft(session, agency, make_project(session, client=make_client(session)))
    reworked.state = VersionState.REWORK
    session.flush()

    assert reports_in_state(session, VersionState.APPROVED) == [approved.id]
    assert reports_in_state(session, VersionState.REWORK) == [reworked.id]
