"""Contracts by their next notice day, where each is in its time, and notices of either side."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from acctflows.contracts.life import Life, accepted_version, read_life, read_lives
from acctflows.contracts.notices import record_notice, withdraw_notice
from acctflows.contracts.term_words import doubt_words
from acctflows.contracts.terms import Agreement, Term
from acctflows.db.models.contracts import Contract, ContractNotice, NoticeChannel, NoticeParty
from acctflows.db.models.documents import Document, VersionState
from acctflows.errors import AcctflowsError, InputError
from acctflows.money import Money
from acctflows.portal.desk.access import Permission, VisitorDep, allow
from acctflows.portal.desk.frame import go_on, show
from acctflows.portal.desk.ids import Id
from acctflows.portal.desk.listing import WishDep, chosen, slice_of
from acctflows.portal.desk.timeline import Timeline, draw_timeline
from acctflows.portal.fields import FormFields
from acctflows.portal.state import Portal, PortalDep

router = APIRouter()


@dataclass(frozen=True)
class Referring:
    """An order under the contract, or a change order of it."""

    number: str
    title: str
    state: VersionState
    net: Money


@dataclass(frozen=True)
class TermSection:
    """What a contract's page shows of its time.

    Args:
        life: Where it is.
        picture: Its timeline; None for a contract that lasts until all is delivered.
        doubts: What a person should have checked, in sentences.
        referring: Its orders or change orders, oldest first.
        parties: Who may give notice.
        channels: How a notice comes.
    """

    life: Life
    picture: Timeline | None
    doubts: list[str]
    referring: list[Referring]
    parties: tuple[NoticeParty, ...] = tuple(NoticeParty)
    channels: tuple[NoticeChannel, ...] = tuple(NoticeChannel)

    @property
    def value(self) -> Money:
        """What is agreed, net: the contract's total with its changes, or that of its orders."""
        snapshot = self.life.snapshot
        if snapshot.agreement is not Agreement.FRAMEWORK:
            return snapshot.money(snapshot.totals.net_minor)
        accepted = (each for each in self.referring if each.state is VersionState.ACCEPTED)
        same = (each.net.minor for each in accepted if each.net.currency == snapshot.currency)
        return snapshot.money(sum(same))


@router.api_route("/contracts", methods=["GET", "HEAD"])
@allow(Permission.LOOK)
def list_contracts(
    request: Request, portal: PortalDep, visitor: VisitorDep, wish: WishDep
) -> Response:
    """The concluded contracts, the next notice day first; and what is wrong with the unreadable."""
    today, words = portal.app.clock.today(), wish.words.casefold()
    with portal.app.database.reading() as session:
        lives, broken = read_lives(session, portal.app.agency, today=today)
    found = [life for life in lives if words in _said(life).casefold()]
    return show(
        request,
        portal,
        visitor,
        "desk/contracts.html",
        section="contracts",
        listing=slice_of(found, wish.page),
        broken=broken,
    )


@router.post("/contracts/{contract_id}/notice")
@allow(Permission.SETTLE)
def give_notice(
    portal: PortalDep, visitor: VisitorDep, contract_id: Id, fields: FormFields
) -> Response:
    """Record a notice as the form says."""
    party = chosen(NoticeParty, fields.text("party"))
    channel = chosen(NoticeChannel, fields.text("channel"))
    if party is None or channel is None:
        raise HTTPException(400)
    clock = portal.app.clock
    with portal.app.database.transaction() as session:
        contract = session.get(Contract, contract_id)
        if contract is None:
            raise HTTPException(404)
        record_notice(
            session,
            contract,
            agency=portal.app.agency,
            party=party,
            received_on=_day(fields.text("received_on"), "received_on"),
            channel=channel,
            note=fields.text("note"),
            ends_on=_day(fields.text("ends_on"), "ends_on") if fields.text("ends_on") else None,
            by=visitor.signature,
            today=clock.today(),
            now=clock.now(),
        )
        number = contract.document.number
    return go_on(f"/desk/documents/{number}", done="notice_given")


@router.post("/notices/{notice_id}/withdraw")
@allow(Permission.SETTLE)
def withdraw(portal: PortalDep, visitor: VisitorDep, notice_id: Id, fields: FormFields) -> Response:
    """Take a notice back, with the reason of whoever does it."""
    clock = portal.app.clock
    with portal.app.database.transaction() as session:
        if session.get(ContractNotice, notice_id) is None:
            raise HTTPException(404)
        notice = withdraw_notice(
            session,
            notice_id,
            agency=portal.app.agency,
            note=fields.text("note"),
            by=visitor.signature,
            today=clock.today(),
            now=clock.now(),
        )
        number = notice.contract.document.number
    return go_on(f"/desk/documents/{number}", done="notice_withdrawn")


def read_term(
    session: Session, portal: Portal, document: Document, language: str
) -> TermSection | None:
    """The time of the contract that the document is; None where it is no concluded one."""
    contract = session.scalars(
        select(Contract).where(Contract.document_id == document.id)
    ).one_or_none()
    if contract is None or contract.agreement is Agreement.CHANGE:  # it lives in another
        return None
    today = portal.app.clock.today()
    try:
        life = read_life(contract, portal.app.agency, today=today)
    except AcctflowsError:  # not concluded; or damaged, which the page itself shows
        return None
    lasting = life.snapshot.terms.term is not Term.PROJECT
    picture = draw_timeline(life.duration, life.outlook, today=today) if lasting else None
    referring = [_referring(each) for each in contract.referring if each.document.versions]
    return TermSection(life, picture, doubt_words(life.outlook, language), referring)


def _referring(contract: Contract) -> Referring:
    version = accepted_version(contract) or contract.document.newest
    facts = version.snapshot
    net = Money(int(facts["totals"]["net_minor"]), str(facts["currency"]))
    return Referring(contract.document.number, contract.document.title, version.state, net)


def _said(life: Life) -> str:
    return f"{life.number} {life.snapshot.client.legal_name} {life.snapshot.project_title}"


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"“{text}” is no day", where=field, todo="give it as 2027-09-30") from None
