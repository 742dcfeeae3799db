"""What is wrong with a record: every problem at once, each with its field, in German or English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from acctflows.agency.messages import MESSAGES, Message
from acctflows.errors import InputError

_PYDANTIC = {
    "missing": "missing",
    "string_too_long": "too_long",
    "string_type": "no_text",
    "enum": "no_choice",
    "literal_error": "no_choice",
    "extra_forbidden": "unknown_field",
    "bool_parsing": "no_yes_or_no",
    "bool_type": "no_yes_or_no",
    "int_parsing": "no_whole_number",
    "int_from_float": "no_whole_number",
    "int_type": "no_whole_number",
    "int_parsing_size": "no_whole_number",
    "decimal_parsing": "no_number",
    "decimal_type": "no_number",
    "finite_number": "no_number",
    "decimal_max_places": "too_many_places",
    "decimal_max_digits": "too_large",
    "decimal_whole_digits": "too_large",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large_for",
    "date_parsing": "no_date",
    "date_type": "no_date",
    "date_from_datetime_parsing": "no_date",
    "date_from_datetime_inexact": "no_date",
    "list_type": "no_list",
}
"""Pydantic's error types and our words for them; others keep pydantic's (English) sentence."""


def fault(code: str, **facts: Any) -> PydanticCustomError:
    """The error a form's validator raises; ``code`` names a sentence in MESSAGES."""
    shown = {
        # Pydantic formats the facts as UTF-8, which has no place for lone surrogates.
        name: fact.encode("utf-8", "replace").decode() if type(fact) is str else fact
        for name, fact in facts.items()
    }
    return PydanticCustomError(code, MESSAGES[code].en, shown)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, without a language yet; ``text`` says it in either."""

    field: str
    """Name of the form's field; empty where the record as a whole is meant."""
    code: str
    """Which sentence of MESSAGES says it."""
    facts: Mapping[str, Any] = dataclass_field(default_factory=dict)

    def text(self, language: str) -> str:
        """What is wrong and what to do, as one sentence in that language (``de`` or ``en``)."""
        message = MESSAGES[self.code]
        template = message.de if language == "de" else message.en
        facts = {name: _short(fact, language) for name, fact in self.facts.items()}
        return template.format_map(facts)


class ProblemsError(InputError):
    """A record that cannot be saved, with all its problems."""

    def __init__(self, problems: Sequence[Problem], *, where: str = "") -> None:
        self.problems = list(problems)
        super().__init__(self.text("en"), where=where)

    def text(self, language: str) -> str:
        """All problems as ``field: sentence``, joined by semicolons."""
        return "; ".join(
            f"{problem.field}: {problem.text(language)}"
            if problem.field
            else problem.text(language)
            for problem in self.problems
        )


def problems_of(error: ValidationError) -> list[Problem]:
    """What pydantic found, as problems of ours."""
    return [_problem(details) for details in error.errors(include_url=False)]


def _problem(details: Any) -> Problem:
    name = ".".join(str(part) for part in details["loc"])
    facts = {"value": details.get("input")} | (details.get("ctx") or {})
    code = _PYDANTIC.get(details["type"], details["type"])
    if code not in MESSAGES:
        return Problem(name, "other", {"sentence": details["msg"]})
    return Problem(name, code, facts)


def printable(text: str) -> str:
    """The text as one line that no terminal, page or Markdown takes for anything but text."""
    line = " ".join(text.split())
    return "".join(character if character.isprintable() else "\ufffd" for character in line)


def _short(fact: Any, language: str) -> str:
    """A fact as it may stand in a sentence: lists whole, each text up to 80 characters."""
    if isinstance(fact, Message):
        return str(getattr(fact, language))
    if isinstance(fact, tuple):
        return ", ".join(_short(item, language) for item in fact)
    shown = printable(str(fact))
    return shown if len(shown) <= 80 else f"{shown[:79]}…"
