"""The kinds of documents the house makes; a new kind is one entry here and its templates."""

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
    """

    name: str
    prefix: str
    title_de: str
    title_en: str

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
    )
}
"""Every kind by its name."""


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
