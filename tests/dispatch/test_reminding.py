"""Whoever is to sign is reminded on the days of the policy, and nobody else, and never too late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.job import JOB
from acctflows.db.models.documents import AccessLink, DocumentVersion, Outcome, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.session import Database
from acctflows.dispatch import reminding, withdrawing
from acctflows.dispatch.letters import Office
from acctflows.dispatch.manager_tasks import note_silence, unanswered
from acctflows.dispatch.reminding import planned, to_remind
from acctflows.dispatch.sending import invite_again, queue_invitation, to_ask_next
from acctflows.dispatch.sending import still_wanted as invitation_wanted
from acctflows.dispatch.signing_policy import SigningPolicy, load_signing_policy
from acctflows.documents import acceptance, audit, register
from acctflows.documents.access_links import find_link
from acctflows.documents.agreement import check_register
from acctflows.documents.invitations import invitations
from acctflows.errors import NotFoundError
from tests.contracts.stories import PDF, PORTAL, approve, approved, draft
from tests.contracts.variants import TEMPLATES
from tests.dispatch.test_sending import body, parse, token
from tests.factories import NOW, TODAY, make_client, make_contact, make_project
from tests.racing import race

POLICY = load_signing_policy(TEMPLATES)
FIRST, LAST = date(2026, 11, 30), date(2026, 12, 4)
"""The days of the house's policy for a contract of 23 November that is open for 14 days."""


def at(day: date, hour: int = 9) -> datetime:
    """That hour in Berlin, in winter."""
    return datetime(day.year, day.month, day.day, hour - 1, tzinfo=UTC)


def office(agency: AgencyProfile) -> Office:
    return Office(agency, TEMPLATES, PORTAL)


def ask(
    session: Session, version: DocumentVersion, agency: AgencyProfile, **given: Any
) -> OutboxMail:
    """The invitation, delivered."""
    values = {"job": JOB, "office": office(agency), "now": NOW, "attach_pdf": PDF}
    mail = queue_invitation(session, version, **values | given)
    mail.state = MailState.SENT
    session.flush()
    return mail


def sent(session: Session, agency: AgencyProfile) -> tuple[DocumentVersion, OutboxMail]:
    version = approved(session, agency)
    return version, ask(session, version, agency)


def due(
    session: Session, agency: AgencyProfile, now: datetime, policy: SigningPolicy = POLICY
) -> list[int]:
    return to_remind(session, [JOB.kind.name], policy=policy, office=office(agency), now=now)


def remind(
    session: Session, version: DocumentVersion, agency: AgencyProfile, now: datetime
) -> OutboxMail | None:
    given = {"job": JOB, "policy": POLICY, "office": office(agency), "now": now}
    return reminding.remind(session, version, **given)


def reminded(
    session: Session, version: DocumentVersion, agency: AgencyProfile, day: date = FIRST
) -> OutboxMail:
    mail = remind(session, version, agency, at(day))
    assert mail
    return mail


def accept(session: Session, link: AccessLink, now: datetime) -> None:
    given = {
        "name": link.contact.full_name,
        "function": "",
        "consent_text": "Ich nehme an.",
        "consent_language": "de",
        "ip": "",
        "user_agent": "",
        "now": now,
    }
    if JOB.signs_last(link.version):
        acceptance.record_decision(session, link, outcome=Outcome.ACCEPTED, reason="", **given)
    else:
        acceptance.record_consent(session, link, **given)


def test_a_reminder_brings_a_link_of_its_own_that_ends_with_the_first(
    session: Session, agency: AgencyProfile
) -> None:
    version, invitation = sent(session, agency)
    first = find_link(session, token(invitation), now=NOW)
    first.asks_code = True

    mail = reminded(session, version, agency)

    link = find_link(session, token(mail), now=at(FIRST))
    assert link is not first
    assert (link.contact, link.expires_at, link.asks_code) == (
        first.contact,
        first.expires_at,
        True,
    )
    assert find_link(session, token(invitation), now=at(FIRST)) is first
    assert (mail.recipient, mail.matter) == (invitation.recipient, invitation.matter)
    assert mail.expires_at == invitation.expires_at
    assert mail.dedup_key.endswith(f"/v1/reminder/{first.id}/2026-11-30")
    assert str(parse(mail)["References"]) == str(parse(invitation)["References"])
    entry = audit.trail(session, mail.matter)[-1]
    assert (entry.event, entry.data["recipient"]) == ("invitation.reminded", mail.recipient)
    assert token(mail) not in str(entry.data)


