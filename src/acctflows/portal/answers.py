"""What a client answers to a document: read from the form, checked, and asked again if wrong."""

from dataclasses import dataclass, field
from hashlib import sha256

from acctflows.db.models.documents import Outcome
from acctflows.documents.acceptance import LONGEST
from acctflows.portal.fields import Fields, too_long


@dataclass(frozen=True)
class Answer:
    """The form as it was typed, and what is wrong with it.

    Args:
        outcome: Which of the two forms was sent; None: neither, or nothing was sent yet.
        name: Who answers.
        function: In what function.
        reason: Why it is declined.
        consented: Whether the declaration was ticked.
        problems: Field name to the key of the message, empty when all is well.
    """

    outcome: Outcome | None
    name: str
    function: str
    reason: str = ""
    consented: bool = False
    problems: dict[str, str] = field(default_factory=dict)


def read_answer(fields: Fields, *, consent_text: str) -> Answer:
    """The client's answer with everything that is wrong with it.

    Args:
        fields: The form.
        consent_text: The declaration as the page would show it now; what was ticked must be it.
    """
    outcome = {"accept": Outcome.ACCEPTED, "decline": Outcome.DECLINED}.get(fields.text("decision"))
    consented = fields.text("consent") == "yes"
    problems = dict.fromkeys(too_long(fields, LONGEST), "client.problem.too_long")
    if outcome is None:
        problems["decision"] = "client.problem.decision"
    if not fields.text("name"):
        problems["name"] = "client.problem.name"
    if outcome is Outcome.ACCEPTED and not consented:
        problems["consent"] = "client.problem.consent"
    elif outcome is Outcome.ACCEPTED and fields.text("shown") != fingerprint(consent_text):
        problems["consent"] = "client.problem.changed"
    if outcome is Outcome.DECLINED and not fields.text("reason"):
        problems["reason"] = "client.problem.reason"
    return Answer(
        outcome=outcome,
        name=fields.text("name"),
        function=fields.text("function"),
        reason=fields.text("reason"),
        consented=consented,
        problems=problems,
    )


def fingerprint(consent_text: str) -> str:
    """Marks the declaration a page showed, so that no other one can be recorded as consented."""
    return sha256(consent_text.encode()).hexdigest()
