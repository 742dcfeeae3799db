"""What a payment says in tag 86 of MT940: German subfields, SEPA keywords, or slashed codes.

Sources: Deutsche Kreditwirtschaft, DFÜ-Abkommen Anlage 3, chapter 8 (``?00`` to ``?63``, ``EREF+``
to ``SVWZ+``); the Dutch banks' codes (``/EREF/``, ``/REMI/``) as ABN AMRO, ING and Rabobank use
them.
"""

import re
from dataclasses import dataclass
from itertools import chain

from acctflows.receivables.statements.building import (
    RETURN_CODES,
    plain,
    reference,
    says_return,
    valid_iban,
)

_SUBFIELD = re.compile(r"([?>])(\d{2})")
_STRUCTURED = re.compile(r"(\d{3})([?>])\d{2}")
_PURPOSE = (*range(20, 30), *range(60, 64))
_CHUNK = 27
"""Characters of a purpose subfield; a shorter one lost the space at its end."""
_KEYWORDS = (
    *("EREF", "KREF", "MREF", "CRED", "DEBT", "COAM", "OAMT", "SVWZ", "ABWA", "ABWE"),
    *("IBAN", "BIC", "PURP", "RREF", "RTRN", "MDAT", "SQTP", "ORCR", "ORMR", "DDAT"),
)
_KEYWORD = re.compile(rf"(?<![A-Z0-9])({'|'.join(_KEYWORDS)})\s?\+")
_CODES = (
    *("EREF", "REMI", "NAME", "IBAN", "BIC", "TRTP", "MARF", "CSID", "ORDP", "BENM", "CNTP"),
    *("ID", "ADDR", "ISDT", "PREF", "RTRN", "PURP", "SVCL", "ULTC", "ULTD", "CDTRREFTP", "CDTRREF"),
    *("TR", "USTD", "STRD", "PO"),
)
_CODE = re.compile(rf"/({'|'.join(_CODES)})(?=/)")
_LONGEST_ID = 35
"""Characters of an end-to-end id (ISO 20022, Max35Text)."""


@dataclass(frozen=True)
class Details:
    """What tag 86 says."""

    counterparty: str = ""
    counterparty_iban: str = ""
    remittance: str = ""
    end_to_end_id: str = ""
    reversal: bool = False


def read_details(text: str) -> Details:
    """Read the text of tag 86, line breaks included; a text without any structure is taken whole.

    Args:
        text: The tag's content; lines break anywhere, at 65 characters.
    """
    joined = "".join(text.splitlines())
    structured = _STRUCTURED.match(joined)
    if structured:
        return _german(structured[1], _subfields(joined, structured[2]))
    if _CODE.search(joined):
        return _slashed(joined)
    return Details(remittance=plain(text))


def _subfields(joined: str, mark: str) -> dict[int, str]:
    """Number of a subfield to its text; the first of a number counts."""
    starts = [found for found in _SUBFIELD.finditer(joined) if found[1] == mark]
    ends = [*(found.start() for found in starts[1:]), len(joined)]
    fields: dict[int, str] = {}
    for found, end in zip(starts, ends, strict=True):
        fields.setdefault(int(found[2]), joined[found.end() : end])
    return fields


def _german(code: str, fields: dict[int, str]) -> Details:
    purpose = _joined([fields[number] for number in _PURPOSE if number in fields])
    said = _keywords(purpose)
    iban = valid_iban(fields.get(31)) or valid_iban(said.get("IBAN"))
    # The text before the first keyword belongs to the purpose; without SVWZ+ it is the purpose.
    remittance = plain(said.get("", ""), said.get("SVWZ", ""))
    eref = said.get("EREF", "")
    if "SVWZ" not in said and len(eref) > _LONGEST_ID:
        remittance = plain(remittance, eref)  # the bank marks no end; what follows is the purpose
    return Details(
        counterparty=plain(fields.get(32, "") + fields.get(33, "")) or plain(said.get("ABWA", "")),
        counterparty_iban=iban,
        remittance=remittance,
        end_to_end_id=reference(eref[:_LONGEST_ID]),
        reversal=code in RETURN_CODES or says_return(fields.get(0, "")),
    )


def _joined(chunks: list[str]) -> str:
    """The purpose in one piece: full chunks run on, shorter ones end with a lost space."""
    joined = ""
    for chunk in chunks:
        if chunk.strip():
            apart = " " if _KEYWORD.match(chunk) else ""
            joined += apart + (chunk if len(chunk) >= _CHUNK else f"{chunk} ")
    return joined


def _keywords(purpose: str) -> dict[str, str]:
    """Keyword to its text; what stands before the first is under the empty one."""
    parts = _KEYWORD.split(purpose)
    said = {"": parts[0]} if parts[0].strip() else {}
    for keyword, value in zip(parts[1::2], parts[2::2], strict=True):
        said.setdefault(keyword, value.strip())
    return said


def _slashed(joined: str) -> Details:
    parts = _CODE.split(joined)
    said: dict[str, str] = {}
    for code, value in zip(parts[1::2], parts[2::2], strict=True):
        said.setdefault(code, value.strip("/ "))
    party = said.get("CNTP", "").split("/")  # ING: IBAN, BIC, name, city
    structured = said.get("STRD", "").split("/")
    return Details(
        counterparty=plain(said.get("NAME") or "".join(party[2:3])),
        counterparty_iban=next(filter(None, map(valid_iban, (said.get("IBAN"), party[0]))), ""),
        remittance=plain(
            *chain.from_iterable(
                said.get(code, "").split("//") for code in ("REMI", "USTD", "CDTRREF")
            ),
            *structured,
            parts[0],
        ),
        end_to_end_id=reference(said.get("EREF")),
        reversal="RTRN" in said,
    )
