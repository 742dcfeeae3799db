"""Who may do what on the desk: one mechanism in front of every page, closed by default.

A page opens for the roles whose rights hold the permission its function names with ``allow``. A
page that names none opens for nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from typing import Annotated, TypeVar
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from acctflows.db.models.desk import DeskSession, Role
from acctflows.portal.desk import sessions
from acctflows.portal.fields import Fields, FormFields
from acctflows.portal.state import PortalDep

Page = TypeVar("Page", bound=Callable[..., Response])

SIGN_IN = "/desk/login"


class Permission(StrEnum):
    """What a page of the desk asks for."""

    LOOK = "look"
    SETTLE = "settle"
    ADMINISTER = "administer"


RIGHTS: dict[Role, frozenset[Permission]] = {
    Role.READER: frozenset({Permission.LOOK}),
    Role.MANAGER: frozenset({Permission.LOOK, Permission.SETTLE}),
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True)
class Visitor:
    """Who is signed in."""

    user_id: int
    name: str
    email: str
    role: Role
    language: str
    csrf: str

    @classmethod
    def of(cls, session: DeskSession) -> "Visitor":
        """The person of that session."""
        user = session.user
        return cls(
            user_id=user.id,
            name=user.name,
            email=user.email,
            role=user.role,
            language=user.language,
            csrf=session.csrf_token,
        )

    def may(self, permission: Permission) -> bool:
        """Whether the person's role has that right."""
        return permission in RIGHTS[self.role]

    @property
    def signature(self) -> str:
        """How the person stands in records: ``Lena Hansen <lena@agency.example>``."""
        return f"{self.name} <{self.email}>"[:200]


class SignInNeededError(Exception):
    """Nobody is signed in; carries where to go on afterwards."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def allow(permission: Permission) -> Callable[[Page], Page]:
    """Open a page of the desk for the roles that have this permission."""

    def opened(page: Page) -> Page:
        page.permission = permission  # type: ignore[attr-defined]  # read by `admit`
        return page

    return opened


def admit(request: Request, portal: PortalDep, fields: FormFields) -> Visitor:
    """The signed-in person, if they may open this page and the form is one of ours.

    Raises:
        SignInNeededError: Nobody is signed in.
        HTTPException: 403, the role may not, or the form does not carry the session's secret.
    """
    with portal.app.database.reading() as session:
        found = sessions.find_session(
            session, request.cookies.get(sessions.COOKIE, ""), now=portal.app.clock.now()
        )
        visitor = Visitor.of(found) if found else None
    if visitor is None:
        raise SignInNeededError(_wanted(request))
    request.state.language = visitor.language
    permission = getattr(request.scope["endpoint"], "permission", None)
    if permission is None or not visitor.may(permission):
        raise HTTPException(403)
    require_secret(request, fields, visitor.csrf)
    return visitor


VisitorDep = Annotated[Visitor, Depends(admit)]


def require_secret(request: Request, fields: Fields, secret: str) -> None:
    """Refuse a form that does not carry the secret only our own pages know (CSRF).

    Raises:
        HTTPException: 403; the page says that it was open for too long.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if not compare_digest(fields.get("csrf", "").encode(), secret.encode()):
        raise HTTPException(403, detail="stale")


def to_sign_in(_request: Request, error: Exception) -> Response:
    """Send whoever is not signed in to the sign-in page, and back afterwards."""
    address = error.address if isinstance(error, SignInNeededError) else ""
    return RedirectResponse(f"{SIGN_IN}?next={quote(address, safe='')}", status_code=303)


def safe_next(address: str) -> str:
    """An address of the desk to go on to; anything else is replaced by the first page."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/desk/") and len(address) < 500 else "/desk/"


def _wanted(request: Request) -> str:
    if request.method not in ("GET", "HEAD"):
        return "/desk/"  # a form cannot be sent again by itself
    query = f"?{request.url.query}" if request.url.query else ""
    return safe_next(request.url.path + query)
