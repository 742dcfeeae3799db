"""Signing in and out of the desk."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.db.models.desk import DeskSession, Role, SignInAttempt, User
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.portal.desk import users
from acctflows.portal.desk.access import safe_next
from acctflows.portal.desk.passwords import hash_password, matches
from acctflows.portal.desk.signing_in import PER_ACCOUNT, PER_VISITOR, Refused, SignedIn, sign_in
from tests.factories import NOW
from tests.portal.conftest import secret_of, sign_in_as
from tests.portal.world import PASSWORD, Hand, make_user

EMAIL = "manager@nordlicht-digital.example"


@pytest.fixture
def user(app: App) -> User:
    with app.database.transaction() as session:
        return make_user(session)


def add_user(session: Session, **given: str) -> User:
    values = {"email": EMAIL, "name": "Lena Hansen", "language": "de", "password": PASSWORD}
    return users.add_user(session, role=Role.MANAGER, now=NOW, **values | given)


def sessions_in(app: App) -> list[DeskSession]:
    with app.database.reading() as session:
        return list(session.scalars(select(DeskSession)))


def attempt(app: App, password: str = PASSWORD, **given: str) -> SignedIn | Refused:
    values = {"email": EMAIL, "visitor": "203.0.113.7", "browser": "", "old_token": ""} | given
    return sign_in(app.database, password=password, now=app.clock.now(), **values)


def test_signing_in_leads_to_the_page_that_was_asked_for(
    app: App, browser: httpx.Client, user: User
) -> None:
    asked = browser.get("/desk/documents?state=sent")
    form = browser.get(asked.headers["location"])
    assert 'value="/desk/documents?state=sent"' in form.text
    answer = sign_in_as(browser, EMAIL.upper(), next="/desk/documents?state=sent")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk/documents?state=sent"
    assert browser.get("/desk/").status_code == 200


def test_only_the_hash_of_the_cookie_is_stored(app: App, browser: httpx.Client, user: User) -> None:
    sign_in_as(browser, EMAIL)
    [stored] = sessions_in(app)
    assert stored.token_sha256 != browser.cookies["acctflows_desk"]
    assert user.password_hash.startswith("$argon2id$")


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(
    browser: httpx.Client, user: User
) -> None:
    unknown = sign_in_as(browser, "nobody@nordlicht-digital.example", "wrong")
    wrong = sign_in_as(browser, EMAIL, "wrong")
    assert unknown.status_code == wrong.status_code == 422
    assert "stimmt nicht" in wrong.text
    assert unknown.text.replace("nobody@", "manager@") == wrong.text


def test_a_real_password_costs_what_rfc_9106_asks() -> None:
    assert "$m=65536,t=3,p=4$" in hash_password(PASSWORD, email=EMAIL)


def test_an_unknown_user_costs_the_same_work() -> None:
    stored = hash_password(PASSWORD, email=EMAIL)

    def seconds(given: str | None) -> float:
        start = perf_counter()
        assert not matches(given, "wrong")
        return perf_counter() - start

    unknown = median(seconds(None) for _ in range(5))
    known = median(seconds(stored) for _ in range(5))
    assert 0.3 < unknown / known < 3


def test_a_disabled_user_is_refused_and_signed_out(
    app: App, browser: httpx.Client, user: User
) -> None:
    sign_in_as(browser, EMAIL)
    with app.database.transaction() as session:
        users.disable(session, session.get_one(User, user.id), now=NOW)
    assert browser.get("/desk/").status_code == 303
    assert isinstance(attempt(app), Refused)


def test_the_same_browser_gets_a_new_session_each_time(
    app: App, browser: httpx.Client, user: User
) -> None:
    sign_in_as(browser, EMAIL)
    first = browser.cookies["acctflows_desk"]
    sign_in_as(browser, EMAIL)
    assert browser.cookies["acctflows_desk"] != first
    assert len(sessions_in(app)) == 1


def test_a_session_that_was_planted_is_not_taken_over(
    app: App, browser: httpx.Client, user: User
) -> None:
    browser.cookies.set("acctflows_desk", "planted", path="/desk")
    answer = sign_in_as(browser, EMAIL)
    assert "planted" not in answer.headers["set-cookie"]


def test_a_session_ends_after_a_working_day(
    app: App, browser: httpx.Client, user: User, hand: Hand
) -> None:
    sign_in_as(browser, EMAIL)
    hand.forward(hours=11, minutes=59)
    assert browser.get("/desk/").status_code == 200
    hand.forward(minutes=1)
    assert browser.get("/desk/").status_code == 303


def test_signing_out_ends_the_session(app: App, browser: httpx.Client, user: User) -> None:
    sign_in_as(browser, EMAIL)
    secret = secret_of(browser.get("/desk/").text)
    token = browser.cookies["acctflows_desk"]
    assert browser.post("/desk/logout", data={"csrf": secret}).status_code == 303
    assert sessions_in(app) == []
    browser.cookies.set("acctflows_desk", token, path="/desk")
    assert browser.get("/desk/").status_code == 303


def test_another_site_cannot_sign_somebody_in(browser: httpx.Client, user: User) -> None:
    data = {"csrf": "guessed", "email": EMAIL, "password": PASSWORD}
    assert browser.post("/desk/login", data=data).status_code == 403
    browser.get("/desk/login")
    assert browser.post("/desk/login", data=data).status_code == 403


def fail(app: App, times: int, **given: str) -> list[SignedIn | Refused]:
    return [attempt(app, "wrong", **given) for _ in range(times)]


def test_a_visitor_is_refused_at_an_account_after_eight_wrong_passwords(
    app: App, browser: httpx.Client, user: User, hand: Hand
) -> None:
    assert fail(app, PER_ACCOUNT, visitor="127.0.0.1") == [Refused()] * PER_ACCOUNT
    refused = sign_in_as(browser, EMAIL)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "900"
    assert "in 15 Minuten" in refused.text
    hand.forward(minutes=15)
    assert isinstance(attempt(app), SignedIn)


def test_strangers_who_guess_cannot_lock_a_manager_out(
    app: App, browser: httpx.Client, user: User
) -> None:
    sign_in_as(browser, EMAIL)
    browser.cookies.delete("acctflows_desk", path="/desk")
    for number in range(3 * PER_ACCOUNT):
        attempt(app, "wrong", visitor=f"198.51.100.{number}")
    fail(app, PER_VISITOR, visitor="127.0.0.1")  # even from the manager's own network

    assert sign_in_as(browser, EMAIL).status_code == 303


def test_an_account_under_attack_lets_strangers_try_from_time_to_time_only(
    app: App, user: User, hand: Hand
) -> None:
    for number in range(PER_ACCOUNT):
        assert attempt(app, "wrong", visitor=f"198.51.100.{number}") == Refused()

    assert attempt(app) == Refused(113)  # a ninth try, whoever makes it
    hand.forward(seconds=113)
    assert isinstance(attempt(app), SignedIn)


def test_many_addresses_get_no_more_guesses_than_one_in_the_long_run(
    app: App, user: User, hand: Hand
) -> None:
    guesses = 0
    for second in range(0, 4 * 3600, 30):
        guesses += attempt(app, "wrong", visitor=f"2001:db8:{second:x}::/64") == Refused()
        hand.forward(seconds=30)
    assert guesses <= 4 * 4 * PER_ACCOUNT + PER_ACCOUNT


def test_a_known_browser_is_refused_after_eight_wrong_passwords_too(app: App, user: User) -> None:
    first = attempt(app)
    assert isinstance(first, SignedIn)

    assert fail(app, PER_ACCOUNT, browser=first.browser) == [Refused()] * PER_ACCOUNT
    assert attempt(app, browser=first.browser) == Refused(900)


def test_a_known_browser_is_known_at_its_own_account_only(app: App, user: User) -> None:
    with app.database.transaction() as session:
        make_user(session, Role.READER)
    other = attempt(app, email="reader@nordlicht-digital.example")
    assert isinstance(other, SignedIn)
    for number in range(PER_ACCOUNT):
        attempt(app, "wrong", visitor=f"198.51.100.{number}")

    assert attempt(app, browser=other.browser) == Refused(113)


@pytest.mark.parametrize("forged", ["", ".", "x", "x.y", "\ud800.ü", "browser." + "0" * 64])
def test_a_forged_browser_is_a_stranger(app: App, user: User, forged: str) -> None:
    for number in range(PER_ACCOUNT):
        attempt(app, "wrong", visitor=f"198.51.100.{number}")
    assert attempt(app, browser=forged) == Refused(113)


def test_a_browser_is_known_until_the_password_changes(app: App, user: User) -> None:
    first = attempt(app)
    assert isinstance(first, SignedIn)
    with app.database.transaction() as session:
        users.set_password(session, users.find_user(session, EMAIL), "ein ganz anderes Wort")
    for number in range(PER_ACCOUNT):
        attempt(app, "wrong", visitor=f"198.51.100.{number}")

    assert attempt(app, "ein ganz anderes Wort", browser=first.browser) == Refused(113)


def test_nobody_has_no_known_browser(app: App, user: User) -> None:
    nobody = "nobody@nordlicht-digital.example"
    assert fail(app, PER_ACCOUNT, email=nobody) == [Refused()] * PER_ACCOUNT
    assert attempt(app, email=nobody) == Refused(900)


def test_a_visitor_is_refused_after_forty_wrong_passwords(app: App, user: User) -> None:
    with app.database.transaction() as session:
        for number in range(PER_VISITOR):
            session.add(SignInAttempt(email=f"{number}@x.example", ip="203.0.113.7", at=NOW))
    assert attempt(app) == Refused(900)
    assert isinstance(attempt(app, visitor="198.51.100.1"), SignedIn)


def test_many_attempts_at_once_get_no_more_tries(app: App, user: User) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: attempt(app, "wrong"), range(24)))
    assert results.count(Refused()) == PER_ACCOUNT
    assert results.count(Refused(900)) == 24 - PER_ACCOUNT


def test_success_forgets_ones_own_failures_and_no_others(app: App, user: User) -> None:
    fail(app, PER_ACCOUNT - 2)
    fail(app, 1, visitor="198.51.100.1")
    assert isinstance(attempt(app), SignedIn)
    with app.database.reading() as session:
        assert session.scalars(select(SignInAttempt.ip)).all() == ["198.51.100.1"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/desk/",
        "/\\evil.example",
        "/desk/\\evil",
        "javascript:alert(1)",
        "/d/token",
        "/desk/\r\nSet-Cookie: x=1",
        "/desk/ü",
        "/desk/" + "x" * 600,
        "",
    ],
)
def test_nobody_is_led_away_after_signing_in(address: str) -> None:
    assert safe_next(address) == "/desk/"


def test_the_language_of_the_pages_is_kept(
    browser: httpx.Client, signed_in: Callable[[Role], httpx.Client]
) -> None:
    signed_in(Role.READER)
    secret = secret_of(browser.get("/desk/").text)
    browser.post("/desk/language", data={"csrf": secret, "language": "en"})
    assert '<html lang="en">' in browser.get("/desk/").text
    browser.post("/desk/language", data={"csrf": secret, "language": "../x"})
    assert '<html lang="en">' in browser.get("/desk/").text


@pytest.mark.parametrize("password", ["short", "x" * 201, "", EMAIL])
def test_an_unsafe_password_is_refused(app: App, password: str) -> None:
    with app.database.transaction() as session, pytest.raises(InputError, match="not safe"):
        add_user(session, password=password)


def test_a_new_user_can_sign_in(app: App) -> None:
    with app.database.transaction() as session:
        assert add_user(session, email=" Manager@Nordlicht-Digital.example ").email == EMAIL
    assert isinstance(attempt(app), SignedIn)


def test_an_account_is_made_once(app: App, user: User) -> None:
    with app.database.transaction() as session, pytest.raises(ConflictError, match="already"):
        add_user(session, email=EMAIL.upper())


def test_an_account_needs_an_address(app: App) -> None:
    with app.database.transaction() as session, pytest.raises(InputError, match="no e-mail"):
        add_user(session, email="Lena")


def test_another_password_signs_out_everywhere(app: App, browser: httpx.Client, user: User) -> None:
    sign_in_as(browser, EMAIL)
    with app.database.transaction() as session:
        users.set_password(session, users.find_user(session, EMAIL), "ein ganz anderes Wort")
    assert browser.get("/desk/").status_code == 303
    assert sign_in_as(browser, EMAIL).status_code == 422
    assert sign_in_as(browser, EMAIL, "ein ganz anderes Wort").status_code == 303


def test_a_user_nobody_knows_is_named(app: App) -> None:
    with app.database.reading() as session, pytest.raises(NotFoundError, match="x@y"):
        users.find_user(session, "x@y.example")
