"""Bank files from the inbox to bookings, each file and each line in a transaction of its own.

This is the one place of the room that opens transactions: the flow, the command line and the
examples all import the same way, and a run that is stopped anywhere is simply started again.
"""

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from acctflows.db.models.receivables import LineState
from acctflows.db.session import Database
from acctflows.documents.kinds import find_kind
from acctflows.errors import AcctflowsError, TemporaryError
from acctflows.receivables.payments.inbox import keep_refused, keep_taken, look_into, read_file
from acctflows.receivables.payments.matching_lines import (
    lines_to_match,
    load_open_items,
    match_bank_line,
)
from acctflows.receivables.payments.taking_files import Taken, read_bank_file, take_file
from acctflows.receivables.statements.reading import MAX_BYTES

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileOutcome:
    """What became of a file.

    Args:
        name: Its name.
        taken: What was taken; None where it was refused.
        problem: Why it was refused, with what to do; empty where it was taken.
    """

    name: str
    taken: Taken | None
    problem: str = ""


@dataclass(frozen=True)
class InboxOutcome:
    """What became of all files in the inbox."""

    files: tuple[FileOutcome, ...] = ()
    growing: tuple[str, ...] = ()
    """Names of files that wait for the next run."""
    left: tuple[FileOutcome, ...] = ()
    """Files that could be neither taken nor refused, and why; they wait in the inbox."""


@dataclass
class MatchOutcome:
    """Ids of the lines by what became of them."""

    booked: list[int] = field(default_factory=list)
    """Booked by this run."""
    put_aside: list[int] = field(default_factory=list)
    """A payment that was never booked and its return."""
    waiting: list[int] = field(default_factory=list)
    """For a person, proposals among them."""
    failed: dict[int, str] = field(default_factory=dict)
    """What went wrong with a line, which stopped no other."""


def invoice_prefixes() -> list[str]:
    """First parts of our invoice numbers, as payers write them."""
    return [find_kind("invoice").prefix]


def import_file(
    database: Database, data: bytes, *, name: str, by: str, now: datetime
) -> FileOutcome:
    """Take in a file, whole or not at all.

    Raises:
        TemporaryError: The database did not answer; try again.
    """
    try:
        content = read_bank_file(data, name=name)
        with database.transaction() as session:
            return FileOutcome(name, take_file(session, content, by=by, now=now))
    except TemporaryError:
        raise
    except AcctflowsError as error:
        return FileOutcome(name, None, str(error))


def import_inbox(database: Database, inbox: Path, *, by: str, now: datetime) -> InboxOutcome:
    """Take in all files that are ready, and move each to where its outcome says.

    Raises:
        ConfigurationError: The folder cannot be used.
        TemporaryError: The database did not answer; try again.
    """
    waiting = look_into(inbox, now=now)
    files: list[FileOutcome] = []
    left: list[FileOutcome] = []
    for file in waiting.ready:
        try:
            data = read_file(file, at_most=MAX_BYTES)
            outcome = import_file(database, data, name=file.name, by=by, now=now)
            if outcome.taken:
                keep_taken(file, data)
            else:
                keep_refused(file, data, outcome.problem)
        except TemporaryError:
            raise
        except FileNotFoundError:  # another run was faster
            continue
        except Exception as error:  # one broken file never stops the others
            _log.exception("%s stays in the inbox", file.name)
            left.append(FileOutcome(file.name, None, str(error)))
        else:
            files.append(outcome)
    return InboxOutcome(tuple(files), tuple(file.name for file in waiting.growing), tuple(left))


def match_waiting(
    database: Database, *, now: datetime, prefixes: Collection[str] | None = None
) -> MatchOutcome:
    """Match every line that waits, old ones too: their invoice may have been issued since.

    Args:
        database: Open items are read once; each line has a transaction of its own.
        now: The present moment.
        prefixes: First parts of our invoice numbers; those of the kind unless given.

    Raises:
        TemporaryError: The database did not answer; try again.
    """
    known = list(prefixes or invoice_prefixes())
    with database.reading() as session:
        line_ids, items = lines_to_match(session), load_open_items(session)
    found = MatchOutcome()
    for line_id in line_ids:
        try:
            with database.transaction() as session:
                state = match_bank_line(session, line_id, items, prefixes=known, now=now)
        except TemporaryError:
            raise
        except Exception as error:  # one broken line never stops the others
            _log.exception("bank line %s could not be matched", line_id)
            found.failed[line_id] = str(error)
            with database.reading() as session:  # what was noted of it is not true
                items = load_open_items(session)
        else:
            for ids in _where(found, state):
                ids.append(line_id)
    return found


def _where(found: MatchOutcome, state: LineState | None) -> Iterator[list[int]]:
    if state is LineState.BOOKED:
        yield found.booked
    elif state is LineState.LEFT:
        yield found.put_aside
    elif state is not None:
        yield found.waiting
