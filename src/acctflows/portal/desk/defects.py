"""Defects that clients have named, marked as cured."""

from datetime import date

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.delivery.defects import cure_defect
from acctflows.errors import InputError
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on
from acctflows.portal.desk.ids import Id
from acctflows.portal.fields import FormFields
from acctflows.portal.state import PortalDep

router = APIRouter()


@router.post("/defects/{defect_id}/cure")
@allow(Permission.SETTLE)
def cure(portal: PortalDep, visitor: VisitorDep, defect_id: Id, fields: FormFields) -> Response:
    """Note the day a defect was cured and how, for the next version of its act."""
    clock = portal.app.clock
    try:
        cured_on = date.fromisoformat(fields.text("cured_on"))
        with portal.app.database.transaction() as session:
            defect = cure_defect(
                session,
                defect_id,
                cured_on=cured_on,
                note=fields.text("note"),
                by=visitor.signature,
                today=clock.today(),
                now=clock.now(),
            )
            number = defect.decision.version.document.number
    except (InputError, ValueError):
        raise HTTPException(400) from None
    return go_on(f"/desk/documents/{number}", done="cured")
