"""The state of a VST2 plugin as one blob. VST2 has chunks of the plugin's own, or nothing but parameters.

A header: "isoVST2" and a line feed, version (uint32), unique id (uint32), plugin's version (uint32), number of the
present program (int32), soft bypass (int32: -1 the plugin has none, 0 off, 1 on), number of parts (uint32); little
endian. Then the parts: id (4 bytes), reserved (uint32), length (uint64), bytes.

``Bank`` is the chunk of the bank. ``Vals`` stands in for it where there is none: a float32 for each parameter, in their
order; ``Name`` is then the name of the present program, in UTF-8.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from isobooth.protocol.errors import StateError

from ..shared.parts import damaged, join_parts, read_header, read_parts

MAGIC = b"isoVST2\n"
VERSION = 1
_HEADER = struct.Struct("<8sIIIiiI")
_MOST_PARTS = 16


@dataclass
class Saved:
    """What a state holds; None for what is not in it."""

    unique_id: int
    plugin_version: int
    program: int = 0
    bypass: bool | None = None
    chunk: bytes | None = None
    values: list[float] | None = None
    program_name: str | None = None


def is_container(data: bytes) -> bool:
    """Does it begin as one of our states does?"""
    return data[: len(MAGIC)] == MAGIC


def pack(saved: Saved) -> bytes:
    """The blob of a state."""
    parts: list[tuple[bytes, bytes]] = []
    if saved.chunk is not None:
        parts.append((b"Bank", saved.chunk))
    if saved.values is not None:
        parts.append((b"Vals", struct.pack(f"<{len(saved.values)}f", *saved.values)))
    if saved.program_name is not None:
        parts.append((b"Name", saved.program_name.encode()))
    bypass = -1 if saved.bypass is None else int(saved.bypass)
    numbers = saved.unique_id, saved.plugin_version & 0xFFFFFFFF, saved.program, bypass, len(parts)
    return join_parts(_HEADER.pack(MAGIC, VERSION, *numbers), parts)


def unpack(data: bytes, name: str) -> Saved:
    """Take a blob apart. Raises StateError, which names the plugin, for one that is damaged or of a newer kind."""

    def wrong(reason: str) -> StateError:
        return damaged(data, name, reason)

    unique_id, plugin_version, program, bypass, count = read_header(data, name, _HEADER, VERSION)
    saved = Saved(unique_id, plugin_version, program, None if bypass < 0 else bypass > 0)
    for identity, part in read_parts(data, name, _HEADER.size, count, _MOST_PARTS):
        _take(saved, identity, part, wrong)
    return saved


def _take(saved: Saved, identity: bytes, part: bytes, wrong: Callable[[str], StateError]) -> None:
    if identity == b"Bank":
        saved.chunk = part
    elif identity == b"Vals":
        if len(part) % 4:
            raise wrong("its list of values is cut off")
        saved.values = list(struct.unpack(f"<{len(part) // 4}f", part))
        if not all(math.isfinite(value) for value in saved.values):
            raise wrong("its list of values holds some that are no numbers")
    elif identity == b"Name":
        saved.program_name = part.decode("utf-8", "replace")
