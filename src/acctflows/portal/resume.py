"""Wakes suspended Prefect runs after a decision: best effort, because a sweep finds the rest."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from acctflows.clockwork.api import PrefectApi
from acctflows.db.models.desk import WaitingFor
from acctflows.db.session import Database
from acctflows.documents import waiting
from acctflows.errors import AcctflowsError

logger = logging.getLogger(__name__)

PAUSES = (1, 2, 4, 8, 16)
"""Seconds between the tries: who answers at once may be faster than the run is suspended."""
AT_WORK = ("RUNNING", "PENDING", "SCHEDULED")


class Resumer:
    """Resumes waiting runs on a thread of its own, so that nobody waits for Prefect.

    Args:
        database: Where the waiting runs are noted.
        prefect: Prefect's API with a short timeout; None where there is no Prefect.
        pauses: Seconds between the tries.
    """

    def __init__(
        self,
        database: Database,
        prefect: PrefectApi | None,
        *,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._database = database
        self._prefect = prefect
        self._pauses = pauses
        self._closing = Event()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resume")

    def wake(
        self, version_id: int, waiting_for: WaitingFor, run_input: Mapping[str, Any] | None = None
    ) -> None:
        """Let the runs that wait for this word about the version go on; returns at once.

        Call it after the decision is committed: the database is the truth the run reads.
        """
        if self._prefect is not None:
            self._pool.submit(self._wake, self._prefect, version_id, waiting_for, run_input)

    def close(self) -> None:
        """Stop; what is not yet woken is left to the sweep."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _wake(
        self,
        prefect: PrefectApi,
        version_id: int,
        waiting_for: WaitingFor,
        run_input: Mapping[str, Any] | None,
    ) -> None:
        try:
            with self._database.reading() as session:
                runs = waiting.waiting_runs(session, version_id=version_id, waiting_for=waiting_for)
                run_ids = [run.flow_run_id for run in runs]
            for run_id in run_ids:
                self._resume(prefect, run_id, run_input)
        except Exception:
            # Nobody is there to see it, and nothing is lost: the sweep settles it.
            logger.exception("version %s: the waiting runs were not woken", version_id)

    def _resume(
        self, prefect: PrefectApi, run_id: str, run_input: Mapping[str, Any] | None
    ) -> None:
        for pause in (*self._pauses, None):
            try:
                result = prefect.resume(run_id, run_input)
                if result.accepted:
                    return
                not_yet = prefect.flow_run(run_id).state_type in AT_WORK
            except AcctflowsError as error:
                logger.warning("run %s was not woken, the sweep will do it: %s", run_id, error)
                return
            if not not_yet or pause is None or self._closing.wait(pause):
                logger.warning("run %s was not woken: %s", run_id, result.reason)
                return
