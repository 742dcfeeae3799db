"""Whether two Word files are the same to a reader, whatever their parts and keys are called."""

import zipfile
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from posixpath import basename, dirname, join, normpath

from lxml import etree

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_NAMED_FREELY = ("[Content_Types].xml", ".rels", "docProps/", "/media/")


def readable(content: bytes) -> dict[str, bytes]:
    """Each part a reader sees as canonical XML (exclusive C14N), pointing at contents, not keys.

    The file's properties are left out: those we write ourselves.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        members = {name: archive.read(name) for name in archive.namelist()}
    types = etree.fromstring(members["[Content_Types].xml"])
    known = {each.get("Extension") or each.get("PartName") for each in types}
    assert len(known) == len(types)  # nothing is declared twice
    for name in members:
        assert f"/{name}" in known or name.rpartition(".")[2] in known or "Content_Types" in name
    return {
        name: _canonical(name, members)
        for name in members
        if not any(each in name for each in _NAMED_FREELY)
    }


def _canonical(name: str, members: Mapping[str, bytes]) -> bytes:
    if not name.endswith(".xml"):
        return members[name]
    targets = _targets(name, members)
    tree = etree.fromstring(members[name])
    for element in tree.iter(etree.Element):
        for key, value in element.items():
            if str(key).startswith(_R) and value in targets:
                element.set(key, targets[value])
    return etree.tostring(tree, method="c14n", exclusive=True)


def _targets(name: str, members: Mapping[str, bytes]) -> dict[str, str]:
    """What a part's keys point at: an address, another part's name, or a picture's content."""
    folder = dirname(name)
    relations = members.get(f"{folder}/_rels/{basename(name)}.rels", b"<none/>")
    found = {}
    for each in etree.fromstring(relations):
        target = each.get("Target", "")
        if each.get("TargetMode") != "External":
            target = (
                target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
            )
            assert target in members, target
        if "/media/" in target:
            target = sha256(members[target]).hexdigest()
        found[each.get("Id", "")] = f"{basename(each.get('Type', ''))} {target}"
    return found
