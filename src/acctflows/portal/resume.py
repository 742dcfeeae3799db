"""Wakes suspended Prefect runs after a decision: best effort, because a sweep finds the rest."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from acctflows.clockwork.api import PrefectApi
from acctflows.db.models.desk import WaitingFor
from acctflows.db.session import Database
from acctflows.documents import waiting
from acctflows.errors import AcctflowsError

logger = logging.getLogger(__name__)


class Resumer:
    """Resumes waiting runs on a thread of its own, so that nobody waits for Prefect.

    Args:
        database: Where the waiting runs are noted.
        prefect: Prefect's API with a short timeout; None where there is no Prefect.
    """

    def __init__(self, database: Database, prefect: PrefectApi | None) -> None:
        self._database = database
        self._prefect = prefect
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="resume")

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
                _resume(prefect, run_id, run_input)
        except Exception:
            # Nobody is there to see it, and nothing is lost: the sweep settles it.
            logger.exception("version %s: the waiting runs were not woken", version_id)


def _resume(prefect: PrefectApi, run_id: str, run_input: Mapping[str, Any] | None) -> None:
    try:
        result = prefect.resume(run_id, run_input)
    except AcctflowsError as error:
        logger.warning("run %s was not woken, the sweep will do it: %s", run_id, error)
        return
    if not result.accepted:
        logger.warning("run %s was not woken: %s", run_id, result.reason)
