"""What the blobs have in common in which VST2 and VST3 keep a state: a header, then parts.

A part: id (4 bytes), reserved (uint32), length (uint64), bytes; little endian. The header is each format's own; after
its magic comes the version (uint32).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any

from isobooth.protocol.errors import StateError

_PART = struct.Struct("<4sIQ")


def damaged(data: bytes, name: str, reason: str) -> StateError:
    """The error for a blob that is damaged; ``name`` is the plugin's."""
    return StateError(f"the state of {len(data)} bytes for {name!r} is damaged: {reason}")


def join_parts(header: bytes, parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Put parts (id, bytes) behind a header."""
    return header + b"".join(_PART.pack(identity, 0, len(part)) + part for identity, part in parts)


def read_header(data: bytes, name: str, header: struct.Struct, version: int) -> tuple[Any, ...]:
    """The fields of a header behind magic and version. Raises StateError if it is cut off or of another version."""
    if len(data) < header.size:
        raise damaged(data, name, f"its header alone takes {header.size} bytes")
    _, found, *fields = header.unpack_from(data)
    if found != version:
        raise StateError(
            f"the state for {name!r} is of version {found}, this host knows version {version}: upgrade isobooth-host"
        )
    return tuple(fields)


def read_parts(data: bytes, name: str, at: int, count: int, most: int) -> Iterator[tuple[bytes, bytes]]:
    """The parts (id, bytes) from ``at`` on. Raises StateError, when it gets there, for one that is cut off.

    So it does, first, for more than ``most`` parts, and in the end for bytes that follow the last one.
    """
    if count > most:
        raise damaged(data, name, f"it says it has {count} parts")
    for _ in range(count):
        if at + _PART.size > len(data):
            raise damaged(data, name, "it ends within the head of a part")
        identity, _, length = _PART.unpack_from(data, at)
        at += _PART.size
        if length > len(data) - at:
            raise damaged(data, name, f"its part {identity!r} has {length} bytes, {len(data) - at} are left")
        yield identity, data[at : at + length]
        at += length
    if at != len(data):
        raise damaged(data, name, f"{len(data) - at} bytes follow its last part")
