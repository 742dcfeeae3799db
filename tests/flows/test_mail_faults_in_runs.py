"""The same faults while Prefect works: runs go on, a sweep fails for all to see."""

from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from acctflows.db.models.documents import VersionState
from acctflows.db.models.mail import MailState
from tests.flows.people import Matter, People
from tests.house import House, new_app, start_house
from tests.smtp_server import DROP, SmtpServer

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("own prefect")]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, server: SmtpServer) -> Iterator[House]:
    """An installation that sends to that server."""
    app = new_app(tmp_path, smtp_port=server.port, smtp_timeout_seconds=1, smtp_user="agency")
    house = start_house(app, mailbox=False)
    yield house
    house.supervisor.stop(grace=5)


def test_faults_of_the_mail_server_harm_no_run(house: House, server: SmtpServer) -> None:
    project = house.project()
    people = People(house.app, house.api, [Matter(project, "accept", on_desk=True)])
    server.faults["AUTH"] = ["535 wrong password"] * 2
    run = house.draft(project)
    house.asked(run)
    assert house.answer(run, "approve").accepted

    # Nobody is let in: the run waits for the client all the same, the sweep fails.
    house.eventually(lambda: house.mails(project), "the invitation in the outbox")
    house.until(run, "Suspended")
    assert "it refuses the login" in house.sweep("deliver-mail/Deliver mail").message
    assert [mail.state for mail in house.mails(project)] == [MailState.QUEUED]

    # The connection drops after the message: in doubt, on the desk, and settled there.
    server.faults["answer"] = [DROP]
    assert house.sweep("deliver-mail/Deliver mail").message == "1 in doubt: see the desk"
    assert house.api.flow_run(run).state_name == "Suspended"
    [mail] = house.mails(project)
    people.settle_doubts(arrived={mail.message_id})
    assert people.count["was sent: doubts"] == 1

    house.client_answers(project, "accept")
    house.until(run, "Accepted")

    assert [version.state for version in house.versions(project)] == [VersionState.ACCEPTED]
    house.eventually(
        lambda: {mail.state for mail in house.mails(project)} == {MailState.SENT}, "all mails sent"
    )
    taken = [message_from_bytes(mail.content, policy=default) for mail in server.accepted]
    wanted = [mail.message_id for mail in house.mails(project)]
    assert Counter(mail["Message-ID"] for mail in taken) == Counter(wanted)
    assert len(wanted) == 3
    people.close()
