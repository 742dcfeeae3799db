"""Renders the pages: templates, texts, values in the reader's language, the agency's look."""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from starlette.responses import HTMLResponse

from acctflows.app import App
from acctflows.documents.wording import country_name, quantity
from acctflows.portal import wording
from acctflows.portal.texts import LANGUAGES, Texts, load_texts


class CompiledPages(BytecodeCache):
    """What Jinja has compiled of templates, kept for every portal of this process."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the template its code if this very text of it was compiled before."""
        if code := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code."""
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = CompiledPages()


class Pages:
    """Makes HTML of the templates in ``templates/portal``.

    Args:
        app: For the agency's name, look and clock, and the folder of the templates.
    """

    def __init__(self, app: App) -> None:
        folder = app.templates / "portal"
        self.texts: dict[str, Texts] = load_texts(folder / "texts")
        self._agency = app.agency
        self._environment = _environment(folder, app)

    def show(
        self,
        template: str,
        language: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """The page in that language; every value its template names must be given."""
        html = self._environment.get_template(template).render(
            language=language, t=self.texts[language], **values
        )
        return HTMLResponse(html, status_code=status, headers=dict(headers or {}))

    def error(
        self,
        status: int,
        language: str,
        *,
        detail: str = "",
        reason: str = "",
        retry_after: int | None = None,
    ) -> HTMLResponse:
        """The page for what went wrong: what it means, what to do, and whom to ask.

        Args:
            status: HTTP status; one without a text of its own is shown as a fault of ours.
            language: The reader's language.
            reason: Key of texts that say more than those of the status (``error.<reason>``).
            detail: What exactly was wrong, for signed-in people only.
            retry_after: Seconds after which it is worth trying again.
        """
        words = (
            key for key in (reason, str(status)) if f"error.{key}.title" in self.texts[language]
        )
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return self.show(
            "error.html",
            language,
            status=status,
            headers=headers,
            known=next(words, "500"),
            detail=detail,
        )


def _environment(folder: Path, app: App) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    environment.filters |= {
        "day": _in_language(wording.day),
        "short_day": _in_language(wording.short_day),
        "number": _in_language(wording.number),
        "on": _in_language(
            lambda value, language: wording.short_day(app.clock.local(value).date(), language)
        ),
        "country": _in_language(country_name),
        "moment": _in_language(lambda value, language: wording.moment(value, language, app.clock)),
        "since": _in_language(
            lambda value, language: wording.since(value, language, app.clock.now())
        ),
    }
    environment.filters["without_tokens"] = pass_context(
        lambda context, text: wording.without_tokens(text, context["t"]("desk.mail.own_link"))
    )
    environment.globals |= {
        "agency": app.agency,
        "has_logo": app.logo_file is not None,
        "languages": LANGUAGES,
        "quantity": quantity,
        "money": pass_context(
            lambda context, minor, currency: wording.money(minor, currency, context["language"])
        ),
        "static": lambda name: f"/static/{name}?v={_fingerprint(folder / 'static' / name)}",
    }
    return environment


def _in_language(wording_of: Callable[[Any, str], str]) -> Callable[[Context, Any], str]:
    """A filter that writes its value in the language of the page."""

    @pass_context
    def written(context: Context, value: Any) -> str:
        return wording_of(value, context["language"])

    return written


@lru_cache
def _fingerprint(file: Path) -> str:
    """Changes with the file, so that browsers may keep each version for ever."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
