"""The contract as evidence that a client was told of surveys and the right to object."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.survey_notice import survey_notice
from acctflows.db.models.documents import Outcome
from tests.contracts.stories import approve, decide, draft, invite
from tests.factories import make_client, make_project


@pytest.mark.parametrize(
    ("told", "outcome", "found"),
    [
        (True, Outcome.ACCEPTED, True),
        (False, Outcome.ACCEPTED, False),
        (True, Outcome.DECLINED, False),
        (True, None, False),
    ],
)
def test_an_accepted_contract_with_the_notice_is_the_evidence(
    session: Session, agency: AgencyProfile, told: bool, outcome: Outcome | None, found: bool
) -> None:
    version = draft(session, make_project(session), agency, survey_notice=told)
    approve(session, version)
    invite(session, version, agency)
    if outcome:
        decide(session, version, outcome, reason="zu teuer")
    said = survey_notice(session, version.document.client_id, agency)
    assert said.replace("\u00a0", " ") == (
        f"{version.document.number}, 23. November 2026" if found else ""
    )
    assert survey_notice(session, make_client(session).id, agency) == ""


def test_the_latest_contract_with_the_notice_is_named(
    session: Session, agency: AgencyProfile
) -> None:
    client = make_client(session)
    for days in (1, 0):
        version = draft(session, make_project(session, client=client), agency)
        approve(session, version)
        invite(session, version, agency)
        decision = decide(session, version, Outcome.ACCEPTED)
        decision.decided_at -= timedelta(days=days)
        session.flush()
    assert survey_notice(session, client.id, agency).startswith(version.document.number)
