"""Numbers and freezes an invoice in one transaction, once for what it charges."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from acctflows.agency.profile import AgencyProfile
from acctflows.db.models.agency import Project
from acctflows.db.models.documents import Document
from acctflows.db.models.receivables import Invoice, RecurringFee
from acctflows.db.once import find_or_add
from acctflows.documents import register
from acctflows.documents.kinds import find_kind
from acctflows.documents.text import clean
from acctflows.receivables.invoices.invoice_content import require_complete
from acctflows.receivables.invoices.invoice_making import Matter, make_snapshot
from acctflows.receivables.invoices.invoice_snapshot import InvoiceSnapshot
from acctflows.receivables.invoices.invoice_words import WORDS

KIND = find_kind("invoice")


@dataclass(frozen=True)
class Issuer:
    """Who issues an invoice, and when.

    Args:
        agency: The supplier.
        actor: For the audit trail.
        now: The present moment.
        today: The agency's date: that of the invoice; its year is in the number.
    """

    agency: AgencyProfile
    actor: str
    now: datetime
    today: date


@dataclass(frozen=True)
class Charging:
    """What an invoice charges: an act, a period of a fee, or the deposit of a contract.

    Args:
        key: Business key of it.
        act: The accepted act.
        fee: The fee.
        first: First day of the fee's period.
        deposit_of: The accepted contract.
    """

    key: str
    act: Document | None = None
    fee: RecurringFee | None = None
    first: date | None = None
    deposit_of: Document | None = None


def issue_invoice(
    session: Session, matter: Matter, issuer: Issuer, project: Project, charging: Charging
) -> Invoice:
    """The invoice of what it charges: found, or numbered and frozen.

    Raises:
        InputError: Naming everything the law wants besides.
    """
    document = _open(session, matter, issuer, project, charging)
    # Another run may have been faster: its number, and what it froze, is the invoice.
    query = sa.select(Invoice).where(Invoice.document_id == document.id)
    found = session.scalar(query)
    if found is not None:
        return found
    snapshot = make_snapshot(
        matter,
        number=document.number,
        agency=issuer.agency,
        project=project,
        issued_on=issuer.today,
    )
    require_complete(snapshot)
    register.add_version(
        session,
        document,
        snapshot=clean(snapshot.model_dump(mode="json")),
        template_name="",
        actor=issuer.actor,
        now=issuer.now,
    )
    totals, skonto = snapshot.totals, snapshot.terms.skonto
    discount = snapshot.money(totals.due_minor).percent(skonto.percent).minor if skonto else 0
    return find_or_add(
        session,
        query,
        lambda: Invoice(
            document=document,
            client=project.client,
            act=charging.act,
            fee=charging.fee,
            period_from=charging.first,
            deposit_of=charging.deposit_of,
            currency=snapshot.currency,
            gross_minor=totals.due_minor,
            open_minor=totals.due_minor,
            issued_on=snapshot.issued_on,
            due_on=snapshot.terms.due_on,
            rf_reference=snapshot.rf_reference,
            discount_minor=discount,
            discount_until=skonto.until if skonto else None,
            created_at=issuer.now,
        ),
    )[0]


def read_invoice(invoice: Invoice) -> InvoiceSnapshot:
    """The frozen facts of an invoice."""
    return InvoiceSnapshot.model_validate(invoice.document.newest.snapshot)


def cancelled_before(session: Session, key: str) -> int:
    """How many invoices for what has that business key were issued and cancelled again."""
    again = Document.key.startswith(f"invoice/{key}/again/", autoescape=True)
    query = (
        sa.select(sa.func.count())
        .select_from(Invoice)
        .join(Invoice.document)
        .where(Invoice.cancelled_on.is_not(None))
        .where(sa.or_(Document.key == f"invoice/{key}", again))
    )
    return session.scalar(query) or 0


def _open(
    session: Session, matter: Matter, issuer: Issuer, project: Project, charging: Charging
) -> Document:
    before = cancelled_before(session, charging.key)
    words = WORDS[matter.language]["deposit" if matter.deposit else "invoice"]
    return register.open_document(
        session,
        kind=KIND.name,
        key=f"invoice/{charging.key}" + (f"/again/{before}" if before else ""),
        client=project.client,
        project=project,
        language=matter.language,
        title=f"{words} · {project.title}"[:300],
        actor=issuer.actor,
        now=issuer.now,
        year=issuer.today.year,
    )
