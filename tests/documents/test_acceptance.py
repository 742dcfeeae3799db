"""The client's link and decision: hard to guess, one for all, with its evidence."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import (
    AccessLink,
    ClientDecision,
    DocumentVersion,
    Outcome,
    VersionState,
)
from acctflows.db.session import Database
from acctflows.documents import acceptance, access_links, audit
from acctflows.errors import ConflictError, InputError, NotFoundError
from tests.documents.stories import approved, draft, in_approval, sent
from tests.factories import NOW, make_client, make_contact
from tests.racing import race

CONSENT = "Ich nehme den Vertrag V-2026-0001 für die Möwe Handel GmbH an."


def decide(session: Session, link: AccessLink, **given: object) -> ClientDecision:
    values = {
        "outcome": Outcome.ACCEPTED,
        "name": "Käthe Brünning",
        "function": "Geschäftsführerin",
        "reason": "",
        "consent_text": CONSENT,
        "consent_language": "de",
        "ip": "2001:db8::1",
        "user_agent": "Mozilla/5.0",
        "now": NOW + timedelta(days=1),
    }
    return acceptance.record_decision(session, link, **values | given)


def open_link(session: Session, token: str) -> AccessLink:
    return access_links.find_link(session, token, now=NOW)


# Invitation


def test_an_approved_version_is_sent_by_inviting_the_signer(session: Session) -> None:
    version = approved(session)
    signer = version.document.client.contacts[0]
    link, token = access_links.invite(session, version, signer, now=NOW, valid_days=14)
    assert version.state is VersionState.SENT
    assert (link.contact, link.expires_at) == (signer, NOW + timedelta(days=14))
    assert open_link(session, token) is link
    entry = audit.trail(session, f"document/{version.document.number}")[-1]
    assert (entry.event, entry.data["recipient"]) == ("invitation.issued", signer.email)


def test_only_the_hash_of_a_token_is_stored(session: Session) -> None:
    _version, token = sent(session)
    link = session.scalars(select(AccessLink)).one()
    assert link.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    told = repr([entry.data for entry in audit.trail(session, "document/V-2026-0001")])
    assert token not in told
    assert link.token_sha256 not in told


def test_tokens_hold_192_bits_and_fit_an_address(session: Session) -> None:
    version, first = sent(session)
    signer = version.document.client.contacts[0]
    _link, second = access_links.invite(session, version, signer, now=NOW, valid_days=14)
    assert first != second
    for token in (first, second):
        assert len(token) * 6 == 192
        assert token.isascii()
        assert token.replace("-", "").replace("_", "").isalnum()


def test_an_invitation_sent_again_leaves_the_first_link_working(session: Session) -> None:
    version, first = sent(session)
    signer = version.document.client.contacts[0]
    _link, second = access_links.invite(session, version, signer, now=NOW, valid_days=14)
    assert open_link(session, first).version is open_link(session, second).version


@pytest.mark.parametrize("reach", [draft, in_approval])
def test_nothing_goes_out_before_it_is_approved(
    session: Session, reach: Callable[[Session], DocumentVersion]
) -> None:
    version = reach(session)
    signer = version.document.client.contacts[0]
    with pytest.raises(ConflictError, match="have it approved first"):
        access_links.invite(session, version, signer, now=NOW, valid_days=14)


def test_another_clients_contact_is_not_invited(session: Session) -> None:
    version = approved(session)
    stranger = make_contact(session, make_client(session))
    with pytest.raises(ConflictError, match="no contact of this client"):
        access_links.invite(session, version, stranger, now=NOW, valid_days=14)
    assert version.state is VersionState.APPROVED


# Links that do not work


def link_of(session: Session, token: str) -> AccessLink:
    """The link of a token, whether it works or not."""
    digest = access_links.token_hash(token)
    return session.scalars(select(AccessLink).where(AccessLink.token_sha256 == digest)).one()


def unknown(session: Session) -> str:
    sent(session)
    return "A" * 32


def expired(session: Session) -> str:
    _version, token = sent(session)
    link_of(session, token).expires_at = NOW
    return token


def revoked(session: Session) -> str:
    _version, token = sent(session)
    link_of(session, token).revoked_at = NOW
    return token


def superseded(session: Session) -> str:
    version, token = sent(session)
    draft(session, version.document, fee_minor=2)
    return token


DEAD = [unknown, expired, revoked, superseded]


def test_every_link_that_does_not_work_gives_the_same_answer(session: Session) -> None:
    answers = set()
    for reach in DEAD:
        token = reach(session)
        with pytest.raises(NotFoundError) as caught:
            open_link(session, token)
        error = caught.value
        answers.add((type(error), str(error), error.what, error.where, error.todo))
    assert len(answers) == 1


@pytest.mark.parametrize("token", ["", "ä", "\ud800", "x" * 100_000, "' OR 1=1 --", "\0"])
def test_nonsense_instead_of_a_token_gives_that_answer_too(session: Session, token: str) -> None:
    sent(session)
    with pytest.raises(NotFoundError, match="this link does not work"):
        open_link(session, token)


def test_the_neighbours_of_a_token_open_nothing(session: Session) -> None:
    _version, token = sent(session)
    neighbours = [
        token[:n] + other + token[n + 1 :]
        for n in range(len(token))
        for other in "Aa0_"
        if token[n] != other
    ]
    for neighbour in [*neighbours, token[:-1], token + "A", token + "=", token.swapcase()]:
        with pytest.raises(NotFoundError):
            open_link(session, neighbour)


def test_a_link_works_until_the_moment_it_expires(session: Session) -> None:
    _version, token = sent(session)
    end = NOW + timedelta(days=14)
    assert access_links.find_link(session, token, now=end - timedelta(microseconds=1))
    with pytest.raises(NotFoundError):
        access_links.find_link(session, token, now=end)


@pytest.mark.parametrize("reach", [expired, revoked, superseded])
def test_a_link_that_died_while_the_page_was_open_decides_nothing(
    session: Session, reach: Callable[[Session], str]
) -> None:
    link = link_of(session, reach(session))
    with pytest.raises(NotFoundError, match="this link does not work"):
        decide(session, link)


# The decision


@pytest.mark.parametrize(
    ("outcome", "reason", "state"),
    [
        (Outcome.ACCEPTED, "", VersionState.ACCEPTED),
        (Outcome.DECLINED, "Die Kündigungsfrist ist zu lang.", VersionState.DECLINED),
    ],
)
def test_the_decision_is_kept_with_its_evidence(
    session: Session, outcome: Outcome, reason: str, state: VersionState
) -> None:
    version, token = sent(session)
    decision = decide(session, open_link(session, token), outcome=outcome, reason=reason)
    assert version.state is state
    assert decision.sha256 == version.pdf_sha256
    assert (decision.consent_text, decision.consent_language) == (CONSENT, "de")
    assert (decision.ip, decision.closed_at) == ("2001:db8::1", None)
    entry = audit.trail(session, f"document/{version.document.number}")[-1]
    assert (entry.event, entry.actor) == (f"decision.{state}", "Käthe Brünning")
    assert entry.at == NOW + timedelta(days=1)
    assert entry.data == {
        "version": 1,
        "sha256": version.pdf_sha256,
        "function": "Geschäftsführerin",
        "reason": reason,
        "defects": [],
        "objections": [],
        "means": "link",
        "invited": version.document.client.contacts[0].email,
        "consent_language": "de",
        "consent_sha256": hashlib.sha256(CONSENT.encode()).hexdigest(),
    }


def test_a_decided_document_can_still_be_looked_at(session: Session) -> None:
    _version, token = sent(session)
    decide(session, open_link(session, token))
    assert open_link(session, token).version.decision is not None


def test_a_second_decision_is_refused(session: Session) -> None:
    version, token = sent(session)
    decide(session, open_link(session, token))
    with pytest.raises(ConflictError, match="a decision was made already"):
        decide(session, open_link(session, token), outcome=Outcome.DECLINED, reason="doch nicht")
    assert version.state is VersionState.ACCEPTED


def test_a_second_decision_through_another_link_is_refused(session: Session) -> None:
    version, first = sent(session)
    colleague = make_contact(session, version.document.client)
    _link, second = access_links.invite(session, version, colleague, now=NOW, valid_days=14)
    decide(session, open_link(session, first))
    with pytest.raises(ConflictError):
        decide(session, open_link(session, second))


@pytest.mark.parametrize("state", [s for s in VersionState if s is not VersionState.SENT])
def test_only_a_sent_version_can_be_decided(session: Session, state: VersionState) -> None:
    version, token = sent(session)
    link = open_link(session, token)
    version.state = state
    with pytest.raises((ConflictError, NotFoundError)):
        decide(session, link)
    assert version.state is state


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "  \n"}, "name"),
        ({"name": "\0\x07"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"function": "x" * 201}, "function"),
        ({"outcome": Outcome.DECLINED}, "reason"),
        ({"outcome": Outcome.DECLINED, "reason": " \n"}, "reason"),
        ({"outcome": Outcome.DECLINED, "reason": "x" * 10_001}, "reason"),
    ],
)
def test_a_decision_that_says_too_little_or_too_much_names_the_field(
    session: Session, given: dict[str, object], field: str
) -> None:
    version, token = sent(session)
    with pytest.raises(InputError) as caught:
        decide(session, open_link(session, token), **given)
    assert caught.value.where == field
    assert version.state is VersionState.SENT


def test_hostile_words_arrive_as_they_were_typed(session: Session) -> None:
    _version, token = sent(session)
    name = "Käthe </w:t> {{ 7*7 }} & \u202e😀 '; DROP TABLE client; --"
    decision = decide(
        session,
        open_link(session, token),
        name=f" {name}\0 ",
        user_agent="\x1b[31m" + "a" * 5000,
        ip="x" * 60,
    )
    session.expire(decision)
    assert decision.name == name
    assert (len(decision.user_agent), len(decision.ip)) == (400, 45)


def test_of_fifty_posts_at_once_one_is_recorded(database: Database) -> None:
    with database.transaction() as session:
        version, token = sent(session)

    def post(caller: int) -> Outcome:
        with database.transaction() as session:
            link = access_links.find_link(session, token, now=NOW)
            outcome = list(Outcome)[caller % 2]
            return decide(session, link, outcome=outcome, reason="nein").outcome

    done, failed = race(50, post)
    assert len(done) == 1
    assert {type(error) for error in failed} == {ConflictError}
    with database.reading() as session:
        assert session.scalars(select(func.count()).select_from(ClientDecision)).one() == 1
        trail = audit.trail(session, f"document/{version.document.number}")
        decided = [entry.event for entry in trail if entry.event.startswith("decision.")]
        assert decided == [f"decision.{done[0]}"]
        assert session.get_one(DocumentVersion, version.id).state == done[0].value


def test_a_decision_and_a_new_version_at_once_do_not_both_win(database: Database) -> None:
    with database.transaction() as session:
        version, token = sent(session)
    version_id, document = version.id, version.document

    def work(caller: int) -> str:
        with database.transaction() as session:
            if caller % 2:
                decide(session, access_links.find_link(session, token, now=NOW))
                return "decided"
            draft(session, session.merge(document), fee_minor=2)
            return "drafted"

    done, failed = race(8, work)
    assert {type(error) for error in failed} <= {ConflictError, NotFoundError}
    assert set(done) in ({"decided"}, {"drafted"})
    with database.reading() as session:
        state = session.get_one(DocumentVersion, version_id).state
        assert state is (VersionState.ACCEPTED if "decided" in done else VersionState.SUPERSEDED)
        assert audit.verify(session).fault is None
