"""Which words stand in the place of the template's: what was agreed on, clause by clause."""

from collections.abc import Iterable, Sequence

from acctflows.contracts.snapshot import Wording
from acctflows.db.models.signing import Objection, Reply


def agreed_words(objection: Objection) -> str | None:
    """What the clause shall say after the answer; None where it stays as it was."""
    match objection.reply:
        case Reply.ACCEPT:
            return objection.proposal
        case Reply.COUNTER:
            return objection.reply_text
    return None


def negotiate(before: Sequence[Wording], objections: Iterable[Objection]) -> tuple[Wording, ...]:
    """The wordings of the next version: those of this one, with what its objections led to.

    An objection to words that were agreed on in an earlier round changes that agreement; any other
    makes a new one. A clause that reads like the template again needs none.

    Args:
        before: Of the version that was objected to.
        objections: To it, answered.
    """
    agreed = list(before)
    for objection in objections:
        words = agreed_words(objection)
        if words is None:
            continue
        place = _place(agreed, objection)
        if place is None:
            new = Wording(heading=objection.heading, original=objection.original, text=words)
            agreed.append(new)
        else:
            old = agreed[place]
            lines = [words if line == objection.original else line for line in old.text.split("\n")]
            agreed[place] = old.model_copy(update={"text": "\n".join(lines)})
    return tuple(each for each in agreed if each.text != each.original)


def with_variants(agreed: Sequence[Wording], chosen: Iterable[Wording]) -> tuple[Wording, ...]:
    """The wordings with those chosen from the kept ones; what is chosen now takes precedence."""
    by_clause = {(each.heading, each.original): each for each in (*agreed, *chosen)}
    return tuple(by_clause.values())


def _place(agreed: Sequence[Wording], objection: Objection) -> int | None:
    """Which of the agreements the objection is about: each line of one is a paragraph."""
    for place, each in enumerate(agreed):
        if each.heading == objection.heading and objection.original in each.text.split("\n"):
            return place
    return None
