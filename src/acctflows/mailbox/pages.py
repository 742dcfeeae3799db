"""The mailbox's pages: the list, a mail as its recipient sees it, its files."""

import re
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, JSONResponse, Response

from acctflows.clock import Clock
from acctflows.mailbox.store import MailboxStore, Reading, Summary
from acctflows.mailbox.words import WORDS

SHOWN = 200
"""How many mails the list shows."""

_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# A mail runs no script and loads nothing; its links open in a tab of their own. "same-origin" only
# lets our page measure the mail's height, so that it needs no second scroll bar.
_SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    f"frame-ancestors 'self'; sandbox {_SANDBOX}"
)
_EVERYWHERE = "0.0.0.0"  # noqa: S104 — only compared with what the operator chose
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


def create_pages(
    store: MailboxStore, *, templates: Path, clock: Clock, hosts: Sequence[str]
) -> FastAPI:
    """The pages as an application.

    Args:
        store: The mails.
        templates: The installation's templates folder.
        clock: The agency's clock, for the times shown.
        hosts: Names and addresses the pages are asked for by, besides this machine's own; others
            are refused, so that no web site can read the mails through a name it controls.
    """
    pages = FastAPI(title="acctflows mailbox", docs_url=None, redoc_url=None, openapi_url=None)
    allowed = ["127.0.0.1", "localhost", *hosts]
    if _EVERYWHERE in hosts:
        allowed = ["*"]
    pages.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed)
    environment = Environment(
        loader=FileSystemLoader(templates / "mailbox"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def render(request: Request, to: str, mail: Reading | None) -> HTMLResponse:
        nonce = secrets.token_urlsafe(12)
        values = _values(request, store.summaries(), to=to, mail=mail, clock=clock)
        html = environment.get_template("mailbox.html").render(
            **values, nonce=nonce, sandbox=_SANDBOX
        )
        policy = {"Content-Security-Policy": _PAGE_POLICY.format(nonce=nonce)}
        return HTMLResponse(html, headers=policy | _COMMON)

    @pages.get("/health")
    def health() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @pages.get("/")
    def mails(request: Request, to: str = "") -> HTMLResponse:
        return render(request, to, None)

    @pages.get("/mail/{mail_id}")
    def mail(request: Request, mail_id: str, to: str = "") -> HTMLResponse:
        return render(request, to, _found(store, mail_id))

    @pages.get("/mail/{mail_id}/html")
    def html(mail_id: str) -> HTMLResponse:
        policy = {"Content-Security-Policy": _MAIL_POLICY}
        return HTMLResponse(_in_new_tabs(_found(store, mail_id).html), headers=policy | _COMMON)

    @pages.get("/mail/{mail_id}/source")
    def source(mail_id: str) -> Response:
        return _download(_found(store, mail_id).raw, f"{mail_id}.eml", "message/rfc822")

    @pages.get("/mail/{mail_id}/file/{number}")
    def file(mail_id: str, number: int) -> Response:
        files = _found(store, mail_id).files
        if not 1 <= number <= len(files):
            raise HTTPException(404)
        chosen = files[number - 1]
        return _download(chosen.content, chosen.name, chosen.media_type)

    return pages


_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def _found(store: MailboxStore, mail_id: str) -> Reading:
    mail = store.read(mail_id)
    if mail is None:
        raise HTTPException(404)
    return mail


def _values(
    request: Request, summaries: list[Summary], *, to: str, mail: Reading | None, clock: Clock
) -> dict[str, Any]:
    language = _language(request)
    recipients = Counter(person for each in summaries for person in each.recipients)
    chosen = [each for each in summaries if not to or to in each.recipients]

    def moment(value: datetime) -> str:
        local = clock.local(value)
        return f"{local:%d.%m.%Y, %H:%M}" if language == "de" else f"{local:%-d %b %Y, %H:%M}"

    return {
        "language": language,
        "words": WORDS[language],
        "recipients": sorted(recipients.items()),
        "to": to,
        "mails": chosen[:SHOWN],
        "total": len(chosen),
        "mail": mail,
        "moment": moment,
        "size": _size,
    }


def _language(request: Request) -> str:
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "de" if asked.lower().startswith("de") else "en"


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, count // 1000)} kB"


def _in_new_tabs(html: str) -> str:
    base = '<base target="_blank">'
    if _HEAD.search(html):
        return _HEAD.sub(lambda head: head.group() + base, html, count=1)
    return base + html


def _download(content: bytes, name: str, media_type: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    policy = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    headers = {"Content-Disposition": disposition} | policy | _COMMON
    return Response(content, media_type=media_type, headers=headers)
