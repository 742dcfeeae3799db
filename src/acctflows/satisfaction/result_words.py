"""The words around a survey's figures, for the PDF and the run's report."""

from collections.abc import Mapping
from decimal import Decimal

from acctflows.money import format_number
from acctflows.satisfaction.drivers import Driver
from acctflows.satisfaction.wording import percent

WORDS = {
    "de": {
        "title": "Kundenzufriedenheit, {} bis {}",
        "heading": "Kundenzufriedenheit",
        "period": "Eingeladen vom {} bis zum {}",
        "interval": "„Zwischen“ nennt, wo der wahre Wert mit 95 % Sicherheit liegt: je mehr "
        "Antworten, desto enger. NPS: Anteil der Promotoren (9, 10) minus Anteil der Kritiker "
        "(0 bis 6). CSAT: Anteil derer, die zufrieden oder sehr zufrieden sind (4, 5).",
        "reasons": "Gründe, die unzufriedensten zuerst",
        "reason": "Hauptgrund",
        "answers": "Antworten",
        "mean": "im Mittel",
        "detractors": "Kritiker",
        "no_reason": "nicht genannt",
        "share": "{share}, zwischen {low} und {high}",
        "latest": "Antworten",
        "none": "Noch hat niemand geantwortet.",
        "points": "{} von {} Punkten",
        "internal": "Vertraulich: mit Namen von Kunden",
        "page": "Seite {} von {}",
    },
    "en": {
        "title": "Client satisfaction, {} to {}",
        "heading": "Client satisfaction",
        "period": "Invited from {} to {}",
        "interval": "“Between” says where the true value lies with 95% confidence: the more "
        "answers, the narrower. NPS: share of promoters (9, 10) minus share of detractors "
        "(0 to 6). CSAT: share of those who are satisfied or very satisfied (4, 5).",
        "reasons": "Reasons, those of the unhappiest first",
        "reason": "Main reason",
        "answers": "Answers",
        "mean": "on average",
        "detractors": "Detractors",
        "no_reason": "not given",
        "share": "{share}, between {low} and {high}",
        "latest": "Answers",
        "none": "Nobody has answered yet.",
        "points": "{} of {} points",
        "internal": "Confidential: names clients",
        "page": "Page {} of {}",
    },
}


def driver_words(
    driver: Driver, reasons: Mapping[str, Mapping[str, str]], language: str
) -> list[str]:
    """A reason, how many gave it, their mean score, and how many of them are detractors.

    Where they are too few to be told more of, the last two are a dash.

    Args:
        driver: The reason.
        reasons: The words of each reason, by its code.
        language: ``de`` or ``en``.
    """
    words, code = WORDS[language], driver.reason
    reason = words["no_reason"] if code is None else reasons.get(code, {}).get(language, code)
    found = [reason, str(driver.answers)]
    if driver.unhappiness is None:
        return [*found, "–", "–"]
    told = driver.unhappiness
    share, low, high = (
        percent(100 * value, language)
        for value in (told.detractors, told.interval.low, told.interval.high)
    )
    mean = format_number(Decimal(f"{told.mean:.1f}"), language)
    return [*found, mean, words["share"].format(share=share, low=low, high=high)]
