"""Contracts and acts: drafted, approved in the run's form, mailed, answered by the client."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from acctflows.agency import find
from acctflows.app import JOBS
from acctflows.cli.story.stage import Story, filled, find_form
from acctflows.clockwork.api import FlowRun
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.dispatch.codes import MAIL as CODE_MAIL
from acctflows.documents.kinds import find_kind
from acctflows.documents.waiting import version_of_run
from acctflows.errors import TemporaryError

CONTRACT = "draft-contract/Draft a contract"
ACT = "issue-act/Issue an act"


@dataclass(frozen=True)
class Paper:
    """A document that wants the client's answer, and what the client answers.

    Args:
        deployment: Makes it.
        parameters: Of the run; ``project`` is among them.
        decision: ``accept`` or ``decline``; empty: it is left for the reader.
        answer: Fields of the client's form.
        time: Tells several papers of the same parameters apart.
    """

    deployment: str
    parameters: Mapping[str, Any]
    decision: str = ""
    answer: Mapping[str, str] = field(default_factory=dict)
    time: int = 1

    @property
    def key(self) -> str:
        """Makes its run once."""
        given = self.parameters
        subject = given.get("milestone") or given.get("month") or "main"
        return f"{self.deployment.partition('/')[0]}/{given['project']}/{subject}/{self.time}"


def tell_paper(story: Story, paper: Paper) -> DocumentVersion:
    """Tell its way to the client's answer, or to the approval that is left for the reader."""
    story.chapter(*names(story, str(paper.parameters["project"])))
    run = story.start(paper.deployment, paper.key, paper.parameters)
    version = tell_draft(story, run)
    if not paper.decision and version.state is VersionState.IN_APPROVAL:
        story.say("It waits for your approval, on the desk or in the run:", story.run_page(run))
        return version
    mail = tell_sending(story, run, version)
    link = sign_or_decline(story, paper.decision, paper.answer, mail, version)
    story.say(f"The client has {state_now(story, version).value} it on this page:", link)
    tell_end(story, run)
    return version


def tell_draft(story: Story, run: FlowRun) -> DocumentVersion:
    """Tell how a run drafts its document; the version, put before the manager."""
    version = story.wait("The document is being drafted", lambda: _drafted(story, run))
    document = version.document
    form = f"PDF of {version.pages} pages" if version.pdf_path else "Word file"
    kind = find_kind(document.kind).title("en")
    which = f", version {version.version}," if version.version > 1 else ""
    story.say(
        f"{kind} [bold]{document.number}[/]{which} is drafted: a {form}",
        story.desk(f"documents/{document.number}"),
    )
    return version


def tell_sending(story: Story, run: FlowRun, version: DocumentVersion) -> OutboxMail:
    """Tell how the manager approves it and the first signer is invited; the invitation."""
    _approve(story, run, version)
    return tell_invitation(story, version, 0)


def tell_invitation(story: Story, version: DocumentVersion, position: int) -> OutboxMail:
    """Tell how the signer of that position, counted from zero, is invited; the invitation."""
    mail = story.wait("The mail is on its way", lambda: _mail(story, version, position))
    story.say(f"Mailed to {mail.recipient_name}: “{mail.subject}”", story.mailbox_url)
    return mail


def tell_end(story: Story, run: FlowRun) -> None:
    """Tell how the run ends."""
    end = story.wait("The matter is being closed", lambda: story.ended(run))
    story.say(f"The run has ended: {end.state_name}", story.run_page(run))


def names(story: Story, project: str) -> tuple[str, str]:
    """The names of a project's client and of the project."""
    with story.app.database.reading() as session:
        found = find.project(session, project)
        return found.client.legal_name, found.title


def _drafted(story: Story, run: FlowRun) -> DocumentVersion | None:
    """The version the run has made, once it was put before the manager."""
    story.refuse_failed(run)
    with story.app.database.reading() as session:
        version_id = version_of_run(session, run.id)
        if version_id is None:
            return None
        loaded = (joinedload(DocumentVersion.document), joinedload(DocumentVersion.approval))
        return session.get_one(DocumentVersion, version_id, options=loaded)


