"""Who needs a code, on which days signers are reminded, and what a wrong file is told."""

import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.business_days import BusinessCalendar
from acctflows.db.models.documents import AccessLink
from acctflows.dispatch.letters import Office
from acctflows.dispatch.sending import queue_invitation
from acctflows.dispatch.signing_policy import DocumentSigning, MailCode, load_signing_policy
from acctflows.errors import ConfigurationError
from acctflows.money import Money
from tests.conftest import ROOT
from tests.contracts.stories import JOB, PDF, PORTAL, approved
from tests.factories import NOW

GERMANY = BusinessCalendar("DE", "HH")
MONDAY = date(2026, 11, 23)
POLICY = load_signing_policy(ROOT / "templates")
FILE = ROOT / "templates" / "signing" / "standard.yaml"


def euros(amount: int) -> Money:
    return Money(amount * 100, "EUR")


def signing(**given: Any) -> DocumentSigning:
    values: dict[str, Any] = {"mail_code": "never", "reminders": [5, 10]}
    return DocumentSigning.model_validate(values | given)


def days(policy: DocumentSigning, invited_on: date = MONDAY, valid: int = 14) -> list[date]:
    ends_on = invited_on + timedelta(days=valid)
    return policy.reminder_days(invited_on=invited_on, ends_on=ends_on, calendar=GERMANY)


def written(folder: Path, old: str, new: str) -> Path:
    """A templates folder whose policy differs in one place."""
    (folder / "signing").mkdir()
    text = FILE.read_text("utf-8")
    assert old in text
    (folder / "signing" / "standard.yaml").write_text(text.replace(old, new, 1), "utf-8")
    return folder


def test_the_policy_of_the_house_asks_codes_for_large_contracts_only() -> None:
    contract = POLICY.documents["contract"]
    assert [contract.asks_code(euros(each)) for each in (500, 25_000, 25_001)] == [
        False,
        False,
        True,
    ]
    assert POLICY.documents["acceptance"].mail_code is MailCode.NEVER
    assert not POLICY.documents["activity"].asks_code(euros(100_000))


@pytest.mark.parametrize(
    ("policy", "amount", "asked"),
    [
        ({"mail_code": "always"}, euros(1), True),
        ({"mail_code": "always"}, None, True),
        ({"mail_code": "never"}, None, False),
        ({"mail_code": "above", "mail_code_above": "100.00"}, None, True),
        ({"mail_code": "above", "mail_code_above": "100.00"}, Money(10_000, "CHF"), False),
        ({"mail_code": "above", "mail_code_above": "100.00"}, Money(10_001, "CHF"), True),
        ({"mail_code": "above", "mail_code_above": "100.00"}, Money(101, "JPY"), True),
    ],
)
def test_codes_are_asked_as_the_policy_says(
    policy: dict[str, Any], amount: Money | None, asked: bool
) -> None:
    assert signing(**policy).asks_code(amount) is asked


def test_reminders_fall_on_business_days() -> None:
    # After 5 days it is Saturday; after 10 it is the Thursday before the last reminder, which
    # would be on a Saturday, and on the Monday after it the link expires.
    policy = signing(last_reminder_days_before=2)
    assert days(policy) == [date(2026, 11, 30), date(2026, 12, 4)]
    assert days(signing()) == [date(2026, 11, 30), date(2026, 12, 3)]


def test_reminders_over_christmas_wait_for_the_next_business_day() -> None:
    policy = signing(reminders=[3])
    assert days(policy, invited_on=date(2026, 12, 22)) == [date(2026, 12, 28)]


def test_a_short_deadline_leaves_room_for_the_last_reminder_only() -> None:
    assert days(signing(last_reminder_days_before=2), valid=5) == [date(2026, 11, 26)]
    assert days(signing(last_reminder_days_before=2), valid=1) == []


def test_an_empty_list_turns_all_reminders_off() -> None:
    assert days(signing(reminders=[], last_reminder_days_before=2)) == []


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(1, 60),
    st.lists(st.integers(1, 60), max_size=5, unique=True).map(sorted),
    st.none() | st.integers(1, 30),
)
def test_nobody_is_reminded_at_a_wrong_time(
    invited_on: date, valid: int, after: list[int], before: int | None
) -> None:
    found = days(signing(reminders=after, last_reminder_days_before=before), invited_on, valid)
    assert found == sorted(set(found))
    assert all(GERMANY.is_business_day(day) for day in found)
    assert all(invited_on < day < invited_on + timedelta(days=valid) for day in found)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("mail_code: above", "mail_code: sometimes", "documents.contract.mail_code: "),
        ('"25000.00"', "25000.00", "documents.contract.mail_code_above: .*in quotes"),
        ("mail_code: above", "mail_code: always", "documents.contract: .*mail_code_above belongs"),
        ("[5, 10]", "[10, 5]", "documents.contract.reminders: .*the earliest first"),
        ("[5, 10]", "[0]", r"documents.contract.reminders.0: "),
        ("[5, 10]", "[5, 10]\n    remainders: [1]", "documents.contract.remainders: Extra"),
        ("  activity:", "  actvity:", "documents: .*“activity” is missing, “actvity” is no kind"),
        ("from_hour: 8", "from_hour: 25", "reminders_from_hour: "),
        ("days_before: 2", "days_before: 0", "last_reminder_days_before: "),
    ],
)
def test_a_policy_with_a_mistake_names_file_and_field(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_signing_policy(written(tmp_path, old, new))
    assert caught.value.where.endswith("signing/standard.yaml")
    assert re.search(words, caught.value.what)


def test_a_missing_policy_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"policy of signing is missing.*distribution"):
        load_signing_policy(tmp_path)


@pytest.mark.parametrize(("above", "asked"), [("1000.00", True), ("90000.00", False)])
def test_the_invitation_decides_whether_a_code_is_asked(
    session: Session, agency: AgencyProfile, tmp_path: Path, above: str, asked: bool
) -> None:
    templates = written(tmp_path, "25000.00", above)
    shutil.copytree(ROOT / "templates" / "mail", templates / "mail")
    office = Office(agency, templates, PORTAL)
    version = approved(session, agency)
    queue_invitation(session, version, job=JOB, office=office, now=NOW, attach_pdf=PDF)
    assert session.query(AccessLink).one().asks_code is asked
