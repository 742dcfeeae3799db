"""Fields whose result depends on the finished document, which only Word works out.

Page numbers it renews by itself. A table of contents, or the number of a clause referred to, stays
as the template had it, unless the file asks: then Word offers to update when it is opened.
"""

import re
from typing import cast

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.settings import CT_Settings
from lxml.etree import ElementBase

_FIELD = re.compile(
    r'(?:<w:instrText[^>]*>|<w:fldSimple[^>]*\bw:instr=")\s*'
    r"(?:TOC|TOA|INDEX|BIBLIOGRAPHY|REF|PAGEREF|NOTEREF|SEQ|=)[\s<\"]"
)


_AFTER = (
    *("w:hdrShapeDefaults", "w:footnotePr", "w:endnotePr", "w:compat", "w:docVars", "w:rsids"),
    *("m:mathPr", "w:attachedSchema", "w:themeFontLang", "w:clrSchemeMapping"),
    *("w:doNotIncludeSubdocsInStats", "w:doNotAutoCompressPictures", "w:forceUpgrade"),
    *("w:captions", "w:readModeInkLockDown", "w:smartTagType", "sl:schemaLibrary"),
    *("w:shapeDefaults", "w:doNotEmbedSmartTags", "w:decimalSymbol", "w:listSeparator"),
)
"""What follows ``w:updateFields`` in the settings' fixed order."""


def wants_update(xml: str) -> bool:
    """Whether a part has fields that stay old until someone updates them."""
    return _FIELD.search(xml) is not None


def ask_for_update(settings: CT_Settings) -> None:
    """Let Word ask, on opening, whether to update fields (``w:updateFields``, ECMA-376 17.15.1.81).

    Args:
        settings: The template's settings; changed.
    """
    for old in settings.findall(qn("w:updateFields")):
        settings.remove(old)
    asking = cast("ElementBase", OxmlElement("w:updateFields", {qn("w:val"): "true"}))
    settings.insert_element_before(asking, *_AFTER)
