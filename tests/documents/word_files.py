"""Word files for tests, made as an editor would make them."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from docx import Document

FOOTNOTES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:footnote w:id="1"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:footnote></w:footnotes>'
)


def word_file(
    *paragraphs: str, header: str = "", footer: str = "", rows: Sequence[Sequence[str]] = ()
) -> bytes:
    """A Word file with these paragraphs, then a table of these rows."""
    document = Document()
    section = document.sections[0]
    if header:
        section.header.paragraphs[0].text = header
    if footer:
        section.footer.paragraphs[0].text = footer
    for text in paragraphs:
        document.add_paragraph(text)
    if rows:
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()


def bare_word_file(text: str) -> bytes:
    """The smallest Word file with one paragraph, where many are rendered."""
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    relationships = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{types}"><Default Extension="rels" ContentType="application/'
            'vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relationships}"><Relationship Id="r1" Type="{office}" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{word}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p>'
            "<w:sectPr/></w:body></w:document>",
        )
    return packed.getvalue()


def changed(content: bytes, changes: Mapping[str, Callable[[bytes], bytes | None]]) -> bytes:
    """The same zip with some members changed, added (given ``b""``) or removed (None)."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in dict.fromkeys([*members, *changes]):
            old = members.get(name, b"")
            new = changes[name](old) if name in changes else old
            if new is not None:
                archive.writestr(name, new)
    return packed.getvalue()


def with_external_image(content: bytes, url: str) -> bytes:
    """A Word file that shows a picture from the network, once as a link and once as a field."""
    relationship = (
        '<Relationship Id="rIdOut" TargetMode="External" Type="http://schemas.openxmlformats.org/'
        f'officeDocument/2006/relationships/image" Target="{url}"/></Relationships>'
    )
    picture = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/'
        '2006/wordprocessingDrawing"><wp:extent cx="900000" cy="900000"/>'
        '<wp:docPr id="1" name="x"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/'
        'drawingml/2006/main"><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/'
        'picture"><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:nvPicPr><pic:cNvPr id="1" name="x"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        '<a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'r:link="rIdOut"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>'
        '<a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm><a:prstGeom prst="rect">'
        "<a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>"
        "</w:drawing></w:r></w:p>"
    )
    field = (
        f'<w:p><w:fldSimple w:instr=" INCLUDEPICTURE &quot;{url}&quot; \\d "><w:r><w:t>x</w:t>'
        "</w:r></w:fldSimple></w:p>"
    )
    return changed(
        content,
        {
            "word/_rels/document.xml.rels": lambda old: old.replace(
                b"</Relationships>", relationship.encode()
            ),
            "word/document.xml": lambda old: old.replace(
                b"<w:body>", b"<w:body>" + picture.encode() + field.encode()
            ),
        },
    )


def with_notes(content: bytes, kind: str, text: str) -> bytes:
    """A Word file with one note at the foot or the end (``footnotes`` or ``endnotes``)."""
    types = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"
    target = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
    notes = FOOTNOTES.format(text=escape(text)).replace("footnote", kind.removesuffix("s"))
    override = f'<Override PartName="/word/{kind}.xml" ContentType="{types}"/></Types>'
    relationship = f'<Relationship Id="rIdF" Type="{target}" Target="{kind}.xml"/></Relationships>'
    return changed(
        content,
        {
            f"word/{kind}.xml": lambda _: notes.encode(),
            "[Content_Types].xml": lambda old: old.replace(b"</Types>", override.encode()),
            "word/_rels/document.xml.rels": lambda old: old.replace(
                b"</Relationships>", relationship.encode()
            ),
        },
    )


def with_text_box(content: bytes, text: str) -> bytes:
    """A Word file that begins with a text box, as Word writes one: drawn, and as VML."""
    inside = "<w:txbxContent><w:p><w:r><w:t>" + escape(text) + "</w:t></w:r></w:p></w:txbxContent>"
    box = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/'
        'markup-compatibility/2006"><mc:Choice Requires="wps"><w:drawing><wps:txbx xmlns:wps='
        '"http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        f"{inside}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        f'<v:textbox xmlns:v="urn:schemas-microsoft-com:vml">{inside}</v:textbox>'
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    return changed(
        content,
        {"word/document.xml": lambda old: old.replace(b"<w:body>", b"<w:body>" + box.encode())},
    )


def save(folder: Path, content: bytes, name: str = "brief.docx") -> Path:
    """The file on disk."""
    path = folder / name
    path.write_bytes(content)
    return path


def paragraphs_of(content: bytes) -> list[str]:
    """What a reader sees: the paragraphs of the body, then the cells of its tables."""
    document = Document(BytesIO(content))
    cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
    return [p.text for p in document.paragraphs] + cells


_BREAKS = {
    sign: f'</w:t><w:{name}/><w:t xml:space="preserve">'
    for sign, name in (("\t", "tab"), ("\n", "br"))
}


def with_body(xml: str) -> bytes:
    """The smallest Word file with this XML between the begin of its body and its last section."""
    body = f"<w:body>{xml}<w:sectPr/></w:body>".encode()
    return changed(
        bare_word_file(""),
        {
            "word/document.xml": lambda old: b"".join(
                (old[: old.index(b"<w:body>")], body, b"</w:document>")
            )
        },
    )


def paragraph_xml(*runs: str, properties: str = "") -> str:
    """A paragraph of runs with these texts."""
    inside = "".join(f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' for text in runs)
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inside}</w:p>"


def table_xml(rows: Sequence[Sequence[str]]) -> str:
    """A table whose cells have one paragraph each."""
    width = max(map(len, rows), default=0)
    written = "".join(
        f"<w:tr>{''.join(f'<w:tc>{paragraph_xml(text)}</w:tc>' for text in row)}</w:tr>"
        for row in rows
    )
    grid = "<w:gridCol/>" * width
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{written}</w:tbl>"
