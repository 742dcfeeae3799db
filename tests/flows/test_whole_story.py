"""A client's whole way through one house, as the demo tells it, on both databases."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import func, select

from acctflows.cli.demo import MANAGER, load_records, manager_login
from acctflows.cli.story.papers import tell_paper
from acctflows.cli.story.stage import Login, Story
from acctflows.cli.story.told import CARE, CONTRACTS, SHOP, tell_money, tell_voices, tell_work
from acctflows.db.models.agency import Milestone, MilestoneState, Project
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import Document, DocumentVersion, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.receivables import Allocation, DunningLine, Invoice, Payment
from acctflows.db.models.surveys import Survey
from acctflows.documents import audit
from acctflows.documents.agreement import check_register
from tests.conftest import new_postgres
from tests.house import House, new_app, start_house

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("own prefect")]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """An installation of its own, since the story's runs are about all clients."""
    home = tmp_path_factory.mktemp("town")
    if request.param == "sqlite":
        yield from _running(home, "")
        return
    with new_postgres(request.getfixturevalue("postgres_admin")) as database:
        yield from _running(home, database.engine.url.render_as_string(hide_password=False))


def _running(home: Path, url: str) -> Iterator[House]:
    house = start_house(new_app(home, database_url=url, simulate_days=True), mailbox=True)
    try:
        yield house
    finally:
        house.supervisor.stop(grace=5)
        house.app.database.close()


def test_the_whole_story(town: House) -> None:
    console = Console(quiet=True)
    load_records(town.app, console)
    story = Story(
        app=town.app,
        api=town.api,
        console=console,
        manager=Login(*MANAGER, manager_login(town.app)),
        stopped=lambda: town.supervisor.look_after() is not None,
    )

    with closing(story):
        for paper in CONTRACTS:
            tell_paper(story, paper)
        tell_money(story)
        tell_work(story)
        tell_voices(story)

    with town.app.database.reading() as session:
        count = lambda table: session.scalar(select(func.count()).select_from(table))  # noqa: E731
        fee = session.scalars(select(Invoice).where(Invoice.fee_id.is_not(None))).first()
        steps = select(DunningLine.step).where(DunningLine.invoice_id == fee.id)
        assert (fee.gross_minor, fee.open_minor) == (113_050, 0)
        assert sorted(session.scalars(steps)) == [1, 2]
        assert (count(Payment), count(Allocation)) == (2, 2)

        acts = select(Invoice).where(Invoice.act_id.is_not(None)).join(Invoice.client)
        assert {each.act.project.number for each in session.scalars(acts)} == {CARE, SHOP}
        handed_over = (
            select(Milestone.state)
            .join(Project)
            .where(Project.number == SHOP, Milestone.title == "Shop übergeben")
        )
        assert session.scalar(handed_over) is MilestoneState.ACCEPTED
        states = select(DocumentVersion.state).join(Document).where(Document.kind == "acceptance")
        assert sorted(session.scalars(states)) == [VersionState.ACCEPTED, VersionState.DECLINED]

        assert sorted(session.scalars(select(Survey.score))) == [4, 10]
        recovery = session.scalars(select(WorkItem).where(WorkItem.kind == "recovery")).one()
        assert recovery.outcome
        mails = session.scalars(select(OutboxMail.state).distinct())
        assert set(mails) <= {MailState.SENT, MailState.QUEUED}
        assert audit.verify(session).fault is None
    with town.app.database.reading() as session:
        assert check_register(session).faults == []
