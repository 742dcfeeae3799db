"""Templates with Word files merged into them, made once for as many documents as need them."""

from functools import lru_cache
from io import BytesIO
from typing import Any

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from lxml import etree

from acctflows.documents.compiled import CompiledTemplate, compiled
from acctflows.documents.package import TemplateError, check_package
from acctflows.documents.reading import DAMAGES
from acctflows.documents.saying import said
from acctflows.documents.tags import W, has_tags_in_notes
from acctflows.documents.values import SubDocument

_MOST_KEPT = 8
"""Terms and annexes are the same for many documents."""


@lru_cache(maxsize=_MOST_KEPT)
def _merged(source: bytes, file: str, documents: tuple[SubDocument, ...]) -> CompiledTemplate:
    check_package(source, file=file)
    for document in documents:
        check_package(document.content, file=document.name)
        if has_tags_in_notes(document.content):
            raise TemplateError(said("tag_in_note"), file=document.name, part="footnotes")
    master = DocxTemplate(BytesIO(source))
    merged = [(document, _merge(master, document, file)) for document in documents]
    packed = BytesIO()
    master.get_docx().save(packed)
    xml = {document: _xml(inside) for document, inside in merged}
    return CompiledTemplate(packed.getvalue(), file, xml)


def composed(source: bytes, file: str, documents: tuple[SubDocument, ...]) -> CompiledTemplate:
    """The template of these bytes, ready to be filled with these documents.

    Styles, lists, pictures and footnotes of the documents are merged into it by docxcompose, as
    docxtpl does it: what the template has by the same name stays the template's.

    Raises:
        TemplateError: The template or a document cannot be used.
    """
    return _merged(source, file, documents) if documents else compiled(source, file)


def _merge(master: DocxTemplate, document: SubDocument, file: str) -> Any:
    try:
        return master.new_subdoc(BytesIO(document.content))
    except (PackageNotFoundError, etree.LxmlError, TypeError, *DAMAGES) as error:
        because = said("not_merged", file=file, reason=error)
        raise TemplateError(because, file=document.name) from error


def _xml(inside: Any) -> str:
    """The document's content; its last section is the template's."""
    return "".join(
        etree.tostring(element, encoding="unicode", with_tail=False)
        for element in inside.subdocx.element.body
        if element.tag != W + "sectPr"
    )
