"""A contract is negotiated: an objection, a counter-proposal, two signatures, and a forged copy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from lxml import html

from acctflows.cli.story.papers import (
    CONTRACT,
    Paper,
    address_in,
    names,
    sign_or_decline,
    state_now,
    tell_draft,
    tell_end,
    tell_invitation,
    tell_sending,
)
from acctflows.cli.story.stage import Story, filled, find_form
from acctflows.clockwork.api import FlowRun
from acctflows.db.models.documents import DocumentVersion, VersionState
from acctflows.db.models.signing import SealedFile
from acctflows.documents.store import read_checked
from acctflows.errors import TemporaryError

REVISE = "revise-contract/Revise a contract"


@dataclass(frozen=True)
class Negotiation:
    """What is talked about.

    Args:
        parameters: Of the contract's run.
        clause: How the clause begins that the client objects to.
        proposal: What the client wants it to say.
        reason: Why.
        counter: What the manager proposes instead.
        variant: Under what name the manager keeps these words.
        second: Fields of the second signer's form.
    """

    parameters: Mapping[str, Any]
    clause: str
    proposal: str
    reason: str
    counter: str
    variant: str
    second: Mapping[str, str] = field(default_factory=dict)


def tell_negotiation(story: Story, talk: Negotiation) -> DocumentVersion:
    """Tell it from the first draft to the sealed file; the version that both have signed."""
    story.chapter(*names(story, str(talk.parameters["project"])))
    first = Paper(CONTRACT, talk.parameters)
    run = story.start(first.deployment, first.key, first.parameters)
    version = tell_draft(story, run)
    _object(story, talk, run, version)
    revision = _answer(story, talk, version)
    revised = tell_draft(story, revision)
    mail = tell_sending(story, revision, revised)
    changes = f"{address_in(story, mail)}#changes"
    story.say("What is new is marked on the page, and in Word:", changes)
    sign_or_decline(story, "accept", {}, mail, revised)
    story.say(f"{mail.recipient_name} has signed; now it is the second one's turn")
    second = tell_invitation(story, revised, 1)
    link = sign_or_decline(story, "accept", talk.second, second, revised)
    story.say(f"{second.recipient_name} has signed on this page:", link)
    tell_end(story, revision)
    _verify(story, revised)
    return revised


def _object(story: Story, talk: Negotiation, run: FlowRun, version: DocumentVersion) -> None:
    """The client chooses a clause and proposes other words."""
    link = address_in(story, tell_sending(story, run, version))
    if state_now(story, version) is VersionState.SENT:
        with httpx.Client(trust_env=False, follow_redirects=True) as browser:
            page = browser.get(f"{link}/objections").raise_for_status().text
            number = _clause(page, talk.clause)
            form = browser.get(f"{link}/objections", params={"clause": number})
            given = filled(find_form(form.raise_for_status().text, _is_post))
            given |= {f"proposal-{number}": talk.proposal, f"reason-{number}": talk.reason}
            browser.post(f"{link}/objections", data=given).raise_for_status()
    story.say(f"The client objects to a clause: “{talk.reason}”", link)
    tell_end(story, run)


def _is_post(form: html.HtmlElement) -> bool:
    return bool(form.get("method") == "post")


def _clause(page: str, words: str) -> str:
    """The number of the clause that begins with these words, as its box has it."""
    for label in html.document_fromstring(page).iter("label"):
        if words in str(label.xpath("normalize-space()")):
            return str(label.xpath("string(input/@value)"))
    raise TemporaryError(f"the contract has no clause “{words}”")


def _answer(story: Story, talk: Negotiation, version: DocumentVersion) -> FlowRun:
    """The manager answers on the desk, which starts the run of the next version; that run."""
    page = f"objections/{version.id}"
    if state_now(story, version) is VersionState.OBJECTED:
        answer = {"reply-1": "counter", "text-1": talk.counter, "keep-1": talk.variant}
        story.press(page, page, **answer)
    story.say(f"{story.manager.name} proposes other words: “{talk.counter}”", story.desk(page))
    number = {"contract": version.document.number}
    return story.api.create_flow_run(REVISE, number, idempotency_key=f"revise/{version.id}")


def _verify(story: Story, version: DocumentVersion) -> None:
    """Hold the sealed file against the record, and a copy in which one byte was changed."""
    with story.app.database.reading() as session:
        sealed = session.get_one(SealedFile, version.id)
        content = read_checked(story.app.docs_out, sealed.path, sealed.sha256)
    forged = bytearray(content)
    forged[len(forged) // 3] ^= 1
    address = f"{story.app.portal_url}/verify"
    with httpx.Client(trust_env=False) as browser:
        for what, file in (("The sealed file", content), ("A copy with one bit changed", forged)):
            form = {"file": ("contract.pdf", bytes(file), "application/pdf")}
            page = browser.post(address, files=form, params={"lang": "en"}).raise_for_status().text
            said = str(
                html.document_fromstring(page).xpath("normalize-space(//*[@id='result-title'])")
            )
            story.say(f"{what} on the page that verifies: “{said}”", address)
