"""Numbers: per kind and year, none twice, none missing."""

from acctflows.db.session import Database
from acctflows.documents.numbering import next_number


def test_numbers_count_up_per_year(database: Database) -> None:
    with database.transaction() as session:
        given = [next_number(session, kind="contract", year=year) for year in (2026, 2026, 2027)]
    assert given == ["V-2026-0001", "V-2026-0002", "V-2027-0001"]
