"""Voices of clients: asked when a project has closed, one is happy, one is not and is called."""

from datetime import date, timedelta

import httpx
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from acctflows.agency import find
from acctflows.cli.story.papers import link_in
from acctflows.cli.story.stage import Story, filled, find_form
from acctflows.db.models.agency import Project
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.surveys import Survey
from acctflows.satisfaction import recovery

REGISTER = "register-project/Register a project"
ASK = "survey-clients/Survey clients"
DAYS_AFTER_CLOSE = 5


def close_project(story: Story, number: str) -> None:
    """Set a project to closed by the form, some days ago, so that today is the day to ask."""
    closed_on = story.app.clock.today() - timedelta(days=DAYS_AFTER_CLOSE)
    with story.app.database.reading() as session:
        found = find.project(session, number)
        form = {"number": number, "client": found.client.number, "title": found.title}
        title = f"{found.client.legal_name} · {found.title}"
    form |= {"stage": "closed", "closed_on": f"{closed_on}"}
    run = story.perform("The project is being closed", REGISTER, f"close/{number}", project=form)
    story.say(f"Closed: {title}", story.run_page(run))


def ask(story: Story, projects: tuple[str, ...]) -> dict[str, Survey]:
    """Close the projects and ask their clients; project number to survey."""
    story.chapter("Survey", "two projects are closed")
    for number in projects:
        close_project(story, number)
    day = _asked_on(story, projects)
    run = story.perform("The clients are being asked", ASK, f"ask/{'/'.join(projects)}", as_of=day)
    story.say(f"As of {day}: {run.message}", story.run_page(run))
    query = select(Survey).join(Survey.project).where(Project.number.in_(projects))
    loaded = (joinedload(Survey.project), joinedload(Survey.contact))
    with story.app.database.reading() as session:
        found = session.scalars(query.options(*loaded))
        return {survey.project.number: survey for survey in found}


def _asked_on(story: Story, projects: tuple[str, ...]) -> str:
    with story.app.database.reading() as session:
        closed = [find.project(session, number).closed_on for number in projects]
    return f"{max(filter(None, closed), default=date.min) + timedelta(days=DAYS_AFTER_CLOSE)}"


def answer(story: Story, survey: Survey, **given: str) -> None:
    """Open the link of the mail on a phone and send the page's form."""
    name = survey.contact.full_name
    mail = story.wait("The invitation is on its way", lambda: _mail(story, survey))
    link = story.app.portal_url + link_in(mail, "s")
    if survey.answered_at is None:
        with httpx.Client(trust_env=False, follow_redirects=True) as phone:
            page = phone.get(f"{link}?score={given['score']}").raise_for_status()
            form = find_form(page.text, lambda form: "score" in form.fields)
            phone.post(link, data=filled(form) | given).raise_for_status()
    story.say(f"{name} gives {given['score']} of 10 on this page:", link)


def recover(story: Story, survey: Survey, outcome: str) -> None:
    """The unhappy client was called: the action is closed with its outcome."""
    story.settle(WorkItem.key == recovery.recovery_key(survey.id), outcome)
    story.say("What clients say, with its chart:", story.desk("satisfaction"))


def _mail(story: Story, survey: Survey) -> OutboxMail | None:
    query = select(OutboxMail).where(
        OutboxMail.template == "survey_invitation",
        OutboxMail.recipient == survey.contact.email,
        OutboxMail.state == MailState.SENT,
    )
    with story.app.database.reading() as session:
        return session.scalars(query.order_by(OutboxMail.id.desc())).first()
