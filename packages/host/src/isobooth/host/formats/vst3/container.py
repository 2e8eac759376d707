"""The state of a VST3 plugin as one blob: VST3 itself has two, the component's and the controller's, without a frame.

A header: "isoVST3" and a line feed, version (uint32), number of parts (uint32), class id (16 bytes); little endian.
From byte 32 on the parts: id (4 bytes), reserved (uint32), length (uint64), bytes.

``Comp`` and ``Cont`` are what getState wrote. ``Vals`` stands in for a component without state, and holds what one
with a state was not played yet: parameter ids (uint32) and normalised values (float64), 12 bytes each.
``Prog`` has the same of the parameters that choose programs, as the controller shows them; a component may know none.
``All `` has those of all parameters, for components that refuse what they wrote themselves.
``Auto`` says whose parameters automation may address, which a plugin that replaces this one asks for:
class id (16 bytes), ids (uint32).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from isobooth.protocol.errors import StateError

MAGIC = b"isoVST3\n"
VERSION = 1
_HEADER = struct.Struct("<8sII16s")
_PART = struct.Struct("<4sIQ")
_VALUE = struct.Struct("<Id")
_MOST_PARTS = 64
_CLASS_ID = 16


@dataclass
class Saved:
    """What a state holds; None for what is not in it."""

    class_id: bytes | None = None
    """16 bytes."""
    component: bytes | None = None
    controller: bytes | None = None
    values: dict[int, float] | None = None
    """Normalised values by parameter id."""
    programs: dict[int, float] | None = None
    """Those of them that choose programs, as the controller has them."""
    all_values: dict[int, float] | None = None
    """Those of all, programs excepted: for a component that refuses what it wrote itself."""
    automated: tuple[bytes, list[int]] | None = None
    """Class id, 16 bytes, and the ids of its parameters."""


def is_container(data: bytes) -> bool:
    """Does it begin as one of our states does?"""
    return data[: len(MAGIC)] == MAGIC


def pack(saved: Saved) -> bytes:
    """The blob of a state."""
    parts: list[tuple[bytes, bytes]] = []
    if saved.component is not None:
        parts.append((b"Comp", saved.component))
    if saved.controller is not None:
        parts.append((b"Cont", saved.controller))
    for identity, values in ((b"Vals", saved.values), (b"Prog", saved.programs), (b"All ", saved.all_values)):
        if values is not None:
            parts.append((identity, b"".join(_VALUE.pack(number, value) for number, value in values.items())))
    if saved.automated is not None:
        class_id, ids = saved.automated
        parts.append((b"Auto", class_id + struct.pack(f"<{len(ids)}I", *ids)))
    blob = bytearray(_HEADER.pack(MAGIC, VERSION, len(parts), saved.class_id or bytes(16)))
    for identity, part in parts:
        blob += _PART.pack(identity, 0, len(part)) + part
    return bytes(blob)


def unpack(data: bytes, name: str) -> Saved:
    """Take a blob apart. Raises StateError, which names the plugin, for one that is damaged or of a newer kind."""

    def wrong(reason: str) -> StateError:
        return StateError(f"the state of {len(data)} bytes for {name!r} is damaged: {reason}")

    if len(data) < _HEADER.size:
        raise wrong(f"its header alone takes {_HEADER.size} bytes")
    _, version, count, class_id = _HEADER.unpack_from(data)
    if version != VERSION:
        raise StateError(
            f"the state for {name!r} is of version {version}, this host knows version {VERSION}: upgrade isobooth-host"
        )
    if count > _MOST_PARTS:
        raise wrong(f"it says it has {count} parts")
    saved = Saved(class_id)
    at = _HEADER.size
    for _ in range(count):
        if at + _PART.size > len(data):
            raise wrong("it ends within the head of a part")
        identity, _, length = _PART.unpack_from(data, at)
        at += _PART.size
        if length > len(data) - at:
            raise wrong(f"its part {identity!r} has {length} bytes, {len(data) - at} are left")
        part = data[at : at + length]
        at += length
        if identity == b"Comp":
            saved.component = part
        elif identity == b"Cont":
            saved.controller = part
        elif identity in (b"Vals", b"Prog", b"All "):
            if length % _VALUE.size:
                raise wrong("its list of values is cut off")
            values = {number: value for number, value in _VALUE.iter_unpack(part) if math.isfinite(value)}
            saved.values = values if identity == b"Vals" else saved.values
            saved.programs = values if identity == b"Prog" else saved.programs
            saved.all_values = values if identity == b"All " else saved.all_values
        elif identity == b"Auto":
            if length < _CLASS_ID or (length - _CLASS_ID) % 4:
                raise wrong("its list of parameters is cut off")
            ids = struct.unpack(f"<{(length - _CLASS_ID) // 4}I", part[_CLASS_ID:])
            saved.automated = part[:_CLASS_ID], list(ids)
    if at != len(data):
        raise wrong(f"{len(data) - at} bytes follow its last part")
    return saved
