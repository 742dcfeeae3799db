import email
import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.job import JOB
from acctflows.db.models.agency import Contact
from acctflows.db.models.documents import (
    AccessLink,
    AuditEntry,
    DocumentVersion,
    Outcome,
    VersionState,
)
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.session import Database
from acctflows.dispatch.letters import MOST_ATTACHED, Office
from acctflows.dispatch.manager_tasks import note_silence
from acctflows.dispatch.sending import invite_again, still_wanted
from acctflows.documents import audit
from acctflows.documents.access_links import find_link
from acctflows.errors import ConflictError, NotFoundError
from tests.contracts.stories import PDF, PORTAL, approved, decide, draft, invite
from tests.contracts.variants import TEMPLATES
from tests.factories import NOW, TODAY, make_client, make_contact, make_project
from tests.racing import race

LATER = NOW + timedelta(days=3)


def parse(mail: OutboxMail) -> EmailMessage:
    message = email.message_from_bytes(mail.raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def body(mail: OutboxMail, kind: str = "plain") -> str:
    part = parse(mail).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def token(mail: OutboxMail) -> str:
    found = re.search(rf"{PORTAL}/d/([\w-]+)", body(mail))
    assert found
    return found[1]


def test_the_invitation_carries_the_signers_own_link(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)

    mail = invite(session, version, agency)

    link = find_link(session, token(mail), now=NOW)
    assert (link.version, link.contact.email) == (version, mail.recipient)
    assert f"{PORTAL}/d/{token(mail)}" in body(mail, "html")
    assert version.state is VersionState.SENT
    assert mail.expires_at == link.expires_at


def test_the_deadline_stands_in_the_first_lines(session: Session, agency: AgencyProfile) -> None:
    mail = invite(session, approved(session, agency), agency)

    first = "\n".join(body(mail).splitlines()[:5])
    assert "Guten Tag Frau Brünning," in first
    assert "Montag, 7.\N{NO-BREAK SPACE}Dezember 2026, 10:00\N{NO-BREAK SPACE}Uhr" in first


def test_the_manager_writes_from_the_agencys_address(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)
    project = version.document.project
    assert project is not None

    message = parse(invite(session, version, agency))

    assert str(message["From"]) == (f'"Lena Hansen, {agency.short_name}" <{agency.mail_sender}>')
    assert message["Reply-To"].addresses[0].addr_spec == project.manager.email


def test_the_pdf_goes_along(session: Session, agency: AgencyProfile) -> None:
    mail = invite(session, approved(session, agency), agency)

    (attachment,) = parse(mail).iter_attachments()
    assert attachment.get_filename() == "V-2026-0001-v1.pdf"
    assert attachment.get_content() == PDF
    assert "liegt auch als PDF bei" in body(mail)


@pytest.mark.parametrize("pdf", [None, b"x" * (MOST_ATTACHED + 1)], ids=["none", "too large"])
def test_without_a_fitting_pdf_the_link_is_enough(
    session: Session, agency: AgencyProfile, pdf: bytes | None
) -> None:
    mail = invite(session, approved(session, agency), agency, pdf)

    assert list(parse(mail).iter_attachments()) == []
    assert "als PDF" not in body(mail)
    assert token(mail)


def test_inviting_twice_sends_one_mail_with_one_link(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)

    first, second = (invite(session, version, agency) for _ in range(2))

    assert first is second
    assert session.scalar(sa.select(sa.func.count(AccessLink.id))) == 1


def test_six_at_once_send_one_mail_with_one_link(database: Database, agency: AgencyProfile) -> None:
    with database.transaction() as session:
        version_id = approved(session, agency).id

    def work(_caller: int) -> int:
        with database.transaction() as session:
            return invite(session, session.get_one(DocumentVersion, version_id), agency).id

    mails, failures = race(6, work)

    assert failures == []
    assert len(set(mails)) == 1
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(AccessLink.id))) == 1
        assert session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 1


