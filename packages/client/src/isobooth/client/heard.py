"""What plugins say with their audio: kept as it came, understood when somebody asks.

A plugin with meters sends some events with every block. Making Python objects of them all would take longer than many
plugins take for the block.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from isobooth.protocol.events import Event, decode_events

from ._core import ffi

if TYPE_CHECKING:
    from ._core import CData

MOST_BYTES = 1 << 26
"""Events that nobody has taken are kept up to this many bytes; then the oldest go."""
CHUNK_BYTES = 320
"""What a chunk takes beside its events. Most chunks hold one or two of them."""


class Heard:
    """Output events of one plugin, in order."""

    def __init__(self) -> None:
        self._chunks: deque[tuple[CData, int]] = deque()
        self._bytes = 0
        self.lost = 0
        """Events that went because nobody took them."""

    def add(self, events: CData, start: int) -> None:
        """Keep checked events, a ``struct ib_events *`` whose times count from frame ``start``."""
        self._chunks.append((events, start))
        self._bytes += _size(events)
        while self._bytes > MOST_BYTES and len(self._chunks) > 1:
            old, _ = self._chunks.popleft()
            self._bytes -= _size(old)
            self.lost += old.count

    def take(self) -> list[Event]:
        """Everything since the last call, as objects."""
        chunks, self._chunks = self._chunks, deque()
        self._bytes = 0
        return [event for events, start in chunks for event in _decode(events, start)]


def _size(events: CData) -> int:
    return CHUNK_BYTES + int(events.bytes) + 8 * int(events.count)


def _decode(events: CData, start: int) -> list[Event]:
    times = np.frombuffer(bytes(ffi.buffer(events.times, events.count * 8)), np.uint64) + np.uint64(start)
    return decode_events(bytes(ffi.buffer(events.area, events.bytes)), times.tolist())
