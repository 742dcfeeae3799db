"""The story from its first chapter to its last."""

from datetime import date

from sqlalchemy import select

from acctflows.cli.story import money, voices
from acctflows.cli.story.bank import Credit
from acctflows.cli.story.negotiation import Negotiation, tell_negotiation
from acctflows.cli.story.papers import ACT, CONTRACT, Paper, tell_paper
from acctflows.cli.story.stage import Story, StoryEndedError
from acctflows.db.models.desk import WorkItem
from acctflows.db.models.documents import ClientDecision, Defect, DocumentVersion
from acctflows.money import Money

SHOP, CARE = "P-2026-002", "P-2026-001"
"""The shop of a client in Austria, built and handed over; care by the month for one in Hamburg."""

CONTRACTS = (
    Paper(CONTRACT, {"project": SHOP, "as_of": "2026-02-10"}, "accept"),
    Paper(CONTRACT, {"project": CARE, "as_of": "2025-12-15"}, "accept"),
)
NEGOTIATED = Negotiation(
    {
        "project": "P-2026-006",
        "terms": {"co_signers": ["rhys.okeeffe@saltmarsh-sailing.example"]},
    },
    clause="For slight negligence it is liable only",
    proposal="For slight negligence it is liable for all damage it has caused.",
    reason="If the booking page fails in May, we lose the season.",
    counter="For slight negligence it is liable only for breach of duties whose performance makes "
    "the contract possible in the first place, up to twice the total of this contract.",
    variant="Slight negligence, up to twice the total",
)
LEFT = Paper(CONTRACT, {"project": "P-2026-004"})
"""For the reader."""

MONTH = Paper(ACT, {"project": CARE, "month": "2026-10", "as_of": "2026-11-02"}, "accept")
HAND_OVER = {"project": SHOP, "milestone": "Shop übergeben"}
REFUSED = Paper(
    ACT,
    HAND_OVER | {"as_of": "2026-11-02"},
    "decline",
    {
        "place-1": "Bestellbestätigung",
        "description-1": "In den E-Mails steht noch die alte Anschrift in der Kirchengasse.",
    },
)
CURED = Paper(ACT, HAND_OVER, "accept", time=2)


def tell(story: Story) -> None:
    """Tell every chapter to its end, or to the Ctrl-C that stops it.

    Raises:
        TemporaryError: An act did not come to its end in time.
    """
    try:
        for paper in CONTRACTS:
            tell_paper(story, paper)
        tell_negotiation(story, NEGOTIATED)
        tell_paper(story, LEFT)
        tell_money(story)
        tell_work(story)
        tell_voices(story)
    except StoryEndedError:
        return


def tell_money(story: Story) -> None:
    """A fee of September: paid in part, reminded twice, promised, and paid."""
    bill, *_ = money.issue(story, date(2026, 10, 1))
    part = Money(bill.gross.minor // 2, bill.gross.currency)
    paid = Credit(date(2026, 10, 14), part, bill.payer, f"Rechnung {bill.number} Teilzahlung")
    money.bank_says(story, date(2026, 10, 19), paid)
    money.follow_up(story, date(2026, 10, 20))
    money.bank_says(story, date(2026, 11, 2))
    money.follow_up(story, date(2026, 11, 3))
    money.approve_letters(story)
    money.follow_up(story, date(2026, 11, 3), again=True)
    money.promise(story, bill, given_on=date(2026, 11, 5), pay_by=date(2026, 11, 13))
    money.bank_says(story, date(2026, 11, 9))
    money.follow_up(story, date(2026, 11, 10))
    rest = Credit(date(2026, 11, 12), bill.gross - part, bill.payer, f"{bill.number} Rest")
    money.bank_says(story, date(2026, 11, 16), rest)
    money.follow_up(story, date(2026, 11, 17))


def tell_work(story: Story) -> None:
    """A month of services is confirmed; a milestone is refused, cured and accepted."""
    tell_paper(story, MONTH)
    cure(story, tell_paper(story, REFUSED))
    tell_paper(story, CURED)
    story.chapter("Invoices", "started by the acceptances")
    money.issued_for_acts(story)


def tell_voices(story: Story) -> None:
    """Two projects are closed; one client is happy, the other is not and is called."""
    surveys = voices.ask(story, (CARE, SHOP))
    voices.answer(story, surveys[CARE], score="10")
    voices.answer(
        story, surveys[SHOP], score="4", reason="deadlines", comment="Zur Übergabe fehlte etwas."
    )
    voices.recover(
        story, surveys[SHOP], "Angerufen und entschuldigt; eine Stunde Einweisung geschenkt."
    )


def cure(story: Story, version: DocumentVersion) -> None:
    """Mark the defects the client has named as cured, on the desk."""
    number = version.document.number
    page = f"documents/{number}"
    with story.app.database.reading() as session:
        query = select(Defect).join(Defect.decision)
        query = query.where(ClientDecision.version_id == version.id, Defect.cured_on.is_(None))
        defects = list(session.scalars(query))
    for defect in defects:
        note = "Anschrift in allen Vorlagen berichtigt"
        today = story.app.clock.today().isoformat()
        story.press(page, f"/defects/{defect.id}/cure", cured_on=today, note=note)
        story.say(f"{story.manager.name} has had it cured: “{defect.place}”", story.desk(page))
    story.settle(WorkItem.version_id == version.id, "Behoben; das Protokoll geht neu hinaus.")
