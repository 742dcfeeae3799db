"""One way to write JSON down, so that equal data always has equal hashes."""

import hashlib
import json
from typing import Any

from acctflows.errors import InputError


def canonical_json(value: Any) -> bytes:
    """The value as JSON with sorted keys, no spaces, in UTF-8 (RFC 8785 without its numbers).

    Raises:
        InputError: When something has no single JSON form: floats (amounts are integers or text),
            keys that are no text, lone surrogates, or objects JSON does not know.
    """
    _refuse_ambiguous(value, "data")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{error.object[error.start : error.end]!a} is half a character",
            todo="clean the text first",
        ) from error


def canonical_sha256(value: Any) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal.

    Raises:
        InputError: When the value has no canonical JSON.
    """
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _refuse_ambiguous(value: Any, where: str) -> None:
    match value:
        case None | bool() | int() | str():
            return
        case dict():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise InputError(f"the key {key!r} is no text", where=where)
                _refuse_ambiguous(inner, f"{where}.{key}")
        case list() | tuple():
            for position, inner in enumerate(value):
                _refuse_ambiguous(inner, f"{where}[{position}]")
        case _:
            raise InputError(
                f"{value!r} has no canonical JSON",
                where=where,
                todo="give whole numbers or text",
            )
