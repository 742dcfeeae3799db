"""One process that starts everything, keeps it running, and stops it without losing work."""

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

import psutil

from acctflows.clockwork import parts
from acctflows.clockwork.api import PrefectApi
from acctflows.clockwork.automations import upsert_automations
from acctflows.clockwork.installation import WORK_POOL, Installation, check_ports
from acctflows.clockwork.limits import free_slots, upsert_limits
from acctflows.clockwork.lock import take_lock
from acctflows.clockwork.processes import Child, end_all, flow_processes, marked_processes, rotate
from acctflows.clockwork.recovery import lost_runs, right_lost_runs, right_run
from acctflows.clockwork.upsert import (
    pause_pool,
    remove_deployments,
    upsert_deployments,
    upsert_pool,
)
from acctflows.errors import AcctflowsError, ConfigurationError

START_SECONDS = 180
"""How long a part may take until it is well; a slow laptop needs a minute the first time."""
STOP_SECONDS = 10
"""How long a part may take to end after it was asked."""
LOOK_SECONDS = 20
"""How often runs are compared with processes; a run without one at two looks is put right."""
LONGEST_PAUSE = 60
"""The longest wait, in seconds, before a part that keeps dying is started again."""

Report = Callable[[str, str], None]
"""Told the name of a part and what happens to it, in words for a person."""


