"""What a run of the payment follow-up decides by, read from the agency's files once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from acctflows.agency.profile import AgencyProfile
from acctflows.business_days import BusinessCalendar
from acctflows.mail.compose import PARTS
from acctflows.receivables.follow_up.dunning_policy import (
    LANGUAGES,
    DunningPolicy,
    check_texts,
    load_policy,
)
from acctflows.receivables.law.base_rates import LatePaymentLaw, load_law

POLICY = "dunning/standard.yaml"


@dataclass(frozen=True)
class FollowUpRules:
    """The agency's rules of following up.

    Args:
        policy: When which letter is sent.
        calendar: The agency's business days.
        laws: Law on late payment by country; where a client's law is not among them, letters show
            no interest.
    """

    policy: DunningPolicy
    calendar: BusinessCalendar
    laws: Mapping[str, LatePaymentLaw]


def load_rules(templates: Path, agency: AgencyProfile) -> FollowUpRules:
    """Read policy, laws and calendar.

    Args:
        templates: The installation's templates folder.
        agency: Says where the business days are counted.

    Raises:
        ConfigurationError: A file is missing or wrong, or a letter has no text in a language.
    """
    policy = load_policy(templates / POLICY)
    check_texts(policy, _languages_of(templates / "mail"), where=POLICY)
    laws = [load_law(file) for file in sorted((templates / "law").glob("*.yaml"))]
    return FollowUpRules(
        policy=policy,
        calendar=BusinessCalendar(agency.country, agency.state),
        laws={law.law: law for law in laws},
    )


def _languages_of(mails: Path) -> dict[str, frozenset[str]]:
    return {
        folder.name: frozenset(
            language
            for language in LANGUAGES
            if all((folder / language / part).is_file() for part in PARTS)
        )
        for folder in mails.iterdir()
        if folder.is_dir()
    }
