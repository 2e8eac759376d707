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

from ..shared.parts import damaged, join_parts, read_header, read_parts

MAGIC = b"isoVST3\n"
VERSION = 1
_HEADER = struct.Struct("<8sII16s")
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
    return join_parts(_HEADER.pack(MAGIC, VERSION, len(parts), saved.class_id or bytes(16)), parts)


def unpack(data: bytes, name: str) -> Saved:
    """Take a blob apart. Raises StateError, which names the plugin, for one that is damaged or of a newer kind."""

    def wrong(reason: str) -> StateError:
        return damaged(data, name, reason)

    count, class_id = read_header(data, name, _HEADER, VERSION)
    saved = Saved(class_id)
    for identity, part in read_parts(data, name, _HEADER.size, count, _MOST_PARTS):
        if identity == b"Comp":
            saved.component = part
        elif identity == b"Cont":
            saved.controller = part
        elif identity in (b"Vals", b"Prog", b"All "):
            if len(part) % _VALUE.size:
                raise wrong("its list of values is cut off")
            values = {number: value for number, value in _VALUE.iter_unpack(part) if math.isfinite(value)}
            saved.values = values if identity == b"Vals" else saved.values
            saved.programs = values if identity == b"Prog" else saved.programs
            saved.all_values = values if identity == b"All " else saved.all_values
        elif identity == b"Auto":
            if len(part) < _CLASS_ID or (len(part) - _CLASS_ID) % 4:
                raise wrong("its list of parameters is cut off")
            ids = struct.unpack(f"<{(len(part) - _CLASS_ID) // 4}I", part[_CLASS_ID:])
            saved.automated = part[:_CLASS_ID], list(ids)
    return saved
