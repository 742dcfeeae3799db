from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from acctflows.db.models.receivables import StopKind
from acctflows.errors import ConflictError, InputError, NotFoundError
from acctflows.receivables.follow_up.stop_forms import (
    HoldForm,
    PromiseForm,
    hold_by_form,
    promise_by_form,
)
from tests.factories import make_client, make_invoice
from tests.receivables.following import moment

TODAY = date(2026, 11, 24)
NOW = moment(TODAY)


def hold(session: Session, now: datetime = NOW, **given: Any) -> Any:
    return hold_by_form(session, HoldForm.model_validate(given), by="Prefect", now=now)


def promise(session: Session, **given: Any) -> Any:
    return promise_by_form(session, PromiseForm.model_validate(given), by="Prefect", now=NOW)


def test_a_client_or_an_invoice_is_held_from_today(session: Session) -> None:
    client = make_client(session)
    invoice = make_invoice(session, client, number="RE-2026-0950")

    whole = hold(session, client=client.number, until="2026-12-01", reason="Umzug")
    one = hold(
        session, invoice="re-2026-0950", kind="dispute", until=date(2026, 12, 5), reason="Mangel"
    )

    assert (whole.invoice, whole.starts_on, whole.ends_on) == (None, TODAY, date(2026, 12, 1))
    assert (one.invoice, one.client, one.kind) == (invoice, client, StopKind.DISPUTE)
    assert hold(session, client=client.number, until="2026-12-01", reason="Umzug") is whole


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"until": "2026-12-01", "reason": "x"}, "neither an invoice nor a client"),
        ({"client": "K-1", "reason": "x"}, "the day is missing"),
        ({"client": "K-1", "until": "2026-12-01"}, "the reason is missing"),
        ({"client": "K-1", "until": "2026-11-01", "reason": "x"}, "cannot last"),
        ({"client": "K-1", "until": "2028-11-01", "reason": "x"}, "cannot last"),
    ],
)
def test_what_a_hold_needs_is_named(session: Session, given: dict[str, str], words: str) -> None:
    make_client(session, number="K-1")

    with pytest.raises(InputError, match=words):
        hold(session, **given)


def test_a_promise_is_for_all_that_is_open_or_for_a_part(session: Session) -> None:
    invoice = make_invoice(session, make_client(session), number="RE-2026-0951")

    whole = promise(session, invoice="RE-2026-0951", pay_by="2026-12-01", note="am Telefon")
    part = promise(session, invoice="RE-2026-0951", pay_by="2026-12-05", amount="500,00")

    assert (whole.amount_minor, whole.open_when_given_minor) == (None, invoice.open_minor)
    assert part.amount_minor == 50_000
    again = promise(session, invoice="RE-2026-0951", pay_by="2026-12-05", amount="500.00")
    assert again is part


def test_what_cannot_be_promised_is_refused(session: Session) -> None:
    invoice = make_invoice(session, make_client(session), number="RE-2026-0952")
    yesterday = TODAY - timedelta(days=1)

    with pytest.raises(InputError, match="cannot have been promised"):
        promise(session, invoice="RE-2026-0952", pay_by=yesterday)
    with pytest.raises(InputError, match="is more than the open"):
        promise(session, invoice="RE-2026-0952", pay_by=TODAY, amount="9999")
    with pytest.raises(NotFoundError, match="there is no invoice RE-1"):
        promise(session, invoice="RE-1", pay_by=TODAY)
    invoice.open_minor = 0
    session.flush()
    with pytest.raises(ConflictError, match="the invoice is paid"):
        promise(session, invoice="RE-2026-0952", pay_by=TODAY)


def test_a_hold_is_named_after_its_invoice_or_else_its_client() -> None:
    assert HoldForm(invoice="RE-2026-0017", client="Möwe").whose == "RE-2026-0017"
    assert HoldForm(client="Möwe").whose == "Möwe"
