"""Checks a Word template and says everything that is wrong with it at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from lxml import etree

from acctflows.documents.fonts import SHIPPED_FACES
from acctflows.documents.names import LOOSE, Scope, used_names
from acctflows.documents.package import (
    OUTSIDE_ADVICE,
    TemplateError,
    check_archive,
    outside_targets,
)
from acctflows.documents.sandbox import TemplateSandbox
from acctflows.documents.tags import (
    ELSEWHERE_ADVICE,
    Paragraph,
    Tag,
    UnclosedTagError,
    W,
    read_paragraphs,
    read_parts,
    read_tags,
    tags_elsewhere,
)
from acctflows.documents.word import render_word

_BLOCKS = {"if": "endif", "for": "endfor", "with": "endwith", "filter": "endfilter", "set": ""}
_WITHIN = {"elif": ("if",), "else": ("if", "for")}
_DOCXTPL = ("colspan", "cellbg", "vm", "hm")
_SYMBOL_FACES = {"Symbol", "Wingdings", "Wingdings 2", "Wingdings 3", "Webdings", "OpenSymbol"}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Args:
        part: ``body``, ``header``, ``footer``, a member's name, or empty for the whole file.
        paragraph: The text of the paragraph, where there is one.
        what: In the words of someone who edits templates.
        fatal: False for what only may look different elsewhere.
    """

    part: str
    paragraph: str
    what: str
    fatal: bool = True

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.part, f"“{self.paragraph}”" * bool(self.paragraph))))
        return f"{where}: {self.what}" if where else self.what


def check_template(template: Path, sample: Mapping[str, Any] | None) -> list[Problem]:
    """Every problem of a template; an empty list means it can be used.

    Args:
        template: The ``.docx``.
        sample: Data as the document's kind gives them, to check names against and to render with;
            None to check the tags alone.
    """
    try:
        content = template.read_bytes()
        check_archive(content, file=template.name)
        outside = list(_check_outside(content, template.name))
        elsewhere = list(_check_elsewhere(content))
        paragraphs = list(read_paragraphs(content))
        fonts = list(_check_fonts(content))
    except TemplateError as error:
        return [Problem(error.part, "", error.what)]
    except FileNotFoundError:
        return [Problem("", "", "The file is missing.")]
    except (OSError, etree.XMLSyntaxError) as error:
        return [Problem("", "", f"The file cannot be read ({error}).")]
    problems = [*outside, *elsewhere, *_check_tags(paragraphs, sample), *fonts]
    if sample is not None and not any(problem.fatal for problem in problems):
        problems += _try_rendering(template, sample)
    return problems


def _check_outside(content: bytes, file: str) -> Iterator[Problem]:
    for member, kind, target in outside_targets(content, file=file):
        advice = OUTSIDE_ADVICE.get(kind, OUTSIDE_ADVICE["image"])
        yield Problem(member, "", f"It points outside the file ({kind}: {target}). {advice}")


def _check_elsewhere(content: bytes) -> Iterator[Problem]:
    for member, tag in tags_elsewhere(content):
        yield Problem(member, tag, f"Tags are not filled in this part. {ELSEWHERE_ADVICE}")


def _check_fonts(content: bytes) -> Iterator[Problem]:
    """Typefaces named in the text that do not come with the installation."""
    for member, tree in read_parts(content):
        named = {run.get(W + "ascii") for run in tree.iter(W + "rFonts")}
        for face in sorted(filter(None, named - SHIPPED_FACES - _SYMBOL_FACES)):
            yield Problem(
                member,
                "",
                f"The typeface {face} does not come with acctflows: another machine may print "
                "another one.",
                fatal=False,
            )


def _check_tags(paragraphs: list[Paragraph], sample: Mapping[str, Any] | None) -> Iterator[Problem]:
    """Tags one by one, and how they are nested, part by part."""
    for _, part in groupby(paragraphs, key=lambda paragraph: paragraph.member):
        walk = _Walk(sample)
        for paragraph in part:
            yield from walk.check(paragraph)
        yield from walk.end()


