"""Numbers: per kind and year, none twice, none missing, whatever happens."""

import random
import subprocess
import sys

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from acctflows.db.models.documents import Document, NumberSeries
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.documents.numbering import next_number
from acctflows.errors import InputError
from tests.documents.stories import open_contract
from tests.factories import make_project
from tests.racing import race


def numbers(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(Document.number)))


def counted(last: int) -> list[str]:
    return [f"V-2026-{n:04}" for n in range(1, last + 1)]


def test_each_year_counts_from_one(session: Session) -> None:
    given = [next_number(session, kind="contract", year=year) for year in (2026, 2026, 2027, 2026)]
    assert given == ["V-2026-0001", "V-2026-0002", "V-2027-0001", "V-2026-0003"]


def test_the_ten_thousandth_is_longer_and_not_refused(session: Session) -> None:
    session.add(NumberSeries(kind="contract", year=2026, last=9999))
    session.flush()
    assert next_number(session, kind="contract", year=2026) == "V-2026-10000"


def test_an_unknown_kind_gets_no_number(session: Session) -> None:
    with pytest.raises(InputError, match="no kind of document"):
        next_number(session, kind="poem", year=2026)


def test_a_rolled_back_document_gives_its_number_back(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            open_contract(session)
            raise RuntimeError("changed our mind")

    with database.transaction() as session:
        open_contract(session)
    with pytest.raises(RuntimeError, match="changed our mind"):
        fail()
    with database.transaction() as session:
        open_contract(session)
    assert numbers(database) == counted(2)


def test_callers_at_once_get_numbers_without_duplicates_and_gaps(database: Database) -> None:
    """Half of them fail after they took a number."""
    with database.transaction() as session:
        project = make_project(session)

    def work(caller: int) -> None:
        with database.transaction() as session:
            open_contract(session, project=session.merge(project), key=f"contract/{caller}")
            if caller % 2:
                raise RuntimeError("changed our mind")

    _done, failed = race(20, work)
    assert [str(error) for error in failed] == ["changed our mind"] * 10
    assert numbers(database) == counted(10)


OPENS_DOCUMENTS = """
import sys
from acctflows.db.models.agency import Project
from acctflows.db.session import Database
from acctflows.documents.register import open_document
from tests.factories import NOW

database, who = Database(sys.argv[1]), sys.argv[2]
for n in range(10_000):
    with database.transaction() as session:
        project = session.get_one(Project, int(sys.argv[3]))
        open_document(
            session, kind="contract", key=f"contract/{who}/{n}", client=project.client,
            project=project, language="de", title="Vertrag", actor=who, now=NOW, year=2026,
        )
    print(n, flush=True)
"""


def test_killed_processes_leave_no_gap_and_an_intact_trail(database: Database) -> None:
    with database.transaction() as session:
        project = make_project(session)
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", OPENS_DOCUMENTS, url]
    workers = [
        subprocess.Popen([*command, who, str(project.id)], stdout=subprocess.PIPE, text=True)
        for who in ("one", "two", "three")
    ]
    for worker in workers:
        assert worker.stdout is not None
        for _ in range(random.randint(8, 16)):
            assert worker.stdout.readline()
        worker.kill()
    for worker in workers:
        worker.communicate()
    with database.transaction() as session:  # the next one comes after all that were committed
        open_contract(session, project=session.merge(project))
    made = numbers(database)
    assert len(made) > 24
    assert made == counted(len(made))
    with database.reading() as session:
        report = audit.verify(session)
    assert (report.fault, report.intact.seq) == (None, len(made))
