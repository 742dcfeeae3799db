"""The contract's run against a real Prefect server, worker, portal and mail server.

All runs start together, so that each test finds its own well on its way.
"""

import re
from email import message_from_bytes, policy
from io import BytesIO
from zipfile import ZipFile

import httpx
import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy import select

from acctflows.agency import find
from acctflows.app import JOBS
from acctflows.clockwork.processes import flow_processes
from acctflows.db.models.agency import Project, Stage
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import (
    AccessLink,
    ApprovalDecision,
    DocumentVersion,
    VersionState,
)
from acctflows.db.models.mail import MailState, OutboxMail
from acctflows.db.models.signing import Reply, SealedFile
from acctflows.dispatch.withdrawing import withdraw
from acctflows.documents import audit, waiting
from acctflows.documents.approval import decide_approval
from acctflows.documents.objections import Answer, answer_objections
from acctflows.documents.store import read_checked
from tests.documents.pdf.reading import read_as_text
from tests.factories import make_contact
from tests.house import House

REVISE = "revise-contract/Revise a contract"

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

SCENES = (
    *("killed", "accepted", "rejected", "rework", "twice", "silent", "unanswered"),
    *("negotiated", "withdrawn"),
)


@pytest.fixture(scope="module")
def scenes(house: House) -> dict[str, tuple[str, str]]:
    """Project and run of every scene."""
    started = {}
    for scene in SCENES:
        project = house.project()
        terms = {"co_signers": [add_signer(house, project)]} if scene == "negotiated" else {}
        started[scene] = (project, house.draft(project, terms=terms))
    return started


def add_signer(house: House, project: str) -> str:
    """A second contact of the project's client; their e-mail."""
    with house.app.database.transaction() as session:
        client = find.project(session, project).client
        email = f"ole.{client.id}@moewe.example"
        make_contact(session, client, given_name="Ole", email=email, roles=[])
        return email


def test_killed_between_steps_and_retried_it_makes_one_document(house: House, scenes) -> None:
    project, run = scenes["killed"]
    process = house.eventually(
        lambda: flow_processes(house.app.home).get(run), "the process of the run"
    )[0]
    house.eventually(lambda: house.versions(project), "the draft in the database")
    process.kill()
    psutil.wait_procs([process], timeout=10)
    house.until(run, "Crashed")
    house.retry(run)

    assert house.answer(run, "approve").accepted
    house.client_link(project)

    assert len(house.versions(project)) == 1
    assert [mail.template for mail in house.mails(project)] == ["contract_invitation"]


def test_approved_after_a_look_at_the_right_file_and_accepted_it_is_filed_mailed_and_closed(
    house: House, scenes
) -> None:
    project, run = scenes["accepted"]
    form = house.asked(run)
    assert form["required"] == ["decision", "approver"]
    assert form["properties"]["document_hash"]["title"] == "Fingerprint of the document"
    assert "/desk/approvals/" in form["text"]

    assert house.answer(run, "approve", document_hash="0" * 64).accepted
    assert "what was shown is not what is filed" in house.asked(run, again=True)["text"]
    assert house.mails(project) == []
    assert house.answer(run, "approve").accepted
    house.client_answers(project, "accept")
    ended = house.until(run, "Accepted")

    assert ended.state_type == "COMPLETED"
    assert "accepted by Käthe Brünning" in ended.message
    (version,) = house.versions(project)
    assert version.state is VersionState.ACCEPTED
    assert (house.app.docs_out / version.pdf_path).exists()
    assert sealed_copies(house, project) == {sealed_file(house, version)}
    house.eventually(
        lambda: all(mail.state is MailState.SENT for mail in house.mails(project)), "all mails sent"
    )
    assert [mail.template for mail in house.mails(project)] == [
        "contract_invitation",
        "contract_accepted",
        "contract_accepted_news",
    ]
    with house.app.database.reading() as session:
        stage = session.scalar(select(Project.stage).where(Project.number == project))
        assert stage is Stage.ACTIVE
        assert not waiting.waiting_runs(session, version_id=version.id)


def sealed_file(house: House, version: DocumentVersion) -> bytes:
    """The file with the evidence, checked against the register."""
    with house.app.database.reading() as session:
        sealed = session.get_one(SealedFile, version.id)
        return read_checked(house.app.docs_out, sealed.path, sealed.sha256)


def sealed_copies(house: House, project: str) -> set[bytes]:
    """What is attached to the mails about the acceptance."""
    mails = [mail for mail in house.mails(project) if "/accepted/" in mail.dedup_key]
    assert len(mails) > 1
    return {
        part.get_content()
        for mail in mails
        for part in message_from_bytes(mail.raw, policy=policy.default).iter_attachments()
    }