def test_the_deadline_stands_in_the_first_lines(session: Session, agency: AgencyProfile) -> None:
    version, _ = sent(session, agency)
    mail = reminded(session, version, agency)
    first = "\n".join(body(mail).splitlines()[:4])
    assert "Vertrag V-2026-0001 zum Projekt „Relaunch moewe.example“" in first
    assert "bis Montag, 7.\N{NO-BREAK SPACE}Dezember 2026, 10:00\N{NO-BREAK SPACE}Uhr" in first
    assert f"{PORTAL}/d/{token(mail)}" in body(mail, "html")
    assert mail.subject == "Erinnerung: Vertrag V-2026-0001 zum Projekt „Relaunch moewe.example“"


def test_reminders_go_out_on_the_days_of_the_policy_and_each_once(
    session: Session, agency: AgencyProfile
) -> None:
    version, _ = sent(session, agency)
    days = []
    moment = NOW
    while moment < NOW + timedelta(days=20):  # the sweep, every hour
        if due(session, agency, moment):
            assert remind(session, version, agency, moment)
            days.append(moment)
        moment += timedelta(hours=1)
    assert [day.date() for day in days] == [FIRST, LAST]
    assert {day.hour for day in days} == {7}  # 8 o'clock in Berlin


def test_reminders_missed_are_made_up_for_once(session: Session, agency: AgencyProfile) -> None:
    version, _ = sent(session, agency)
    wednesday = date(2026, 12, 2)
    assert due(session, agency, at(wednesday)) == [version.id]
    reminded(session, version, agency, wednesday)
    assert due(session, agency, at(date(2026, 12, 3))) == []
    assert due(session, agency, at(date(2026, 12, 5))) == []  # a Saturday
    assert due(session, agency, at(LAST)) == [version.id]


def test_an_empty_list_turns_them_off(session: Session, agency: AgencyProfile) -> None:
    sent(session, agency)
    off = POLICY.documents["contract"].model_copy(update={"reminders": ()})
    quiet = POLICY.model_copy(update={"documents": POLICY.documents | {"contract": off}})
    assert due(session, agency, at(FIRST), quiet) == []


@pytest.mark.parametrize("state", [MailState.QUEUED, MailState.FAILED, MailState.CANCELLED])
def test_nobody_is_reminded_of_a_mail_they_have_not_got(
    session: Session, agency: AgencyProfile, state: MailState
) -> None:
    version, invitation = sent(session, agency)
    invitation.state = state
    session.flush()
    assert due(session, agency, at(FIRST)) == []
    assert remind(session, version, agency, at(FIRST)) is None


def answered(session: Session, version: DocumentVersion, agency: AgencyProfile) -> None:
    accept(session, invitations(session, version)[0].link, at(FIRST))


def objected(session: Session, version: DocumentVersion, agency: AgencyProfile) -> None:
    version.state = VersionState.OBJECTED


def withdrawn(session: Session, version: DocumentVersion, agency: AgencyProfile) -> None:
    given = {"job": JOB, "office": office(agency), "by": "Lena", "reason": "Preis", "now": NOW}
    withdrawing.withdraw(session, version, **given)


def superseded(session: Session, version: DocumentVersion, agency: AgencyProfile) -> None:
    snapshot = version.snapshot | {"project_goal": "anders"}
    register.add_version(
        session, version.document, snapshot=snapshot, template_name="x", actor="x", now=NOW
    )


def asked_anew(session: Session, version: DocumentVersion, agency: AgencyProfile) -> None:
    again(session, version, agency, now=at(FIRST))


def gone(session: Session, version: DocumentVersion, agency: AgencyProfile) -> None:
    version.document.client.contacts[0].archived_at = NOW


@pytest.mark.parametrize(
    "happen",
    [answered, objected, withdrawn, superseded, asked_anew, gone],
    ids=lambda f: f.__name__,
)
def test_what_happened_meanwhile_stops_reminders_also_those_on_their_way(
    session: Session, agency: AgencyProfile, happen: Any
) -> None:
    version, _ = sent(session, agency)
    mail = reminded(session, version, agency)
    assert reminding.still_wanted(session, mail)
    happen(session, version, agency)
    session.flush()
    assert not reminding.still_wanted(session, mail)
    assert due(session, agency, at(LAST)) == []
    assert remind(session, version, agency, at(LAST)) is None


def test_after_the_deadline_nobody_is_reminded(session: Session, agency: AgencyProfile) -> None:
    version, _ = sent(session, agency)
    monday = NOW + timedelta(days=14)
    assert due(session, agency, monday) == []
    assert remind(session, version, agency, monday) is None


def test_six_sweeps_at_once_send_one_reminder(database: Database, agency: AgencyProfile) -> None:
    with database.transaction() as session:
        version_id = sent(session, agency)[0].id

    def work(_caller: int) -> bool:
        with database.transaction() as session:
            version = session.get_one(DocumentVersion, version_id)
            return remind(session, version, agency, at(FIRST)) is not None

    found, failures = race(6, work)

    assert failures == []
    assert sorted(found) == [False] * 5 + [True]
    with database.reading() as session:
        assert check_register(session).faults == []
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(AccessLink.id))) == 2


