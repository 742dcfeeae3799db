"""The frame around every page of the desk: sections, who is signed in, what was just done."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from acctflows.portal.desk.access import Permission, Visitor
from acctflows.portal.state import Portal


@dataclass(frozen=True)
class Section:
    """A part of the desk in the navigation; its words are the text ``desk.section.<key>``."""

    key: str
    address: str
    permission: Permission = Permission.LOOK


SECTIONS = (
    Section("today", "/desk/"),
    Section("clients", "/desk/clients"),
    Section("projects", "/desk/projects"),
    Section("contracts", "/desk/contracts"),
    Section("documents", "/desk/documents"),
    Section("receivables", "/desk/receivables"),
    Section("satisfaction", "/desk/satisfaction"),
    Section("mails", "/desk/mails"),
    Section("people", "/desk/people", Permission.ADMINISTER),
)
"""The navigation, in order."""


def show(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    template: str,
    *,
    section: str,
    status: int = 200,
    **values: Any,
) -> Response:
    """A page of the desk in the visitor's language, inside the frame.

    Args:
        request: Its query may say what was just done (``?done=``, a key of ``desk.done``).
        portal: The portal.
        visitor: Who is signed in.
        template: Below ``templates/portal``.
        section: Key of the section the page belongs to; empty for none.
        status: HTTP status.
        **values: What the template shows.
    """
    done = f"desk.done.{request.query_params.get('done', '')}"
    return portal.pages.show(
        template,
        visitor.language,
        status=status,
        visitor=visitor,
        sections=[each for each in SECTIONS if visitor.may(each.permission)],
        section=section,
        done=done if done in portal.pages.texts[visitor.language] else "",
        may_settle=visitor.may(Permission.SETTLE),
        search=request.query_params.get("q", "").strip()[:200],
        **values,
    )


def go_on(address: str, *, done: str) -> Response:
    """After a form was settled: the next page, which says so (``desk.done.<done>``)."""
    return RedirectResponse(f"{address}?done={done}", status_code=303)