def test_negotiated_the_next_version_carries_the_words_and_two_sign_it(
    house: House, scenes
) -> None:
    project, run = scenes["negotiated"]
    house.answer(run, "approve")
    link = house.client_link(project)
    chosen = re.findall(r'name="clause" value="(\d+)"', httpx.get(f"{link}/objections").text)[:2]
    fields = {"lang": "de", "name": "Käthe Brünning"}
    fields |= {f"proposal-{chosen[0]}": "So soll es sein.", f"reason-{chosen[0]}": "Darum."}
    fields |= {f"proposal-{chosen[1]}": "", f"reason-{chosen[1]}": "Wozu dient das?"}
    origin = {"Origin": house.app.portal_url}
    assert httpx.post(f"{link}/objections", data=fields, headers=origin).status_code == 303
    ended = house.until(run, "Objections")
    assert "objected to by Käthe Brünning" in ended.message

    (version,) = house.versions(project)
    with house.app.database.transaction() as session:
        decision = session.get_one(DocumentVersion, version.id).decision
        assert decision is not None
        answers = {1: Answer(Reply.ACCEPT, ""), 2: Answer(Reply.EXPLAIN, "Das will das Gesetz.")}
        answer_objections(session, decision, answers, by="lena", now=house.app.clock.now())
        number = decision.version.document.number
        signers = [contact.id for contact in decision.version.document.client.contacts]
    assert len(signers) == 2

    revised = house.api.create_flow_run(REVISE, {"contract": number}).id
    house.answer(revised, "approve")
    new = house.client_link(project, version=2)
    page = httpx.get(new).text
    assert "Was sich seit Version 1 geändert hat" in page
    assert "So soll es sein." in page
    assert "Das will das Gesetz." in page
    comparison = httpx.get(f"{new}/comparison.docx").raise_for_status().content
    assert b"So soll es sein." in ZipFile(BytesIO(comparison)).read("word/document.xml")
    assert httpx.get(link).status_code == 410

    house.client_says(new, "accept")
    second = house.eventually(
        lambda: next((m for m in house.mails(project) if m.sent_at and is_second(m)), None),
        "the second signer being asked",
    )
    assert "hat unterzeichnet" in httpx.get(new).text
    house.client_says(house.link_in(second), "accept", name="Ole Brünning")
    assert "accepted by Ole Brünning" in house.until(revised, "Accepted").message
    _first, version = house.versions(project)
    assert sealed_copies(house, project) == {sealed_file(house, version)}
    text = read_as_text(sealed_file(house, version))
    for words in ("Käthe Brünning", "Ole Brünning", "Nachweis der Annahme", "So soll es sein."):
        assert words in text


def is_second(mail: OutboxMail) -> bool:
    return "/v2/invitation/" in mail.dedup_key and mail.recipient.startswith("ole")


def test_withdrawn_nobody_can_accept_it_and_the_client_is_told(house: House, scenes) -> None:
    project, run = scenes["withdrawn"]
    house.answer(run, "approve")
    link = house.client_link(project)
    (version,) = house.versions(project)
    with house.app.database.transaction() as session:
        found = session.get_one(DocumentVersion, version.id)
        withdraw(
            session,
            found,
            job=JOBS["contract"],
            office=house.app.office,
            by="lena",
            reason="Der Kunde hat abgesagt.",
            now=house.app.clock.now(),
        )
    assert httpx.get(link).status_code == 410
    house.sweep("settle-documents/Settle documents")
    house.until(run, "Withdrawn")
    assert [mail.template for mail in house.mails(project)] == [
        "contract_invitation",
        "document_withdrawn",
    ]


def test_resumed_twice_the_second_time_is_refused(house: House, scenes) -> None:
    _project, run = scenes["accepted"]
    house.until(run, "Accepted")

    again = house.api.resume(run, {"decision": "reject", "approver": "Late"})

    assert not again.accepted
    assert "not paused" in again.reason


def test_rejected_it_ends_and_nothing_is_mailed(house: House, scenes) -> None:
    project, run = scenes["rejected"]
    house.answer(run, "reject", comment="Budget fehlt")
    ended = house.until(run, "Rejected")
    assert ended.state_type == "COMPLETED"
    assert "Budget fehlt" in ended.message
    assert house.mails(project) == []