class Supervisor:
    """Starts, watches and stops the parts of one installation.

    Use it from the main thread: the parts end when the thread that started them ends.

    Args:
        installation: Places, ports and settings.
        report: Told what happens.
        meanwhile: Done while the parts load: what must be ready before work begins, such as
            bringing our own database to the newest schema.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        report: Report,
        meanwhile: Callable[[], object],
    ) -> None:
        self.installation = installation
        self.api = PrefectApi(installation.api_url, timeout=30)
        self._report = report
        self._meanwhile = meanwhile
        self._environment = installation.environment()
        self._lock: IO[str] | None = None
        self._paused_by_us = installation.home / "pool-paused"
        self._next_look = 0.0
        self._suspects: set[tuple[str, str]] = set()
        self._server = parts.server(installation, self.api)
        self._worker = parts.worker(installation, self.api)
        self._starters = [parts.starter(installation)] if hasattr(os, "pidfd_open") else []
        self._pages = [parts.portal(installation)]
        if installation.mailbox:
            self._pages.append(parts.mailbox(installation, installation.mailbox))

    @property
    def children(self) -> list[Child]:
        """All parts in the order in which they are stopped: the worker first."""
        found = [self._worker, *self._starters, *self._pages, self._server]
        return [part.child for part in found]

    @property
    def ready(self) -> bool:
        """Whether every part runs and is well."""
        every = [self._server, self._worker, *self._pages]
        return all(part.child.running and part.well() for part in every)

    # -- start ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Start every part and return when all are well and work may begin.

        Raises:
            ConflictError: Another supervisor looks after this home.
            ConfigurationError: A port is in use, or a part does not get well.
        """
        self._lock = take_lock(self.installation.home)
        try:
            self._end_leftovers()
            check_ports(self.installation)
            self._start_parts()
        except BaseException:
            self.stop(grace=0)
            raise

    def _start_parts(self) -> None:
        # Everything loads at the same time; only what truly needs another waits for it.
        for child in self.children:
            child.log.parent.mkdir(parents=True, exist_ok=True)
            rotate(child.log)
        self._launch(self._server.child)
        self._launch(self._worker.child, first="acctflows.clockwork.deployments")
        self._meanwhile()
        # Prefect's database is migrated; when that fails the server does it itself, only slower.
        self._worker.child.next_line(START_SECONDS)
        self._server.child.go()
        self._wait_until_well(self._server)
        for page in self._pages:  # not before: until here two cores have enough to do
            self._launch(page.child)
        self._register()
        self._worker.child.go()
        for part in (self._worker, *self._pages):
            self._wait_until_well(part)
        for starter in self._starters:  # until it is loaded, runs load everything themselves
            self._launch(starter.child)

    def _end_leftovers(self) -> None:
        if left := marked_processes(self.installation.home):
            self._report("leftovers", f"ending {len(left)} processes of a supervisor that died")
            end_all(left, STOP_SECONDS)
        # No run is alive, so none holds a slot. The lock among the leases names a process by a
        # number that another may have by now: then Prefect's server would wait for it for ever.
        if self.installation.leases.exists():
            shutil.rmtree(self.installation.leases)

    def _register(self) -> None:
        described = self._description()
        upsert_pool(
            self.api,
            WORK_POOL,
            job_template=described["job_template"],
            runs_at_once=self.installation.worker_concurrency,
        )
        upsert_limits(self.api)
        free_slots(self.api)  # their leases went with the leftovers
        changed = upsert_deployments(self.api, described["deployments"])
        remove_deployments(self.api, WORK_POOL, keep=described["deployments"])
        upsert_automations(self.api)
        self._resume_pool()
        self._right_lost_runs()
        self._report(
            "deployments", f"ready ({len(described['deployments'])}, {len(changed)} new or changed)"
        )

    def _description(self) -> dict[str, Any]:
        described = self._worker.child.next_line(START_SECONDS)
        if not described:
            raise ConfigurationError(
                "the deployments cannot be read",
                where="prefect.yaml",
                todo=f"correct what these lines name:\n{self._worker.child.last_words()}",
            )
        return dict(json.loads(described))

    def _right_lost_runs(self) -> None:
        for righted in right_lost_runs(
            self.api,
            WORK_POOL,
            worker=parts.worker_name(),
            alive=flow_processes(self.installation.home).keys(),
        ):
            self._report("lost run", str(righted))

    def _launch(self, child: Child, *, first: str = "") -> None:
        self._report(child.name, "starting")
        child.start(cwd=self.installation.root, environment=self._environment, first=first)

    def _wait_until_well(self, part: parts.Part) -> None:
        child = part.child
        deadline = time.monotonic() + START_SECONDS
        while not part.well():
            if not child.running or time.monotonic() > deadline:
                raise ConfigurationError(
                    f"the {child.name} did not start",
                    where=str(child.log),
                    todo=f"its last words were:\n{child.last_words()}",
                )
            time.sleep(0.05)
        self._report(child.name, f"ready after {time.monotonic() - child.started:.1f} s")

    # -- watch ---------------------------------------------------------------------------------

    def watch(self, stopped: Callable[[], bool]) -> None:
        """Start again what dies, until ``stopped`` says so (asked about twice a second)."""
        while not stopped():
            self.look_after()
            time.sleep(0.5)

    def look_after(self) -> None:
        """Notice what died, and start again what has waited long enough."""
        now = time.monotonic()
        for child in self.children:
            if child.running:
                child.deaths = 0 if now - child.started > LONGEST_PAUSE else child.deaths
            elif child.process is not None:
                self._note_death(child, now)
            elif now >= child.retry_at:
                self._launch(child)
                child.go()
        if now >= self._next_look and self._server.child.running:
            self._next_look = now + LOOK_SECONDS
            with suppress(AcctflowsError):  # Prefect is busy or just starting: next time
                self.look_for_lost_runs()

    def look_for_lost_runs(self) -> None:
        """Put right the runs that have no process now and had none at the last look.

        Such a run died while Prefect could not be told. We look ourselves, because Prefect's
        automations miss events after a restart and under load: they crashed healthy, waiting runs.
        """
        lost = lost_runs(
            self.api,
            WORK_POOL,
            worker=parts.worker_name(),
            alive=flow_processes(self.installation.home).keys(),
        )
        for run in lost:
            if (run.id, run.changed_at) in self._suspects:
                self._report("lost run", str(right_run(self.api, run)))
        self._suspects = {(run.id, run.changed_at) for run in lost}

    def _note_death(self, child: Child, now: float) -> None:
        code = child.process.returncode if child.process else None
        pause = min(LONGEST_PAUSE, 2**child.deaths)
        child.deaths += 1
        child.retry_at = now + pause
        child.stop(0)
        words = f"ended by itself (code {code}), starts again in {pause} s; its log is {child.log}"
        self._report(child.name, words)
        if child is self._worker.child:
            self._end_flows()
            with suppress(AcctflowsError):  # Prefect is down too: the next looks find them
                self._right_lost_runs()

    # -- stop ----------------------------------------------------------------------------------

    def stop(self, *, grace: float = 60) -> None:
        """Hand out no more work, let running flows finish, then end every part.

        Args:
            grace: Seconds running flows get to finish; after that they are ended and marked.
        """
        if self._worker.child.running and self.api.healthy():
            with suppress(AcctflowsError):  # a server that fails now must not keep us from ending
                self._let_flows_finish(grace)
        self._worker.child.stop(STOP_SECONDS)  # asked once: the second time it kills itself
        self._end_flows()
        if self._server.child.running and self.api.healthy():
            with suppress(AcctflowsError):
                self._right_lost_runs()
                self._resume_pool()
        for child in self.children:
            child.stop(STOP_SECONDS)
        end_all(marked_processes(self.installation.home), STOP_SECONDS)  # a warm LibreOffice
        self.api.close()
        if self._lock:
            self._lock.close()

    def _let_flows_finish(self, grace: float) -> None:
        self._pause_pool()
        deadline = time.monotonic() + grace
        told = 0
        while (running := len(self._flows())) and time.monotonic() < deadline:
            if running != told:
                self._report("worker", f"waits for {running} running flows")
                told = running
            time.sleep(0.2)

    def _flows(self) -> list[psutil.Process]:
        groups = flow_processes(self.installation.home).values()
        return [process for group in groups for process in group]

    def _end_flows(self) -> None:
        end_all(self._flows(), STOP_SECONDS)

    def _pause_pool(self) -> None:
        # The note comes first: killed between the two, the next start must know who paused it.
        noted = self._paused_by_us.exists()
        self._paused_by_us.touch()
        if not pause_pool(self.api, WORK_POOL, paused=True) and not noted:
            self._paused_by_us.unlink()  # a person has paused it before us

    def _resume_pool(self) -> None:
        # Only a pause of our own making ends here: one a person made in the UI is theirs.
        if self._paused_by_us.exists():
            pause_pool(self.api, WORK_POOL, paused=False)
            self._paused_by_us.unlink()
