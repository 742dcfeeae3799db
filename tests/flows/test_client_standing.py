"""What keeps us from asking a client how they like us: each room tells its part."""

import pytest
from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.db.session import Database
from acctflows.documents import work_items
from acctflows.satisfaction.job import Standing
from tests.factories import NOW, TODAY, make_client
from tests.portal.world import sent
from tests.satisfaction.stories import answer, asked


def standing(app: App, session: Session, client_id: int) -> Standing:
    return app.standing_on(TODAY)(session, client_id)


def test_nothing_is_known_of_a_peaceful_client(app: App, database: Database) -> None:
    with database.transaction() as session:
        assert standing(app, session, make_client(session).id) == Standing()


def test_an_unhappy_answer_is_a_quarrel_until_it_is_made_good(app: App, database: Database) -> None:
    with database.transaction() as session:
        survey, token = asked(session)
        client_id = survey.project.client_id
        answer(session, token, 2)
        assert standing(app, session, client_id).dispute == f"recovery/{survey.id}"
        [item] = work_items.open_items(session)
        work_items.settle_item(session, item.id, by="Lena", outcome="angerufen", now=NOW)
        assert standing(app, session, client_id) == Standing()


@pytest.mark.parametrize(("kind", "quarrel"), [("declined", True), ("contract_rework", False)])
def test_what_the_client_refused_is_a_quarrel(
    app: App, database: Database, kind: str, quarrel: bool
) -> None:
    with database.transaction() as session:
        version, _token = sent(session, app)
        item = work_items.open_item(
            session,
            key=f"{kind}/V-1/v1",
            kind=kind,
            detail="zu teuer",
            version=version,
            owner_id=None,
            due_on=None,
            now=NOW,
        )
        found = standing(app, session, version.document.client_id)
        assert found.dispute == (item.key if quarrel else "")
        assert standing(app, session, make_client(session).id) == Standing()
