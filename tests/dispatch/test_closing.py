import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.job import JOB
from acctflows.db.models.agency import Project, Stage
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import ClientDecision, Outcome
from acctflows.db.models.mail import OutboxMail
from acctflows.db.session import Database
from acctflows.dispatch.closing import close_decision, decisions_to_close
from acctflows.dispatch.letters import Office
from acctflows.documents import audit
from tests.contracts.stories import PDF, PORTAL, approved, decide, invite
from tests.contracts.variants import TEMPLATES
from tests.dispatch.test_sending import body, parse
from tests.factories import NOW, TODAY
from tests.racing import race


def decided(
    session: Session, agency: AgencyProfile, outcome: Outcome, reason: str = ""
) -> ClientDecision:
    version = approved(session, agency)
    invite(session, version, agency)
    return decide(session, version, outcome, reason)


def close(
    session: Session, decision: ClientDecision, agency: AgencyProfile, pdf: bytes | None = PDF
) -> list[OutboxMail]:
    return close_decision(
        session,
        decision,
        job=JOB,
        office=Office(agency, TEMPLATES, PORTAL),
        pdf=pdf,
        now=NOW,
    )


def project_of(decision: ClientDecision) -> Project:
    project = decision.version.document.project
    assert project is not None
    return project


def test_an_accepted_contract_goes_to_both_sides_with_its_pdf(
    session: Session, agency: AgencyProfile
) -> None:
    decision = decided(session, agency, Outcome.ACCEPTED)

    client, manager = close(session, decision, agency)

    assert client.recipient == decision.link.contact.email
    assert manager.recipient == project_of(decision).manager.email
    for mail in (client, manager):
        (attachment,) = parse(mail).iter_attachments()
        assert attachment.get_content() == PDF
        assert "Käthe Brünning, Geschäftsführerin" in body(mail)
    assert decision.sha256 in body(client)
    assert f"{PORTAL}/desk/documents/{decision.version.document_id}" in body(manager)
    assert decision.closed_at == NOW


@pytest.mark.parametrize("before", [Stage.LEAD, Stage.PROPOSAL, Stage.CONTRACT])
def test_an_accepted_contract_makes_the_project_active(
    session: Session, agency: AgencyProfile, before: Stage
) -> None:
    decision = decided(session, agency, Outcome.ACCEPTED)
    project_of(decision).stage = before

    close(session, decision, agency)

    assert project_of(decision).stage is Stage.ACTIVE


def test_a_project_on_hold_stays_on_hold(session: Session, agency: AgencyProfile) -> None:
    decision = decided(session, agency, Outcome.ACCEPTED)
    project_of(decision).stage = Stage.ON_HOLD

    _client, manager = close(session, decision, agency)

    assert project_of(decision).stage is Stage.ON_HOLD
    assert "jetzt aktiv" not in body(manager)


def test_a_declined_contract_becomes_a_task_of_the_manager(
    session: Session, agency: AgencyProfile
) -> None:
    reason = "Zu teuer.\n<b>Und</b> zu spät & zu lang."
    decision = decided(session, agency, Outcome.DECLINED, reason)

    (mail,) = close(session, decision, agency)

    item = session.scalars(sa.select(WorkItem)).one()
    assert (item.kind, item.detail, item.due_on) == ("declined", reason, TODAY)
    assert item.owner_id == project_of(decision).manager_id
    assert mail.recipient == project_of(decision).manager.email
    assert "> Zu teuer.\n> <b>Und</b> zu spät & zu lang." in body(mail)
    assert "&lt;b&gt;Und&lt;/b&gt;" in body(mail, "html")
    assert project_of(decision).stage is Stage.LEAD
    assert parse(mail)["Reply-To"].addresses[0].addr_spec == decision.link.contact.email


@pytest.mark.parametrize("outcome", list(Outcome))
def test_closing_twice_does_everything_once(
    session: Session, agency: AgencyProfile, outcome: Outcome
) -> None:
    decision = decided(session, agency, outcome, "Nein")

    first = close(session, decision, agency)
    project_of(decision).stage = Stage.PROPOSAL  # whatever happens to the project afterwards
    second = close(session, decision, agency)

    assert [mail.id for mail in first] == [mail.id for mail in second]
    assert session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 1 + len(first)
    assert session.scalar(sa.select(sa.func.count(WorkItem.id))) == (
        0 if outcome is Outcome.ACCEPTED else 1
    )
    assert project_of(decision).stage is Stage.PROPOSAL


def test_six_at_once_close_once(database: Database, agency: AgencyProfile) -> None:
    with database.transaction() as session:
        decision_id = decided(session, agency, Outcome.ACCEPTED).id

    def work(_caller: int) -> tuple[int, ...]:
        with database.transaction() as session:
            decision = session.get_one(ClientDecision, decision_id)
            return tuple(mail.id for mail in close(session, decision, agency))

    mails, failures = race(6, work)

    assert failures == []
    assert len(set(mails)) == 1
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 3


def test_without_a_pdf_the_client_is_told_where_to_find_the_contract(
    session: Session, agency: AgencyProfile
) -> None:
    client, _manager = close(session, decided(session, agency, Outcome.ACCEPTED), agency, pdf=None)

    assert "unter dem Link in unserer Einladung" in body(client)


def test_the_sweep_finds_what_still_wants_closing(session: Session, agency: AgencyProfile) -> None:
    first, second = (decided(session, agency, Outcome.ACCEPTED) for _ in range(2))
    assert decisions_to_close(session) == [first.id, second.id]

    close(session, first, agency)

    assert decisions_to_close(session) == [second.id]


def test_closing_is_in_the_audit_trail_and_the_chain_holds(
    session: Session, agency: AgencyProfile
) -> None:
    close(session, decided(session, agency, Outcome.ACCEPTED), agency)

    assert audit.verify(session).fault is None
