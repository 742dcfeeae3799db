"""Which values a template asks for, each by its whole path: ``client.name``, ``lines[].title``."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import jinja2
from jinja2 import nodes

from acctflows.documents.sandbox import TemplateSandbox
from acctflows.documents.tags import Paragraph, Tag, UnclosedTagError, read_tags, tag_alone

_NOT_OURS = ""
"""Path of a name the template made itself."""
_SAME_ENTRIES = (
    "sort",
    "list",
    "unique",
    "reverse",
    "selectattr",
    "rejectattr",
    "select",
    "reject",
)


def list_variables(paragraphs: Sequence[Paragraph]) -> dict[str, list[str]]:
    """Paths of the values, sorted, each with the parts it is asked for in.

    What cannot be read is left out; `check_template` names it.
    """
    found: dict[str, list[str]] = {}
    names = _Names()
    sandbox = TemplateSandbox()
    for paragraph in paragraphs:
        for path in _in_paragraph(paragraph, sandbox, names):
            parts = found.setdefault(path, [])
            if paragraph.part not in parts:
                parts.append(paragraph.part)
    return dict(sorted(found.items()))


def _in_paragraph(paragraph: Paragraph, sandbox: TemplateSandbox, names: "_Names") -> Iterator[str]:
    tags: list[Tag] = []
    with suppress(UnclosedTagError):
        tags.extend(read_tags(paragraph))
    for tag in tags:
        if tag.keyword == "endfor":
            names.leave()
        try:
            tree = sandbox.read(tag_alone(tag))
        except jinja2.TemplateSyntaxError:
            continue
        yield from names.asked(tree)
        names.learn(tree)


class _Names:
    """Names the template made itself, with the path of the value each stands for."""

    def __init__(self) -> None:
        self._layers: list[dict[str, str]] = [{"range": _NOT_OURS}]

    def asked(self, tree: nodes.Node) -> Iterator[str]:
        """The paths a tag asks for, the longest of each chain alone."""
        chains = [node for kind in _CHAIN for node in tree.find_all(kind)]
        inner = {id(getattr(chain, "node", None)) for chain in chains}
        called = {id(call.node) for call in tree.find_all(nodes.Call)}
        for chain in chains:
            if id(chain) in inner or getattr(chain, "ctx", "load") != "load":
                continue
            asked = getattr(chain, "node", chain) if id(chain) in called else chain
            if path := self._path(asked):
                yield path

    def learn(self, tree: nodes.Node) -> None:
        """The names a tag makes: those of a loop hold up to its end."""
        for assignment in tree.find_all(nodes.Assign):
            if isinstance(assignment.target, nodes.Name):
                self._layers[-1][assignment.target.name] = self._path(assignment.node)
        for macro in tree.find_all(nodes.Macro):
            given = ("caller", "varargs", "kwargs", *(name.name for name in macro.args))
            self._layers[-1] |= dict.fromkeys((macro.name, *given), _NOT_OURS)
        for loop in tree.find_all(nodes.For):
            path = self._path(loop.iter)
            targets = [loop.target] if isinstance(loop.target, nodes.Name) else []
            layer = dict.fromkeys((each.name for each in loop.target.find_all(nodes.Name)), "")
            layer |= {each.name: f"{path}[]" if path else "" for each in targets}
            self._layers.append({"loop": _NOT_OURS, **layer})

    def leave(self) -> None:
        """Behind the end of a loop."""
        if len(self._layers) > 1:
            self._layers.pop()

    def _path(self, node: nodes.Node) -> str:
        """The path of a chain of names; empty for anything else."""
        match node:
            case nodes.Name(name=name):
                layers = reversed(self._layers)
                return next((layer[name] for layer in layers if name in layer), str(name))
            case nodes.Getattr():
                return self._below(node.node, f".{node.attr}")
            case nodes.Getitem(arg=nodes.Const(value=str(name))):
                return self._below(node.node, f".{name}")
            case nodes.Getitem():
                return self._below(node.node, "[]")
            case nodes.Filter(name=name) if node.node and name in _SAME_ENTRIES:
                return self._path(node.node)
        return _NOT_OURS

    def _below(self, node: nodes.Node, step: str) -> str:
        path = self._path(node)
        return path and path + step


_CHAIN = (nodes.Name, nodes.Getattr, nodes.Getitem)
