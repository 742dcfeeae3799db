"""What is known of an acceptance: the values that the pages of evidence are drawn from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Way(StrEnum):
    """How a declaration was given, and so how far it shows who gave it."""

    LINK = "link"
    """By the link in the mail."""
    CODE = "code"
    """By the link, and a code that was mailed then and entered."""
    PAPER = "paper"
    """On paper; a scan was put on file."""
    QUALIFIED = "qualified"
    """In a PDF signed elsewhere, said to be qualified."""


class Placement(StrEnum):
    """Where the accepted file is."""

    BEFORE = "before"
    """In the same file, before the pages of evidence."""
    INSIDE = "inside"
    """Laid into the evidence as an attachment."""


@dataclass(frozen=True)
class ShownFile:
    """The file that was shown and accepted.

    Args:
        kind: ``PDF`` or ``Word``.
        sha256: Of its bytes.
        size: How many these are.
        pages: None where nobody counted them.
        name: What it is called where it is a file of its own.
    """

    kind: str
    sha256: str
    size: int
    pages: int | None
    name: str = ""


@dataclass(frozen=True)
class InternalApproval:
    """Who at the agency let the document go out, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class SignerEvidence:
    """One who accepted, and how that is known.

    Args:
        position: First, second, … of those asked.
        name: As they typed it.
        function: Likewise; may be empty.
        invited: E-mail address the invitation went to; may be empty on paper.
        way: How they declared it.
        consent_text: The declaration, exactly as it was shown.
        consent_language: ``de`` or ``en``.
        decided_at: When.
        sha256: Of the file they had before them; for a file signed elsewhere, of the signed one.
        reservations: Defects they named and reserved their rights for (§ 640 (3) BGB).
        ip: Address they came from; empty where it was erased or never there.
        user_agent: Likewise, what their browser called itself.
        proof: What shows it outside of our page: the scan, or what is in a file signed elsewhere.
    """

    position: int
    name: str
    function: str
    invited: str
    way: Way
    consent_text: str
    consent_language: str
    decided_at: datetime
    sha256: str
    reservations: tuple[str, ...] = ()
    ip: str = ""
    user_agent: str = ""
    proof: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened to the document, in words of the evidence's language."""

    at: datetime
    words: str
    actor: str


@dataclass(frozen=True)
class Round:
    """An earlier version that was talked about: what was said of it."""

    version: int
    at: datetime
    words: str


@dataclass(frozen=True)
class Evidence:
    """All that the pages of evidence say.

    Args:
        mark: What names the version in its file, from `marks.marker`.
        kind: What the document is called: “Vertrag”.
        number: Its number.
        version: Its version.
        title: Its title.
        project: Name of the project; may be empty.
        agency: Its legal name.
        client: Its legal name.
        shown: The accepted file.
        placement: Where that file is.
        approval: Of the agency; None where it needed none.
        signers: In their order.
        events: In their order.
        rounds: Versions before; may be empty.
        audit_hash: Of the document's last entry in the audit trail.
        verify_url: Page where the file can be held against the record.
    """

    mark: str
    kind: str
    number: str
    version: int
    title: str
    project: str
    agency: str
    client: str
    shown: ShownFile
    placement: Placement
    approval: InternalApproval | None
    signers: tuple[SignerEvidence, ...]
    events: tuple[Event, ...]
    rounds: tuple[Round, ...]
    audit_hash: str
    verify_url: str
