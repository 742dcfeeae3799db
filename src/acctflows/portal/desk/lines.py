"""What stands on the desk's first page: lists of lines, each with its buttons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from acctflows.db.models.documents import DocumentVersion
from acctflows.portal.state import Portal


@dataclass(frozen=True)
class Action:
    """A button of a line.

    Args:
        key: Names its words, the text ``desk.action.<key>``.
        address: Where it leads: a page, or with ``post`` a form that is sent there.
        post: Whether it changes something.
        fields: Hidden fields of the form.
        asks: Name of a field the person fills in, its words ``desk.field.<asks>``; empty for none.
        main: Whether it is the usual choice of its line.
    """

    key: str
    address: str
    post: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    asks: str = ""
    main: bool = False


@dataclass(frozen=True)
class Line:
    """One matter that needs a person.

    Args:
        client: Whose matter; empty where it is nobody's.
        matter: What it is about.
        address: Page that shows it; empty where there is none.
        since: Since when it waits.
        actions: Its buttons.
        detail: What a person or a machine said about it.
        due: By when it must be settled.
        kind: What is to be done, its words ``desk.work.<kind>``; empty where the list says it.
        owner: Who is to settle it; empty where anybody may.
        times: How often it came up, one after the other.
    """

    client: str
    matter: str
    address: str
    since: datetime
    actions: tuple[Action, ...]
    detail: str = ""
    due: date | None = None
    kind: str = ""
    owner: str = ""
    times: int = 1


@dataclass(frozen=True)
class Found:
    """The lines of a list, and the key of a sentence where it could not be read (``desk.note``)."""

    lines: Sequence[Line]
    note: str = ""


@dataclass(frozen=True)
class TodayList:
    """A list of the first page; its words are the texts ``desk.today.<key>.title`` and ``.empty``.

    Args:
        key: Names the list.
        read: Reads its lines, most urgent first; opens its own look at the database, because
            a list may ask another server and no transaction must wait for that.
    """

    key: str
    read: Callable[[Portal], Found]


def version_name(version: DocumentVersion) -> str:
    """``V-2026-0001 · Relaunch``, with the version where it is not the first."""
    document = version.document
    later = f" v{version.version}" if version.version > 1 else ""
    return f"{document.number}{later} · {document.title}"
