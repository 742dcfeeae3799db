"""What the mails of a survey are given, apart from the sender who signs them."""

from datetime import date
from typing import Any

from acctflows.documents.wording import long_date
from acctflows.satisfaction.questionnaire import Questionnaire, say


def survey_context(
    questionnaire: Questionnaire,
    *,
    language: str,
    greeting: str,
    agency: str,
    project: str,
    link: str,
    unsubscribe_link: str,
    last_day: date,
) -> dict[str, Any]:
    """What ``survey_invitation`` is given; ``survey_reminder`` also wants ``last`` (bool).

    Args:
        questionnaire: The survey; its score question stands in the mail.
        language: ``de`` or ``en``.
        greeting: Such as ``Guten Tag Frau Brünning``, without a comma.
        agency: The agency's short name, for the question.
        project: Title of the project.
        link: Address of the contact's own page, without a query.
        unsubscribe_link: Where the contact objects to all surveys.
        last_day: The last day on which the link takes an answer.
    """
    question = questionnaire.score
    low, high = question.bounds or (0, 0)
    words = {
        name: say(texts or {language: ""}, language, agency=agency, project=project)
        for name, texts in (
            ("question", question.text),
            ("low", question.low),
            ("high", question.high),
        )
    }
    return {
        **words,
        "greeting": greeting,
        "project": project,
        "scores": [{"value": n, "link": f"{link}?score={n}"} for n in range(low, high + 1)],
        "link": link,
        "unsubscribe_link": unsubscribe_link,
        "deadline": long_date(last_day, language),
    }
