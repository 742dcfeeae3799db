"""Says what is wrong with a Word template, without a language yet; and explains Jinja's errors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template

import jinja2
from jinja2.exceptions import SecurityError

from acctflows.documents.messages import MESSAGES, PARTS


@dataclass(frozen=True)
class Said:
    """A sentence of MESSAGES and the facts of the case; the fact ``tag`` names the tag it is of."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """What is wrong, in that language (``de`` or ``en``)."""
        message = MESSAGES[self.code]
        words = Template(message.de if language == "de" else message.en).substitute(self.facts)
        return f"{quoted(self.facts['tag'], language)}: {words}" if "tag" in self.facts else words

    def todo(self, language: str) -> str:
        """What to do about it; may be empty."""
        message = MESSAGES[self.code]
        words = message.todo_de if language == "de" else message.todo_en
        return Template(words).substitute(self.facts)

    def text(self, language: str) -> str:
        """Both."""
        return f"{self.sentence(language)} {self.todo(language)}".rstrip()


def quoted(text: str, language: str) -> str:
    """The text in that language's quotation marks."""
    return f"„{text}“" if language == "de" else f"“{text}”"


def said(code: str, /, **facts: object) -> Said:
    """The sentence of that code with these facts."""
    return Said(code, {name: str(fact) for name, fact in facts.items()})


def part_in(language: str, part: str) -> str:
    """The part of a document as a reader of that language calls it."""
    named = PARTS.get(part)
    if named is None:
        return part
    return named.de if language == "de" else named.en


# What Jinja and our sandbox say, and the sentence that says it; the first that fits.
_NO_VALUE = r"there is no “(?P<name>.*)” in the data"
_ENDS = r"end of (?:print statement|statement block|template)"
_PATTERNS = tuple(
    (re.compile(pattern, re.DOTALL), code)
    for pattern, code in (
        (rf"{_NO_VALUE} \(is “(?P<similar>.*)” meant\?\)", "value_misspelt"),
        (_NO_VALUE, "value_missing"),
        (r"the value is empty \(None\)", "value_empty"),
        (r"it prints no single value \((?P<kind>\w+)\);.*", "no_single_value"),
        (r"{% autoescape %} is not allowed", "autoescape"),
        (r"it is nested too deeply", "too_deep"),
        (r"No filter named '(?P<name>.*)'.*", "unknown_filter"),
        (r"No test named '(?P<name>.*)'.*", "unknown_test"),
        (r"Encountered unknown tag '(?P<prefix>tr|tc)'.*", "outside_table"),
        (r"Encountered unknown tag '(?P<name>[^']*)'.*", "unknown_instruction"),
        (rf"expected token '{_ENDS}', got '(?P<got>.*)'", "unexpected"),
        (rf"(?:expected token|Expected an expression, got) .*'{_ENDS}'", "ends_early"),
        (r"expected token '(?P<expected>.*)', got '(?P<got>.*)'", "expected"),
        (r"access to attribute '(?P<name>.*)' of '.*' object is unsafe", "forbidden_name"),
        (r"the operator (?P<name>\S+) is not available in templates", "forbidden_operator"),
        (rf"unexpected '{_ENDS}'", "ends_early"),
        (r"unexpected '(?P<got>.*)', expected '(?P<expected>.*)'", "expected"),
        (r"unexpected '(?P<got>.*)'", "unexpected"),
        (r"expected name or number", "ends_early"),
        (r"unexpected char ['\"](?P<sign>.*)['\"] at \d+", "unexpected_sign"),
        (r"it takes longer than (?P<seconds>\d+) seconds to fill", "too_slow"),
        (r"“(?P<name>.*)” would make a text of more than (?P<limit>\d+) characters", "grows"),
        (r"maximum recursion depth exceeded.*", "too_deep"),
        (r"it would be longer than (?P<limit>\d+) million characters", "too_long"),
    )
)  # fmt: skip


def explain(error: Exception) -> Said:
    """An error of a tag, in the words of someone who edits templates."""
    message = (getattr(error, "message", None) or str(error)).rstrip(".")
    for pattern, code in _PATTERNS:
        if found := pattern.fullmatch(message) or pattern.fullmatch(f"{message}."):
            return Said(code, found.groupdict())
    if isinstance(error, jinja2.UndefinedError):
        return said("value_gone", reason=message)
    if isinstance(error, SecurityError):
        return said("not_allowed", reason=message)
    if isinstance(error, jinja2.TemplateError):
        return said("tag_wrong", reason=message)
    return said("not_worked_out", reason=message)
