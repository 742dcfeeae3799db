"""The kinds of documents the house makes; a new kind is one entry here and its templates.

Most are filled into Word templates of the agency and answered by the client. Invoices and
reminders, which nobody answers and which may be many, we draw ourselves.
"""

from dataclasses import dataclass
from pathlib import Path

from acctflows.errors import InputError

LANGUAGES = ("de", "en")
"""The languages every kind has a template in."""


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document.

    Args:
        name: Key of the kind; also the folder of its templates.
        prefix: First part of its numbers, unique among the kinds (``V`` gives V-2026-0001).
        title_de: What a German reader calls it.
        title_en: What an English reader calls it.
        word: Whether it is made from a Word template; otherwise we draw it.
        answered: Whether the client is asked to accept or decline it; otherwise it is only sent.
    """

    name: str
    prefix: str
    title_de: str
    title_en: str
    word: bool = True
    answered: bool = True

    def title(self, language: str) -> str:
        """What a reader of that language (``de`` or ``en``) calls it."""
        return self.title_de if language == "de" else self.title_en

    def template_name(self, language: str) -> str:
        """The Word template of that language, as it is called below ``templates/documents``."""
        return f"{self.name}/{language}.docx"

    def template(self, templates: Path, language: str) -> Path:
        """The Word template of that language, below the folder of all templates."""
        return templates / "documents" / self.template_name(language)


KINDS = {
    kind.name: kind
    for kind in (
        DocumentKind(name="contract", prefix="V", title_de="Vertrag", title_en="Contract"),
        DocumentKind(
            name="acceptance",
            prefix="A",
            title_de="Abnahmeprotokoll",
            title_en="Acceptance protocol",
        ),
        DocumentKind(
            name="activity",
            prefix="L",
            title_de="Leistungsnachweis",
            title_en="Activity record",
        ),
        DocumentKind(
            name="report",
            prefix="S",
            title_de="Statusbericht",
            title_en="Status report",
            answered=False,
        ),
        DocumentKind(
            name="invoice",
            prefix="RE",
            title_de="Rechnung",
            title_en="Invoice",
            word=False,
            answered=False,
        ),
        DocumentKind(
            name="dunning",
            prefix="M",
            title_de="Zahlungserinnerung",
            title_en="Payment reminder",
            word=False,
            answered=False,
        ),
    )
}
"""Every kind by its name."""

WORD_KINDS = {name: kind for name, kind in KINDS.items() if kind.word}
"""Those with Word templates."""

ANSWERED_KINDS = {name: kind for name, kind in KINDS.items() if kind.answered}
"""Those the client answers."""


def find_kind(name: str) -> DocumentKind:
    """The kind of that name.

    Raises:
        InputError: When there is none.
    """
    try:
        return KINDS[name]
    except KeyError:
        raise InputError(
            f"“{name}” is no kind of document", todo=f"use one of: {', '.join(KINDS)}"
        ) from None
