"""A survey as data: its questions and texts, read strictly from ``templates/surveys/*.yaml``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from acctflows.errors import ConfigurationError, InputError
from acctflows.money import LOCALES
from acctflows.satisfaction.kinds import KINDS, Answer, AnswerProblem, RefusedError, read_answer
from acctflows.satisfaction.policy import SurveyPolicy
from acctflows.yaml_files import read_yaml

PLACEHOLDERS = frozenset({"agency", "project"})
"""What a text may name in braces."""

RESERVED = frozenset({"lang", "token"})
"""Fields that the page itself sends; no question may be called so."""


def _complete(texts: dict[str, str]) -> dict[str, str]:
    """Every language of the house has its words; a client is never asked in half a language."""
    for language in LOCALES:
        if not texts.get(language, "").strip():
            raise _fault(f"the text in “{language}” is missing")
    for language, text in texts.items():
        if language not in LOCALES:
            raise _fault(f"“{language}” is no language of the house ({', '.join(LOCALES)})")
        try:
            used = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        except ValueError as error:
            raise _fault(f"in “{language}”: {error}; write {{{{ for a brace") from error
        if not used <= PLACEHOLDERS:
            raise _fault(
                f"in “{language}”: {{{min(used - PLACEHOLDERS)}}} is not filled in, only "
                + " and ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
            )
    return texts


def _fault(words: str) -> PydanticCustomError:
    return PydanticCustomError("survey", "{words}", {"words": words})


LocalText = Annotated[dict[str, str], AfterValidator(_complete)]
"""The same words in every language of the house."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Option(_Strict):
    """One of the answers to choose from; its code is what is stored and counted."""

    code: Code
    text: LocalText


class Question(_Strict):
    """A question, or a consent asked for; its id names the form's field."""

    id: Code
    kind: str
    required: bool = False
    text: LocalText
    low: LocalText | None = None
    high: LocalText | None = None
    """Words for the two ends of a scale."""
    options: Annotated[tuple[Option, ...], Field(strict=False)] = ()
    max_length: int | None = Field(default=None, ge=1, le=10_000)

    @property
    def codes(self) -> frozenset[str]:
        """The options' codes."""
        return frozenset(option.code for option in self.options)

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Lowest and highest number of a scale; None for other kinds."""
        return KINDS[self.kind].bounds

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind not in KINDS:
            raise _fault(f"“{self.kind}” is no kind of question ({', '.join(KINDS)})")
        kind = KINDS[self.kind]
        for key in ("low", "high", "options", "max_length"):
            if bool(getattr(self, key)) != (key in kind.needs):
                needs = "needs" if key in kind.needs else "takes no"
                raise _fault(f"a question of the kind {self.kind} {needs} “{key}”")
        if self.required and not kind.may_be_required:
            raise _fault(f"a {self.kind} cannot be required (Art. 7 (4) GDPR)")
        if len(self.options) == 1 or len(self.codes) < len(self.options):
            raise _fault("a choice has at least two options, each with its own code")
        if self.id in RESERVED:
            raise _fault(f"“{self.id}” is a field of the page itself: choose another id")
        return self


class Questionnaire(_Strict):
    """All of a survey's questions and texts, and when it is sent."""

    title: LocalText
    intro: LocalText
    thanks: LocalText
    score_question: str
    """Id of the scale that stands in the mail and decides whether a score is low."""
    questions: Annotated[tuple[Question, ...], Field(strict=False, min_length=1)]
    policy: SurveyPolicy

    @property
    def score(self) -> Question:
        """The scale that stands in the mail."""
        return self.question(self.score_question)

    def question(self, question_id: str) -> Question:
        """The question of that id (KeyError for a stranger: ids come from this same object)."""
        return {question.id: question for question in self.questions}[question_id]

    def first(self, kind: str) -> Question | None:
        """The first question of that kind; what figures and mails tell is taken from it."""
        return next((question for question in self.questions if question.kind == kind), None)

    @model_validator(mode="after")
    def _has_a_score(self) -> Self:
        ids = [question.id for question in self.questions]
        twice = sorted({question_id for question_id in ids if ids.count(question_id) > 1})
        if twice:
            raise _fault(f"two questions have the id “{twice[0]}”")
        if self.score_question not in ids:
            raise _fault(f"score_question: there is no question “{self.score_question}”")
        if self.score.bounds is None or not self.score.required:
            raise _fault(f"score_question: “{self.score_question}” is no scale that is required")
        low, high = self.score.bounds
        if not low <= self.policy.low_score_at_most < high:
            raise _fault(f"policy: low_score_at_most is not from {low} to {high - 1}")
        return self


