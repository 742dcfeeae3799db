"""The pages of a negotiation where something is missing, wrong, or posted twice."""

from collections.abc import Callable

import httpx
import pytest

from acctflows.app import App
from acctflows.contracts.negotiation import draft_next
from acctflows.db.models.desk import Role, WorkItem
from acctflows.db.models.documents import DocumentVersion, Outcome, VersionState
from acctflows.db.models.signing import Objection, Reply
from acctflows.documents import acceptance, access_links
from acctflows.documents.objections import Answer, RaisedObjection, answer_objections
from acctflows.portal.desk.negotiation import REVISE
from tests.factories import NOW
from tests.portal.conftest import secret_of
from tests.portal.world import MANAGER, FakePrefect, put_before_manager, send, sent

RAISED = RaisedObjection("§ 1 (1)", "Gegenstand", "Die Agentur arbeitet.", "Sie liefert.", "")


def objected(app: App) -> int:
    with app.database.transaction() as session:
        version, token = sent(session, app)
        acceptance.record_decision(
            session,
            access_links.find_link(session, token, now=NOW),
            outcome=Outcome.OBJECTED,
            name="Käthe Brünning",
            function="",
            reason="",
            objections=[RAISED],
            consent_text="",
            consent_language="de",
            ip="192.0.2.1",
            user_agent="Browser",
            now=NOW,
        )
        return version.id


def form_of(page: str) -> dict[str, str]:
    return {"csrf": secret_of(page)}


@pytest.fixture
def desk(signed_in: Callable[[Role], httpx.Client]) -> httpx.Client:
    return signed_in(Role.MANAGER)


def test_answers_start_the_next_version_once(
    app: App, desk: httpx.Client, prefect: FakePrefect
) -> None:
    address = f"/desk/objections/{objected(app)}"
    fields = form_of(desk.get(address).text) | {"reply-1": "accept"}
    for _ in range(2):
        assert desk.post(address, data=fields).status_code == 303
    assert list(prefect.started.values()) == [(REVISE, {"contract": "V-2026-0001"})]


def test_without_prefect_the_answers_stay_and_the_form_can_be_sent_again(
    app: App, desk: httpx.Client, prefect: FakePrefect
) -> None:
    address = f"/desk/objections/{objected(app)}"
    fields = form_of(desk.get(address).text) | {"reply-1": "counter", "text-1": "Sie liefert bald."}
    prefect.silent = True
    assert desk.post(address, data=fields).status_code == 503
    with app.database.reading() as session:
        [objection] = session.query(Objection)
        assert (objection.reply, objection.reply_text) == (Reply.COUNTER, "Sie liefert bald.")
    prefect.silent = False
    assert desk.post(address, data=fields).status_code == 303
    assert len(prefect.started) == 1


def test_a_missing_answer_names_its_clause_and_keeps_what_was_typed(
    app: App, desk: httpx.Client, prefect: FakePrefect
) -> None:
    address = f"/desk/objections/{objected(app)}"
    fields = form_of(desk.get(address).text) | {"text-1": "Getippt, aber nichts gewählt."}
    answer = desk.post(address, data=fields)
    assert answer.status_code == 422
    assert "§ 1 (1)" in answer.text
    assert "Getippt, aber nichts gewählt." in answer.text
    assert prefect.started == {}


def test_the_task_leads_to_the_form_and_is_settled_by_the_answer(
    app: App, desk: httpx.Client
) -> None:
    version_id = objected(app)
    with app.database.transaction() as session:
        item = WorkItem(
            key="objections/x", kind="objections", version_id=version_id, detail="", created_at=NOW
        )
        session.add(item)
    assert f'href="/desk/objections/{version_id}"' in desk.get("/desk/").text
    address = f"/desk/objections/{version_id}"
    desk.post(address, data=form_of(desk.get(address).text) | {"reply-1": "accept"})
    with app.database.reading() as session:
        assert session.query(WorkItem).one().outcome == "answered"


def test_a_damaged_earlier_file_keeps_nobody_from_deciding(
    app: App, browser: httpx.Client, desk: httpx.Client
) -> None:
    version_id = objected(app)  # its Word file is none
    with app.database.transaction() as session:
        version = session.get_one(DocumentVersion, version_id)
        assert version.decision is not None
        answer_objections(
            session, version.decision, {1: Answer(Reply.EXPLAIN, "Nein.")}, by=MANAGER, now=NOW
        )
        following = draft_next(session, version, actor=MANAGER, now=NOW)
        put_before_manager(session, app, following)
        token = send(session, following)
        number = following.document.number
    page = browser.get(f"/d/{token}")
    assert page.status_code == 200
    assert "Was sich seit Version 1" not in page.text
    assert desk.get(f"/desk/documents/{number}").status_code == 200


def test_two_objections_at_once_count_once(app: App, browser: httpx.Client) -> None:
    with app.database.transaction() as session:
        _version, token = sent(session, app, with_word=True)
    page = browser.get(f"/d/{token}/objections").text
    number = page.split('name="clause" value="')[1].split('"')[0]
    fields = {"name": "Käthe", f"proposal-{number}": "Anders.", f"reason-{number}": ""}
    for _ in range(2):
        assert browser.post(f"/d/{token}/objections", data=fields).status_code == 303
    assert "Ihre Einwände sind angekommen" in browser.get(f"/d/{token}").text
    with app.database.reading() as session:
        assert session.query(Objection).count() == 1


def test_what_is_withdrawn_needs_a_reason(app: App, desk: httpx.Client) -> None:
    version_id = objected(app)
    address = f"/desk/versions/{version_id}/withdrawal"
    page = desk.get("/desk/documents/V-2026-0001").text
    assert desk.post(address, data=form_of(page)).status_code == 400
    assert desk.post(address, data=form_of(page) | {"reason": "Abgesagt"}).status_code == 303
    assert desk.post(address, data=form_of(page) | {"reason": "Abgesagt"}).status_code == 409
    with app.database.reading() as session:
        assert session.get_one(DocumentVersion, version_id).state is VersionState.WITHDRAWN
