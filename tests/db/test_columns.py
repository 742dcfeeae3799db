"""Column types: what goes in comes out the same, and what cannot be kept exactly is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from acctflows.db.base import Fixed
from acctflows.db.models.agency import ContractNature
from tests.factories import NOW, make_client, make_service


def stored_moment(session: Session, moment: datetime) -> datetime:
    client = make_client(session, created_at=moment)
    session.expire(client)
    return client.created_at


def test_moments_come_back_aware_and_in_utc(session: Session) -> None:
    tokyo = timezone(timedelta(hours=9))
    moment = datetime(2026, 3, 29, 2, 30, 15, 123456, tzinfo=tokyo)
    stored = stored_moment(session, moment)
    assert stored == moment
    assert stored.tzinfo is UTC


def test_a_naive_moment_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="every moment in the database is aware"):
        stored_moment(session, datetime(2026, 3, 29, 2, 30))  # noqa: DTZ001 — naive is the point


def test_moments_are_compared_in_utc(session: Session) -> None:
    client = make_client(session, created_at=NOW)
    same = NOW.astimezone(timezone(timedelta(hours=-7)))
    query = sa.select(sa.func.count()).select_from(type(client))
    assert session.scalar(query.where(type(client).created_at == same)) == 1


@given(cents=st.integers(min_value=-(10**18), max_value=10**18))
def test_fixed_decimals_survive_exactly(cents: int) -> None:
    column, dialect = Fixed(2), sa.engine.default.DefaultDialect()
    value = Decimal(cents).scaleb(-2)
    bound = column.process_bind_param(value, dialect)
    assert bound == cents
    assert column.process_result_value(bound, dialect) == value


@pytest.mark.parametrize(
    "value", ["0.001", "19.005", "NaN", "Infinity", "1E-40", "1.00" + "1" * 40]
)
def test_what_a_fixed_column_cannot_hold_exactly_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"decimal places|no number"):
        Fixed(2).process_bind_param(Decimal(value), sa.engine.default.DefaultDialect())


def test_a_rate_is_read_back_with_its_places(session: Session) -> None:
    service = make_service(session, tax_percent=Decimal("7.5"))
    session.expire(service)
    assert str(service.tax_percent) == "7.50"


def test_the_database_refuses_a_value_outside_of_the_enumeration(session: Session) -> None:
    service = make_service(session)
    with pytest.raises(IntegrityError):
        session.execute(
            sa.text("UPDATE service SET nature = 'barter' WHERE id = :id"), {"id": service.id}
        )


def test_enumerations_are_stored_by_value(session: Session) -> None:
    service = make_service(session, nature=ContractNature.WORK)
    query = sa.text("SELECT nature FROM service WHERE id = :id")
    assert session.execute(query, {"id": service.id}).scalar_one() == "work"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(notes=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_is_kept_as_it_is(session: Session, notes: str) -> None:
    client = make_client(session, notes=notes)
    session.expire(client)
    assert client.notes == notes
