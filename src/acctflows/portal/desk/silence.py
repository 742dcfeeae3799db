"""What was put before a client and not answered in time: a person judges what that means."""

from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.app import JOBS
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.dispatch.closing import close_silence
from acctflows.documents import access_links
from acctflows.errors import InputError
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on
from acctflows.portal.desk.ids import Id
from acctflows.portal.fields import FormFields
from acctflows.portal.state import PortalDep

router = APIRouter()


def may_count_as_accepted(session: Session, version: DocumentVersion, *, now: datetime) -> bool:
    """Whether nobody answered in time, and silence can be acceptance for this kind."""
    job = JOBS.get(version.document.kind)
    if job is None or version.state is not VersionState.SENT or not job.silence_accepts(version):
        return False
    return access_links.open_until(session, version, now=now) is None


@router.post("/versions/{version_id}/silence")
@allow(Permission.SETTLE)
def judge(portal: PortalDep, visitor: VisitorDep, version_id: Id, fields: FormFields) -> Response:
    """Treat the silence as acceptance, with the reason of whoever judges so."""
    with portal.app.database.transaction() as session:
        version = session.get(DocumentVersion, version_id)
        job = JOBS.get(version.document.kind) if version else None
        if version is None or job is None:
            raise HTTPException(404)
        try:
            close_silence(
                session,
                version,
                job=job,
                by=visitor.signature,
                reason=fields.text("reason"),
                now=portal.app.clock.now(),
            )
        except InputError:
            raise HTTPException(400) from None
        number = version.document.number
    return go_on(f"/desk/documents/{number}", done="silence")