def test_sent_back_for_rework_the_manager_gets_the_comment(house: House, scenes) -> None:
    project, run = scenes["rework"]
    house.answer(run, "rework", comment="")
    assert "needs a comment" in house.asked(run, again=True)["text"]
    house.answer(run, "rework", comment="Bitte mit Abschlag")
    house.until(run, "Rework asked")
    (version,) = house.versions(project)
    with house.app.database.reading() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.version_id == version.id)).one()
        owner = session.scalar(select(Project.manager_id).where(Project.number == project))
    assert item.detail == "Bitte mit Abschlag"
    assert item.owner_id == owner


def test_started_twice_both_runs_wait_for_one_decision_and_one_mail_goes_out(
    house: House, scenes
) -> None:
    project, first = scenes["twice"]
    house.asked(first)
    second = house.draft(project)
    house.asked(second)
    (version,) = house.versions(project)
    decide_on_the_desk(house, version, ApprovalDecision.APPROVE)

    for run in (first, second):
        house.api.resume(run, {"decision": "approve", "approver": "Desk", "comment": ""})
    house.client_answers(project, "decline", reason="Zu lange Laufzeit")

    for run in (first, second):
        assert "Zu lange Laufzeit" in house.until(run, "Declined").message
    templates = [mail.template for mail in house.mails(project)]
    assert sorted(templates) == ["contract_declined", "contract_invitation"]


def test_a_decision_nobody_told_prefect_is_found_by_the_sweep(house: House, scenes) -> None:
    project, run = scenes["silent"]
    house.asked(run)
    (version,) = house.versions(project)
    decide_on_the_desk(house, version, ApprovalDecision.REJECT)

    sweep_documents(house)

    assert "Lena Hansen" in house.until(run, "Rejected").message


def test_crashed_while_it_waits_it_waits_again_and_without_an_answer_it_ends(
    house: House, scenes
) -> None:
    project, run = scenes["unanswered"]
    house.answer(run, "approve")
    link = house.client_link(project)
    house.until(run, "Suspended")
    house.api.set_state(run, state_type="CRASHED", message="by mistake", force=True)
    starts = house.api.flow_run(run).run_count
    sweep_documents(house)
    house.eventually(
        lambda: house.api.flow_run(run).run_count > starts and house.until(run, "Suspended"),
        "the run waiting again",
    )

    (version,) = house.versions(project)
    with house.app.database.transaction() as session:
        links = sa.update(AccessLink).where(AccessLink.version_id == version.id)
        session.execute(links.values(expires_at=house.app.clock.now()))
    sweep_documents(house)

    assert "expired without an answer" in house.until(run, "No answer").message
    assert httpx.get(link).status_code == 410
    with house.app.database.reading() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.version_id == version.id)).one()
    assert (item.kind, item.settled_at) == ("contract_no_answer", None)
    assert [mail.template for mail in house.mails(project)] == ["contract_invitation"]


def test_input_that_does_not_fit_is_refused_and_the_run_waits_on(house: House) -> None:
    run = house.draft(house.project())
    house.asked(run)
    refused = house.api.resume(run, {"decision": "perhaps", "approver": "Lena"})
    assert not refused.accepted
    assert "decision" in refused.reason
    assert not house.api.resume(run, {"decision": "approve", "approver": ""}).accepted
    assert house.api.flow_run(run).state_name == "Suspended"


def test_what_is_wrong_with_the_records_is_said_in_the_run(house: House) -> None:
    run = house.until(house.draft("P-1999-404"), "Failed")
    assert "P-1999-404" in run.message


def test_the_trail_of_all_this_is_whole(house: House) -> None:
    with house.app.database.reading() as session:
        report = audit.verify(session)
    assert report.fault is None


def test_prefect_shows_what_to_decide_and_where(house: House, scenes) -> None:
    _project, run = scenes["accepted"]
    wanted = {"artifacts": {"flow_run_id": {"any_": [run]}}}
    found = house.api.request("POST", "/artifacts/filter", wanted)
    keys = {artifact["key"].split("-")[0] for artifact in found if artifact["key"]}
    assert keys == {"approval", "desk", "outcome"}


def sweep_documents(house: House) -> None:
    swept = house.sweep("settle-documents/Settle documents")
    assert swept.message == "Everything is settled."


def decide_on_the_desk(house: House, version: DocumentVersion, decision: ApprovalDecision) -> None:
    with house.app.database.transaction() as session:
        decide_approval(
            session,
            session.get_one(DocumentVersion, version.id),
            decision=decision,
            sha256=version.shown_sha256,
            by="Lena Hansen",
            comment="Auf dem Desk",
            now=house.app.clock.now(),
        )
