"""The kinds of questions: what each needs in the file and how its answer is read from a form."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from acctflows.documents.text import clean_text
from acctflows.satisfaction.scores import CSAT_BOUNDS, NPS_BOUNDS

Answer = int | str | bool | None
"""A number on a scale, an option's code or a text, a tick; None where nothing was answered."""

CES_BOUNDS = (1, 7)
"""Customer effort score, second version: from “strongly disagree” to “strongly agree”."""

TICKED = "yes"
"""What a ticked box sends."""


class _Asked(Protocol):
    """What reading an answer needs of its question."""

    @property
    def kind(self) -> str: ...
    @property
    def codes(self) -> frozenset[str]: ...
    @property
    def max_length(self) -> int | None: ...


@dataclass(frozen=True)
class AnswerProblem:
    """Why an answer cannot be taken, without a language yet."""

    question: str
    """Id of the question, which is also the name of the form's field."""
    code: str
    facts: Mapping[str, int]

    def text(self, language: str) -> str:
        """What is wrong and what to do, as one sentence in that language (``de`` or ``en``)."""
        return _MESSAGES[self.code][language].format_map(self.facts)


class RefusedError(ValueError):
    """This answer cannot be taken; ``code`` names the sentence that says why."""

    def __init__(self, code: str, **facts: int) -> None:
        self.code, self.facts = code, facts
        super().__init__(code)


_MESSAGES = {
    "missing": {
        "de": "Bitte beantworten Sie diese Frage.",
        "en": "Please answer this question.",
    },
    "no_score": {
        "de": "Bitte wählen Sie eine Zahl von {low} bis {high}.",
        "en": "Please choose a number from {low} to {high}.",
    },
    "no_choice": {
        "de": "Bitte wählen Sie eine der Antworten aus.",
        "en": "Please choose one of the answers.",
    },
    "too_long": {
        "de": "Bitte kürzen Sie den Text auf {limit} Zeichen; jetzt sind es {length}.",
        "en": "Please shorten the text to {limit} characters; it now has {length}.",
    },
}


@dataclass(frozen=True)
class Kind:
    """What the registry knows of a kind of question.

    Args:
        read: Makes an answer of what the form's field holds (cleaned, not empty).
        bounds: Lowest and highest number of a scale.
        needs: Keys that a question of this kind must give in the file, besides id, kind and text;
            no other question may give them.
        may_be_required: False where pressing for an answer would make it worthless.
    """

    read: Callable[[_Asked, str], Answer]
    bounds: tuple[int, int] | None = None
    needs: frozenset[str] = frozenset()
    may_be_required: bool = True


def _scale(bounds: tuple[int, int]) -> Kind:
    low, high = bounds

    def read(_question: _Asked, field: str) -> int:
        if not re.fullmatch(r"[0-9]{1,2}", field) or not low <= int(field) <= high:
            raise RefusedError("no_score", low=low, high=high)
        return int(field)

    return Kind(read, bounds=bounds, needs=frozenset({"low", "high"}))


def _read_choice(question: _Asked, field: str) -> str:
    if field not in question.codes:
        raise RefusedError("no_choice")
    return field


def _read_text(question: _Asked, field: str) -> str:
    if question.max_length is not None and len(field) > question.max_length:
        raise RefusedError("too_long", limit=question.max_length, length=len(field))
    return field


def _read_consent(_question: _Asked, field: str) -> bool:
    if field != TICKED:
        raise RefusedError("no_choice")
    return True


KINDS: dict[str, Kind] = {
    "nps": _scale(NPS_BOUNDS),
    "csat": _scale(CSAT_BOUNDS),
    "ces": _scale(CES_BOUNDS),
    "choice": Kind(_read_choice, needs=frozenset({"options"})),
    "text": Kind(_read_text, needs=frozenset({"max_length"})),
    # Consent is free only where it can be left out (Art. 7 (4) GDPR).
    "consent": Kind(_read_consent, may_be_required=False),
}
"""Every kind of question; the page has a part for each."""


def read_answer(question: _Asked, field: str, *, required: bool) -> Answer:
    """The answer in a form's field; None (False for a consent) where an optional one is empty.

    Control characters are removed and blanks around the text; the length counts after that.

    Raises:
        RefusedError: When it is missing, out of bounds, unknown or too long.
    """
    value = clean_text(field).strip()
    if value:
        return KINDS[question.kind].read(question, value)
    if required:
        raise RefusedError("missing")
    return False if question.kind == "consent" else None
