"""A mail is a row first: one fact, one mail, and a person's word where nobody knows."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.db.models.mail import MailAttempt, MailState, OutboxMail
from acctflows.db.session import Database
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.mail import outbox
from tests.factories import NOW
from tests.mail.conftest import SENDER, queue
from tests.racing import race

LATER = NOW + timedelta(hours=1)


def count(session: Session) -> int | None:
    return session.scalar(select(func.count(OutboxMail.id)))


def in_state(session: Session, state: MailState) -> OutboxMail:
    mail = queue(session, "invitation")
    mail.state = state
    session.flush()
    return mail


def words_on(session: Session, mail: OutboxMail) -> list[tuple[str, str]]:
    tries = session.scalars(select(MailAttempt).where(MailAttempt.mail_id == mail.id))
    return [(each.outcome, each.by) for each in tries]


def test_queued_mail_is_frozen(session: Session) -> None:
    mail = queue(session, "invitation", to="info@möwe.example")

    assert mail.state is MailState.QUEUED
    assert mail.recipient == "info@xn--mwe-sna.example"
    assert mail.sha256 == hashlib.sha256(mail.raw).hexdigest()
    assert message_from_bytes(mail.raw)["Message-ID"] == mail.message_id
    assert mail.not_before == NOW


def test_message_id_is_the_headers_in_an_international_domain_too(session: Session) -> None:
    sender = replace(SENDER, address="info@müller.example", domain="müller.example")

    mail = queue(session, "invitation", sender=sender)

    assert message_from_bytes(mail.raw)["Message-ID"] == mail.message_id
    assert mail.message_id.endswith("@xn--mller-kva.example>")


def test_same_fact_told_twice_makes_one_mail(session: Session) -> None:
    first = queue(session, "invitation")
    raw = first.raw

    second = queue(session, "invitation", now=LATER)

    assert second is first
    assert second.raw == raw
    assert count(session) == 1


def test_same_fact_told_by_many_at_once_makes_one_mail(database: Database) -> None:
    def tell(_: int) -> int:
        with database.transaction() as session:
            return queue(session, "invitation").id

    ids, errors = race(8, tell)

    assert errors == []
    assert len(set(ids)) == 1
    with database.reading() as session:
        assert count(session) == 1


def test_mail_is_gone_when_the_business_fact_is_rolled_back(database: Database) -> None:
    def draft() -> None:
        with database.transaction() as session:
            queue(session, "invitation")
            raise RuntimeError("the contract could not be kept")

    with pytest.raises(RuntimeError):
        draft()
    with database.reading() as session:
        assert count(session) == 0


def test_nothing_is_queued_for_an_impossible_address(session: Session) -> None:
    with pytest.raises(InputError, match="käthe@moewe"):
        queue(session, "invitation", to="käthe@moewe.example")
    assert count(session) == 0


def test_doubtful_mail_did_arrive(session: Session) -> None:
    mail = in_state(session, MailState.UNKNOWN)
    assert outbox.doubtful(session) == [mail]

    outbox.settle_doubtful(session, mail.id, was_sent=True, by="lena", now=LATER)

    assert mail.state is MailState.SENT
    assert mail.sent_at == LATER
    assert outbox.doubtful(session) == []
    assert words_on(session, mail) == [("was sent", "lena")]


def test_doubtful_mail_shall_be_sent_again(session: Session) -> None:
    mail = in_state(session, MailState.UNKNOWN)

    outbox.settle_doubtful(session, mail.id, was_sent=False, by="lena", now=LATER)

    assert mail.state is MailState.QUEUED
    assert mail.not_before == LATER
    assert words_on(session, mail) == [("send again", "lena")]


def test_second_word_on_a_doubtful_mail_is_refused(session: Session) -> None:
    mail = in_state(session, MailState.UNKNOWN)
    outbox.settle_doubtful(session, mail.id, was_sent=True, by="lena", now=LATER)

    with pytest.raises(ConflictError, match="is sent"):
        outbox.settle_doubtful(session, mail.id, was_sent=False, by="jonas", now=LATER)
    assert mail.state is MailState.SENT
    assert words_on(session, mail) == [("was sent", "lena")]


def test_two_people_settle_at_once_and_one_of_them_does(database: Database) -> None:
    with database.transaction() as session:
        mail_id = in_state(session, MailState.UNKNOWN).id

    def settle(person: int) -> None:
        with database.transaction() as session:
            outbox.settle_doubtful(
                session, mail_id, was_sent=person % 2 == 0, by=f"person {person}", now=LATER
            )

    settled, refused = race(6, settle)

    assert len(settled) == 1
    assert {type(error) for error in refused} == {ConflictError}


@pytest.mark.parametrize("state", [s for s in MailState if s is not MailState.UNKNOWN])
def test_mail_that_is_not_doubtful_cannot_be_settled(session: Session, state: MailState) -> None:
    mail = in_state(session, state)

    with pytest.raises(ConflictError):
        outbox.settle_doubtful(session, mail.id, was_sent=False, by="lena", now=LATER)
    assert mail.state is state


def test_expired_mail_is_not_sent_again(session: Session) -> None:
    mail = in_state(session, MailState.UNKNOWN)
    mail.expires_at = NOW

    with pytest.raises(ConflictError, match="expired"):
        outbox.settle_doubtful(session, mail.id, was_sent=False, by="lena", now=LATER)
    assert mail.state is MailState.UNKNOWN


def test_doubtful_mail_was_not_sent_and_stays_so(session: Session) -> None:
    mail = in_state(session, MailState.UNKNOWN)
    mail.expires_at = NOW  # too old to be sent again, which leaves this way out

    outbox.was_not_sent(session, mail.id, by="lena", now=LATER)

    assert mail.state is MailState.CANCELLED
    assert outbox.doubtful(session) == []
    assert words_on(session, mail) == [("was not sent", "lena")]


@pytest.mark.parametrize("state", [s for s in MailState if s is not MailState.UNKNOWN])
def test_only_of_a_doubtful_mail_it_is_said_that_it_was_not_sent(
    session: Session, state: MailState
) -> None:
    mail = in_state(session, state)

    with pytest.raises(ConflictError):
        outbox.was_not_sent(session, mail.id, by="lena", now=LATER)
    assert mail.state is state


def test_failed_mail_is_tried_again(session: Session) -> None:
    mail = in_state(session, MailState.FAILED)
    assert outbox.failed(session) == [mail]

    outbox.retry_failed(session, mail.id, by="lena", now=LATER)

    assert mail.state is MailState.QUEUED
    assert words_on(session, mail) == [("retry", "lena")]


@pytest.mark.parametrize("state", [MailState.QUEUED, MailState.FAILED])
def test_waiting_mail_is_taken_back(session: Session, state: MailState) -> None:
    mail = in_state(session, state)

    outbox.cancel(session, mail.id, by="lena", reason="wrong client", now=LATER)

    assert mail.state is MailState.CANCELLED
    assert words_on(session, mail) == [("cancelled", "lena")]


def test_mail_on_its_way_cannot_be_taken_back(session: Session) -> None:
    mail = in_state(session, MailState.IN_FLIGHT)

    with pytest.raises(ConflictError, match="inflight"):
        outbox.cancel(session, mail.id, by="lena", reason="wrong client", now=LATER)


def test_unknown_number(session: Session) -> None:
    with pytest.raises(NotFoundError, match="no mail 99"):
        outbox.retry_failed(session, 99, by="lena", now=LATER)
