"""Whether this is the time to ask a client how they like us: what all rooms know of them."""

from datetime import date

from sqlalchemy.orm import Session

from acctflows.app import App
from acctflows.contracts.survey_notice import survey_notice
from acctflows.documents import work_items
from acctflows.receivables.follow_up import standing
from acctflows.satisfaction import recovery
from acctflows.satisfaction.job import Standing, StandingOf

QUARRELS = ("declined", recovery.KIND)
"""Matters that must be settled first: what the client refused, and what made them unhappy."""


def standing_on(app: App, today: date) -> StandingOf:
    """Tells how we stand with a client on that day."""

    def tell(session: Session, client_id: int) -> Standing:
        quarrels = work_items.open_items_of(session, client_id, *QUARRELS)
        dispute = standing.open_dispute(session, client_id, today=today)
        return Standing(
            dispute=dispute or next((item.key for item in quarrels), ""),
            dunning_level=standing.dunning_level(session, client_id),
            notice=survey_notice(session, client_id, app.agency),
        )

    return tell
