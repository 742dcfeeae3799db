"""The desk: what needs the manager today, and where to look things up."""

from fastapi import APIRouter, Depends

from acctflows.portal.desk import (
    approvals,
    bank_line,
    clients,
    contracts,
    defects,
    documents,
    door,
    inviting,
    mails,
    negotiation,
    outside,
    payments,
    people,
    projects,
    receivables,
    reminders,
    runs,
    satisfaction,
    search,
    signed_pdf,
    silence,
    today,
    work,
)
from acctflows.portal.desk.access import admit

router = APIRouter(prefix="/desk")
router.include_router(door.outside)

_inside = APIRouter(dependencies=[Depends(admit)])
for _part in (
    *(today, approvals, work, mails, runs, clients, projects, contracts, documents),
    *(
        defects,
        silence,
        inviting,
        negotiation,
        outside,
        signed_pdf,
        receivables,
        payments,
        bank_line,
        reminders,
        satisfaction,
        search,
        people,
    ),
):
    _inside.include_router(_part.router)
_inside.include_router(door.inside)
router.include_router(_inside)
