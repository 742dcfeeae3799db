"""The morning's look at the contracts as Prefect runs it, a broken one among them."""

from datetime import date

import pytest
import sqlalchemy as sa

from acctflows.contracts.terms import Term
from acctflows.db.models.contracts import Contract, ContractTerm
from acctflows.db.models.desk import WorkItem
from tests.contracts.stories import concluded
from tests.factories import make_project
from tests.house import House

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

DEPLOYMENT = "watch-contracts/Watch contracts"


def run(house: House, day: str) -> tuple[str, str, str]:
    """Run it for that day; name of its state, its message and its report."""
    started = house.api.create_flow_run(DEPLOYMENT, {"as_of": day})
    ended = house.until(started.id, "Completed", "Failed")
    found = house.api.request("POST", "/artifacts/filter", {"sort": "CREATED_DESC", "limit": 20})
    [report] = [each["data"] for each in found if each["flow_run_id"] == started.id]
    assert ended.name == f"watch contracts {day}"
    return ended.state_name, ended.message, report


def test_renewals_and_reminders_are_done_once_though_one_contract_is_broken(house: House) -> None:
    with house.app.database.transaction() as session:
        versions = [
            concluded(
                session,
                house.app.agency,
                project=make_project(session, ends_on=None),
                term=Term.RENEWING,
                starts_on=date(2026, 12, 1),
            )
            for _ in range(2)
        ]
        broken, whole = versions
        session.execute(
            sa.text("update document_version set snapshot = '{}' where id = :id"), {"id": broken.id}
        )
        number, broken_number = whole.document.number, broken.document.number
        ours = sa.select(Contract.id).where(
            Contract.document_id.in_([version.document_id for version in versions])
        )

    state, message, report = run(house, "2027-12-01")
    assert state == "Failed"
    assert message.startswith("1 renewal recorded, 1 problem. ")
    assert "what the contract says cannot be read" in message
    assert broken_number in message
    assert f"| {number} |" in report

    _state, message, report = run(house, "2028-10-05")
    assert message.startswith("Reminded of 1 notice day, 1 problem.")
    # 31 October, the last day to receive it, is Reformation Day in Hamburg.
    assert "| Lena Hansen | 30. Oktober 2028 | 30 |" in report.replace("\u00a0", " ")

    _state, message, _report = run(house, "2028-10-05")
    assert message.startswith("1 problem.")
    with house.app.database.reading() as session:
        terms = session.scalars(
            sa.select(ContractTerm.number)
            .where(ContractTerm.contract_id.in_(ours))
            .order_by(ContractTerm.id)
        )
        assert list(terms) == [1, 1, 2]
        [task] = session.scalars(sa.select(WorkItem).where(WorkItem.kind == "contract_notice_day"))
        assert task.key == f"notice-day/{number}/t2/30"
