"""What a run of the payment follow-up did, told so that a minute's reading is enough."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from acctflows.money import Money
from acctflows.receivables.follow_up.dunning_items import Action, Decision, ItemDecision, OpenItem
from acctflows.receivables.follow_up.dunning_reasons import Why

QUIET = {
    Why.NOT_DUE,
    Why.WAITING,
    Why.SENT_RECENTLY,
    Why.LETTER_GAP,
    Why.CREDIT,
    Why.PAID,
    Why.LETTER_PENDING,  # the letter itself is listed, or its mail stands on the desk
    Why.STEP_DUE,
    Why.COURTESY_DUE,
    Why.PROMISE_BROKEN,
}
"""Reasons that hold nothing up by themselves, or only until their day comes."""

LONGEST_LIST = 50
"""Lines of a table; the totals count all of them."""


@dataclass(frozen=True)
class LetterLine:
    """A letter of this run.

    Args:
        client: Whom it is to.
        number: Its number; empty in a dry run.
        title: What it is called.
        to_pay: What it asks for.
        because: Why it waits or was dropped; empty where it was sent.
    """

    client: str
    number: str
    title: str
    to_pay: Money
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldLine:
    """An open invoice about which nothing is sent, and why."""

    client: str
    number: str
    amount: Money
    because: tuple[str, ...]


@dataclass
class FollowUpReport:
    """What happened with a batch of clients, or with all of them."""

    dry_run: bool = False
    sent: list[LetterLine] = field(default_factory=list)
    waiting: list[LetterLine] = field(default_factory=list)
    dropped: list[LetterLine] = field(default_factory=list)
    planned: list[LetterLine] = field(default_factory=list)
    """What a dry run would send."""
    held: list[HeldLine] = field(default_factory=list)
    quiet: int = 0
    """Open invoices whose day has not come."""
    clients: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: "FollowUpReport") -> None:
        """Take over what another batch did."""
        for mine, theirs in (
            (self.sent, other.sent),
            (self.waiting, other.waiting),
            (self.dropped, other.dropped),
            (self.planned, other.planned),
        ):
            mine.extend(theirs)
        self.held.extend(other.held)
        self.problems.extend(other.problems)
        self.quiet += other.quiet
        self.clients += other.clients

    def note(self, client: str, decision: Decision, items: Iterable[OpenItem]) -> None:
        """Take over what was decided about a client's items.

        Args:
            client: The client's name.
            decision: Of the client.
            items: The account's items, in the order of the decision.
        """
        self.clients += 1
        for item, decided in zip(items, decision.items, strict=True):
            if decided.action is not Action.NOT or item.open.minor <= 0:
                continue
            if _is_quiet(decided):
                self.quiet += 1
                continue
            because = tuple(reason.say("en") for reason in decided.reasons)
            self.held.append(HeldLine(client, decided.number, item.open, because))

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        planned = f"{_count(len(self.planned), 'letter')} would be written"
        parts = [
            planned if self.dry_run else f"{_count(len(self.sent), 'letter')} sent",
            f"{len(self.waiting)} waiting" if self.waiting else "",
            f"{len(self.dropped)} dropped" if self.dropped else "",
            f"{_count(len(self.held), 'invoice')} held" if self.held else "",
            f"{_count(len(self.problems), 'problem')}" if self.problems else "",
        ]
        return ", ".join(filter(None, parts)) + "."


def _is_quiet(decided: ItemDecision) -> bool:
    return all(reason.code in QUIET for reason in decided.reasons)


def markdown(report: FollowUpReport, *, day: date, as_of: date | None, desk: str) -> str:
    """The report as Markdown, what needs a person first.

    Args:
        report: Of all batches.
        day: The day decided for.
        as_of: Last day that the imported bank statements cover.
        desk: Address of the desk, without a trailing slash.
    """
    bank = f"payments up to {as_of:%d.%m.%Y} considered" if as_of else "no bank data"
    parts = [f"## {report.sentence}", f"{day:%A, %d.%m.%Y}; {bank}."]
    if report.problems:
        parts.append("### To be put right\n" + "\n".join(f"- {each}" for each in report.problems))
    waiting = f"### Waiting for approval or a sending day — [decide on the desk]({desk}/)"
    parts += [
        _letters("### Would be written", report.planned, desk),
        _letters(waiting, report.waiting, desk),
        _letters("### Sent", report.sent, desk),
        _letters("### Not sent after all", report.dropped, desk),
        _held(report.held, desk),
    ]
    if report.quiet:
        parts.append(f"{_count(report.quiet, 'more open invoice')}: the day has not come yet.")
    return "\n\n".join(part for part in parts if part)


def _letters(heading: str, lines: list[LetterLine], desk: str) -> str:
    if not lines:
        return ""
    with_reason = any(line.because for line in lines)
    head = "| Client | Letter | To pay |" + (" Why |" if with_reason else "")
    rows = [head, "|---|---|--:|" + ("---|" if with_reason else "")]
    for line in lines[:LONGEST_LIST]:
        number = f" [{line.number}]({desk}/documents/{line.number})" if line.number else ""
        row = f"| {_cell(line.client)} | {_cell(line.title)}{number} | {line.to_pay.format('en')} |"
        rows.append(row + (f" {_cell(' '.join(line.because))} |" if with_reason else ""))
    sums = Counter[str]()
    for line in lines:
        sums[line.to_pay.currency] += line.to_pay.minor
    total = ", ".join(Money(minor, code).format("en") for code, minor in sorted(sums.items()))
    more = len(lines) - LONGEST_LIST
    ending = f"{more} more are not listed here. " if more > 0 else ""
    return f"{heading}\n\n" + "\n".join(rows) + f"\n\n{ending}Together {total}."


def _held(lines: list[HeldLine], desk: str) -> str:
    if not lines:
        return ""
    why = Counter(line.because[0] for line in lines)
    most = "; ".join(f"{count} × {reason}" for reason, count in why.most_common(3))
    rows = ["| Client | Invoice | Open | Why |", "|---|---|--:|---|"]
    for line in lines[:LONGEST_LIST]:
        invoice = f"[{line.number}]({desk}/invoices/{line.number})"
        reasons = _cell(" ".join(line.because))
        rows.append(
            f"| {_cell(line.client)} | {invoice} | {line.amount.format('en')} | {reasons} |"
        )
    more = len(lines) - LONGEST_LIST
    ending = f"\n\n{more} more are not listed here." if more > 0 else ""
    return f"### Held, and why\n\n{most}\n\n" + "\n".join(rows) + ending


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").replace("<", "&lt;").split())


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