# Reminders are no invitations


def again(
    session: Session, version: DocumentVersion, agency: AgencyProfile, *, now: datetime
) -> OutboxMail:
    return invite_again(
        session,
        version,
        version.document.client.contacts[0],
        times=len(invitations(session, version)),
        job=JOB,
        office=office(agency),
        by="Lena Hansen",
        now=now,
        attach_pdf=PDF,
    )


def test_invited_again_after_a_reminder_all_links_before_end_and_reminders_begin_anew(
    session: Session, agency: AgencyProfile
) -> None:
    version, invitation = sent(session, agency)
    reminder = reminded(session, version, agency)
    assert invitation_wanted(session, invitation)

    mail = again(session, version, agency, now=at(FIRST))

    assert mail.dedup_key == f"{invitation.dedup_key}/2"
    for old in (invitation, reminder):
        with pytest.raises(NotFoundError):
            find_link(session, token(old), now=at(FIRST))
    mail.state = MailState.SENT
    # 30 November and 5 days: a Saturday; 10 days: Thursday; the link ends on the 14th.
    assert due(session, agency, at(LAST)) == []
    assert due(session, agency, at(date(2026, 12, 7))) == [version.id]


def test_a_silence_after_reminders_is_one_task_and_another_after_a_second_invitation(
    session: Session, agency: AgencyProfile
) -> None:
    version, _ = sent(session, agency)
    reminded(session, version, agency)
    reminded(session, version, agency, LAST)
    over = NOW + timedelta(days=14)
    assert unanswered(session, ["contract"], now=over - timedelta(seconds=1)) == []
    assert unanswered(session, ["contract"], now=over) == [version.id]
    task = note_silence(session, version, today=TODAY, now=over)
    assert task
    assert task.key == "no-answer/V-2026-0001/v1"
    assert unanswered(session, ["contract"], now=over) == []

    again(session, version, agency, now=over)
    assert task.settled_by == "Lena Hansen"
    later = over + timedelta(days=14)
    second = note_silence(session, version, today=TODAY, now=later)
    assert second
    assert second.key == "no-answer/V-2026-0001/v1/2"


def two_signers(session: Session, agency: AgencyProfile) -> DocumentVersion:
    client = make_client(session)
    first = make_contact(session, client)
    second = make_contact(session, client, given_name="Ole", roles=[])
    project = make_project(session, client=client)
    given = {"signer": first.email, "co_signers": [second.email]}
    version = draft(session, project, agency, **given)
    approve(session, version)
    return version


@pytest.mark.parametrize("through", ["invitation", "reminder"])
def test_after_the_first_signer_the_second_is_asked_and_reminded(
    session: Session, agency: AgencyProfile, through: str
) -> None:
    version = two_signers(session, agency)
    mails = {"invitation": ask(session, version, agency)}
    mails["reminder"] = reminded(session, version, agency)
    assert to_ask_next(session, ["contract"]) == []

    accept(session, find_link(session, token(mails[through]), now=at(FIRST)), at(FIRST))

    assert not reminding.still_wanted(session, mails["reminder"])
    assert due(session, agency, at(LAST)) == []  # nobody was asked yet
    assert to_ask_next(session, ["contract"]) == [version.id]
    second = ask(session, version, agency, now=at(FIRST))
    assert to_ask_next(session, ["contract"]) == []
    assert ask(session, version, agency, now=at(FIRST)) is second
    monday = date(2026, 12, 7)
    assert due(session, agency, at(monday)) == [version.id]
    mail = reminded(session, version, agency, monday)
    assert mail.recipient == second.recipient != mails["invitation"].recipient
    over = at(FIRST) + timedelta(days=14)
    assert unanswered(session, ["contract"], now=over - timedelta(seconds=1)) == []
    assert unanswered(session, ["contract"], now=over) == [version.id]
    accept(session, find_link(session, token(second), now=at(monday)), at(monday))
    assert version.state is VersionState.ACCEPTED


# What the desk is told


def test_the_desk_knows_when_reminders_went_out_and_will(
    session: Session, agency: AgencyProfile
) -> None:
    version, invitation = sent(session, agency)

    def plan(now: datetime) -> tuple[int, date | None]:
        found = planned(session, version, policy=POLICY, office=office(agency), now=now)
        return len(found.mails), found.next_on

    assert plan(NOW) == (0, FIRST)
    assert plan(at(date(2026, 12, 1))) == (0, date(2026, 12, 1))  # missed, so made up for
    reminded(session, version, agency)
    assert plan(at(FIRST)) == (1, LAST)
    reminded(session, version, agency, LAST)
    assert plan(at(LAST)) == (2, None)
    invitation.state = MailState.FAILED
    session.flush()
    assert plan(at(LAST))[1] is None
