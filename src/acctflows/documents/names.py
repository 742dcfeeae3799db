"""Which values a template's expressions ask for, and whether sample data have them."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from jinja2 import nodes

from acctflows.documents.saying import Said, said


class _Loose:
    """Stands for data of which nothing is known: it has every name."""


LOOSE: Any = _Loose()
_LOOP = dict.fromkeys(
    (
        *("index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0"),
        *("previtem", "nextitem", "cycle", "changed"),
    ),
    LOOSE,
)


class Scope:
    """The names that hold at one place of the template, with a sample value for each."""

    def __init__(self, sample: Any) -> None:
        self._sample = sample
        self._layers: list[dict[str, Any]] = [{"range": LOOSE}]

    def enter(self, loop: nodes.For | None) -> None:
        """Inside a loop, whose variables stand for an entry of the sample's list."""
        entry: Any = LOOSE
        if loop is not None:
            found = self.resolve(loop.iter)
            entry = found[0] if isinstance(found, list | tuple) and found else LOOSE
        layer: dict[str, Any] = {"loop": _LOOP}
        if loop is None:
            layer = {}
        elif isinstance(loop.target, nodes.Name):
            layer[loop.target.name] = entry
        else:
            layer |= {name.name: LOOSE for name in loop.target.find_all(nodes.Name)}
        self._layers.append(layer)

    def leave(self) -> None:
        """Behind the end of a loop."""
        if len(self._layers) > 1:
            self._layers.pop()

    def assign(self, assignment: nodes.Assign) -> None:
        """``{% set name = … %}``."""
        if isinstance(assignment.target, nodes.Name):
            self._layers[-1][assignment.target.name] = self.resolve(assignment.node)

    def loosen(self, names: Iterable[str]) -> None:
        """Names the template makes itself, of which nothing else is known."""
        self._layers[-1] |= dict.fromkeys(names, LOOSE)

    def names(self) -> list[str]:
        """Every name that holds here."""
        own = [name for layer in self._layers for name in layer]
        return own + list(self._sample if isinstance(self._sample, Mapping) else ())

    def find(self, name: str) -> Any:
        """The sample value of a name.

        Raises:
            KeyError: Nothing has this name here.
        """
        for layer in reversed(self._layers):
            if name in layer:
                return layer[name]
        return LOOSE if self._sample is LOOSE else self._sample[name]

    def resolve(self, node: nodes.Node) -> Any:
        """The sample value of an expression, where it is a plain chain of names."""
        try:
            return self._follow(node)
        except LookupError:
            return LOOSE

    def _follow(self, node: nodes.Node) -> Any:
        match node:
            case nodes.Name():
                return self.find(node.name)
            case nodes.Getattr():
                return _member(self._follow(node.node), node.attr)
            case nodes.Getitem(arg=nodes.Const(value=value)):
                return _member(self._follow(node.node), value)
            case nodes.Filter(name="sort" | "list" | "unique" | "reverse") if node.node:
                return self._follow(node.node)
        return LOOSE


def used_names(tree: nodes.Node, scope: Scope) -> Iterator[Said]:
    """A sentence for every name in the tree that the sample does not have."""
    allowed_to_lack = {id(node) for test in _guards(tree) for node in test.find_all(_CHAIN)}
    allowed_to_lack |= {id(test) for test in _guards(tree)}
    targets = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    for chain in _longest_chains(tree):
        if id(chain) not in allowed_to_lack and _first(chain) not in targets:
            yield from _missing(chain, scope)


_CHAIN = (nodes.Name, nodes.Getattr, nodes.Getitem)


def _guards(tree: nodes.Node) -> Iterator[nodes.Node]:
    """What is asked for with ``is defined`` or given a ``default`` may be absent."""
    for test in tree.find_all((nodes.Test, nodes.Filter)):
        if test.name in ("defined", "undefined", "default", "d") and test.node is not None:
            yield test.node


def _longest_chains(tree: nodes.Node) -> Iterator[nodes.Expr]:
    """``a.b.c`` once, not ``a.b`` and ``a`` again."""
    chains = [node for kind in _CHAIN for node in tree.find_all(kind)]
    inner = {id(getattr(chain, "node", None)) for chain in chains}
    for chain in chains:
        if id(chain) not in inner and getattr(chain, "ctx", "load") == "load":
            yield chain


def _first(chain: nodes.Node) -> str:
    while isinstance(chain, nodes.Getattr | nodes.Getitem):
        chain = chain.node
    return chain.name if isinstance(chain, nodes.Name) else ""


def _missing(chain: nodes.Node, scope: Scope) -> Iterator[Said]:
    """A sentence when some step of the chain is not in the sample."""
    if isinstance(chain, nodes.Name):
        try:
            scope.find(chain.name)
        except LookupError:
            yield _sentence(chain.name, chain.name, scope.names())
        return
    if not isinstance(chain, nodes.Getattr | nodes.Getitem):
        return
    before = list(_missing(chain.node, scope))
    yield from before
    name = _step(chain)
    owner = scope.resolve(chain.node)
    lacks = isinstance(owner, Mapping) and name not in owner and not hasattr(owner, str(name))
    if lacks and not before and name is not None:
        yield _sentence(_dotted(chain), str(name), list(map(str, owner)))


def _step(chain: nodes.Getattr | nodes.Getitem) -> Any:
    if isinstance(chain, nodes.Getattr):
        return chain.attr
    return chain.arg.value if isinstance(chain.arg, nodes.Const) else None


def _dotted(chain: nodes.Node) -> str:
    if isinstance(chain, nodes.Getattr | nodes.Getitem):
        return f"{_dotted(chain.node)}.{_step(chain)}"
    return chain.name if isinstance(chain, nodes.Name) else "…"


def _sentence(path: str, name: str, known: list[str]) -> Said:
    for similar in get_close_matches(name, known, n=1):
        return said("misspelt_name", path=path, similar=path.removesuffix(name) + similar)
    return said("unknown_name", path=path)


def _member(owner: Any, name: Any) -> Any:
    """The member of a sample value; of what is not known, everything is there."""
    if owner is LOOSE or not isinstance(owner, Mapping | list | tuple):
        return LOOSE
    return owner[name] if not isinstance(owner, Mapping) or name in owner else LOOSE
