"""Whether two names of accounts of ours mean the same: IBAN, or the bank's own number."""

import re

_SHORTEST = 5
"""Digits from which a bare account number tells an account apart."""


def same_account(one: str, other: str) -> bool:
    """Whether both can be the same account; the empty name is nobody's.

    CAMT names accounts by IBAN. MT940 names German ones by bank code and number and Dutch ones by
    number alone, some with the currency behind; an IBAN ends with just these.
    """
    longer, shorter = sorted((_number(one), _number(other)), key=len, reverse=True)
    if longer == shorter:
        return bool(longer)
    return len(shorter) >= _SHORTEST and longer.endswith(shorter)


def _number(account: str) -> str:
    """Bank and number of an account, as the IBAN has them behind its check digits."""
    compact = re.sub(r"[^A-Z0-9/]", "", account.upper())
    compact = re.sub(r"(?<=\d)[A-Z]{3}$", "", compact)
    if re.match(r"[A-Z]{2}\d{2}", compact):
        return compact[4:]
    bank, slash, number = compact.rpartition("/")
    return bank + number.zfill(10) if slash else compact.lstrip("0")
