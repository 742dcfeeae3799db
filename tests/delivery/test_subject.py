from datetime import date

import pytest
from sqlalchemy.orm import Session

from acctflows.db.models.agency import ContractNature
from acctflows.delivery.subject import Period, find_milestone, kind_of, subject_key
from acctflows.errors import InputError
from tests.factories import make_project


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("2026-11", date(2026, 11, 30)),
        ("2028-02", date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 31)),
    ],
)
def test_a_month_is_all_its_days(text: str, last: date) -> None:
    assert Period.month(f" {text} ") == Period(last.replace(day=1), last)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "0000-01", "11/2026", "November", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no month → write it like 2026-11"):
        Period.month(text)


def test_a_period_ends_after_it_begins() -> None:
    with pytest.raises(InputError, match=r"ends .* before it begins"):
        Period(date(2026, 11, 2), date(2026, 11, 1))
    assert Period(date(2026, 11, 2), date(2026, 11, 2))


def test_a_milestone_is_found_by_position_or_title(session: Session) -> None:
    project = make_project(session)
    concept, launch = project.milestones
    assert find_milestone(project, "1") is concept
    assert find_milestone(project, " website ONLINE ") is launch
    with pytest.raises(InputError, match="choose one of: 1 Konzept abgenommen, 2 Website online"):
        find_milestone(project, "Launch")


def test_a_title_two_milestones_have_is_not_guessed(session: Session) -> None:
    project = make_project(session)
    project.milestones[1].title = project.milestones[0].title
    with pytest.raises(InputError, match="choose one of"):
        find_milestone(project, "Konzept abgenommen")


def test_the_key_is_the_same_whoever_asks(session: Session) -> None:
    project = make_project(session)
    month, milestone = Period.month("2026-11"), project.milestones[1]
    assert subject_key(project, month) == f"act/{project.number}/2026-11-01--2026-11-30"
    assert subject_key(project, milestone) == f"act/{project.number}/milestone-2"
    assert kind_of(milestone) == ("acceptance", ContractNature.WORK)
    assert kind_of(month) == ("activity", ContractNature.SERVICE)
