"""The pages of a survey: its questions, the thanks, and the objection to further surveys.

GET, HEAD and OPTIONS record nothing, not even that the page was opened: mail scanners open every
link. ``?score=9`` only selects that number; the answer is the POST.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from acctflows.db.models.agency import Specialist
from acctflows.errors import NotFoundError
from acctflows.portal.fields import FormFields
from acctflows.portal.links import Token, miss, refuse_guessing
from acctflows.portal.state import Portal, PortalDep
from acctflows.portal.texts import choose_language
from acctflows.satisfaction import answering
from acctflows.satisfaction.job import SurveyJob
from acctflows.satisfaction.questionnaire import (
    AnswersError,
    Questionnaire,
    preselected_score,
    read_answers,
    say,
)

router = APIRouter()


@dataclass(frozen=True)
class Asked:
    """What a survey's link leads to.

    Args:
        address: Where the page is.
        survey_id: Of the survey.
        job: With its questions.
        language: The contact's own.
        project: Title of the project.
        manager: Whom to ask.
        answer_by: From this moment on it takes no answer.
        answered: Whether there is an answer.
    """

    address: str
    survey_id: int
    job: SurveyJob
    language: str
    project: str
    manager: Specialist
    answer_by: datetime
    answered: bool

    @property
    def questionnaire(self) -> Questionnaire:
        """Its questions."""
        return self.job.questionnaire

    def say(self, texts: Mapping[str, str], language: str) -> str:
        """Words of the questionnaire with the names filled in."""
        agency = self.job.office.agency.short_name
        return say(texts, language, agency=agency, project=self.project)


@router.api_route("/s/{token}", methods=["GET", "HEAD"])
def show_survey(request: Request, portal: PortalDep, token: Token, score: str = "") -> Response:
    """The questions, the number of the clicked link selected; after the answer, the thanks."""
    asked = _open(request, portal, token)
    wanted = preselected_score(score, asked.questionnaire)
    values = {} if wanted is None else {asked.questionnaire.score_question: str(wanted)}
    language = choose_language(request.query_params.get("lang"), asked.language)
    return _page(portal, asked, token, language, values=values)


@router.post("/s/{token}")
def answer(request: Request, portal: PortalDep, token: Token, fields: FormFields) -> Response:
    """Record the answer; a second one is thanked for like the first and changes nothing."""
    asked = _open(request, portal, token)
    language = choose_language(fields.get("lang"), asked.language)
    if not asked.answered:
        try:
            answers = read_answers(fields, asked.questionnaire)
        except AnswersError as refused:
            problems = {each.question: each.text(language) for each in refused.problems}
            return _page(portal, asked, token, language, values=fields, problems=problems)
        with portal.app.database.transaction() as session:
            answering.record_answer(
                session, asked.survey_id, answers, job=asked.job, now=portal.app.clock.now()
            )
    return RedirectResponse(f"{asked.address}?lang={language}", status_code=303)


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def show_objection(request: Request, portal: PortalDep, token: Token) -> Response:
    """The page with the one button that ends all surveys."""
    refuse_guessing(request, portal)
    with portal.app.database.reading() as session:
        try:
            survey = answering.find_subscription(session, token)
        except NotFoundError:
            raise miss(request, portal) from None
        objected = survey.contact.opted_out_at is not None
        language = survey.contact.language
    return _objection(request, portal, token, language, objected=objected)


@router.post("/u/{token}")
def object_to_surveys(request: Request, portal: PortalDep, token: Token) -> Response:
    """End all surveys to this address at once (RFC 8058).

    Mail programs post ``List-Unsubscribe=One-Click``, URL-encoded or multipart, without cookie or
    Origin, and follow no redirect; whatever the body says, the POST is the wish.
    """
    refuse_guessing(request, portal)
    with portal.app.database.transaction() as session:
        try:
            answering.object_to_surveys(session, token, now=portal.app.clock.now())
        except NotFoundError:
            raise miss(request, portal) from None
        language = answering.find_subscription(session, token).contact.language
    return _objection(request, portal, token, language, objected=True)


def _open(request: Request, portal: Portal, token: str) -> Asked:
    """What the link leads to.

    Raises:
        HTTPException: 404 in the same words for every link that does not work, 429 for a visitor
            who tried too many of them.
    """
    refuse_guessing(request, portal)
    with portal.app.database.reading() as session:
        try:
            survey = answering.find_survey(session, token, now=portal.app.clock.now())
        except NotFoundError:
            raise miss(request, portal) from None
        return Asked(
            address=f"/s/{token}",
            survey_id=survey.id,
            job=portal.app.survey_of(survey),
            language=choose_language(survey.contact.language, portal.app.agency.language),
            project=survey.project.title,
            manager=survey.project.manager,
            answer_by=survey.expires_at,
            answered=survey.answered_at is not None,
        )


def _page(
    portal: Portal,
    asked: Asked,
    token: str,
    language: str,
    *,
    values: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> Response:
    return portal.pages.show(
        "survey/thanks.html" if asked.answered else "survey/questions.html",
        language,
        status=422 if problems else 200,
        asked=asked,
        values=values,
        problems=problems or {},
        objection=f"/u/{token}",
    )


def _objection(
    request: Request, portal: Portal, token: str, known: str, *, objected: bool
) -> Response:
    language = choose_language(request.query_params.get("lang"), known, portal.app.agency.language)
    return portal.pages.show(
        "survey/objection.html", language, address=f"/u/{token}", objected=objected
    )
