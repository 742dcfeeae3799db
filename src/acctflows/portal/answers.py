"""What a client answers to a document: read from the form, checked, and asked again if wrong."""

import re
from dataclasses import dataclass, field
from hashlib import sha256

from acctflows.db.models.documents import Outcome
from acctflows.documents.acceptance import LONGEST, LONGEST_DEFECT, MOST_DEFECTS, NamedDefect
from acctflows.documents.codes import DIGITS
from acctflows.portal.fields import Fields, too_long

_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")
LONGEST_CODE = 20
"""Characters of a mistyped code that are shown again."""

ROOM = 2
"""Empty pairs for defects a form shows at first, and adds when more are asked for."""


@dataclass(frozen=True)
class Answer:
    """The form as it was typed, and what is wrong with it.

    Args:
        outcome: Which of the two forms was sent; None: neither, or nothing was sent yet.
        name: Who answers.
        function: In what function.
        reason: Why it is declined.
        consented: Whether the declaration was ticked.
        defects: What the client names; pairs left empty are left out.
        code: The code from the mail, where one is asked for; blanks in it are left out.
        more: Whether more room for defects was asked for, which decides nothing.
        problems: Field name to the key of the message, empty when all is well.
    """

    outcome: Outcome | None
    name: str
    function: str
    reason: str = ""
    consented: bool = False
    defects: tuple[NamedDefect, ...] = ()
    code: str = ""
    more: bool = False
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def most_defects(self) -> int:
        """How many defects may be named at once."""
        return MOST_DEFECTS

    def rows(self, outcome: str) -> list[NamedDefect]:
        """The pairs a form for that outcome shows: what was named in it, and room for more."""
        named = list(self.defects) if self.outcome == outcome else []
        room = max(ROOM - len(named), ROOM if self.more and self.outcome == outcome else 0)
        return [*named, *[NamedDefect("", "")] * room][:MOST_DEFECTS]


def read_answer(
    fields: Fields, *, consent_text: str, takes_defects: bool, asks_code: bool = False
) -> Answer:
    """The client's answer with everything that is wrong with it.

    Args:
        fields: The form.
        consent_text: The declaration as the page would show it now; what was ticked must be it.
        takes_defects: Whether defects can be named; a refusal then needs one, and no other reason.
        asks_code: Whether accepting needs a code from a mail.
    """
    outcome = {"accept": Outcome.ACCEPTED, "decline": Outcome.DECLINED}.get(fields.text("decision"))
    consented = fields.text("consent") == "yes"
    defects = read_defects(fields) if takes_defects else ()
    problems = dict.fromkeys(too_long(fields, LONGEST), "client.problem.too_long")
    problems |= _defect_problems(defects)
    if outcome is None:
        problems["decision"] = "client.problem.decision"
    if not fields.text("name"):
        problems["name"] = "client.problem.name"
    if outcome is Outcome.ACCEPTED and not consented:
        problems["consent"] = "client.problem.consent"
    elif outcome is Outcome.ACCEPTED and fields.text("shown") != fingerprint(consent_text):
        problems["consent"] = "client.problem.changed"
    if outcome is Outcome.DECLINED and takes_defects and not defects:
        problems["defects"] = "client.problem.defects"
    elif outcome is Outcome.DECLINED and not takes_defects and not fields.text("reason"):
        problems["reason"] = "client.problem.reason"
    code = "".join(fields.text("code").split())[:LONGEST_CODE]
    if outcome is Outcome.ACCEPTED and asks_code and not _CODE.fullmatch(code):
        problems["code"] = "client.problem.code"
    more = bool(fields.text("more"))
    return Answer(
        outcome=outcome,
        name=fields.text("name"),
        function=fields.text("function"),
        reason=fields.text("reason"),
        consented=consented,
        defects=defects,
        code=code,
        more=more,
        problems={} if more else problems,
    )


def read_defects(fields: Fields) -> tuple[NamedDefect, ...]:
    """The pairs ``place-1`` and ``description-1``, ``place-2`` and so on, without empty ones."""
    numbers = range(1, MOST_DEFECTS + 1)
    pairs = ((fields.text(f"place-{n}"), fields.text(f"description-{n}")) for n in numbers)
    return tuple(NamedDefect(*pair) for pair in pairs if any(pair))


def _defect_problems(defects: tuple[NamedDefect, ...]) -> dict[str, str]:
    """Fields by the numbers they have when the page is shown again."""
    problems = {}
    for number, defect in enumerate(defects, 1):
        for part, longest in LONGEST_DEFECT.items():
            words = getattr(defect, part)
            if not words:
                problems[f"{part}-{number}"] = f"client.problem.{part}"
            elif len(words) > longest:
                problems[f"{part}-{number}"] = "client.problem.too_long"
    return problems


def fingerprint(consent_text: str) -> str:
    """Marks the declaration a page showed, so that no other one can be recorded as consented."""
    return sha256(consent_text.encode()).hexdigest()
