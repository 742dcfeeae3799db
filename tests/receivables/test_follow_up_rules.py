import shutil
from pathlib import Path

import pytest

from acctflows.agency.profile import AgencyProfile
from acctflows.errors import ConfigurationError
from acctflows.receivables.follow_up.follow_up_rules import load_rules
from tests.conftest import ROOT


def test_the_house_rules_are_complete_with_a_text_for_every_letter(agency: AgencyProfile) -> None:
    rules = load_rules(ROOT / "templates", agency)

    assert rules.policy.last_level == 3
    assert rules.laws["DE"].law == "DE"
    assert (rules.calendar.country, rules.calendar.state) == ("DE", "HH")


def test_a_letter_whose_text_is_missing_stops_the_follow_up(
    agency: AgencyProfile, tmp_path: Path
) -> None:
    for folder in ("dunning", "law", "mail"):
        shutil.copytree(ROOT / "templates" / folder, tmp_path / folder)
    (tmp_path / "mail/dunning_reminder/en/body.html").unlink()

    with pytest.raises(ConfigurationError, match=r"“dunning_reminder” does not exist in “en”"):
        load_rules(tmp_path, agency)
