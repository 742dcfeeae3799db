"""Tells readers of tagged PDFs that a page was added, so that it is read aloud with the others."""

from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

_LANGUAGES = {"de": "de-DE", "en": "en-GB"}


def tag_page(
    writer: IncrementalPdfFileWriter,
    reference: generic.IndirectObject,
    page: generic.DictionaryObject,
    *,
    language: str,
) -> None:
    """Enter the page into the document's structure as one paragraph (ISO 32000-1, 14.7).

    A document without tags stays without.
    """
    if "/StructTreeRoot" not in writer.root:
        return
    tree = writer.root["/StructTreeRoot"]
    parent = _whole(writer, tree)
    key = _next_key(tree)
    element = writer.add_object(
        generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/StructElem"),
                pdf_name("/S"): pdf_name("/P"),
                pdf_name("/P"): parent,
                pdf_name("/Pg"): reference,
                pdf_name("/K"): generic.NumberObject(0),
                pdf_name("/Lang"): generic.TextStringObject(_LANGUAGES[language]),
            }
        )
    )
    _enclose(writer, page)
    page[pdf_name("/StructParents")] = generic.NumberObject(key)
    _append(writer, parent.get_object(), "/K", element)
    _enter(writer, tree, key, element)
    tree[pdf_name("/ParentTreeNextKey")] = generic.NumberObject(key + 1)
    writer.update_container(tree)


def _whole(writer: IncrementalPdfFileWriter, tree: generic.DictionaryObject) -> Any:
    """A reference to the element that all others are in, or else to the root of the tree."""
    first = tree.raw_get("/K") if "/K" in tree else None
    while isinstance(kids := _value(first), generic.ArrayObject) and len(kids) == 1:
        first = kids.raw_get(0)
    document = isinstance(kids, generic.DictionaryObject) and kids.get("/S") == "/Document"
    if document and isinstance(first, generic.IndirectObject):
        return first
    return writer.root.raw_get("/StructTreeRoot")


def _value(thing: Any) -> Any:
    return thing.get_object() if isinstance(thing, generic.IndirectObject) else thing


def _enclose(writer: IncrementalPdfFileWriter, page: generic.DictionaryObject) -> None:
    """Mark all that stands on the page as the paragraph's content."""
    content = page.raw_get("/Contents")
    parts = content if isinstance(content, generic.ArrayObject) else [content]
    begin, end = b"/P <</MCID 0>> BDC\n", b"\nEMC\n"
    page[pdf_name("/Contents")] = generic.ArrayObject(
        [
            writer.add_object(generic.StreamObject(stream_data=begin)),
            *parts,
            writer.add_object(generic.StreamObject(stream_data=end)),
        ]
    )


def _append(
    writer: IncrementalPdfFileWriter,
    holder: generic.DictionaryObject,
    name: str,
    element: generic.IndirectObject,
) -> None:
    """Add to what may be missing, one thing or an array of them."""
    if name in holder and isinstance(array := holder[name], generic.ArrayObject):
        array.append(element)
        writer.update_container(array)
        return
    first = [holder.raw_get(name)] if name in holder else []
    holder[pdf_name(name)] = generic.ArrayObject([*first, element])
    writer.update_container(holder)


def _next_key(tree: generic.DictionaryObject) -> int:
    if "/ParentTreeNextKey" in tree:
        return int(tree["/ParentTreeNextKey"])
    return max(_keys(tree["/ParentTree"]), default=-1) + 1 if "/ParentTree" in tree else 0


def _keys(node: generic.DictionaryObject) -> list[int]:
    """All keys of a number tree (ISO 32000-1, 7.9.7)."""
    if "/Kids" in node:
        return [key for kid in node["/Kids"] for key in _keys(kid.get_object())]
    return [int(key) for key in [*node["/Nums"]][::2]]


def _enter(
    writer: IncrementalPdfFileWriter,
    tree: generic.DictionaryObject,
    key: int,
    element: generic.IndirectObject,
) -> None:
    """Say in the tree of parents to which element the page's content belongs."""
    entry = [generic.NumberObject(key), generic.ArrayObject([element])]
    if "/ParentTree" not in tree:
        empty = generic.DictionaryObject({pdf_name("/Nums"): generic.ArrayObject()})
        tree[pdf_name("/ParentTree")] = empty
    parents = tree["/ParentTree"]
    if "/Kids" in parents:
        limits = generic.ArrayObject([generic.NumberObject(key), generic.NumberObject(key)])
        kid = {pdf_name("/Limits"): limits, pdf_name("/Nums"): generic.ArrayObject(entry)}
        _append(writer, parents, "/Kids", writer.add_object(generic.DictionaryObject(kid)))
    else:
        numbers = parents["/Nums"]
        numbers.extend(entry)
        writer.update_container(numbers)
    writer.update_container(parents)
