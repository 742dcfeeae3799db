"""Checks a Word template and says everything that is wrong with it at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from jinja2 import nodes
from lxml import etree

from acctflows.documents.compiled import compiled
from acctflows.documents.faces import machine_faces, named_faces
from acctflows.documents.fonts import HOUSE_FACE, SHIPPED_FACES
from acctflows.documents.leftovers import leftovers
from acctflows.documents.names import LOOSE, Scope, used_names
from acctflows.documents.package import (
    TemplateError,
    check_archive,
    outside_targets,
    points_outside,
)
from acctflows.documents.placing import KINDS
from acctflows.documents.sandbox import TemplateSandbox
from acctflows.documents.saying import Said, explain, part_in, quoted, said
from acctflows.documents.tags import (
    BLOCKS,
    Paragraph,
    Tag,
    UnclosedTagError,
    block_end,
    read_paragraphs,
    read_tags,
    tag_alone,
    tags_elsewhere,
    torn_tags,
)
from acctflows.documents.variables import list_variables
from acctflows.documents.word import NO_PICTURES, render_word

_WITHIN = {"elif": ("if",), "else": ("if", "for")}
_IN_MACROS = ("caller", "varargs", "kwargs")
_DOCXTPL = ("colspan", "cellbg", "vm", "hm")
_SYMBOL_FACES = {"Symbol", "Wingdings", "Wingdings 2", "Wingdings 3", "Webdings", "OpenSymbol"}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Args:
        part: ``body``, ``header``, ``footer``, a member's name, or empty for the whole file.
        paragraph: The text of the paragraph, where there is one.
        said: In the words of someone who edits templates.
        fatal: False for what only may look different elsewhere.
    """

    part: str
    paragraph: str
    said: Said
    fatal: bool = True

    def text(self, language: str) -> str:
        """Where it is, what is wrong and what to do, in that language (``de`` or ``en``)."""
        paragraph = quoted(self.paragraph, language) if self.paragraph else ""
        where = ", ".join(filter(None, (part_in(language, self.part), paragraph)))
        told = self.said.text(language)
        return f"{where}: {told}" if where else told

    def __str__(self) -> str:
        return self.text("en")


class Asked(NamedTuple):
    """A template to be examined.

    Args:
        template: The ``.docx``.
        sample: Data as the document's kind gives them, to check names against and to fill it with;
            None to check the tags alone.
        pictures: What takes the place of its pictures of these names.
    """

    template: Path
    sample: Mapping[str, Any] | None = None
    pictures: Mapping[str, bytes] = NO_PICTURES


@dataclass(frozen=True)
class Report:
    """What was found in a template.

    Args:
        problems: All at once; empty when it can be used.
        variables: The values it asks for, by their whole paths, each with the parts it is asked
            for in.
        filled: The Word file with the sample data, where it could be made.
    """

    problems: list[Problem]
    variables: dict[str, list[str]] = field(default_factory=dict)
    filled: bytes | None = None

    @property
    def is_usable(self) -> bool:
        """Whether nothing in it keeps documents from being made."""
        return not any(problem.fatal for problem in self.problems)


def check_template(template: Path, sample: Mapping[str, Any] | None) -> list[Problem]:
    """Every problem of a template; an empty list means it can be used.

    Args:
        template: The ``.docx``.
        sample: As in `Asked`.
    """
    return examine(Asked(template, sample)).problems


def examine(asked: Asked) -> Report:
    """Every problem of a template, the values it asks for, and a sample of it."""
    template, sample, _ = asked
    try:
        content = template.read_bytes()
        check_archive(content, file=template.name)
        outside = list(_check_outside(content, template.name))
        elsewhere = [*_check_elsewhere(content), *_check_torn(content)]
        paragraphs = list(read_paragraphs(content))
        remarks = [*_check_leftovers(content), *_check_fonts(content)]
    except TemplateError as error:
        return Report([Problem(error.part, "", error.said)])
    except FileNotFoundError:
        return Report([Problem("", "", said("file_missing"))])
    except (OSError, etree.XMLSyntaxError) as error:
        return Report([Problem("", "", said("file_unreadable", reason=error))])
    problems = [*outside, *elsewhere, *_check_tags(paragraphs, sample), *remarks]
    variables = list_variables(paragraphs)
    if any(problem.fatal for problem in problems):
        return Report(problems, variables)
    try:
        filled = _fill(asked, content)
    except TemplateError as error:
        found = Problem(error.part, error.paragraph, error.said)
        return Report([*problems, found], variables)
    return Report(problems, variables, filled)


def _fill(asked: Asked, content: bytes) -> bytes | None:
    """The sample; without data, the template is only made ready."""
    if asked.sample is None:
        compiled(content, asked.template.name)
        return None
    return render_word(
        asked.template,
        asked.sample,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        title=asked.template.stem,
        author="acctflows",
        pictures=asked.pictures,
    ).content


def _check_outside(content: bytes, file: str) -> Iterator[Problem]:
    for member, kind, target in outside_targets(content, file=file):
        yield Problem(member, "", points_outside(kind, target))


def _check_elsewhere(content: bytes) -> Iterator[Problem]:
    for member, tag in tags_elsewhere(content):
        yield Problem(member, tag, said("tag_elsewhere"))


def _check_torn(content: bytes) -> Iterator[Problem]:
    for part, paragraph, tag in torn_tags(content):
        yield Problem(part, _shorten(paragraph), said("torn", tag=tag))


def _check_leftovers(content: bytes) -> Iterator[Problem]:
    for part, paragraph, told in leftovers(content):
        yield Problem(part, _shorten(paragraph), told, fatal=False)


