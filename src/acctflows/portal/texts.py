"""The words of the pages, in each language: ``templates/portal/texts/<language>.yaml``."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from acctflows.errors import ConfigurationError
from acctflows.yaml_files import read_yaml

LANGUAGES = ("de", "en")
"""The languages every page speaks; each has its file of texts."""


class Texts:
    """The words of one language, found by dotted key (``client.accept.button``)."""

    def __init__(self, entries: Mapping[str, str], *, source: str) -> None:
        self.entries = entries
        self._source = source

    def __call__(self, key: str, **values: Any) -> str:
        """The text with its ``{placeholders}`` filled in; values are never read as placeholders.

        Raises:
            ConfigurationError: The key, or a value its text asks for, is missing.
        """
        try:
            text = self.entries[key]
            return text.format_map(values) if values else text
        except KeyError as error:
            raise ConfigurationError(
                f"no text or value {error}",
                where=f"{self._source}, {key}",
                todo="add it in both languages",
            ) from error

    def __contains__(self, key: str) -> bool:
        """Whether there is a text of that key."""
        return key in self.entries


def load_texts(folder: Path) -> dict[str, Texts]:
    """The texts of every language, from ``de.yaml`` and ``en.yaml`` there, read once a process."""
    return {language: _load(folder / f"{language}.yaml") for language in LANGUAGES}


def choose_language(asked: str | None, *others: str | None) -> str:
    """The first of the wishes that the pages can speak; German when none can be met."""
    return next((wish for wish in (asked, *others) if wish in LANGUAGES), LANGUAGES[0])


def accepted_language(header: str) -> str | None:
    """The language a browser prefers (``Accept-Language``), among those the pages speak."""
    wishes = [part.split(";")[0].strip()[:2].lower() for part in header.split(",")[:20]]
    return next((wish for wish in wishes if wish in LANGUAGES), None)


@cache
def _load(file: Path) -> Texts:
    tree = read_yaml(file, what="a file of texts", todo="take it from the installation again")
    return Texts(dict(_flat(tree)), source=str(file))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value).strip()
