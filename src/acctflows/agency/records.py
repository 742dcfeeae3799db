"""What the agency has on file, as one transaction sees it: each kind read once, found by its key.

Keys ignore case and the way names are written (``fold``); rows added in the same transaction are
found before they are flushed, so that a file may name a client in one row and use it in the next.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from acctflows.agency.rules import fold
from acctflows.db.models.agency import (
    Client,
    Contact,
    Milestone,
    Project,
    ProjectService,
    Service,
    Specialist,
)
from acctflows.db.models.delivery import WorkRecord
from acctflows.db.models.receivables import RecurringFee

_WRITERS = 0x41474E43
"""Key of the lock under which records are numbered and inserted on PostgreSQL."""


class Records:
    """The agency's records within a session; rows are added to it, never committed here."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.reserved: set[str] = set()
        """Folded numbers that later rows of a file give, so that no earlier row gets them."""
        self.drawn: Counter[str] = Counter()
        """How many equal rows without a reference there were so far, by what they say."""
        self._client_serial = 0
        self._work: dict[str, WorkRecord] = {}

    def lock(self) -> None:
        """Let other writers of records wait until this transaction ends (SQLite does by itself)."""
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(select(func.pg_advisory_xact_lock(_WRITERS)))

    def add(self, row: Any) -> None:
        """Put a new row into the transaction and among the known."""
        self.session.add(row)
        self._note(row)

    def note_name(self, row: Client | Project) -> None:
        """Let a client or project be found by its (new) name."""
        if isinstance(row, Client):
            named: list[Any] = self.clients_by_name[fold(row.legal_name)]
        else:
            named = self.projects_by_title[fold(row.title)]
        if row not in named:
            named.append(row)

    @cached_property
    def clients(self) -> dict[str, Client]:
        """Clients by folded number."""
        rows = self.session.scalars(select(Client).order_by(Client.id))
        return {row.number.casefold(): row for row in rows}

    @cached_property
    def clients_by_name(self) -> dict[str, list[Client]]:
        """Clients by folded legal name."""
        found: dict[str, list[Client]] = defaultdict(list)
        for client in self.clients.values():
            found[fold(client.legal_name)].append(client)
        return found

    @cached_property
    def contacts(self) -> dict[tuple[str, str], Contact]:
        """Contacts by client number and address, both folded."""
        _ = self.clients  # in the session's identity map, so that contact.client asks no database
        rows = self.session.scalars(select(Contact).order_by(Contact.id))
        return {(row.client.number.casefold(), row.email.casefold()): row for row in rows}

    @cached_property
    def specialists(self) -> dict[str, Specialist]:
        """Specialists by folded address."""
        rows = self.session.scalars(select(Specialist).order_by(Specialist.id))
        return {row.email.casefold(): row for row in rows}

    @cached_property
    def services(self) -> dict[str, Service]:
        """Services by folded code."""
        rows = self.session.scalars(select(Service).order_by(Service.id))
        return {row.code.casefold(): row for row in rows}

    @cached_property
    def projects(self) -> dict[str, Project]:
        """Projects by folded number."""
        _ = self.clients, self.specialists
        rows = self.session.scalars(select(Project).order_by(Project.id))
        return {row.number.casefold(): row for row in rows}

    @cached_property
    def projects_by_title(self) -> dict[str, list[Project]]:
        """Projects by folded title."""
        found: dict[str, list[Project]] = defaultdict(list)
        for project in self.projects.values():
            found[fold(project.title)].append(project)
        return found

    @cached_property
    def lines(self) -> dict[str, dict[int, ProjectService]]:
        """Plan lines by folded project number and position."""
        _ = self.projects, self.services
        found: dict[str, dict[int, ProjectService]] = defaultdict(dict)
        for row in self.session.scalars(select(ProjectService).order_by(ProjectService.position)):
            found[row.project.number.casefold()][row.position] = row
        return found

    @cached_property
    def milestones(self) -> dict[str, dict[int, Milestone]]:
        """Milestones by folded project number and position."""
        _ = self.projects
        found: dict[str, dict[int, Milestone]] = defaultdict(dict)
        for row in self.session.scalars(select(Milestone).order_by(Milestone.position)):
            found[row.project.number.casefold()][row.position] = row
        return found

    @cached_property
    def fees(self) -> dict[str, RecurringFee]:
        """Recurring fees by folded reference."""
        _ = self.projects, self.services
        rows = self.session.scalars(select(RecurringFee).order_by(RecurringFee.id))
        return {row.reference.casefold(): row for row in rows}

    def work(self, reference: str) -> WorkRecord | None:
        """The work record of that reference; asked one by one, for there are ever more of them."""
        if reference not in self._work:
            query = select(WorkRecord).where(WorkRecord.reference == reference)
            row = self.session.scalars(query).one_or_none()
            if row is None:
                return None
            self._work[reference] = row
        return self._work[reference]

    def next_client_number(self) -> str:
        """The number after the highest of the agency's own series, from K-1001."""
        self._client_serial = 1 + max(
            self._client_serial or _highest(r"k-(\d{4,9})", self._numbers(self.clients)), 1000
        )
        return f"K-{self._client_serial}"

    def next_project_number(self, year: int) -> str:
        """The number after the year's highest, from P-2026-001."""
        highest = _highest(rf"p-{year}-(\d{{3,6}})", self._numbers(self.projects))
        return f"P-{year}-{highest + 1:03}"

    def _numbers(self, known: Iterable[str]) -> set[str]:
        return self.reserved.union(known)

    def _note(self, row: Any) -> None:
        match row:
            case Client():
                self.clients[row.number.casefold()] = row
                self.note_name(row)
            case Contact():
                self.contacts[(row.client.number.casefold(), row.email.casefold())] = row
            case Specialist():
                self.specialists[row.email.casefold()] = row
            case Service():
                self.services[row.code.casefold()] = row
            case Project():
                self.projects[row.number.casefold()] = row
                self.note_name(row)
            case ProjectService():
                self.lines[row.project.number.casefold()][row.position] = row
            case Milestone():
                self.milestones[row.project.number.casefold()][row.position] = row
            case RecurringFee():
                self.fees[row.reference.casefold()] = row
            case WorkRecord():
                self._work[row.reference] = row


def _highest(pattern: str, keys: Iterable[str]) -> int:
    """The highest number among keys of that pattern; 0 without any."""
    found = (re.fullmatch(pattern, key) for key in keys)
    return max((int(match[1]) for match in found if match), default=0)