def test_mail_link_and_state_are_kept_together_or_not_at_all(
    database: Database, agency: AgencyProfile
) -> None:
    with database.transaction() as session:
        version_id = approved(session, agency).id

    with database.reading() as session:  # thrown away, as when the process is killed
        invite(session, session.get_one(DocumentVersion, version_id), agency)

    with database.reading() as session:
        assert session.get_one(DocumentVersion, version_id).state is VersionState.APPROVED
        assert session.scalar(sa.select(sa.func.count(AccessLink.id))) == 0
        assert session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 0


def test_a_version_nobody_approved_is_not_sent(session: Session, agency: AgencyProfile) -> None:
    version = draft(session, make_project(session), agency)

    with pytest.raises(ConflictError, match="approved"):
        invite(session, version, agency)


def test_a_signer_who_left_is_not_written_to(session: Session, agency: AgencyProfile) -> None:
    version = approved(session, agency)
    version.document.client.contacts[0].archived_at = NOW

    with pytest.raises(ConflictError, match="is no contact of the client any more"):
        invite(session, version, agency)


def test_the_invitation_is_in_the_audit_trail(session: Session, agency: AgencyProfile) -> None:
    version = approved(session, agency)
    mail = invite(session, version, agency)

    events = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.event == "invitation.issued")
    ).all()
    assert [(e.subject, e.data["recipient"]) for e in events] == [(mail.matter, mail.recipient)]
    assert token(mail) not in str([e.data for e in events])


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"language": "en", "salutation": "Frau"}, "Dear Ms Brünning,"),
        ({"language": "en", "salutation": "Mr"}, "Dear Mr Brünning,"),
        ({"language": "de", "salutation": "Mrs"}, "Guten Tag Frau Brünning,"),
        ({"language": "de", "salutation": "Frau Dr."}, "Guten Tag Frau Dr. Brünning,"),
        ({"language": "de", "salutation": ""}, "Guten Tag Käthe Brünning,"),
        ({"language": "fr", "salutation": "Mme"}, "Guten Tag Mme Brünning,"),
    ],
)
def test_the_reader_is_greeted_in_their_language(
    session: Session, agency: AgencyProfile, person: dict[str, Any], words: str
) -> None:
    client = make_client(session)
    make_contact(session, client, **person)

    assert body(invite(session, approved(session, agency, client=client), agency)).startswith(words)


def again(
    session: Session,
    version: DocumentVersion,
    agency: AgencyProfile,
    *,
    times: int = 1,
    contact: Contact | None = None,
    now: datetime = LATER,
) -> OutboxMail:
    return invite_again(
        session,
        version,
        contact or version.document.client.contacts[0],
        times=times,
        job=JOB,
        office=Office(agency, TEMPLATES, PORTAL),
        by="Lena Hansen",
        now=now,
        attach_pdf=PDF,
    )


@pytest.mark.parametrize("lost", [MailState.CANCELLED, MailState.SENT, MailState.FAILED])
def test_invited_again_the_client_gets_a_new_link_and_the_old_one_ends(
    session: Session, agency: AgencyProfile, lost: MailState
) -> None:
    version = approved(session, agency)
    first = invite(session, version, agency)
    first.state = lost

    second = again(session, version, agency)

    assert second.dedup_key == f"{first.dedup_key}/2"
    assert second.state is MailState.QUEUED
    assert find_link(session, token(second), now=LATER).expires_at == LATER + timedelta(days=14)
    assert second.expires_at == LATER + timedelta(days=14)
    with pytest.raises(NotFoundError):
        find_link(session, token(first), now=LATER)
    assert (still_wanted(session, first), still_wanted(session, second)) == (False, True)
    assert version.state is VersionState.SENT


def test_drafted_again_the_newest_invitation_is_found(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)
    invite(session, version, agency)
    second = again(session, version, agency)
    assert invite(session, version, agency) is second


def test_an_expired_link_is_asked_anew_and_the_task_is_settled(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)
    invite(session, version, agency)
    expired = NOW + timedelta(days=20)
    task = note_silence(session, version, today=TODAY, now=expired)
    assert task

    mail = again(session, version, agency, now=expired)

    assert find_link(session, token(mail), now=expired).version is version
    assert task.settled_by == "Lena Hansen"
    assert mail.recipient in task.outcome


