"""What needs me today: every list of matters that wait for a person, most urgent first."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from acctflows.portal.desk import approvals, mails, payments, runs, work
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import show
from acctflows.portal.desk.lines import TodayList
from acctflows.portal.state import PortalDep

router = APIRouter()

TODAY = (
    TodayList("approvals", approvals.waiting),
    TodayList("work", work.open_work),
    TodayList("payments", payments.waiting_payments),
    TodayList("doubtful", mails.doubtful_mails),
    TodayList("failed_mails", mails.failed_mails),
    TodayList("runs", runs.failed_runs),
)
"""The lists, most urgent first. Acts, invoices and surveys add theirs here."""


@router.api_route("/", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def today(request: Request, portal: PortalDep, visitor: VisitorDep) -> Response:
    """The morning page."""
    lists = [(each.key, each.read(portal)) for each in TODAY]
    return show(
        request,
        portal,
        visitor,
        "desk/today.html",
        section="today",
        lists=lists,
        day=portal.app.clock.today(),
        waiting=sum(len(found.lines) for _, found in lists),
        quiet=not any(found.lines or found.note for _, found in lists),
    )
