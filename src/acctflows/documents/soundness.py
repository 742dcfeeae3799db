"""Whether Word can read a filled part, and what can be known of that before it is filled.

Reading a filled part again takes longer than filling it. Most templates can make neither broken XML
nor text where Word shows none, whatever the data, and that can be seen in their tags once.
"""

import re
from collections.abc import Sequence
from typing import Any, cast
from xml.parsers import expat

from jinja2 import nodes
from lxml import etree

from acctflows.documents.tags import WHOLE_TAG, W

# Elements that hold elements only: text between those is lost by readers in silence.
_NO_TEXT = ("body", "p", "r", "tbl", "tr", "tc", "hdr", "ftr")
_STRAY = etree.XPath(
    "//text()[{}][normalize-space()]".format(" or ".join(f"parent::w:{name}" for name in _NO_TEXT)),
    namespaces={"w": W.strip("{}")},
)
_TEXT = re.compile(r"<w:t(?: [^>]*[^/>])?>(.*?)</w:t>", re.DOTALL)
_NEST = re.compile(r"\{%-?\s*(end|elif|else|if|for|with|filter|set|macro|call|raw)?")
_BETWEEN = re.compile(r"(<[^>]*>)([^<]+)")
# What the data are asked for without a filter or call, which could cut or make markup.
_PLAIN = (
    *(nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const, nodes.CondExpr),
    *(nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand),
)
# What stands for any text, and for any block: neither fits where only some would.
_ANY_TEXT, _ANY_BLOCK = "X y--", "<b/>--"


def stray_text(tree: etree._Element) -> str:
    """The first text where Word shows none, or nothing."""
    found = cast("list[str]", _STRAY(tree))
    return str(found[0]) if found else ""


def may_change_columns(source: str, body: Any) -> bool:
    """Whether rows may come out with other numbers of cells than their table declares."""
    if re.search(r'gridSpan w:val="\{\{|\{%-?\s*(?:colspan|hm)\b', source):
        return True
    for table in body.iter(W + "tbl"):
        columns = table.findall(f"{W}tblGrid/{W}gridCol")
        for row in table.iter(W + "tr"):
            spans = [cell.find(f"{W}tcPr/{W}gridSpan") for cell in row.findall(W + "tc")]
            widths = [1 if span is None else int(span.get(W + "val", "1")) for span in spans]
            text = "".join(row.itertext())
            if sum(widths) != len(columns) or re.search(r"\{[%{#]tc\s", text):
                return True
    return False


def may_stray(source: str) -> bool:
    """Whether text may come out where Word shows none, whatever the data; in doubt, True.

    Not where each text follows the opening of an element for text, and each such element comes out
    as a whole or not at all.
    """
    if any(_tears(text) for text in _TEXT.findall(source)):
        return True
    markup = WHOLE_TAG.sub(_marked, source)
    holders = tuple(f"<w:{name}{end}" for name in _NO_TEXT for end in (" ", ">"))
    return any(
        text.strip() and (tag.startswith(("</", *holders)) or tag.endswith("/>"))
        for tag, text in _BETWEEN.findall(markup)
    )


def may_break(template: nodes.Template) -> bool:
    """Whether the filled part may be malformed, whatever the plain data; in doubt, True.

    Not where each block is whole XML by itself, as often as it comes out, and stands with the
    values where text or an element may stand, or a value within an attribute's quotes.
    """
    return not _is_whole(template.body)


def _is_whole(body: Sequence[nodes.Node]) -> bool:
    pieces: list[str] = []
    for node in body:
        if isinstance(node, nodes.Output):
            for printed in node.nodes:
                if isinstance(printed, nodes.TemplateData):
                    pieces.append(printed.data)
                elif _is_plain(printed):
                    pieces.append(_ANY_TEXT)
                else:
                    return False
        elif isinstance(node, nodes.If | nodes.For):
            if isinstance(node, nodes.For) and not _is_plain(node.iter):
                return False
            others = [[each] for each in getattr(node, "elif_", ())]
            if not all(map(_is_whole, (node.body, node.else_, *others))):
                return False
            pieces.append(_ANY_BLOCK)
        else:
            return False
    xml = "".join(pieces)
    # Within comments and the like, what is whole elsewhere may end them.
    return not ("<!" in xml or "<?" in xml) and is_well_formed(
        f"<x>{xml}</x>".encode("utf-8", "replace"), prefixes=False
    )


def _is_plain(expression: nodes.Node | None) -> bool:
    """Whether it gives what is in the data, or a text of the template that XML can hold."""
    if isinstance(expression, nodes.Const) and isinstance(expression.value, str):
        return expression.value.isprintable()
    return isinstance(expression, _PLAIN) and all(map(_is_plain, expression.iter_child_nodes()))


def _marked(tag: re.Match[str]) -> str:
    return "" if tag[0].startswith("{%") else "X"  # a value may print any text


def _tears(text: str) -> bool:
    """Whether an instruction in the text of a run begins or ends outside of it."""
    depth = 0
    for word in _NEST.findall(text):
        depth += {"end": -1, "elif": 0, "else": 0, "set": 0, "": 0}.get(word, 1)
        if depth < 0 or (depth == 0 and word in ("elif", "else")):
            return True
    return depth != 0


def declares_prefixes(source: str) -> bool:
    """Whether an element below the first declares a prefix."""
    return "xmlns" in source[source.index(">") :]


def is_well_formed(xml: bytes, *, prefixes: bool) -> bool:
    """Whether it is well-formed, with its prefixes declared; without building a tree of it."""
    try:
        expat.ParserCreate(namespace_separator=" " if prefixes else None).Parse(xml, True)
    except expat.ExpatError:
        return False
    return True
