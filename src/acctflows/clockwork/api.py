"""What we ask of Prefect over its REST API: start runs, look at them, resume them, keep objects."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import httpx

from acctflows.errors import ConflictError, InputError, NotFoundError, TemporaryError

FAILED_STATES = ("FAILED", "CRASHED")
BUSY = (429, 503)
"""Answers with which Prefect has done nothing: too many requests, or its SQLite was locked."""
BUSY_PAUSES = (0.1, 0.3, 1, 3)
"""Seconds between the attempts of a call that met a busy server."""


@dataclass(frozen=True)
class FlowRun:
    """A flow run as a person would speak of it."""

    id: str
    name: str
    deployment_id: str | None
    state_type: str
    """Prefect's type: SCHEDULED, PENDING, RUNNING, PAUSED, COMPLETED, FAILED, CRASHED, ..."""
    state_name: str
    """The name shown in the UI; ``Suspended`` is of type PAUSED, ``Rejected`` of COMPLETED."""
    message: str
    changed_at: str
    """When the run took this state (ISO 8601)."""
    parameters: dict[str, Any]
    tags: tuple[str, ...]
    run_count: int
    """How often it was started."""
    worker: str
    """Name of the worker that took it; empty before."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the server's answer."""
        state = data.get("state") or {}
        return cls(
            id=data["id"],
            name=data["name"],
            deployment_id=data.get("deployment_id"),
            state_type=state.get("type") or "",
            state_name=state.get("name") or "",
            message=state.get("message") or "",
            changed_at=state.get("timestamp") or "",
            parameters=data.get("parameters") or {},
            tags=tuple(data.get("tags") or ()),
            run_count=data.get("run_count") or 0,
            worker=str((data.get("labels") or {}).get("prefect.worker.name", "")),
        )


@dataclass(frozen=True)
class ResumeResult:
    """What Prefect made of a resume: it answers 2xx even when it refuses."""

    accepted: bool
    reason: str
    """Why it was refused, in Prefect's words; empty when accepted."""


class PrefectApi:
    """A small client of one Prefect server; thread-safe, one connection pool.

    Args:
        url: The API's address, such as ``http://127.0.0.1:4200/api``.
        timeout: Seconds to wait for one answer.
    """

    def __init__(self, url: str, *, timeout: float = 10) -> None:
        self.url = url.rstrip("/")
        # Reading the authorities of TLS takes longer than most calls: only where it is spoken.
        tls = self.url.startswith("https:")
        self._client = httpx.Client(base_url=self.url, timeout=timeout, trust_env=False, verify=tls)

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def healthy(self) -> bool:
        """Whether the server answers and says it is well."""
        try:
            return self._client.get("/health").json() is True
        except (httpx.HTTPError, ValueError):
            return False

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """One call; the parsed answer, or None when it is empty.

        Raises:
            NotFoundError: 404. ConflictError: 409. InputError: other 4xx.
            TemporaryError: The server cannot be reached, is overloaded or failed.
        """
        for pause in (*BUSY_PAUSES, None):
            answer = self._send(method, path, body)
            if answer.is_success:
                return answer.json() if answer.content else None
            if answer.status_code not in BUSY or pause is None:
                break
            time.sleep(pause)
        raise _error(answer)

    def _send(self, method: str, path: str, body: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise TemporaryError(
                f"Prefect does not answer ({type(error).__name__})",
                where=self.url,
                todo="start it with “acctflows up”",
            ) from error

    def flow_run(self, flow_run_id: str) -> FlowRun:
        """The run with that id.

        Raises:
            NotFoundError: There is none.
        """
        return FlowRun.from_json(self.request("GET", f"/flow_runs/{quote(flow_run_id, safe='')}"))

    def flow_runs(self, **criteria: Any) -> list[FlowRun]:
        """The runs that meet Prefect's filter (``flow_runs=``, ``sort=``, ``limit=``)."""
        found = self.request("POST", "/flow_runs/filter", criteria)
        return [FlowRun.from_json(data) for data in found]

    def resume(self, flow_run_id: str, run_input: Mapping[str, Any] | None = None) -> ResumeResult:
        """Let a suspended run go on, with the answer it waits for.

        Refusals (run not suspended, input that does not fit) are a result, not an error.
        """
        path = f"/flow_runs/{quote(flow_run_id, safe='')}/resume"
        answer = self.request("POST", path, {"run_input": dict(run_input)} if run_input else {})
        reason = (answer.get("details") or {}).get("reason") or ""
        return ResumeResult(accepted=answer["status"] == "ACCEPT", reason=reason)

    def create_flow_run(
        self, deployment: str, parameters: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> FlowRun:
        """Start a run of a deployment; the same key gives the same run again.

        Args:
            deployment: ``flow-name/deployment-name``.
            parameters: Values for the form's fields; others take the deployment's defaults.
            idempotency_key: Business key of this start.

        Raises:
            ConflictError: A parameter does not fit; the message names it.
        """
        flow, _, name = deployment.partition("/")
        found = self.request("GET", f"/deployments/name/{quote(flow)}/{quote(name)}")
        body: dict[str, Any] = {"parameters": dict(parameters), "state": {"type": "SCHEDULED"}}
        if idempotency_key:
            body["idempotency_key"] = idempotency_key
        path = f"/deployments/{found['id']}/create_flow_run"
        return FlowRun.from_json(self.request("POST", path, body))

    def set_state(
        self,
        flow_run_id: str,
        *,
        state_type: str,
        name: str | None = None,
        message: str,
        force: bool = False,
    ) -> bool:
        """Propose a state for a run; whether the server took it."""
        state = {"type": state_type, "name": name, "message": message}
        path = f"/flow_runs/{quote(flow_run_id, safe='')}/set_state"
        answer = self.request("POST", path, {"state": state, "force": force})
        return bool(answer["status"] == "ACCEPT")


def _error(answer: httpx.Response) -> Exception:
    try:
        data = answer.json()
        detail = data.get("detail") or data.get("exception_message") or data
    except ValueError:
        detail = answer.text[:200]
    where = f"Prefect, {answer.request.method} {answer.request.url.path}"
    if answer.status_code in (408, 429) or answer.status_code >= 500:
        return TemporaryError(f"HTTP {answer.status_code}: {detail}", where=where)
    kinds: dict[int, type[NotFoundError | ConflictError]] = {404: NotFoundError, 409: ConflictError}
    kind = kinds.get(answer.status_code, InputError)
    return kind(f"HTTP {answer.status_code}: {detail}", where=where)
