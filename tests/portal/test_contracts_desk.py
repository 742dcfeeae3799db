"""Contracts on the desk: by notice day, each with its picture, and notices of either side."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from acctflows.app import App
from acctflows.contracts.life import calendar_of
from acctflows.contracts.term_dates import Duration, outlook
from acctflows.contracts.terms import Term
from acctflows.db.models.contracts import Contract, NoticeChannel, NoticeParty
from acctflows.db.models.desk import Role
from acctflows.portal.desk.timeline import draw_timeline
from tests.contracts.stories import concluded, contract_of
from tests.contracts.test_agreements import accept, add_line, change_of, framework, order_under
from tests.factories import make_client, make_project
from tests.portal.conftest import secret_of
from tests.portal.world import Hand

SignIn = Callable[..., httpx.Client]
CARE = {"term": Term.RENEWING, "starts_on": date(2026, 12, 1), "notice_months": 3}


def conclude(app: App, name: str = "Möwe Handel GmbH", **terms: Any) -> tuple[str, int]:
    with app.database.transaction() as session:
        project = make_project(session, ends_on=None, client=make_client(session, legal_name=name))
        version = concluded(session, app.agency, project=project, **CARE | terms)
        return version.document.number, contract_of(session, version).id


def post(browser: httpx.Client, address: str, **fields: str) -> httpx.Response:
    secret = secret_of(browser.get("/desk/").text)
    return browser.post(address, data={"csrf": secret} | fields)


def plain(page: httpx.Response) -> str:
    return page.text.replace("\u00a0", " ")


def test_contracts_are_listed_by_their_next_notice_day(app: App, signed_in: SignIn) -> None:
    browser = signed_in()
    assert "Noch ist kein Vertrag geschlossen." in browser.get("/desk/contracts").text
    later, _ = conclude(app, "Anker AG")
    sooner, _ = conclude(app, "Boje KG", initial_months=6)
    never, _ = conclude(app, "Kutter OHG", term=Term.PROJECT)
    page = plain(browser.get("/desk/contracts"))
    assert page.index(sooner) < page.index(later) < page.index(never)
    assert "26.02.2027" in page  # 28 February is a Sunday
    found = browser.get("/desk/contracts", params={"q": "anker"}).text
    assert later in found
    assert sooner not in found


def test_a_damaged_contract_does_not_hide_the_others(app: App, signed_in: SignIn) -> None:
    whole, _ = conclude(app)
    broken, _ = conclude(app)
    with app.database.transaction() as session:
        session.execute(
            text("update document_version set snapshot = '{}' where document_id = "
                 "(select id from document where number = :number)"), {"number": broken}
        )  # fmt: skip
    page = signed_in().get("/desk/contracts")
    assert f'href="/desk/documents/{whole}"' in page.text
    assert f"{broken} v1: what the contract says cannot be read" in page.text


def test_a_notice_is_recorded_and_taken_back(app: App, signed_in: SignIn, hand: Hand) -> None:
    number, contract_id = conclude(app)
    browser = signed_in()
    page = plain(browser.get(f"/desk/documents/{number}"))
    assert "Kündigen bis</dt><dd><strong>31. August 2027</strong> zum 30. November 2027" in page
    assert "1. Dezember 2027 – 30. November 2028" in page
    assert '<svg class="timeline"' in page
    assert "Stillschweigend verlängert" not in page

    form = {"party": "client", "channel": "letter", "received_on": "2026-11-23", "ends_on": ""}
    done = post(browser, f"/desk/contracts/{contract_id}/notice", **form, note="Scan 2026/7")
    assert done.headers["location"] == f"/desk/documents/{number}?done=notice_given"
    page = plain(browser.get(done.headers["location"]))
    assert "Kündigung erfasst." in page
    assert "zugegangen am 23. November 2026, per Brief, zum 30. November 2027" in page
    assert "gekündigt" in plain(browser.get("/desk/contracts"))

    with app.database.reading() as session:
        [notice] = session.get_one(Contract, contract_id).notices
        assert (notice.party, notice.channel) == (NoticeParty.CLIENT, NoticeChannel.LETTER)
        assert "nordlicht-digital.example>" in notice.recorded_by
    assert post(browser, f"/desk/notices/{notice.id}/withdraw", note="").status_code == 400
    done = post(browser, f"/desk/notices/{notice.id}/withdraw", note="Doch nicht")
    assert done.status_code == 303
    page = plain(browser.get(f"/desk/documents/{number}"))
    assert "Doch nicht" in page
    assert "Kündigen bis</dt>" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"party": "nobody"}, ""),
        ({"channel": "phone"}, ""),
        ({"received_on": "gestern"}, "is no day"),
        ({"received_on": "2026-11-24"}, "still to come"),
        ({"ends_on": "2026-12-31"}, "needs a reason"),
    ],
)
def test_a_form_that_cannot_be_right_changes_nothing(
    app: App, signed_in: SignIn, fields: dict[str, str], words: str
) -> None:
    _number, contract_id = conclude(app)
    form = {"party": "client", "channel": "email", "received_on": "2026-11-23"} | fields
    answer = post(signed_in(), f"/desk/contracts/{contract_id}/notice", **form)
    assert answer.status_code == 400
    assert words in answer.text
    with app.database.reading() as session:
        assert session.get_one(Contract, contract_id).notices == []


def test_a_framework_contract_lists_its_orders_with_their_sum(app: App, signed_in: SignIn) -> None:
    with app.database.transaction() as session:
        frame = framework(session, app.agency)
        first = accept(session, order_under(session, app.agency, frame), app.agency)
        other = make_project(session, client=frame.document.client, title="Kampagne")
        second = order_under(session, app.agency, frame, project=other)
        numbers = [each.document.number for each in (frame, first, second)]
    browser = signed_in()
    page = plain(browser.get(f"/desk/documents/{numbers[0]}"))
    assert "Einzelaufträge" in page
    assert f'<a href="/desk/documents/{numbers[2]}">' in page
    assert "Vereinbart netto</dt><dd>17.700,50 €" in page  # the other is not accepted yet
    assert "Rahmenvertrag: Leistungen, Termine und Vergütung" in page
    assert "Preis</th>" not in page
    order = plain(browser.get(f"/desk/documents/{numbers[1]}"))
    assert f'Zum Vertrag</dt><dd><a href="/desk/documents/{numbers[0]}">' in order
    assert f"Einzelauftrag unter dem Rahmenvertrag {numbers[0]} vom 23. November 2026" in order


def test_a_changed_contract_shows_its_changes_and_what_is_agreed_now(
    app: App, signed_in: SignIn
) -> None:
    with app.database.transaction() as session:
        contract = concluded(session, app.agency)
        assert contract.document.project is not None
        add_line(session, contract.document.project)
        change = accept(session, change_of(session, app.agency, contract), app.agency)
        number, changed_by = contract.document.number, change.document.number
    browser = signed_in()
    page = plain(browser.get(f"/desk/documents/{number}"))
    assert "Vereinbart netto</dt><dd>18.200,50 €" in page
    assert f'<a href="/desk/documents/{changed_by}">' in page
    assert "Durch Änderungsauftrag geändert" in page
    page = plain(browser.get(f"/desk/documents/{changed_by}"))
    assert "Kommt hinzu" in page
    assert "Summe netto bisher</dt><dd>17.700,50 €" in page
    assert "Kündigung erfassen" not in page


def test_what_is_not_there_is_not_found(app: App, signed_in: SignIn) -> None:
    browser = signed_in()
    form = {"party": "client", "channel": "email", "received_on": "2026-11-23", "note": "x"}
    assert post(browser, "/desk/contracts/99/notice", **form).status_code == 404
    assert post(browser, "/desk/notices/99/withdraw", **form).status_code == 404


def test_a_reader_sees_the_term_but_no_form(app: App, signed_in: SignIn) -> None:
    number, _ = conclude(app)
    page = signed_in(Role.READER, language="en").get(f"/desk/documents/{number}")
    assert "Notice by" in page.text
    assert "Record a notice" not in page.text


def test_the_picture_shows_terms_today_and_the_notice_day(app: App) -> None:
    duration = Duration(Term.RENEWING, date(2027, 1, 1), notice_months=3)
    today = date(2027, 7, 2)
    view = outlook(duration, calendar_of(app.agency), concluded_on=date(2026, 12, 1), today=today)
    picture = draw_timeline(duration, view, today=today)
    assert [(bar.term.number, bar.x, bar.width, bar.runs) for bar in picture.bars] == [
        (1, 0.0, 499.3, True),
        (2, 499.3, 500.7, False),
    ]
    assert [(mark.kind, mark.day, mark.anchor) for mark in picture.marks] == [
        ("today", today, "middle"),
        ("notice", date(2027, 9, 30), "middle"),
    ]


@pytest.mark.parametrize(
    ("duration", "ends_on", "widths"),
    [
        (Duration(Term.OPEN_ENDED, date(2027, 1, 1)), None, [1000.0]),
        (Duration(Term.FIXED, date(2027, 7, 2), date(2027, 7, 2)), None, [1000.0]),
        (Duration(Term.RENEWING, date(2027, 1, 1)), date(2028, 12, 31), [499.3, 500.7]),
        (Duration(Term.RENEWING, date(2027, 1, 1)), date(2027, 3, 31), [1000.0]),
        (Duration(Term.RENEWING, date(2027, 7, 1), None, 1, 1, 3), None,
         [202.6, 202.6, 196.1, 202.6, 196.1]),
    ],
)  # fmt: skip
def test_the_picture_ends_where_the_contract_does(
    app: App, duration: Duration, ends_on: date | None, widths: list[float]
) -> None:
    today = date(2027, 7, 2)
    view = outlook(
        duration,
        calendar_of(app.agency),
        concluded_on=date(2026, 12, 1),
        today=today,
        ended_by_notice=ends_on,
    )
    bars = draw_timeline(duration, view, today=today).bars
    assert [bar.width for bar in bars] == pytest.approx(widths, abs=0.11)
    assert sum(bar.width for bar in bars) == pytest.approx(1000, abs=0.3)
