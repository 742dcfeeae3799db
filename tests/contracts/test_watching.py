"""What the passing of time does to concluded contracts, and what a notice changes."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.checking import check_terms
from acctflows.contracts.life import concluded_contracts, read_life
from acctflows.contracts.notices import record_notice, standing_of, withdraw_notice
from acctflows.contracts.term_dates import Doubt, Phase
from acctflows.contracts.terms import Term
from acctflows.contracts.watching import KIND, Watched, watch
from acctflows.db.models.agency import ClientKind
from acctflows.db.models.contracts import Contract, ContractNotice, NoticeChannel, NoticeParty
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import DocumentVersion
from acctflows.db.session import Database
from acctflows.documents import audit
from acctflows.documents.agreement import check_register
from acctflows.documents.versions import subject
from acctflows.documents.work_items import settle_item
from acctflows.errors import ConflictError, InputError, NotFoundError
from tests.contracts.stories import concluded, contract_of, draft
from tests.factories import NOW, TODAY, make_client, make_project
from tests.racing import race

CARE = {
    "term": Term.RENEWING,
    "starts_on": date(2027, 1, 1),
    "initial_months": 12,
    "renewal_months": 12,
    "notice_months": 3,
}
"""Notice by 30 September, a Thursday in 2027 and a Saturday in 2028."""


def on(text: str) -> date:
    return date.fromisoformat(text)


def lasting(session: Session, agency: AgencyProfile, **terms: Any) -> DocumentVersion:
    project = make_project(session, ends_on=None)
    for step in project.milestones:
        step.due_on = date(2027, 3, 1)
    return concluded(session, agency, project=project, **CARE | terms)


def look(session: Session, version: DocumentVersion, agency: AgencyProfile, day: str) -> Watched:
    contract = contract_of(session, version)
    return watch(session, contract.id, agency=agency, today=on(day), now=NOW)


def give_notice(
    session: Session, version: DocumentVersion, agency: AgencyProfile, day: str, **given: Any
) -> ContractNotice:
    values: dict[str, Any] = {
        "party": NoticeParty.CLIENT,
        "received_on": on(day),
        "channel": NoticeChannel.LETTER,
        "by": "lena",
        "today": on(day),
        "now": NOW,
    }
    return record_notice(session, contract_of(session, version), agency=agency, **values | given)


def tasks(session: Session, *, open_only: bool = False) -> list[str]:
    query = sa.select(WorkItem).where(WorkItem.kind == KIND).order_by(WorkItem.id)
    found = [item for item in session.scalars(query) if not (open_only and item.settled_at)]
    return [item.key.partition("/t")[2] for item in found]


def events(session: Session, version: DocumentVersion) -> list[str]:
    entries = audit.trail(session, subject(version.document))
    return [entry.event for entry in entries if entry.event.startswith(("term.", "notice."))]


def test_an_accepted_contract_begins_its_first_term_once(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency)
    contract = contract_of(session, version)

    look(session, version, agency, "2027-01-01")

    assert contract.concluded_at == NOW
    assert [(t.number, t.first_day, t.last_day) for t in contract.terms] == [
        (1, on("2027-01-01"), on("2027-12-31"))
    ]
    assert events(session, version) == ["term.begun"]
    assert concluded_contracts(session) == [contract.id]


def test_a_contract_accepted_before_terms_were_recorded_is_taken_up_by_the_sweep(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency)
    contract = contract_of(session, version)
    contract.concluded_at = None
    session.delete(contract.terms[0])
    session.flush()
    session.expire_all()

    watched = look(session, version, agency, "2028-02-01")

    assert contract.concluded_at == NOW
    assert [term.number for term in contract.terms] == [1, 2]
    assert [term.number for term in watched.renewed] == [2]


def test_a_renewal_is_recorded_once_on_the_day_its_term_begins(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency)
    assert look(session, version, agency, "2027-12-31").renewed == ()

    [renewed] = look(session, version, agency, "2028-01-01").renewed

    assert (renewed.number, renewed.last_day) == (2, on("2028-12-31"))
    assert look(session, version, agency, "2028-01-01").renewed == ()
    # The sweep did not run for years: every missed term is put on record, each once.
    assert [term.number for term in look(session, version, agency, "2031-05-05").renewed] == [
        *(3, 4, 5)
    ]
    assert events(session, version) == ["term.begun", *["term.renewed"] * 4]


def test_reminders_come_once_each_and_the_newer_one_replaces_the_older(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency)
    given = {
        day: (reminder.days_before if reminder else None)
        for day in ("2027-07-31", "2027-08-01", "2027-08-02", "2027-08-31", "2027-09-23",
                    "2027-09-30", "2027-10-01")
        for reminder in [look(session, version, agency, day).reminder]
    }  # fmt: skip
    assert [days for days in given.values() if days] == [60, 30, 7]
    assert (given["2027-08-01"], given["2027-08-31"], given["2027-09-23"]) == (60, 30, 7)
    assert tasks(session) == ["1/60", "1/30", "1/7"]
    assert tasks(session, open_only=True) == []  # its day is over

    look(session, version, agency, "2028-09-23")  # nobody looked for a year: the nearest only
    item = session.scalars(sa.select(WorkItem).order_by(WorkItem.id.desc())).first()
    assert item is not None
    assert item.key == f"notice-day/{version.document.number}/t2/7"
    assert item.due_on == on("2028-09-29")
    assert item.owner_id == contract_of(session, version).project.manager_id
    assert item.detail.replace("\u00a0", " ") == (
        "Soll der Vertrag zum 31. Dezember 2028 enden, muss die Kündigung bis 29. September 2028 "
        "zugehen. Rechtlich genügt der Zugang bis 30. September 2028; bis dahin ist kein "
        "Geschäftstag mehr. Sonst verlängert er sich bis 31. Dezember 2029."
    )


def test_a_reminder_a_person_has_settled_does_not_come_again(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency)
    look(session, version, agency, "2027-08-31")
    [item] = session.scalars(sa.select(WorkItem))
    settle_item(session, item.id, by="lena", outcome="bleibt", now=NOW)
    assert look(session, version, agency, "2027-09-01").reminder is None
    assert tasks(session) == ["1/30"]


@pytest.mark.parametrize(
    "terms",
    [
        {"term": Term.PROJECT, "starts_on": on("2027-01-01")},
        {"term": Term.FIXED, "starts_on": on("2027-01-01"), "ends_on": on("2027-12-31")},
        {"term": Term.OPEN_ENDED, "starts_on": on("2027-01-01")},
    ],
)
def test_nothing_renews_or_reminds_where_there_is_no_notice_day(
    session: Session, agency: AgencyProfile, terms: dict[str, Any]
) -> None:
    version = lasting(session, agency, **terms)
    for day in ("2027-09-01", "2027-12-01", "2030-01-01"):
        watched = look(session, version, agency, day)
        assert (watched.renewed, watched.reminder) == ((), None)
    assert tasks(session) == []


def test_a_notice_ends_reminders_and_renewals(session: Session, agency: AgencyProfile) -> None:
    version = lasting(session, agency)
    look(session, version, agency, "2027-08-31")

    notice = give_notice(session, version, agency, "2027-09-30", note="Scan: 2027/114")

    assert notice.ends_on == on("2027-12-31")
    assert tasks(session, open_only=True) == []
    again = give_notice(session, version, agency, "2027-09-30", note="Scan: 2027/114")
    assert again is notice
    watched = look(session, version, agency, "2028-03-01")
    assert (watched.outlook.phase, watched.renewed, watched.reminder) == (*(Phase.ENDED, (), None),)
    assert events(session, version) == ["term.begun", "notice.recorded"]


def test_a_notice_a_day_late_ends_the_next_term(session: Session, agency: AgencyProfile) -> None:
    version = lasting(session, agency)
    assert give_notice(session, version, agency, "2027-10-01").ends_on == on("2028-12-31")
    watched = look(session, version, agency, "2028-01-01")
    assert [term.number for term in watched.renewed] == [2]
    assert watched.outlook.phase is Phase.NOTICE_GIVEN


def test_a_letter_found_late_ends_the_contract_though_its_renewal_is_on_record(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency)
    look(session, version, agency, "2028-01-03")
    give_notice(session, version, agency, "2027-09-29", today=on("2028-01-10"))
    life = read_life(contract_of(session, version), agency, today=on("2028-01-10"))
    assert (life.outlook.phase, life.outlook.ends_on) == (Phase.ENDED, on("2027-12-31"))
    assert life.outlook.term.number == 1
    assert look(session, version, agency, "2030-01-01").renewed == ()


def test_a_withdrawn_notice_lets_the_contract_go_on_and_reminds_again(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency)
    look(session, version, agency, "2027-09-23")
    notice = give_notice(session, version, agency, "2027-09-24")
    assert look(session, version, agency, "2027-09-25").reminder is None

    taken = {"note": "Der Kunde bleibt", "by": "lena", "today": on("2027-09-27"), "now": NOW}
    for _ in range(2):
        withdraw_notice(session, notice.id, agency=agency, **taken)

    reminder = look(session, version, agency, "2027-09-28").reminder
    assert reminder is not None
    assert tasks(session, open_only=True) == ["1/7/1"]
    assert [term.number for term in look(session, version, agency, "2028-01-01").renewed] == [2]
    assert events(session, version) == [
        *("term.begun", "notice.recorded", "notice.withdrawn", "term.renewed")
    ]
    contract = contract_of(session, version)
    with pytest.raises(NotFoundError, match="no notice of the client"):
        standing_of(contract, NoticeParty.CLIENT, on("2027-09-24"))
    # Entered anew it counts again.
    give_notice(session, version, agency, "2027-09-24", today=on("2027-09-28"))
    assert len(contract.notices) == 2


def test_the_earliest_of_several_notices_ends_the_contract(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency)
    give_notice(session, version, agency, "2027-09-30")
    cause = {"party": NoticeParty.AGENCY, "ends_on": on("2027-10-31")}
    give_notice(session, version, agency, "2027-10-20", note="§ 314 BGB: Zahlungsverzug", **cause)
    life = read_life(contract_of(session, version), agency, today=on("2027-10-21"))
    assert life.outlook.ends_on == on("2027-10-31")


@pytest.mark.parametrize(
    ("day", "given", "words"),
    [
        ("2027-09-30", {"today": on("2027-09-29")}, "still to come"),
        ("2026-11-22", {}, "was concluded on 2026-11-23 only"),
        ("2027-09-30", {"ends_on": on("2027-09-29")}, "before the notice was received"),
        ("2027-09-30", {"ends_on": on("2027-10-31")}, "by the contract it is 2027-12-31"),
        ("2027-09-30", {"note": "x" * 2001}, "more than 2000 characters"),
    ],
)
def test_what_cannot_be_right_is_refused(
    session: Session, agency: AgencyProfile, day: str, given: dict[str, Any], words: str
) -> None:
    version = lasting(session, agency)
    with pytest.raises(InputError, match=words):
        give_notice(session, version, agency, day, **given)
    assert contract_of(session, version).notices == []


def test_a_project_ends_by_a_notice_with_a_day_and_a_reason_only(
    session: Session, agency: AgencyProfile
) -> None:
    version = lasting(session, agency, term=Term.PROJECT)
    with pytest.raises(InputError, match="ends by itself and knows no notice period"):
        give_notice(session, version, agency, "2027-02-01")
    with pytest.raises(InputError, match="needs a reason"):
        give_notice(session, version, agency, "2027-02-01", ends_on=on("2027-02-15"))
    note = {"note": "Freie Kündigung des Bestellers (§ 648 BGB)"}
    given = give_notice(session, version, agency, "2027-02-01", ends_on=on("2027-02-15"), **note)
    assert given.ends_on == on("2027-02-15")


def test_after_the_end_no_notice_counts(session: Session, agency: AgencyProfile) -> None:
    version = lasting(session, agency)
    give_notice(session, version, agency, "2027-09-30")
    with pytest.raises(ConflictError, match="is on record to 2027-12-31"):
        give_notice(session, version, agency, "2027-09-30", channel=NoticeChannel.EMAIL)
    with pytest.raises(InputError, match="had ended on 2027-12-31"):
        give_notice(session, version, agency, "2028-01-01")


def test_only_a_concluded_contract_can_be_ended(session: Session, agency: AgencyProfile) -> None:
    version = draft(session, make_project(session), agency)
    with pytest.raises(ConflictError, match="not concluded"):
        give_notice(session, version, agency, "2026-12-01")
    with pytest.raises(ConflictError, match="not concluded"):
        look(session, version, agency, "2026-12-01")


def test_a_consumer_contract_goes_on_without_a_term_and_can_be_ended_at_any_time(
    session: Session, agency: AgencyProfile
) -> None:
    client = make_client(session, kind=ClientKind.CONSUMER, legal_form="", legal_name="Ida Voß")
    project = make_project(session, client=client, ends_on=None)
    version = concluded(session, agency, project=project, **CARE | {"notice_months": 1})
    watched = look(session, version, agency, "2028-01-01")
    assert [(term.number, term.last_day) for term in watched.renewed] == [(2, None)]
    assert look(session, version, agency, "2031-01-01").renewed == ()
    assert give_notice(session, version, agency, "2028-05-31").ends_on == on("2028-06-30")


def test_a_consumer_bound_too_long_is_marked(session: Session, agency: AgencyProfile) -> None:
    client = make_client(session, kind=ClientKind.CONSUMER, legal_form="", legal_name="Ida Voß")
    project = make_project(session, client=client, ends_on=None)
    terms = CARE | {"initial_months": 24, "notice_months": 1}
    version = concluded(session, agency, project=project, **terms)
    assert look(session, version, agency, "2027-01-01").outlook.doubts == (Doubt.BOUND_TOO_LONG,)


def test_trail_and_register_agree_after_a_contracts_life(
    database: Database, agency: AgencyProfile
) -> None:
    with database.transaction() as session:
        version = lasting(session, agency)
        look(session, version, agency, "2027-09-23")
        notice = give_notice(session, version, agency, "2027-09-24")
        taken = {"note": "bleibt", "by": "lena", "today": on("2027-09-27"), "now": NOW}
        withdraw_notice(session, notice.id, agency=agency, **taken)
        look(session, version, agency, "2028-01-01")
    with database.reading() as session:
        assert audit.verify(session).fault is None
    with database.reading() as session:
        assert check_register(session).faults == []
        assert check_terms(session) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("update contract_notice set ends_on = '2030-12-31' where id = 2",
         "it is “letter 2030-12-31 ”, but the audit trail says “letter 2027-12-31 ”"),
        ("update contract_notice set withdrawn_at = null where id = 1",
         "but the audit trail says “letter 2027-12-31 , taken back: x”"),
        ("delete from contract_notice where id = 2", "it is “not on record”"),
        ("delete from contract_term where number = 1", "audit trail says “2027-01-01–2027-12-31”"),
        ("insert into contract_term (contract_id, number, first_day, recorded_at) "
         "select contract_id, 2, '2028-01-01', recorded_at from contract_term",
         "it is “2028-01-01–”, but the audit trail says “not on record”"),
    ],
)  # fmt: skip
def test_what_was_changed_behind_our_back_is_found(
    session: Session, agency: AgencyProfile, change: str, words: str
) -> None:
    version = lasting(session, agency)
    notice = give_notice(session, version, agency, "2027-09-24")
    taken = {"note": "x", "by": "lena", "today": on("2027-09-27"), "now": NOW}
    withdraw_notice(session, notice.id, agency=agency, **taken)
    give_notice(session, version, agency, "2027-09-28")
    assert check_terms(session) == []

    session.execute(sa.text(change))
    session.expire_all()

    [fault] = check_terms(session)
    assert words in str(fault)


def test_sweeps_at_once_record_a_renewal_and_remind_once(
    database: Database, agency: AgencyProfile
) -> None:
    with database.transaction() as session:
        contract_id = contract_of(session, lasting(session, agency)).id

    day = on("2028-09-20")

    def sweep(_caller: int) -> int:
        with database.transaction() as session:
            watched = watch(session, contract_id, agency=agency, today=day, now=NOW)
            return len(watched.renewed) + bool(watched.reminder)

    done, failed = race(4, sweep)
    assert (sum(done), failed) == (2, [])
    with database.reading() as session:
        terms = session.get_one(Contract, contract_id).terms
        assert [term.number for term in terms] == [1, 2]
        assert tasks(session) == ["2/30"]


def test_today_is_the_agencys_day(session: Session, agency: AgencyProfile) -> None:
    version = lasting(session, agency)
    life = read_life(contract_of(session, version), agency, today=TODAY)
    assert (life.concluded_on, life.outlook.phase) == (TODAY, Phase.AHEAD)
