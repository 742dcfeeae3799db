"""How satisfied clients are: figures, reasons, what they said, and what became of it."""

from enum import StrEnum

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from acctflows.db.models.desk import WorkItem
from acctflows.documents.fonts import install_fonts
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import show
from acctflows.portal.desk.ids import Id
from acctflows.portal.state import Portal, PortalDep
from acctflows.satisfaction.recovery import recovery_key
from acctflows.satisfaction.result import Result
from acctflows.satisfaction.result_words import WORDS, driver_words
from acctflows.satisfaction.results import find_answered, heard, latest_answers, read_result
from acctflows.satisfaction.saying import spoken

router = APIRouter()

LATEST = 30
"""Answers that the page quotes; the PDF quotes `PRINTED`."""
PRINTED = 100


class Chart(StrEnum):
    """The pictures of the page."""

    SCORES = "scores"
    TREND = "trend"


@router.api_route("/satisfaction", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_result(request: Request, portal: PortalDep, visitor: VisitorDep) -> Response:
    """The figures of the last year, the reasons, and the newest answers."""
    job, language = portal.app.survey(), visitor.language
    with portal.app.database.reading() as session:
        result = read_result(session, job, today=portal.app.clock.today())
        answers = latest_answers(session, job, language=language, limit=LATEST)
        actions = _actions(session, [each.survey_id for each in answers])
        return show(
            request,
            portal,
            visitor,
            "desk/satisfaction.html",
            section="satisfaction",
            result=result,
            answers=[(each, actions.get(recovery_key(each.survey_id))) for each in answers],
            drivers=[driver_words(each, result.reasons, language) for each in result.drivers],
            words=WORDS[language],
        )


@router.api_route("/satisfaction/result.pdf", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def print_result(portal: PortalDep, visitor: VisitorDep) -> Response:
    """The same as a PDF for a meeting, made anew each time."""
    from acctflows.satisfaction.result_pdf import render_result  # noqa: PLC0415 — only who draws waits for matplotlib

    app, job, language = portal.app, portal.app.survey(), visitor.language
    with app.database.reading() as session:
        result = read_result(session, job, today=app.clock.today())
        answers = latest_answers(session, job, language=language, limit=PRINTED)
    pdf = render_result(
        result,
        answers,
        agency=app.agency,
        language=language,
        stationery=app.stationery(),
        fonts=install_fonts(app.home),
    )
    name = f"satisfaction-{result.until.isoformat()}.pdf"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=disposition)


@router.api_route("/satisfaction/charts/{chart}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def draw_chart(portal: PortalDep, visitor: VisitorDep, chart: Chart) -> Response:
    """One of the page's pictures."""
    with portal.app.database.reading() as session:
        result = read_result(session, portal.app.survey(), today=portal.app.clock.today())
    return Response(_draw(portal, result, chart, visitor.language), media_type="image/png")


@router.api_route("/satisfaction/{survey_id}", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def show_answer(
    request: Request, portal: PortalDep, visitor: VisitorDep, survey_id: Id
) -> Response:
    """One answer in full, why its contact was asked, and the action that makes good for it."""
    with portal.app.database.reading() as session:
        survey = find_answered(session, survey_id)
        job, language = portal.app.survey_of(survey), visitor.language
        return show(
            request,
            portal,
            visitor,
            "desk/answer.html",
            section="satisfaction",
            survey=survey,
            heard=heard(survey, job, language),
            spoken=spoken(
                job.questionnaire,
                survey.answers,
                language,
                agency=portal.app.agency.short_name,
                project=survey.project.title,
            ),
            action=_actions(session, [survey_id]).get(recovery_key(survey_id)),
            today=portal.app.clock.today(),
        )


def _actions(session: Session, survey_ids: list[int]) -> dict[str, WorkItem]:
    """The recovery actions of these answers, by their key."""
    keys = [recovery_key(survey_id) for survey_id in survey_ids]
    found = session.scalars(select(WorkItem).where(WorkItem.key.in_(keys)))
    return {item.key: item for item in found}


def _draw(portal: Portal, result: Result, chart: Chart, language: str) -> bytes:
    from acctflows.satisfaction.result_chart import (  # noqa: PLC0415 — only who draws waits for matplotlib
        distribution_chart,
        trend_chart,
    )

    fonts = install_fonts(portal.app.home)
    if chart is Chart.TREND:
        return trend_chart(result.quarters, language=language, fonts=fonts)
    asked = result.nps_asked.people
    return distribution_chart(result.scores, asked=asked, language=language, fonts=fonts)
