"""What the steps of a survey need besides the session: its questions, and who asks from where."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from acctflows.dispatch.letters import Office
from acctflows.satisfaction.questionnaire import Questionnaire

INVITATION, REMINDER, LOW_SCORE = "survey_invitation", "survey_reminder", "survey_low_score"
"""The mails of a survey: their folders in ``templates/mail``."""


@dataclass(frozen=True)
class SurveyJob:
    """A survey of the installation; ``App.survey`` makes it.

    Args:
        name: Names its file in ``templates/surveys``, and its rows.
        questionnaire: What is asked, and when.
        office: Who asks.
    """

    name: str
    questionnaire: Questionnaire
    office: Office

    @property
    def zone(self) -> ZoneInfo:
        """The agency's, in which days are counted."""
        return ZoneInfo(self.office.agency.timezone)


@dataclass(frozen=True)
class Standing:
    """What the other rooms know of a client when it comes to asking; the edge gathers it.

    Args:
        dispute: What the open dispute is about; empty where there is none.
        dunning_level: Highest level reached by an open invoice; 0 for none.
        notice: The contract that tells of surveys and the right to object (§ 7 (3) no. 4 UWG), such
            as ``V-2026-0001 of 3 March 2026``; empty where there is none.
    """

    dispute: str = ""
    dunning_level: int = 0
    notice: str = ""


StandingOf = Callable[[Session, int], Standing]
"""Tells of the client of that id."""
