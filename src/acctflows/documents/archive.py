"""Writes zips of which most members stay the same: those are compressed once.

The format is PKZIP's (APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16), without its 64-bit
extensions: Word files we take are far below 4 GB. Dates are fixed, so equal members give equal
bytes.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import pack

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 20
"""Of the format: deflated members need 2.0."""
_DEFLATED = 8
_UTF8 = 0x800
"""Flag of a name that is not ASCII."""
_EPOCH = 0x0021
"""1 January 1980 at midnight, the earliest date a zip can hold."""
_LEVEL = 6
READ_FIRST = ("[Content_Types].xml", "_rels/.rels")
"""Members that say how to read all others; a Word file must have them."""


@dataclass(frozen=True)
class Member:
    """A member as it lies in the zip.

    Args:
        name: With slashes.
        packed: Its content, deflated.
        checksum: CRC-32 of the content.
        size: Bytes of the content.
    """

    name: str
    packed: bytes
    checksum: int
    size: int

    @classmethod
    def of(cls, name: str, content: bytes) -> "Member":
        """The member with that content."""
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = deflate.compress(content) + deflate.flush()
        return cls(name, packed, zlib.crc32(content), len(content))


def write_archive(members: Iterable[Member]) -> bytes:
    """A zip of these members, in their order."""
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for member in members:
        name = member.name.encode()
        flags = 0 if member.name.isascii() else _UTF8
        common = pack(
            "<HHHHHIIIHH",
            _VERSION, flags, _DEFLATED, 0, _EPOCH,
            member.checksum, len(member.packed), member.size, len(name), 0,
        )  # fmt: skip
        parts += [_LOCAL, common, name, member.packed]
        # No comment, first disk, no attributes, and where the member begins.
        rest = pack("<HHHII", 0, 0, 0, 0, offset)
        directory += [_CENTRAL, pack("<H", _VERSION), common, rest, name]
        offset += len(_LOCAL) + len(common) + len(name) + len(member.packed)
    listed = b"".join(directory)
    count = len(directory) // 5
    end = pack("<4sHHHHIIH", _END, 0, 0, count, count, len(listed), offset, 0)
    return b"".join([*parts, listed, end])


def in_order(names: Iterable[str]) -> Iterator[str]:
    """Names as readers of Word files want them: what says how to read the rest comes first."""
    yield from sorted(names, key=lambda name: (name not in READ_FIRST, name))