def test_the_invitation_goes_to_the_corrected_address_or_to_another_contact(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)
    invite(session, version, agency)
    client = version.document.client
    client.contacts[0].email = "kaethe.bruenning@moewe.example"
    other = make_contact(session, client, email="ole@moewe.example", given_name="Ole")

    corrected = again(session, version, agency)
    assert corrected.recipient == "kaethe.bruenning@moewe.example"
    colleague = again(session, version, agency, times=2, contact=other)

    assert colleague.recipient == "ole@moewe.example"
    assert colleague.dedup_key.endswith(f"/invitation/{other.id}/3")
    assert find_link(session, token(colleague), now=LATER).contact is other
    with pytest.raises(NotFoundError):
        find_link(session, token(corrected), now=LATER)


def test_pressed_twice_the_second_finds_the_mail_of_the_first(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)
    invite(session, version, agency)
    first, second = (again(session, version, agency) for _ in range(2))
    assert first is second
    assert session.scalar(sa.select(sa.func.count(AccessLink.id))) == 2


def test_six_managers_at_once_invite_again_once(database: Database, agency: AgencyProfile) -> None:
    with database.transaction() as session:
        version_id = approved(session, agency).id
        invite(session, session.get_one(DocumentVersion, version_id), agency)

    def work(_caller: int) -> int:
        with database.transaction() as session:
            return again(session, session.get_one(DocumentVersion, version_id), agency).id

    mails, failures = race(6, work)

    assert failures == []
    assert len(set(mails)) == 1
    with database.reading() as session:
        working = sa.select(sa.func.count(AccessLink.id)).where(AccessLink.revoked_at.is_(None))
        assert session.scalar(working) == 1
        assert session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 2


def test_who_invites_again_by_an_old_page_is_told_so(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)
    invite(session, version, agency)
    again(session, version, agency)
    other = make_contact(session, version.document.client, email="ole@moewe.example")
    with pytest.raises(ConflictError, match="invited again meanwhile"):
        again(session, version, agency, contact=other)
    with pytest.raises(ConflictError, match="invited again meanwhile"):
        again(session, version, agency, times=57)


def test_what_is_answered_not_sent_or_anothers_is_not_asked_again(
    session: Session, agency: AgencyProfile
) -> None:
    version = approved(session, agency)
    with pytest.raises(ConflictError, match="approved"):
        again(session, version, agency, times=0)
    invite(session, version, agency)
    stranger = make_contact(session, make_client(session))
    with pytest.raises(ConflictError, match="no contact of the client"):
        again(session, version, agency, contact=stranger)
    gone = make_contact(session, version.document.client, archived_at=NOW)
    with pytest.raises(ConflictError, match="no contact of the client"):
        again(session, version, agency, contact=gone)
    decide(session, version, Outcome.ACCEPTED)
    with pytest.raises(ConflictError, match="accepted"):
        again(session, version, agency)


def test_the_trail_tells_who_invited_again(session: Session, agency: AgencyProfile) -> None:
    version = approved(session, agency)
    mail = invite(session, version, agency)
    again(session, version, agency)
    events = [(e.event, e.actor) for e in audit.trail(session, mail.matter)]
    assert events[-3:] == [
        ("invitation.issued", "acctflows"),
        ("invitation.replaced", "Lena Hansen"),
        ("invitation.issued", "Lena Hansen"),
    ]


def test_hostile_names_stay_text_in_the_mail(session: Session, agency: AgencyProfile) -> None:
    hostile = 'A & B <script>alert(1)</script> {{ 7*7 }} "„x“'
    version = approved(session, agency, title=hostile)
    signer = session.get_one(Contact, version.snapshot["signer"]["id"])
    signer.family_name = "Brünning\r\nBcc: x@y.example"

    mail = invite(session, version, agency)

    assert hostile in body(mail)
    assert "<script>" not in body(mail, "html")
    assert "&lt;script&gt;" in body(mail, "html")
    assert parse(mail)["Bcc"] is None
