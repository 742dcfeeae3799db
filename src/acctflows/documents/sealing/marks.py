"""The mark by which a copy of a sealed file is recognised, whatever became of its bytes."""

import re
from itertools import islice

from acctflows.errors import InputError

MARK = re.compile(rb"acctflows:([\w.\-]{1,60})/v(\d{1,5}):([0-9a-f]{64})")
"""What a copy of a sealed file is recognised by; see `marker`."""

MOST_MARKS = 100
"""Marks taken from one file; ours have one."""


def marker(number: str, version: int, sha256: str) -> str:
    """Names a version in its file: ``acctflows:V-2026-0001/v2:`` and the hash of what was shown.

    With the hash, no other installation's document of the same number is taken for ours.

    Raises:
        InputError: The number or the hash is no such thing.
    """
    mark = f"acctflows:{number}/v{version}:{sha256}"
    if not MARK.fullmatch(mark.encode()):
        raise InputError("a document cannot be marked with this", where=mark)
    return mark


def find_marks(content: bytes) -> list[str]:
    """The marks that stand in these bytes as they are."""
    found = (each[0].decode() for each in MARK.finditer(content))
    return sorted(set(islice(found, MOST_MARKS)))
