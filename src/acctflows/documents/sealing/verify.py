"""Says of a file or a hash whether it is one of ours: found, altered or unknown.

Found is only what has a recorded SHA-256. A signature alone is not asked: junk after the end leaves
it intact, and a file rolled back to before the seal has none at all.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from acctflows.documents.sealing.apart import read_apart
from acctflows.documents.sealing.marks import MARK, find_marks
from acctflows.errors import InputError

LARGEST = 50_000_000
"""Bytes of a file that is looked into."""

_INSPECT = "acctflows.documents.sealing.inspecting.inspect_pdf"
_END = b"%%EOF"
_MOST_ENDS = 100
_HEADER_WITHIN = 1024
"""Bytes in which readers look for the header (ISO 32000-1, H.3.4)."""


class State(StrEnum):
    """What is said of a file."""

    FOUND = "found"
    ALTERED = "altered"
    UNKNOWN = "unknown"
    NO_PDF = "no_pdf"
    """Not recorded, and no PDF, so that nothing more can be said."""
    TOO_LARGE = "too_large"
    """Not recorded, and too large to be looked into."""


class Filed(StrEnum):
    """As what a file was recorded."""

    SHOWN = "shown"
    """What was shown for acceptance."""
    SEALED = "sealed"
    """The same with evidence and seal."""
    EVIDENCE = "evidence"
    """Evidence that is a file of its own."""
    WORD = "word"
    """The Word file that the shown PDF was made from."""
    PROOF = "proof"
    """What shows an acceptance outside of our page: a scan, a PDF signed elsewhere."""


@dataclass(frozen=True)
class Record:
    """A recorded file: which version of which document, and as what."""

    sha256: str
    document: str
    filed: Filed


Known = Callable[[Sequence[str]], Record | None]
"""Finds the first of these SHA-256 (hexadecimal, lower case) that is recorded."""


@dataclass(frozen=True)
class FoundSeal:
    """A seal with one of our certificates.

    Args:
        certificate: SHA-256 of the certificate.
        holder: Whose seal it is, as the certificate says.
        intact: Whether the sealed bytes are as they were.
        whole: Whether nothing comes after them: the seal covers the entire file.
        reason: What it says it is for.
        signed_at: When, by the clock of the sealing machine.
        stamped_at: When, by a time-stamp service.
        problem: Why it could not be checked; else empty.
    """

    certificate: str
    holder: str
    intact: bool
    whole: bool
    reason: str
    signed_at: datetime | None
    stamped_at: datetime | None
    problem: str


@dataclass(frozen=True)
class Verdict:
    """What can be said of a file.

    Args:
        state: In one word.
        sha256: Of the file.
        record: What it is, or of what it is an altered copy; None where that is not known.
        seals: Seals of ours that are in it.
        marks: The marks of acctflows that are in it, of whatever installation.
        note: Why it could not be looked into; else empty.
    """

    state: State
    sha256: str
    record: Record | None = None
    seals: tuple[FoundSeal, ...] = ()
    marks: tuple[str, ...] = ()
    note: str = ""


def verify(content: bytes, *, known: Known, certificates: Collection[str]) -> Verdict:
    """What can be said of a file; a hostile one costs a few seconds and nothing else.

    Args:
        content: The file.
        known: Finds records.
        certificates: SHA-256 of all certificates we ever sealed with.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    record = known([sha256])
    if len(content) > LARGEST:
        return Verdict(State.FOUND if record else State.TOO_LARGE, sha256, record)
    if b"%PDF-" not in content[:_HEADER_WITHIN] and not find_marks(content):
        return Verdict(State.FOUND if record else State.NO_PDF, sha256, record)
    try:
        inside, note = read_apart(_INSPECT, content=content), ""
    except InputError as error:
        inside, note = {"marks": find_marks(content), "signatures": []}, error.what
    return judge(content, inside, known=known, certificates=certificates, note=note)


def judge(
    content: bytes,
    inside: Mapping[str, Any],
    *,
    known: Known,
    certificates: Collection[str],
    note: str = "",
) -> Verdict:
    """What follows from what is in a PDF.

    Args:
        content: The file.
        inside: What `inspecting.inspect_pdf` saw in it.
        known: Finds records.
        certificates: SHA-256 of all certificates we ever sealed with.
        note: Why it could not be looked into.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    record = known([sha256])
    seals = [_seal(each) for each in inside["signatures"] if each["certificate"] in certificates]
    if record:
        state = State.FOUND
    else:
        record = _origin(content, inside["marks"], known)
        state = State.ALTERED if record or seals else State.UNKNOWN
    return Verdict(state, sha256, record, tuple(seals), tuple(inside["marks"]), note)


def verify_hash(text: str, *, known: Known) -> Verdict:
    """What can be said of a file of which only the SHA-256 is given: found or unknown.

    Raises:
        InputError: That is no SHA-256.
    """
    sha256 = re.sub(r"[\s:]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise InputError("this is no SHA-256", todo="give its 64 digits 0 to 9 and a to f")
    record = known([sha256])
    return Verdict(State.FOUND if record else State.UNKNOWN, sha256, record)


def _origin(content: bytes, marks: Collection[str], known: Known) -> Record | None:
    """The recorded file that this one was made from: it begins with it, or bears its mark."""
    named = (MARK.fullmatch(mark.encode()) for mark in marks)
    return known([*_earlier(content), *(each[3].decode() for each in named if each)])


def _earlier(content: bytes) -> Iterator[str]:
    """SHA-256 of what the file may have been before something was added, the longest first."""
    digest, done, digests = hashlib.sha256(), 0, []
    for end in _ends(content):
        digest.update(memoryview(content)[done:end])
        done = end
        digests.append(digest.copy().hexdigest())
    yield from reversed(digests)


def _ends(content: bytes) -> list[int]:
    """Where earlier states of the file may have ended: after the mark of an end and its line."""
    ends: set[int] = set()
    place = len(content)
    for _ in range(_MOST_ENDS):
        place = content.rfind(_END, 0, place)
        if place < 0:
            break
        after = place + len(_END)
        ends |= {after, after + 1, after + 2}  # no line end, one of one byte, or of two
    return sorted(end for end in ends if end < len(content))


def _seal(said: dict[str, Any]) -> FoundSeal:
    moments = {
        name: datetime.fromisoformat(said[name]) if said[name] else None
        for name in ("signed_at", "stamped_at")
    }
    return FoundSeal(**{**said, **moments})
