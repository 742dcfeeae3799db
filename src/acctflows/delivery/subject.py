"""What an act is about: a finished milestone, or the services of a period."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from acctflows.db.models.agency import ContractNature, Milestone, Project
from acctflows.errors import InputError

_MONTH = re.compile("([1-9][0-9]{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(
                f"the period ends ({self.last}) before it begins ({self.first})",
                todo="give the first day first",
            )

    @classmethod
    def month(cls, text: str) -> "Period":
        """A calendar month such as ``2026-11``.

        Raises:
            InputError: The text is no month.
        """
        found = _MONTH.fullmatch(text.strip())
        if found is None:
            raise InputError(f"“{text}” is no month", todo="write it like 2026-11")
        year, month = int(found[1]), int(found[2])
        return cls(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


Subject = Milestone | Period


def kind_of(subject: Subject) -> tuple[str, ContractNature]:
    """Kind of document (``documents.kinds``) and nature of the work an act reports."""
    if isinstance(subject, Milestone):
        return "acceptance", ContractNature.WORK
    return "activity", ContractNature.SERVICE


def subject_key(project: Project, subject: Subject) -> str:
    """The business key: one act per milestone, one per period, however often it is asked for."""
    what = (
        f"milestone-{subject.position}"
        if isinstance(subject, Milestone)
        else f"{subject.first}--{subject.last}"
    )
    return f"act/{project.number}/{what}"


def find_subject(
    project: Project,
    *,
    milestone: str,
    month: str,
    first_day: date | None = None,
    last_day: date | None = None,
) -> Subject:
    """What the form names: a milestone, a month such as ``2026-11``, or any other period.

    Args:
        project: Whose work it is.
        milestone: Its position or title; empty for a period.
        month: The month; empty for a milestone or another period.
        first_day: First day of another period, such as a quarter; None for none.
        last_day: Its last day.

    Raises:
        InputError: More than one is named or none, a day is missing, or what is named is not there.
    """
    where = f"act for project {project.number}"
    period = first_day is not None or last_day is not None
    if [bool(milestone.strip()), bool(month.strip()), period].count(True) != 1:
        raise InputError(
            "an act is about one milestone, one month, or one period from a first to a last day",
            where=where,
            todo="name one of them and leave the others empty",
        )
    if not period:
        return find_milestone(project, milestone) if milestone.strip() else Period.month(month)
    if first_day is None or last_day is None:
        raise InputError(
            "a period has a first and a last day", where=where, todo="give both, or a month"
        )
    return Period(first_day, last_day)


def find_milestone(project: Project, words: str) -> Milestone:
    """The milestone of that position or title.

    Raises:
        InputError: None or more than one fits; names those there are.
    """
    wanted = words.strip().casefold()
    found = [
        step
        for step in project.milestones
        if wanted in (str(step.position), step.title.strip().casefold())
    ]
    if len(found) != 1:
        there = ", ".join(f"{step.position} {step.title}" for step in project.milestones) or "none"
        raise InputError(
            f"“{words}” is no milestone of {project.number}", todo=f"choose one of: {there}"
        )
    return found[0]
