"""Who may sign in: seen by administrators, who can shut someone out at once."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.db.models.desk import User
from acctflows.errors import ConflictError
from acctflows.portal.desk import users
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.fields import FormFields
from acctflows.portal.state import PortalDep

router = APIRouter()


@router.api_route("/people", methods=["GET", "HEAD"])
@allow(Permission.ADMINISTER)
def list_people(request: Request, portal: PortalDep, visitor: VisitorDep) -> Response:
    """Everybody with an account."""
    with portal.app.database.reading() as session:
        people = users.all_users(session)
    return show(request, portal, visitor, "desk/people.html", section="people", people=people)


@router.post("/people/{user_id}/access")
@allow(Permission.ADMINISTER)
def change_access(
    portal: PortalDep, visitor: VisitorDep, user_id: Id, fields: FormFields
) -> Response:
    """Let someone in no more, or again."""
    if user_id == visitor.user_id:
        raise ConflictError("you cannot shut yourself out", todo="ask another administrator")
    word = fields.text("word")
    with portal.app.database.transaction() as session:
        user = session.get(User, user_id)
        if user is None or word not in ("disable", "enable"):
            raise HTTPException(404)
        if word == "disable":
            users.disable(session, user, now=portal.app.clock.now())
        else:
            users.enable(user)
    return go_on("/desk/people", done=f"user_{word}d")
