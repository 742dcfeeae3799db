"""Reads the deployments of ``prefect.yaml`` as Prefect's API wants them.

One of the few modules that import Prefect, because the forms' schemas come from Prefect's own
helpers. The process that becomes the worker runs it first, so that Prefect and the flows are
loaded, once, while the server loads.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
from prefect.utilities.templating import apply_values
from prefect.workers.process import ProcessWorker

from acctflows.clockwork.prefect_database import migrate
from acctflows.clockwork.processes import FLOW_MODULE
from acctflows.errors import ConfigurationError

FLOW_COMMAND = (
    f"{sys.executable} -m acctflows.clockwork.child --signal SIGKILL --fork"
    f" --preload prefect.flow_engine --preload acctflows.app -- {FLOW_MODULE}"
)
"""How the worker starts a flow's process: forked by the starter, or loading everything itself.

Killed rather than asked when the worker dies, because nobody would be left to tell how it ended;
the next start finds the run without a process and puts it right."""


def read_deployments(file: Path) -> list[dict[str, Any]]:
    """The deployments of a ``prefect.yaml``, each with its flow's name and form.

    A value may name an environment variable as ``{{ $NAME }}``. Entrypoints are relative to the
    working directory. Pull steps stay as they are: the worker fills them in.

    Raises:
        ConfigurationError: An environment variable that is named is not set.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [_describe(entry, content.get("pull") or []) for entry in content["deployments"]]


def job_template() -> dict[str, Any]:
    """The work pool's job template: Prefect's own, but flow processes die with their worker."""
    template = ProcessWorker.get_default_base_job_template()
    template["variables"]["properties"]["command"]["default"] = FLOW_COMMAND
    return template


def _describe(entry: dict[str, Any], pull: list[dict[str, Any]]) -> dict[str, Any]:
    entry = _filled_in(entry)
    flow: Flow[..., Any] = load_flow_from_entrypoint(
        entry["entrypoint"], use_placeholder_flow=False
    )
    limit = entry.get("concurrency_limit") or {}
    strategy = limit.get("collision_strategy")
    return {
        "flow_name": flow.name,
        "name": entry["name"],
        "description": " ".join((entry.get("description") or flow.description or "").split()),
        "tags": entry.get("tags") or [],
        "parameters": entry.get("parameters") or {},
        "schedules": [_schedule(schedule) for schedule in entry.get("schedules") or []],
        "concurrency_limit": limit.get("limit"),
        "concurrency_options": {"collision_strategy": strategy} if strategy else None,
        "parameter_openapi_schema": _form(flow),
        "enforce_parameter_schema": True,
        "entrypoint": entry["entrypoint"],
        "pull_steps": pull,
        "work_pool_name": entry["work_pool"]["name"],
    }


def _form(flow: Flow[..., Any]) -> dict[str, Any]:
    schema = parameter_schema(flow).model_dump(mode="json")
    for name, field in schema["properties"].items():
        field["title"] = name.replace("_", " ").capitalize()  # Prefect shows the bare name
    return schema


def _filled_in(entry: dict[str, Any]) -> dict[str, Any]:
    filled: Any = apply_values(entry, {}, remove_notset=False)
    if "{{ $" in json.dumps(filled):
        raise ConfigurationError(
            "a variable it names is not set",
            where=f"prefect.yaml, deployment {entry['name']}",
            todo="start with “acctflows up”, which sets ACCTFLOWS_ROOT and ACCTFLOWS_TIMEZONE",
        )
    return dict(filled)


def _schedule(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "slug": entry["slug"],
        "active": entry.get("active", True),
        "schedule": {"cron": entry["cron"], "timezone": entry["timezone"]},
    }


def main() -> None:
    """Migrate Prefect's database, say so in one line, then describe `prefect.yaml` in another."""
    sys.path.insert(0, str(Path.cwd()))
    migrate()
    print("migrated", flush=True)  # noqa: T201 — the supervisor reads it
    described = {
        "job_template": job_template(),
        "deployments": read_deployments(Path("prefect.yaml")),
    }
    print(json.dumps(described), flush=True)  # noqa: T201 — the same


if __name__ == "__main__":
    main()
