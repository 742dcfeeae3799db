"""Which suspended flow runs wait for whose word about which version.

The database is the truth and the runs only speed things up: whoever decides looks here for the
runs to wake, and a sweep finds those that nobody woke.
"""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from acctflows.db.models.desk import WaitingFor, WaitingRun
from acctflows.db.once import find_or_add


def note_waiting(
    session: Session, *, flow_run_id: str, waiting_for: WaitingFor, version_id: int, now: datetime
) -> WaitingRun:
    """Note, before the run suspends, that it will wait.

    A run that is noted already goes on waiting since when it did; one that waited before, or for
    another version, begins anew.
    """

    def make() -> WaitingRun:
        return WaitingRun(
            flow_run_id=flow_run_id, waiting_for=waiting_for, version_id=version_id, since=now
        )

    query = _of_run(flow_run_id, waiting_for)
    run, _new = find_or_add(session, query, make)
    if run.ended_at is not None or run.version_id != version_id:
        run.version_id, run.since, run.ended_at = version_id, now, None
        session.flush()
    return run


def waiting_runs(
    session: Session, *, version_id: int | None = None, waiting_for: WaitingFor | None = None
) -> list[WaitingRun]:
    """The runs that wait, longest first; for one version or one word only when that is given."""
    query = select(WaitingRun).where(WaitingRun.ended_at.is_(None))
    if version_id is not None:
        query = query.where(WaitingRun.version_id == version_id)
    if waiting_for is not None:
        query = query.where(WaitingRun.waiting_for == waiting_for)
    return list(session.scalars(query.order_by(WaitingRun.since, WaitingRun.flow_run_id)))


def end_waiting(
    session: Session, flow_run_id: str, *, waiting_for: WaitingFor, now: datetime
) -> None:
    """Note that the run went on; one that does not wait (any more) is left as it is."""
    run = session.scalars(_of_run(flow_run_id, waiting_for)).one_or_none()
    if run is not None and run.ended_at is None:
        run.ended_at = now
        session.flush()


def version_of_run(session: Session, flow_run_id: str) -> int | None:
    """The version a run waits or waited for last; None when it never waited."""
    query = select(WaitingRun.version_id).where(WaitingRun.flow_run_id == flow_run_id)
    return session.scalars(query.order_by(WaitingRun.since.desc())).first()


def _of_run(flow_run_id: str, waiting_for: WaitingFor) -> Select[tuple[WaitingRun]]:
    query = select(WaitingRun).where(
        WaitingRun.flow_run_id == flow_run_id, WaitingRun.waiting_for == waiting_for
    )
    return query.with_for_update().execution_options(populate_existing=True)