def _approve(story: Story, run: FlowRun, version: DocumentVersion) -> None:
    """The manager's form: filled in when the run waits for it."""
    if version.approval is None or version.approval.decision is not None:
        return
    answer = {
        "decision": "approve",
        "approver": story.manager.name,
        "comment": "",
        "document_hash": version.shown_sha256,
    }
    story.wait(
        "The approval is asked for", lambda: story.api.resume(run.id, answer).accepted or None
    )
    story.say(
        f"{story.manager.name} has approved it in the run's form, for exactly these bytes:",
        f"SHA-256 {version.shown_sha256}",
    )


def _mail(story: Story, version: DocumentVersion, position: int) -> OutboxMail | None:
    document = version.document
    query = select(OutboxMail).where(
        OutboxMail.template == JOBS[document.kind].invitation,
        OutboxMail.dedup_key.contains(f"{document.number}/v{version.version}/"),
        OutboxMail.state == MailState.SENT,
    )
    with story.app.database.reading() as session:
        mails = session.scalars(query.order_by(OutboxMail.id)).all()
        return mails[position] if len(mails) > position else None


def link_in(mail: OutboxMail, path: str) -> str:
    """The path of the client's own page as the mail names it, such as ``/d/…``."""
    return _found_in(mail, rf"https?://\S+?(/{path}/[\w-]+)")


def _found_in(mail: OutboxMail, pattern: str) -> str:
    text = message_from_bytes(mail.raw, policy=policy.default).get_body(("plain",))
    found = re.search(pattern, text.get_content() if text else "")
    if found is None:
        raise TemporaryError(f"the mail “{mail.subject}” does not hold what was expected")
    return found[1]


def address_in(story: Story, mail: OutboxMail) -> str:
    """The client's own page; a mail of an earlier start may name another port."""
    return story.app.portal_url + link_in(mail, "d")


def sign_or_decline(
    story: Story,
    decision: str,
    answer: Mapping[str, str],
    mail: OutboxMail,
    version: DocumentVersion,
) -> str:
    """Open the link of the mail as the client's browser does, and send the page's form."""
    link = address_in(story, mail)
    if state_now(story, version) is not VersionState.SENT:
        return link
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        page = browser.get(link).raise_for_status().text
        if 'name="decision"' in page:  # else signed before the last start was stopped
            form = find_form(page, lambda form: form.fields.get("decision") == decision)
            given = filled(form) | dict(answer)
            if decision == "accept":
                given |= {"consent": "yes"}
                given |= _code(story, browser, link, given, version) if "/code#" in page else {}
            browser.post(link, data=given).raise_for_status()
    return link


def _code(
    story: Story,
    browser: httpx.Client,
    link: str,
    given: Mapping[str, str],
    version: DocumentVersion,
) -> dict[str, str]:
    """The code the page asks for: its button pressed, its mail read."""
    browser.post(f"{link}/code", data=dict(given)).raise_for_status()
    query = select(OutboxMail).where(
        OutboxMail.template == CODE_MAIL,
        OutboxMail.dedup_key.contains(f"{version.document.number}/v{version.version}/"),
    )

    def mailed() -> OutboxMail | None:
        with story.app.database.reading() as session:
            newest = session.scalars(query.order_by(OutboxMail.id.desc())).first()
        return newest if newest is not None and newest.state is MailState.SENT else None

    mail = story.wait("The code is mailed", mailed)
    story.say(f"For an amount like this {mail.recipient_name} needs a code, which came by mail")
    return {"code": _found_in(mail, r": ([0-9]{6})\b")}


def state_now(story: Story, version: DocumentVersion) -> VersionState:
    """How it stands with the version."""
    with story.app.database.reading() as session:
        return session.get_one(DocumentVersion, version.id).state