def _check_fonts(content: bytes) -> Iterator[Problem]:
    """Typefaces it prints in that do not come with the installation."""
    foreign = named_faces(content) - SHIPPED_FACES - _SYMBOL_FACES
    missing = foreign - machine_faces()
    if missing:
        shipped = ", ".join((HOUSE_FACE, "DejaVu Sans", "DejaVu Serif"))
        told = said("font_missing", faces=", ".join(sorted(missing)), shipped=shipped)
        yield Problem("", "", told, fatal=False)
    if elsewhere := foreign - missing:
        told = said("font_elsewhere", faces=", ".join(sorted(elsewhere)))
        yield Problem("", "", told, fatal=False)


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
            yield Problem(paragraph.part, shown, error.said)
        for tag in tags:
            for told in (*self._placement(tag), *self._nesting(tag), *self._inside(tag)):
                yield Problem(paragraph.part, shown, told)

    def end(self) -> Iterator[Problem]:
        """Blocks that the part never closes."""
        for tag in self._open:
            told = said("block_open", begin=tag.keyword, end=BLOCKS[tag.keyword])
            yield Problem(tag.paragraph.part, _shorten(tag.paragraph.text), told)

    @staticmethod
    def _placement(tag: Tag) -> Iterator[Said]:
        if tag.prefix in ("tr", "tc") and not tag.paragraph.in_row:
            yield said("outside_table", prefix=tag.prefix)
        if tag.prefix == "p" and len(tag.paragraph.text.strip()) > len(tag.code) + 12:
            yield said("rest_vanishes_value" if tag.opening == "{{" else "rest_vanishes")

    def _nesting(self, tag: Tag) -> Iterator[Said]:
        word = tag.keyword
        if not word or word in _DOCXTPL:
            return
        if word in BLOCKS:
            if block_end(tag):
                self._open.append(tag)
        elif word in _WITHIN:
            if not self._open or self._open[-1].keyword not in _WITHIN[word]:
                yield said("within_nothing", word=word, outer=_WITHIN[word][0])
        elif word in BLOCKS.values():
            yield from self._close(word)
        else:
            known = ("elif", *BLOCKS, *BLOCKS.values())
            yield _unknown("unknown_instruction", "misspelt_instruction", word, known)

    def _close(self, word: str) -> Iterator[Said]:
        begin = word.removeprefix("end")
        if not self._open or begin not in (tag.keyword for tag in self._open):
            yield said("closes_nothing", word=word, begin=begin)
            return
        if self._open[-1].keyword != begin:
            inner = self._open[-1]
            shown = _shorten(inner.paragraph.text)
            yield said("crossed", word=word, code=inner.code, paragraph=shown)
            return
        self._open.pop()
        if begin == "for":
            self._scope.leave()

    def _inside(self, tag: Tag) -> Iterator[Said]:
        """Syntax, names, filters and tests of one tag by itself."""
        source = tag_alone(tag)
        if not source:
            return
        try:
            tree = self._sandbox.read(source)
        except jinja2.TemplateSyntaxError as error:
            told = explain(error)
            yield Said(told.code, {**told.facts, "tag": tag.code})
            if tag.keyword == "for":
                self._scope.enter(None)
            return
        yield from self._words(tree)
        yield from used_names(tree, self._scope)
        if tag.opening == "{{":
            yield from self._fitting(tag, tree)
        loop = next(tree.find_all(nodes.For), None)
        if tag.keyword == "for":
            self._scope.enter(loop)
        for assignment in tree.find_all(nodes.Assign):
            self._scope.assign(assignment)
        for block in tree.find_all(nodes.AssignBlock):
            self._scope.loosen(name.name for name in block.find_all(nodes.Name))
        for macro in tree.find_all(nodes.Macro):
            self._scope.loosen((macro.name, *(name.name for name in macro.args), *_IN_MACROS))

    def _words(self, tree: nodes.Template) -> Iterator[Said]:
        """Filters, tests and inner names that there are not."""
        filters, tests = self._sandbox.filters, self._sandbox.tests
        for node in tree.find_all(nodes.Filter):
            if node.name not in filters:
                yield _unknown("unknown_filter", "misspelt_filter", node.name, filters)
        for test in tree.find_all(nodes.Test):
            if test.name not in tests:
                yield _unknown("unknown_test", "misspelt_test", test.name, tests)
        for step in tree.find_all(nodes.Getattr):
            if step.attr.startswith("_"):
                yield said("forbidden_name", name=step.attr)

    def _fitting(self, tag: Tag, tree: nodes.Template) -> Iterator[Said]:
        """Whether the tag can show a value of that kind, as far as the sample tells."""
        output = next(tree.find_all(nodes.Output), None)
        value = self._scope.resolve(output.nodes[0]) if output and output.nodes else LOOSE
        kind = KINDS.get(type(value))
        if kind and kind.prefix != tag.prefix:
            yield Said(kind.misplaced, {"tag": tag.code})
        elif tag.prefix and isinstance(value, str | int):
            yield said("plain_value", code=tag.code)
        elif isinstance(value, Mapping | list | tuple | bool):
            yield Said("no_single_value", {"tag": tag.code, "kind": type(value).__name__})


def _unknown(unknown: str, misspelt: str, name: str, known: Iterable[str]) -> Said:
    """That there is nothing of that name, and what may be meant."""
    writable = [each for each in known if " " not in each]  # others are the sandbox's own
    for similar in get_close_matches(name, writable, n=1, cutoff=0.7):
        return said(misspelt, name=name, similar=similar)
    return said(unknown, name=name)


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 100 else f"{words[:99]}…"