class AnswersError(InputError):
    """A form that cannot be taken as it is, with everything that is wrong in it."""

    def __init__(self, problems: Sequence[AnswerProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{each.question}: {each.text('en')}" for each in problems))


def load_questionnaire(path: Path) -> Questionnaire:
    """Read a survey.

    Raises:
        ConfigurationError: When the file is missing or anything in it is missing, unknown or wrong;
            names the file, the question and the language, everything at once.
    """
    data = read_yaml(
        path,
        what="the survey",
        todo="copy templates/surveys/project.yaml of the distribution and change its texts",
    )
    try:
        return Questionnaire.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(_problem_words(error, data))
        raise ConfigurationError(problems, where=str(path), todo="correct these places") from error


def keep_questions(questionnaire: Questionnaire) -> dict[str, Any]:
    """The questionnaire as plain data, to be kept with every survey that is sent with it."""
    return questionnaire.model_dump(mode="json")


def as_asked(kept: Mapping[str, Any] | None, current: Questionnaire) -> Questionnaire:
    """The questionnaire a survey was sent with, whatever became of its file since.

    Args:
        kept: What `keep_questions` made then; None with surveys older than the keeping.
        current: As the file is now; it stands for what was not kept.
    """
    return current if kept is None else kept_questions(kept)


def kept_questions(kept: Mapping[str, Any]) -> Questionnaire:
    """What `keep_questions` made, as a questionnaire again."""
    return _read_kept(json.dumps(kept))


@lru_cache(maxsize=64)  # all surveys of a year were sent with a few versions
def _read_kept(text: str) -> Questionnaire:
    return Questionnaire.model_validate(json.loads(text))


def read_answers(form: Mapping[str, str], questionnaire: Questionnaire) -> dict[str, Answer]:
    """The answers in a posted form, one for each question; fields of no question are left alone.

    Raises:
        AnswersError: Names every question whose answer is missing, unknown or too long.
    """
    answers: dict[str, Answer] = {}
    problems: list[AnswerProblem] = []
    for question in questionnaire.questions:
        field = form.get(question.id, "")
        try:
            answers[question.id] = read_answer(question, field, required=question.required)
        except RefusedError as refused:
            problems.append(AnswerProblem(question.id, refused.code, refused.facts))
    if problems:
        raise AnswersError(problems)
    return answers


def preselected_score(asked: str, questionnaire: Questionnaire) -> int | None:
    """The number that a link of the mail asks to select (``?score=9``); None when it is none.

    Only ever for the page to show: a link that was opened is no answer, scanners open all of them.
    """
    try:
        score = read_answer(questionnaire.score, asked, required=True)
    except RefusedError:
        return None
    return score if isinstance(score, int) else None


def say(texts: Mapping[str, str], language: str, *, agency: str, project: str) -> str:
    """The words in that language with the names filled in; names are never read as placeholders."""
    return texts[language].format(agency=agency, project=project)


def _problem_words(error: ValidationError, data: Any) -> Iterator[str]:
    for fault in error.errors():
        place = ", ".join(_place(fault["loc"], data))
        yield f"{place}: {fault['msg']}" if place else fault["msg"]


_ENTRIES = {"questions": ("question", "id"), "options": ("option", "code")}
"""How an entry of a list is called, and by which of its keys."""


def _place(loc: tuple[int | str, ...], data: Any) -> Iterator[str]:
    """Where in the file, with questions and options by their names instead of their positions."""
    parent = ""
    for part in loc:
        data = _step(data, part)
        if isinstance(part, int):
            name, key = _ENTRIES.get(parent, ("entry", ""))
            known = data.get(key) if isinstance(data, dict) else None
            yield f"{name} “{part + 1 if known is None else known}”"
        elif part not in _ENTRIES or part == loc[-1]:
            yield part
        parent = str(part)


def _step(data: Any, part: int | str) -> Any:
    if isinstance(part, int):
        return data[part] if isinstance(data, list) and part < len(data) else None
    return data.get(part) if isinstance(data, dict) else None
