"""Browsers in which somebody has signed in before: strangers cannot lock their people out.

The cookie proves it by a code that only we can make, out of the stored hash of the password: it is
good for one account and ends with its password (OWASP: “device cookies”).
"""

import hmac
import secrets
from datetime import timedelta

COOKIE = "acctflows_browser"
LASTS = timedelta(days=365)


def make_cookie(email: str, password_hash: str) -> str:
    """What a browser is given that signed in to this account."""
    browser = secrets.token_urlsafe(12)
    return f"{browser}.{_code(browser, email, password_hash)}"


def find_browser(cookie: str, email: str, password_hash: str) -> str:
    """Which browser the cookie names; empty where it was not made for this account."""
    browser, _, code = cookie.partition(".")
    expected = _code(browser, email, password_hash)
    return (
        browser if hmac.compare_digest(code.encode("utf-8", "replace"), expected.encode()) else ""
    )


def _code(browser: str, email: str, password_hash: str) -> str:
    words = f"known browser/{email}/{browser}".encode("utf-8", "replace")
    return hmac.new(password_hash.encode(), words, "sha256").hexdigest()
