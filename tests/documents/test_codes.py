"""The code that is mailed to a signer: right once, soon, for one file, and hard to guess."""

import hashlib
import hmac
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import AccessLink, Means, Outcome
from acctflows.db.models.signing import MailCode
from acctflows.db.session import Database
from acctflows.documents import acceptance, access_links, audit
from acctflows.documents.acceptance import still_open
from acctflows.documents.access_links import find_link
from acctflows.documents.agreement import check_register
from acctflows.documents.codes import (
    MOST_A_DAY,
    MOST_AN_HOUR,
    MOST_TRIES,
    Found,
    TooManyCodesError,
    check_code,
    make_code,
    open_code,
)
from acctflows.errors import ConflictError
from tests.documents.stories import approved
from tests.factories import NOW
from tests.racing import race


def invited(session: Session) -> tuple[AccessLink, str]:
    """A link that asks for a code, and its token."""
    version = approved(session)
    signer = version.document.client.contacts[0]
    return access_links.invite(session, version, signer, now=NOW, valid_days=14, asks_code=True)


def asked(session: Session, now: datetime = NOW) -> tuple[AccessLink, str, str]:
    link, token = invited(session)
    _made, code = make_code(session, link, token, now=now)
    return link, token, code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def after(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


def told(session: Session, link: AccessLink) -> list[str]:
    trail = audit.trail(session, f"document/{link.version.document.number}")
    return [entry.event for entry in trail]


def test_a_code_has_six_digits_and_is_in_no_table(session: Session) -> None:
    link, _token, code = asked(session)
    assert len(code) == 6
    assert code.isdecimal()
    made = session.scalars(select(MailCode)).one()
    assert made.expires_at == after(minutes=10)
    assert made.sha256 == link.version.shown_sha256
    entry = audit.trail(session, f"document/{link.version.document.number}")[-1]
    assert (entry.event, entry.data["recipient"]) == ("code.sent", link.contact.email)
    assert code not in str(entry.data)


def test_its_hash_tells_nothing_to_whoever_lacks_the_link(session: Session) -> None:
    link, _token, code = asked(session)
    made = session.scalars(select(MailCode)).one()
    # What a thief of the table can compute of all million codes, of the right one:
    known = f"{code}/{link.id}/{made.sha256}".encode()
    assert made.code_sha256 != hashlib.sha256(known).hexdigest()
    for key in (link.token_sha256, made.sha256):
        assert made.code_sha256 != hmac.new(key.encode(), known, hashlib.sha256).hexdigest()


def test_the_right_code_is_right_once(session: Session) -> None:
    link, token, code = asked(session)
    assert open_code(session, link, now=NOW)
    assert check_code(session, link, token, code, now=after(minutes=9.9)) is Found.RIGHT
    assert check_code(session, link, token, code, now=after(minutes=9.9)) is Found.EXPIRED
    assert open_code(session, link, now=NOW) is None


def test_after_ten_minutes_it_is_too_late(session: Session) -> None:
    link, token, code = asked(session)
    assert check_code(session, link, token, code, now=after(minutes=10)) is Found.EXPIRED
    assert open_code(session, link, now=after(minutes=10)) is None


def test_five_wrong_tries_and_the_right_one_comes_too_late(session: Session) -> None:
    link, token, code = asked(session)
    tries = [check_code(session, link, token, wrong(code), now=NOW) for _ in range(MOST_TRIES)]
    assert tries == [Found.WRONG] * (MOST_TRIES - 1) + [Found.SPENT]
    assert check_code(session, link, token, code, now=NOW) is Found.SPENT
    assert open_code(session, link, now=NOW) is None
    assert told(session, link)[-5:] == ["code.refused"] * 5

    _made, newer = make_code(session, link, token, now=NOW)
    assert check_code(session, link, token, newer, now=NOW) is Found.RIGHT


def test_only_the_newest_code_counts(session: Session) -> None:
    link, token, first = asked(session)
    second = first
    while second == first:
        second = make_code(session, link, token, now=NOW)[1]
    assert check_code(session, link, token, first, now=NOW) is Found.WRONG
    assert check_code(session, link, token, second, now=NOW) is Found.RIGHT


def test_a_code_for_one_file_accepts_no_other(session: Session) -> None:
    link, token, code = asked(session)
    link.version.pdf_sha256 = "e" * 64
    assert check_code(session, link, token, code, now=NOW) is Found.EXPIRED
    # Not even where somebody rewrote what the code was asked for.
    session.scalars(select(MailCode)).one().sha256 = "e" * 64
    assert check_code(session, link, token, code, now=NOW) is Found.WRONG


def test_a_code_opens_no_other_link(session: Session) -> None:
    link, token, code = asked(session)
    other, other_token = invited(session)
    assert check_code(session, other, other_token, code, now=NOW) is Found.EXPIRED
    assert check_code(session, link, other_token, code, now=NOW) is Found.WRONG
    assert check_code(session, link, token, code, now=NOW) is Found.RIGHT


def test_without_a_code_asked_for_none_is_right(session: Session) -> None:
    link, token = invited(session)
    assert check_code(session, link, token, "000000", now=NOW) is Found.EXPIRED


@pytest.mark.parametrize(("most", "apart"), [(MOST_AN_HOUR, 1), (MOST_A_DAY, 61)])
def test_nobody_is_mailed_codes_without_end(session: Session, most: int, apart: int) -> None:
    link, token = invited(session)
    contact = link.contact
    other, other_token = access_links.invite(
        session, link.version, contact, now=NOW, valid_days=14, asks_code=True
    )
    for number in range(most):  # through whichever link
        chosen = (link, token) if number % 2 else (other, other_token)
        make_code(session, *chosen, now=after(minutes=number * apart))
    end = (most - 1) * apart
    with pytest.raises(TooManyCodesError, match="wait an hour"):
        make_code(session, link, token, now=after(minutes=end))
    later = after(hours=1, seconds=1) if apart == 1 else after(days=1, seconds=1)
    make_code(session, link, token, now=later)


def accept(session: Session, link: AccessLink, **given: object) -> None:
    values = {
        "outcome": Outcome.ACCEPTED,
        "name": "Käthe Brünning",
        "function": "",
        "reason": "",
        "consent_text": "Ich nehme an.",
        "consent_language": "de",
        "ip": "",
        "user_agent": "",
        "now": NOW,
    }
    acceptance.record_decision(session, link, **values | given)


def test_a_link_that_asks_for_a_code_accepts_nothing_without(session: Session) -> None:
    link, _token = invited(session)
    with pytest.raises(ConflictError, match="needs a code"):
        accept(session, link)
    given = {"name": "Käthe", "function": "", "consent_text": "Ja", "consent_language": "de"}
    with pytest.raises(ConflictError, match="needs a code"):
        acceptance.record_consent(session, link, **given, ip="", user_agent="", now=NOW)
    accept(session, link, outcome=Outcome.DECLINED, reason="Zu teuer")


def test_the_trail_says_that_it_was_accepted_with_a_code(database: Database) -> None:
    with database.transaction() as session:
        link, token, code = asked(session)
        check_code(session, link, token, wrong(code), now=NOW)
        check_code(session, link, token, code, now=NOW)
        accept(session, link, means=Means.CODE)
        trail = audit.trail(session, f"document/{link.version.document.number}")
        assert trail[-1].data["means"] == "code"
    with database.reading() as session:
        assert check_register(session).faults == []


def test_six_at_once_with_the_same_code_accept_once(database: Database) -> None:
    with database.transaction() as session:
        _link, token, code = asked(session)

    def work(_caller: int) -> Found:
        with database.transaction() as session:
            link = find_link(session, token, now=NOW)
            still_open(session, link, now=NOW)
            found = check_code(session, link, token, code, now=NOW)
            accept(session, link, means=Means.CODE)
            return found

    found, failures = race(6, work)

    assert found == [Found.RIGHT]
    assert {type(failure) for failure in failures} == {ConflictError}
