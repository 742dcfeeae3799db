"""Framework contracts with orders under them, and change orders."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.contracts.agreements import changes_to
from acctflows.contracts.job import JOB
from acctflows.contracts.life import concluded_contracts, read_life
from acctflows.contracts.notices import record_notice
from acctflows.contracts.presenting import must_appear, summary_markdown
from acctflows.contracts.sample import sample_snapshot
from acctflows.contracts.snapshot import ContractSnapshot
from acctflows.contracts.terms import Agreement, Term
from acctflows.db.models.agency import Client, ClientKind, Project, ProjectService, Stage
from acctflows.db.models.contracts import Contract, NoticeChannel, NoticeParty
from acctflows.db.models.documents import DocumentVersion
from acctflows.delivery.acts import accepted_contract
from acctflows.documents import audit
from acctflows.documents.versions import subject
from acctflows.errors import InputError
from flows.invoice_facts import agreed_deposit, agreement_of
from tests.contracts.stories import approve, concluded, contract_of, decide, draft_as, invite
from tests.contracts.variants import make_line, make_snapshot, plain, word_text
from tests.factories import NOW, TODAY, make_client, make_project, make_service

FRAME = {"agreement": Agreement.FRAMEWORK, "term": Term.OPEN_ENDED, "starts_on": date(2026, 12, 1)}


def read(version: DocumentVersion) -> ContractSnapshot:
    return ContractSnapshot.model_validate(version.snapshot)


def bare_project(session: Session, client: Client | None = None) -> Project:
    """A project without a plan, as a framework contract wants it."""
    project = make_project(session, title="Zusammenarbeit 2027", client=client, ends_on=None)
    for row in (*project.services, *project.milestones):
        session.delete(row)
    session.flush()
    session.expire(project)
    return project


def framework(session: Session, agency: AgencyProfile, **terms: Any) -> DocumentVersion:
    return concluded(session, agency, project=bare_project(session), **FRAME | terms)


def order_under(
    session: Session, agency: AgencyProfile, frame: DocumentVersion, **given: Any
) -> DocumentVersion:
    project = given.pop("project", None) or make_project(session, client=frame.document.client)
    terms = {"agreement": Agreement.ORDER, "refers_to": frame.document.number} | given
    return draft_as(session, project, agency, **terms)


def change_of(
    session: Session, agency: AgencyProfile, contract: DocumentVersion, **given: Any
) -> DocumentVersion:
    reference = given.pop("reference", "change-1")
    project = contract.document.project
    assert project is not None
    terms = {"agreement": Agreement.CHANGE, "refers_to": contract.document.number} | given
    return draft_as(session, project, agency, reference=reference, **terms)


def accept(session: Session, version: DocumentVersion, agency: AgencyProfile) -> DocumentVersion:
    approve(session, version)
    invite(session, version, agency)
    decision = decide(session, version, "accepted")
    JOB.accepted(session, version, decision.decided_at)
    return version


def add_line(session: Session, project: Project) -> None:
    service = make_service(session, title_de="Newsletter", unit_price_minor=50_000)
    line = ProjectService(project=project, position=3, service=service, quantity=Decimal(1))
    session.add(line)
    session.flush()
    session.expire(project)


def test_a_framework_contract_agrees_on_terms_and_no_services(
    session: Session, agency: AgencyProfile
) -> None:
    version = framework(session, agency, payment_days=30, confidentiality_years=5)
    snapshot = read(version)
    assert version.document.title == "Rahmenvertrag · Zusammenarbeit 2027"
    assert (snapshot.lines, snapshot.totals.net_minor) == ((), 0)
    assert contract_of(session, version).agreement is Agreement.FRAMEWORK
    assert "Netto" not in summary_markdown(snapshot, "de")
    assert plain("\n".join(must_appear(snapshot))).endswith("Zusammenarbeit 2027")
    JOB.accepted(session, version, NOW)
    assert version.document.project is not None
    assert version.document.project.stage is Stage.LEAD  # its orders are the work


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"term": Term.PROJECT}, "needs a duration"),
        ({"deposit_percent": 30}, "nothing to pay a deposit on"),
        ({"refers_to": "V-2026-0001"}, "refers to none"),
    ],
)
def test_what_a_framework_contract_cannot_say_is_refused(
    session: Session, agency: AgencyProfile, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        framework(session, agency, **given)


def test_a_framework_contract_needs_a_business_and_no_plan(
    session: Session, agency: AgencyProfile
) -> None:
    with pytest.raises(InputError, match="has services or milestones"):
        draft_as(session, make_project(session), agency, **FRAME)
    client = make_client(session, kind=ClientKind.CONSUMER, legal_form="")
    with pytest.raises(InputError, match="businesses only"):
        draft_as(session, bare_project(session, client), agency, **FRAME)


def test_an_order_keeps_the_general_terms_of_its_framework_contract(
    session: Session, agency: AgencyProfile
) -> None:
    frame = framework(session, agency, payment_days=30, correction_rounds=4, e_invoice=False)
    version = order_under(session, agency, frame, deposit_percent=20, payment_days=10)
    snapshot = read(version)
    assert (snapshot.terms.payment_days, snapshot.terms.correction_rounds) == (30, 4)
    assert (snapshot.terms.e_invoice, snapshot.terms.deposit_percent) == (False, 20)
    assert snapshot.refers_to is not None
    assert snapshot.refers_to.number == frame.document.number
    assert snapshot.refers_to.concluded_on == TODAY
    assert version.document.title == "Einzelauftrag · Relaunch moewe.example"
    assert contract_of(session, version).refers_to is contract_of(session, frame)
    assert "Zum Vertrag" in summary_markdown(snapshot, "de")


def test_an_order_is_refused_where_its_framework_contract_does_not_carry_it(
    session: Session, agency: AgencyProfile
) -> None:
    frame = framework(session, agency)
    assert frame.document.project is not None
    single = concluded(session, agency)
    offered = draft_as(session, bare_project(session), agency, **FRAME)
    refused = [
        (single, {"project": single.document.project}, "is no framework contract"),
        (offered, {}, "not concluded"),
        (frame, {"project": make_project(session)}, "with another client"),
    ]
    for of, given, words in refused:
        with pytest.raises(InputError, match=words):
            order_under(session, agency, of, **given)
    project = frame.document.project
    add_line(session, project)
    with pytest.raises(InputError, match="a project of its own"):
        order_under(session, agency, frame, project=project, reference="order-1")
    with pytest.raises(InputError, match="there is no contract V-9"):
        draft_as(session, project, agency, agreement=Agreement.ORDER, refers_to="V-9")


def test_an_order_is_refused_after_its_framework_contract(
    session: Session, agency: AgencyProfile
) -> None:
    frame = framework(session, agency)
    record_notice(
        session,
        contract_of(session, frame),
        agency=agency,
        party=NoticeParty.CLIENT,
        received_on=TODAY,
        channel=NoticeChannel.EMAIL,
        by="lena",
        today=TODAY,
        now=NOW,
    )
    order_under(session, agency, frame)  # until 31 December it carries orders
    late = {"starts_on": date(2027, 1, 1), "reference": "late"}
    with pytest.raises(InputError, match="ends on 2026-12-31, before the order starts"):
        order_under(session, agency, frame, **late)
    with pytest.raises(InputError, match="ended on 2026-12-31"):
        order_under(session, agency, frame, today=date(2027, 1, 1), reference="later")


def test_a_change_order_lists_what_comes_and_goes_and_the_new_total(
    session: Session, agency: AgencyProfile
) -> None:
    contract = concluded(session, agency, payment_days=20, deposit_percent=30)
    project = contract.document.project
    assert project is not None
    with pytest.raises(InputError, match="nothing changes"):
        change_of(session, agency, contract)
    project.services[1].quantity = Decimal(8)
    add_line(session, project)
    version = change_of(session, agency, contract, ends_on=date(2027, 8, 31))
    snapshot = read(version)
    assert snapshot.changes is not None
    said = {
        name: [(line.title, line.quantity) for line in lines]
        for name, lines in (("+", snapshot.changes.added), ("-", snapshot.changes.dropped))
    }
    assert said == {
        "+": [("SEO-Betreuung", Decimal(8)), ("Newsletter", Decimal(1))],
        "-": [("SEO-Betreuung", Decimal(6))],
    }
    assert snapshot.changes.net_minor_before == read(contract).totals.net_minor
    assert snapshot.totals.net_minor == read(contract).totals.net_minor + 2 * 95_000 + 50_000
    assert snapshot.terms.ends_on == date(2027, 8, 31)
    assert (snapshot.terms.payment_days, snapshot.terms.deposit_percent) == (20, 0)


def test_an_accepted_change_is_what_the_contract_says_from_then_on(
    session: Session, agency: AgencyProfile
) -> None:
    contract = concluded(
        session, agency, term=Term.FIXED, ends_on=date(2027, 5, 31), deposit_percent=30
    )
    project = contract.document.project
    assert project is not None
    add_line(session, project)
    change = change_of(session, agency, contract, ends_on=date(2027, 12, 31))
    row = contract_of(session, contract)
    assert read_life(row, agency, today=TODAY).outlook.ends_on == date(2027, 5, 31)

    accept(session, change, agency)
    session.expire_all()

    life = read_life(row, agency, today=TODAY)
    assert (life.number, life.outlook.ends_on) == (contract.document.number, date(2027, 12, 31))
    assert life.snapshot.totals.net_minor == read(change).totals.net_minor
    trail = audit.trail(session, subject(contract.document))
    assert trail[-1].event == "contract.changed"
    assert trail[-1].data["by"] == change.document.number
    # It has no life of its own, and acts and invoices go on naming the contract.
    assert concluded_contracts(session) == [row.id]
    assert accepted_contract(session, project) is contract
    agreed = agreement_of(session, project)
    assert agreed is not None
    assert (agreed.number, agreed.deposit_percent) == (contract.document.number, 30)
    assert agreed_deposit(change).agreement.deposit_percent == 0
    # The next change starts from this one.
    session.delete(project.services[0])
    session.flush()
    session.expire(project)
    second = read(change_of(session, agency, contract, reference="change-2"))
    assert second.changes is not None
    assert second.changes.net_minor_before == read(change).totals.net_minor
    assert (len(second.changes.added), len(second.changes.dropped)) == (0, 1)


def test_a_change_is_refused_where_there_is_nothing_to_change(
    session: Session, agency: AgencyProfile
) -> None:
    contract, frame = concluded(session, agency), framework(session, agency)
    offered = draft_as(session, make_project(session), agency)
    other = make_project(session, client=contract.document.client)
    number = contract.document.number
    with pytest.raises(InputError, match="agrees on no services"):
        change_of(session, agency, frame)
    with pytest.raises(InputError, match="not concluded"):
        change_of(session, agency, offered)
    with pytest.raises(InputError, match="a reference of its own"):
        change_of(session, agency, contract, reference="main")
    with pytest.raises(InputError, match="belongs to another project"):
        draft_as(session, other, agency, agreement=Agreement.CHANGE, refers_to=number)
    assert session.scalar(sa.select(sa.func.count()).select_from(Contract)) == 3


def test_equal_lines_are_counted_not_merged() -> None:
    twice = [make_line(position=1), make_line(position=2)]
    before = make_snapshot("de", lines=twice)
    changes = changes_to(before, [make_line(position=1)])
    assert (len(changes.added), len(changes.dropped)) == (0, 1)


def test_a_contract_frozen_before_there_were_orders_can_still_be_read() -> None:
    old = sample_snapshot("de").model_dump(mode="json")
    for name in ("agreement", "refers_to", "changes"):
        del old[name]
    assert ContractSnapshot.model_validate(old) == sample_snapshot("de")


WORDS = {
    Agreement.FRAMEWORK: (
        ["Rahmenvertrag", "gilt für alle Einzelaufträge", "Haftung", "Laufzeit und Kündigung"],
        ["Die Agentur erbringt diese Leistungen", "Summe netto", "Agenturvertrag"],
    ),
    Agreement.ORDER: (
        ["Es gelten die Bedingungen des Rahmenvertrags V-2026-0001 vom 2. November 2026.",
         "Die Agentur erbringt diese Leistungen", "Summe netto"],
        ["Haftung", "Nutzungsrechte", "Gerichtsstand", "Datenschutz", "kommen hinzu"],
    ),
    Agreement.CHANGE: (
        ["Dieser Auftrag ändert den Vertrag V-2026-0001 vom 2. November 2026.",
         "Diese Leistungen kommen hinzu:", "Diese Leistungen entfallen:",
         "Damit sind insgesamt diese Leistungen vereinbart:",
         "anstelle von bisher 8.000,00 € netto",
         "Bisher war das Ende für den 30. Juni 2027 vereinbart."],
        ["Haftung", "Laufzeit und Kündigung", "Rahmenvertrag"],
    ),
}  # fmt: skip


def variant(agreement: Agreement, language: str = "de") -> ContractSnapshot:
    """The sample as another kind of agreement."""
    data = sample_snapshot(language).model_dump() | {"agreement": agreement}
    if agreement is Agreement.FRAMEWORK:
        totals = {"net_minor": 0, "tax_minor": 0, "gross_minor": 0, "groups": ()}
        terms = data["terms"] | {"term": Term.RENEWING, "ends_on": None, "deposit_percent": 0}
        data |= {"lines": (), "milestones": (), "totals": totals, "terms": terms}
    else:
        data["refers_to"] = {"number": "V-2026-0001", "concluded_on": date(2026, 11, 2)}
    if agreement is Agreement.CHANGE:
        data["changes"] = {
            "added": data["lines"][1:],
            "dropped": (make_line(title="Beratung", quantity=Decimal("8.000")),),
            "net_minor_before": 800_000,
            "ends_on_before": date(2027, 6, 30),
        }
        data["terms"] |= {"deposit_percent": 0}
    return ContractSnapshot.model_validate(data)


@pytest.mark.parametrize("agreement", WORDS)
def test_the_document_says_what_kind_of_agreement_it_is(agreement: Agreement) -> None:
    text = word_text(variant(agreement))
    said, unsaid = WORDS[agreement]
    assert [words for words in said if words not in text] == []
    assert [words for words in unsaid if words in text] == []
    for words in must_appear(variant(agreement)):
        assert plain(words) in text


@pytest.mark.parametrize("agreement", WORDS)
def test_the_english_document_has_its_words_too(agreement: Agreement) -> None:
    text = word_text(variant(agreement, "en"))
    title = {Agreement.FRAMEWORK: "Framework Agreement", Agreement.CHANGE: "Change Order"}
    assert text.startswith(title.get(agreement, "Order"))
    assert "{" not in text
