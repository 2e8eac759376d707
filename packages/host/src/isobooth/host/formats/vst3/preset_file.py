"""Preset files of VST3, ``.vstpreset``: chunks behind a header (vstpresetfile.h). All is checked.

A header of 48 bytes: "VST3", version (int32), class id (32 hex digits), offset of the chunk list (int64), all little
endian. Then chunks. Then the list: "List", number of entries (int32), entries of id (4 bytes), offset and size (int64).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from isobooth.protocol.errors import StateError

COMPONENT, CONTROLLER, PROGRAM, INFO = b"Comp", b"Cont", b"Prog", b"Info"
MAGIC = b"VST3"
SUFFIX = ".vstpreset"
VERSION = 1
MOST_CHUNKS = 128
_HEADER = struct.Struct("<4si32sq")
_LIST = struct.Struct("<4si")
_ENTRY = struct.Struct("<4sqq")


@dataclass
class Preset:
    """What a preset file holds."""

    class_id: str
    """32 hex digits in upper case."""
    chunks: dict[bytes, bytes] = field(default_factory=dict)
    """By id: ``Comp`` is the component's state, ``Cont`` the controller's, ``Info`` XML."""


def is_preset(data: bytes) -> bool:
    """Does it begin as a preset file does?"""
    return data[:4] == MAGIC


def read_class_id(data: bytes) -> str:
    """The class id in a file's first 48 bytes, as 32 hex digits in upper case; empty if they are no preset's."""
    if len(data) < _HEADER.size or data[:4] != MAGIC:
        return ""
    text = data[8:40].decode("ascii", "replace").upper()
    return text if all(digit in "0123456789ABCDEF" for digit in text) else ""


def read_preset(data: bytes, what: str) -> Preset:
    """Take a file apart. Raises StateError, which names ``what`` and what is wrong with it."""

    def wrong(reason: str) -> StateError:
        return StateError(f"{what} is no usable VST3 preset: {reason}")

    if len(data) < _HEADER.size:
        raise wrong(f"it has {len(data)} bytes, its header alone takes {_HEADER.size}")
    magic, _version, _, offset = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise wrong(f"it begins with {magic!r}, not with {MAGIC!r}")
    class_id = read_class_id(data)
    if not class_id:
        raise wrong(f"its class id {data[8:40]!r} is not made of 32 hex digits")
    if not _HEADER.size <= offset <= len(data) - _LIST.size:
        raise wrong(f"its chunk list is said to be at byte {offset} of {len(data)}: the file may be cut off")
    magic, count = _LIST.unpack_from(data, offset)
    if magic != b"List":
        raise wrong(f"there is {magic!r} where its chunk list should be")
    if not 0 <= count <= MOST_CHUNKS or offset + _LIST.size + count * _ENTRY.size > len(data):
        raise wrong(f"its list of {count} chunks does not fit into it")
    preset = Preset(class_id)
    for index in range(count):
        identity, start, size = _ENTRY.unpack_from(data, offset + _LIST.size + index * _ENTRY.size)
        if start < 0 or size < 0 or start + size > len(data):
            raise wrong(f"its chunk {identity!r} of {size} bytes at {start} lies outside of its {len(data)} bytes")
        preset.chunks.setdefault(identity, data[start : start + size])
    return preset


def write_preset(class_id: str, chunks: dict[bytes, bytes]) -> bytes:
    """The bytes of a file with these chunks, in this order."""
    body, entries = bytearray(), bytearray()
    for identity, chunk in chunks.items():
        entries += _ENTRY.pack(identity, _HEADER.size + len(body), len(chunk))
        body += chunk
    header = _HEADER.pack(MAGIC, VERSION, class_id.upper().encode("ascii"), _HEADER.size + len(body))
    return header + bytes(body) + _LIST.pack(b"List", len(chunks)) + bytes(entries)


def info_xml(attributes: dict[str, str]) -> bytes:
    """The ``Info`` chunk: an XML list of attributes such as ``PlugInName``; empty ones are left out."""
    lines = [
        f'\t<Attribute id={quoteattr(name)} value={quoteattr(_clean(value))} type="string" flags=""/>\n'
        for name, value in attributes.items()
        if value
    ]
    return ('<?xml version="1.0" encoding="utf-8"?>\n<MetaInfo>\n' + "".join(lines) + "</MetaInfo>\n").encode()


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or (ord(c) >= 0x20 and not 0xD800 <= ord(c) <= 0xDFFF))
