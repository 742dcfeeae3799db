"""The three mails of a survey: what stands in them, and what the law wants there."""

import re
from datetime import date
from typing import Any

import pytest
import yaml

from acctflows.agency.profile import AgencyProfile
from acctflows.mail.compose import ComposedMail, compose
from acctflows.mail.sender import agency_sender
from acctflows.satisfaction.letters import survey_context
from acctflows.satisfaction.questionnaire import load_questionnaire
from tests.conftest import ROOT

TEMPLATES = ROOT / "templates"
SURVEY = load_questionnaire(TEMPLATES / "surveys" / "project.yaml")
LINK = "https://portal.example/s/abc"
OBJECT = "https://portal.example/u/abc"


def invitation(agency: AgencyProfile, name: str, language: str, **changes: Any) -> ComposedMail:
    context = survey_context(
        SURVEY,
        language=language,
        greeting="Guten Tag Frau Brünning" if language == "de" else "Dear Ms Brünning",
        agency="Möwe & Co",
        project="Relaunch <moewe>",
        link=LINK,
        unsubscribe_link=OBJECT,
        last_day=date(2026, 12, 15),
    )
    sender = agency_sender(agency, language=language, name="Lena Hansen")
    given = {**context, "sender": sender, "last": False, **changes}
    return compose(name, language=language, context=given, templates=TEMPLATES)


def low_score(agency: AgencyProfile, language: str = "de", **changes: Any) -> ComposedMail:
    sample = yaml.safe_load((TEMPLATES / "mail/survey_low_score/sample.yaml").read_text("utf-8"))
    given = {**sample, "sender": agency_sender(agency, language=language), **changes}
    return compose("survey_low_score", language=language, context=given, templates=TEMPLATES)


def flat(text: str) -> str:
    """On one line, with plain blanks."""
    return " ".join(text.split())


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", ["survey_invitation", "survey_reminder"])
def test_every_score_is_one_click_away(name: str, language: str, agency: AgencyProfile) -> None:
    html = invitation(agency, name, language).html
    links = re.findall(r'<a href="([^"]*\?score=\d+)"[^>]*>(\d+)</a>', html)
    assert links == [(f"{LINK}?score={n}", str(n)) for n in range(11)]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", ["survey_invitation", "survey_reminder"])
def test_every_score_is_one_click_away_in_plain_text(
    name: str, language: str, agency: AgencyProfile
) -> None:
    lines = invitation(agency, name, language).text.splitlines()
    assert [line for line in lines if "/s/" in line] == [
        f"{n}: {LINK}?score={n}" for n in range(11)
    ]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", ["survey_invitation", "survey_reminder"])
def test_objection_is_possible_by_link_reply_and_post(
    name: str, language: str, agency: AgencyProfile
) -> None:
    mail = invitation(agency, name, language)
    notice = {
        "de": "jederzeit widersprechen, ohne dass andere als die Übermittlungskosten nach den "
        "Basistarifen entstehen",
        "en": "at any time, at no cost beyond the basic rate",
    }[language]
    for body in (mail.text, mail.html):
        assert notice in flat(body)
        assert OBJECT in body
        assert f"{agency.street} · {agency.postal_code} {agency.city}" in flat(body)


def test_mail_asks_the_question_of_the_survey(agency: AgencyProfile) -> None:
    german = invitation(agency, "survey_invitation", "de")
    english = invitation(agency, "survey_invitation", "en")

    asked = "Wie wahrscheinlich ist es, dass Sie Möwe & Co weiterempfehlen?"
    assert asked in german.text
    assert "(0 = unwahrscheinlich, 10 = sehr wahrscheinlich)" in german.text
    assert "bis 15. Dezember 2026:" in flat(german.text)
    assert "How likely are you to recommend Möwe & Co to others?" in english.text
    assert "by 15 December 2026:" in flat(english.text)
    assert "Relaunch &lt;moewe&gt;" in english.html
    assert "Relaunch <moewe>" in english.subject


def test_other_scales_have_their_own_numbers(agency: AgencyProfile) -> None:
    score = SURVEY.score.model_copy(update={"kind": "csat"})
    survey = SURVEY.model_copy(update={"questions": (score, *SURVEY.questions[1:])})
    context = survey_context(
        survey,
        **dict.fromkeys(("greeting", "agency", "project", "unsubscribe_link"), "x"),
        language="de",
        link=LINK,
        last_day=date(2026, 12, 15),
    )
    assert [score["value"] for score in context["scores"]] == [1, 2, 3, 4, 5]


def test_last_reminder_says_that_it_is_the_last(agency: AgencyProfile) -> None:
    words = "Danach fragen wir zu diesem Projekt nicht mehr nach."
    for last in (True, False):
        mail = invitation(agency, "survey_reminder", "de", last=last)
        assert (words in mail.text) is last
        assert (words in mail.html) is last


@pytest.mark.parametrize("language", ["de", "en"])
def test_manager_learns_who_what_why_and_until_when(language: str, agency: AgencyProfile) -> None:
    mail = low_score(agency, language)
    assert "3" in mail.subject
    assert "Möwe Handel GmbH" in mail.subject
    for body in (mail.text, mail.html):
        for words in (
            *("Käthe Brünning", "Relaunch moewe.example", "Termintreue", "+49 40 5550177"),
            *("erst auf Nachfrage erfahren.", "Donnerstag, 26. November 2026", "Lena Hansen"),
            "https://portal.nordlicht-digital.example/desk/satisfaction/17",
        ):
            assert words in body


def test_who_did_not_allow_it_is_not_called(agency: AgencyProfile) -> None:
    for body in mail_parts(low_score(agency, may_contact=False)):
        assert "hat nicht erlaubt" in body
        assert "Rufen Sie" not in body
    for body in mail_parts(low_score(agency)):
        assert "Rufen Sie Käthe Brünning bis" in body


def mail_parts(mail: ComposedMail) -> tuple[str, str]:
    return mail.text, mail.html


def test_silent_client_leaves_no_gap(agency: AgencyProfile) -> None:
    mail = low_score(agency, comment="", reason="", contact_phone="")
    for body in mail_parts(mail):
        assert "nicht genannt" in body
        assert "in eigenen Worten" not in body
    assert "blockquote" not in mail.html
    assert "\n\n\n" not in mail.text
    assert "k.bruenning@moewe.example\n" in mail.text


@pytest.mark.parametrize("language", ["de", "en"])
def test_text_parts_have_no_gaps(language: str, agency: AgencyProfile) -> None:
    for name in ("survey_invitation", "survey_reminder"):
        for last in (True, False):
            assert "\n\n\n" not in invitation(agency, name, language, last=last).text
    for given in (True, False):
        text = low_score(agency, language, may_contact=given).text
        assert "\n\n\n" not in text
        assert re.search(r"\n(Zuständig|Owner): Lena Hansen\n", text)


def test_words_of_a_client_stay_words(agency: AgencyProfile) -> None:
    mail = low_score(agency, comment="<b>{{ 7*7 }}</b>\r\n> quoted")
    assert "&lt;b&gt;{{ 7*7 }}&lt;/b&gt;" in mail.html
    assert "> <b>{{ 7*7 }}</b>\n> > quoted" in mail.text
