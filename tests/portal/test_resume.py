"""Waking the runs that wait for a decision."""

from dataclasses import dataclass, field

from acctflows.agency.profile import AgencyProfile
from acctflows.clockwork.api import FlowRun, ResumeResult
from acctflows.contracts.drafting import draft_contract
from acctflows.contracts.terms import ContractTerms
from acctflows.db.models.desk import WaitingFor
from acctflows.db.session import Database
from acctflows.documents.waiting import note_waiting
from acctflows.portal.resume import Resumer
from tests.factories import NOW, TODAY, make_project

RUN = "4b1f6c0e-0000-4000-8000-000000000001"


@dataclass
class Prefect:
    """A run that takes its states one after the other, each time someone asks for it."""

    states: list[str]
    tries: list[str] = field(default_factory=list)

    def resume(self, _run_id: str, _run_input: object) -> ResumeResult:
        self.tries.append(self.states[0])
        return ResumeResult(accepted=self.states[0] == "PAUSED", reason="not paused")

    def flow_run(self, run_id: str) -> FlowRun:
        state = self.states[0]
        self.states = self.states[1:] or self.states
        return FlowRun.from_json({"id": run_id, "name": "a run", "state": {"type": state}})


def wake(database: Database, agency: AgencyProfile, prefect: Prefect) -> None:
    """Wake a run that waits for the client, and wait until that is over."""
    with database.transaction() as session:
        version = draft_contract(
            session,
            agency=agency,
            project=make_project(session),
            terms=ContractTerms(),
            actor="test",
            now=NOW,
            today=TODAY,
        )
        note_waiting(
            session,
            flow_run_id=RUN,
            waiting_for=WaitingFor.CLIENT,
            version_id=version.id,
            now=NOW,
        )
    resumer = Resumer(database, prefect, pauses=(0, 0, 0))
    resumer.wake(version.id, WaitingFor.CLIENT)
    resumer._pool.shutdown(wait=True)


def test_who_answers_faster_than_the_run_is_suspended_wakes_it_all_the_same(
    database: Database, agency: AgencyProfile
) -> None:
    prefect = Prefect(["RUNNING", "RUNNING", "PAUSED"])
    wake(database, agency, prefect)
    assert prefect.tries == ["RUNNING", "RUNNING", "PAUSED"]


def test_a_run_that_stays_at_work_is_left_to_the_sweep(
    database: Database, agency: AgencyProfile
) -> None:
    prefect = Prefect(["RUNNING"])
    wake(database, agency, prefect)
    assert prefect.tries == ["RUNNING"] * 4


def test_a_run_that_has_ended_is_not_tried_again(database: Database, agency: AgencyProfile) -> None:
    prefect = Prefect(["CANCELLED"])
    wake(database, agency, prefect)
    assert prefect.tries == ["CANCELLED"]
