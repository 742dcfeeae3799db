"""Which failed runs a person is shown, on a real server but in pools without a worker."""

import uuid

import pytest

from acctflows.clockwork import failures as module
from acctflows.clockwork.failures import failures
from acctflows.clockwork.upsert import upsert_deployments, upsert_pool
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

YEARLY = {"cron": "0 0 1 1 *", "timezone": "Europe/Berlin"}


class Deployed:
    """A deployment whose runs a test puts into any state, in a pool of its own."""

    def __init__(self, house: House, *, sweep: bool) -> None:
        self.house = house
        self.name = f"failing-{uuid.uuid4().hex[:8]}"
        upsert_pool(house.api, self.name, job_template={}, runs_at_once=5)
        schedule = {"slug": "yearly", "active": False, "schedule": YEARLY}
        deployment = {
            "flow_name": self.name,
            "name": "test",
            "tags": [],
            "schedules": [schedule] if sweep else [],
            "entrypoint": "flows/nothing.py:nothing",
            "work_pool_name": self.name,
        }
        upsert_deployments(house.api, [deployment])

    def ended(self, state_type: str, **parameters: str) -> str:
        run = self.house.api.create_flow_run(f"{self.name}/test", parameters)
        self.house.api.set_state(run.id, state_type=state_type, message="", force=True)
        self.deployment_id = run.deployment_id
        return run.id

    def shown(self) -> list[list[str]]:
        """Its matters: the ids of their runs, the newest first."""
        found = [f.runs for f in failures(self.house.api)]
        mine = [runs for runs in found if runs[0].deployment_id == self.deployment_id]
        return [[run.id for run in runs] for runs in mine]


def test_a_sweep_that_fails_again_and_again_is_one_matter(house: House) -> None:
    sweep = Deployed(house, sweep=True)
    first, second, third = (sweep.ended(state) for state in ("FAILED", "CRASHED", "FAILED"))

    assert sweep.shown() == [[third, second, first]]


def test_a_sweep_that_goes_well_again_settles_its_failures(house: House) -> None:
    sweep = Deployed(house, sweep=True)
    sweep.ended("FAILED")
    sweep.ended("COMPLETED")
    assert sweep.shown() == []

    again = sweep.ended("FAILED")
    assert sweep.shown() == [[again]]


def test_a_run_with_parameters_of_its_own_is_not_settled_by_the_next_morning(house: House) -> None:
    sweep = Deployed(house, sweep=True)
    asked = sweep.ended("FAILED", project="P-2026-001")
    sweep.ended("FAILED")
    sweep.ended("COMPLETED")
    assert sweep.shown() == [[asked]]

    sweep.ended("COMPLETED", project="P-2026-001")
    assert sweep.shown() == []


def test_of_other_flows_every_failure_is_a_matter(house: House) -> None:
    forms = Deployed(house, sweep=False)
    first = forms.ended("FAILED", project="P-2026-001")
    forms.ended("COMPLETED", project="P-2026-001")
    second = forms.ended("FAILED", project="P-2026-002")
    forms.ended("CANCELLED")

    assert forms.shown() == [[second], [first]]


def test_no_failure_is_pushed_off_by_newer_ones(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    forms = Deployed(house, sweep=False)
    runs = [forms.ended("FAILED", project=str(number)) for number in range(5)]

    assert forms.shown() == [[run] for run in reversed(runs)]
