"""`prefect.yaml`: every deployment can be loaded, understood and run by a newcomer."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house import ROOT

pytestmark = pytest.mark.xdist_group("deployments")  # they are read once, by one process

DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the process that reads them says, by name of the deployment."""
    environment = os.environ | {
        "ACCTFLOWS_ROOT": str(ROOT),
        "ACCTFLOWS_TIMEZONE": "Europe/Vienna",
        "PREFECT_HOME": str(tmp_path_factory.mktemp("prefect")),
    }
    done = subprocess.run(
        [sys.executable, "-m", "acctflows.clockwork.deployments"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    first, rest = done.stdout.split("\n", 1)
    assert first == "migrated"
    return {entry["name"]: entry for entry in json.loads(rest)["deployments"]}


def test_every_entrypoint_loads(described) -> None:
    assert list(described) == [entry["name"] for entry in DEPLOYMENTS]
    for entry in described.values():
        stem = Path(entry["entrypoint"].partition(":")[0]).stem
        assert entry["flow_name"] == stem.replace("_", "-")


@pytest.mark.parametrize("entry", DEPLOYMENTS, ids=lambda entry: entry["name"])
def test_a_flow_is_named_after_what_it_does(entry) -> None:
    file, function = entry["entrypoint"].split(":")
    stem = file.removeprefix("flows/").removesuffix(".py")
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", stem), "verb_noun"
    assert function == stem
    assert set(stem.split("_")) <= set(entry["name"].lower().split()), "named for the job"
    assert importlib.util.find_spec(stem) is None, "the file shadows a module"


def test_every_deployment_explains_itself_in_two_sentences(described) -> None:
    for entry in described.values():
        assert len(re.findall(r"[.!](?: |$)", entry["description"])) >= 2, entry["name"]
        assert entry["tags"], entry["name"]


def test_every_field_of_a_form_has_a_title_and_the_needed_ones_say_what(described) -> None:
    for entry in described.values():
        for name, field in entry["parameter_openapi_schema"]["properties"].items():
            assert field["title"][0].isupper(), (entry["name"], name)
            assert field.get("description"), (entry["name"], name)


def test_schedules_count_in_the_agencys_zone_and_never_overlap(described) -> None:
    scheduled = [entry for entry in described.values() if entry["schedules"]]
    assert {entry["name"] for entry in scheduled} == {
        "Deliver mail",
        "Follow up invoices",
        "Import bank statements",
        "Issue invoices",
        "Report project status",
        "Settle documents",
        "Survey clients",
        "Watch contracts",
    }
    for entry in scheduled:
        assert {s["schedule"]["timezone"] for s in entry["schedules"]} == {"Europe/Vienna"}
        assert entry["concurrency_limit"] == 1
        # What an event or a person starts must look again after the run before it; a sweep need
        # not.
        waits = entry["name"] in {
            "Follow up invoices",
            "Issue invoices",
            "Report project status",
            "Survey clients",
            "Watch contracts",
        }
        strategy = "ENQUEUE" if waits else "CANCEL_NEW"
        assert entry["concurrency_options"] == {"collision_strategy": strategy}


def test_without_its_variables_it_says_how_to_start() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ACCTFLOWS_")}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.path.insert(0, '.')\n"
            "from pathlib import Path\n"
            "from acctflows.clockwork.deployments import read_deployments\n"
            "read_deployments(Path('prefect.yaml'))",
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "acctflows up" in done.stderr