class _Walk:
    """Goes through the tags of one part, knowing which blocks are open and which names hold."""

    def __init__(self, sample: Mapping[str, Any] | None) -> None:
        self._sandbox = TemplateSandbox()
        self._scope = Scope(LOOSE if sample is None else sample)
        self._open: list[Tag] = []

    def check(self, paragraph: Paragraph) -> Iterator[Problem]:
        """The problems of one paragraph."""
        shown = _shorten(paragraph.text)
        tags: list[Tag] = []
        try:
            tags.extend(read_tags(paragraph))
        except UnclosedTagError as error:
            yield Problem(paragraph.part, shown, f"{error}.")
        for tag in tags:
            for what in (*self._placement(tag), *self._nesting(tag), *self._inside(tag)):
                yield Problem(paragraph.part, shown, what)

    def end(self) -> Iterator[Problem]:
        """Blocks that the part never closes."""
        for tag in self._open:
            yield Problem(
                tag.paragraph.part,
                _shorten(tag.paragraph.text),
                f"{{% {tag.keyword} %}} is not closed: {{% {_BLOCKS[tag.keyword]} %}} is missing.",
            )

    def _placement(self, tag: Tag) -> Iterator[str]:
        if tag.prefix in ("tr", "tc") and not tag.paragraph.in_row:
            yield f"{{%{tag.prefix} … %}} stands outside a table; it belongs in a row."
        if tag.prefix and tag.opening == "{{":
            yield f"{{{{{tag.prefix} … }}}} is for prepared content; write {{{{ {tag.code} }}}}."
        if tag.prefix == "p" and len(tag.paragraph.text.strip()) > len(tag.code) + 12:
            yield "The rest of a paragraph with {%p … %} vanishes; give the tag its own paragraph."

    def _nesting(self, tag: Tag) -> Iterator[str]:
        word = tag.keyword
        if not word or word in _DOCXTPL:
            return
        if word in _BLOCKS:
            if _BLOCKS[word]:
                self._open.append(tag)
        elif word in _WITHIN:
            if not self._open or self._open[-1].keyword not in _WITHIN[word]:
                yield f"{{% {word} %}} stands in no {{% {_WITHIN[word][0]} %}}."
        elif word in _BLOCKS.values():
            yield from self._close(word)
        else:
            yield f"There is no instruction “{word}”."

    def _close(self, word: str) -> Iterator[str]:
        begin = word.removeprefix("end")
        if not self._open or begin not in (tag.keyword for tag in self._open):
            yield f"{{% {word} %}} closes nothing: there is no open {{% {begin} %}} before it."
            return
        if self._open[-1].keyword != begin:
            inner = self._open[-1]
            yield (
                f"{{% {word} %}} comes before the end of {{% {inner.code} %}} "
                f"in “{_shorten(inner.paragraph.text)}”."
            )
            return
        self._open.pop()
        if begin == "for":
            self._scope.leave()

    def _inside(self, tag: Tag) -> Iterator[str]:
        """Syntax, names, filters and tests of one tag by itself."""
        source = _alone(tag)
        if not source:
            return
        try:
            tree = self._sandbox.read(source)
        except jinja2.TemplateSyntaxError as error:
            yield f"“{tag.code}” cannot be read: {error.message}."
            if tag.keyword == "for":
                self._scope.enter(None)
            return
        yield from self._unknown(tree, nodes.Filter, self._sandbox.filters, "filter")
        yield from self._unknown(tree, nodes.Test, self._sandbox.tests, "test")
        yield from used_names(tree, self._scope)
        loop = next(tree.find_all(nodes.For), None)
        if tag.keyword == "for":
            self._scope.enter(loop)
        for assignment in tree.find_all(nodes.Assign):
            self._scope.assign(assignment)

    @staticmethod
    def _unknown(
        tree: nodes.Template, kind: type[Any], known: Mapping[str, Any], word: str
    ) -> Iterator[str]:
        for node in tree.find_all(kind):
            if node.name not in known:
                yield f"There is no {word} “{node.name}”."


def _alone(tag: Tag) -> str:
    """The tag as a whole template; empty where there is nothing in it to look at."""
    word = tag.keyword
    if tag.opening == "{{":
        return f"{{{{ {tag.code} }}}}"
    if word in ("colspan", "cellbg"):
        return f"{{{{ {tag.code.removeprefix(word)} }}}}"
    if word == "elif":
        return f"{{% if {tag.code.removeprefix(word)} %}}{{% endif %}}"
    if word in _BLOCKS:
        end = _BLOCKS[word]
        return f"{{% {tag.code} %}}" + (f"{{% {end} %}}" if end else "")
    return ""


def _try_rendering(template: Path, sample: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        render_word(template, sample, created=datetime(2026, 1, 1, tzinfo=UTC), title="", author="")
    except TemplateError as error:
        yield Problem(error.part, error.paragraph, error.what)


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 100 else f"{words[:99]}…"
