"""What plugins say with their audio: kept as it came, understood when somebody asks.

A plugin with meters sends some events with every block. Making Python objects of them all would take longer than many
plugins take for the block.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from isobooth.protocol.events import Event, decode_events

MOST_BYTES = 1 << 26
"""Events that nobody has taken are kept up to this many bytes; then the oldest go."""


class Heard:
    """Output events of one plugin, in order."""

    def __init__(self) -> None:
        self._chunks: deque[tuple[bytes, npt.NDArray[np.uint64]]] = deque()
        self._bytes = 0
        self.lost = 0
        """Events that went because nobody took them."""

    def add(self, area: bytes, times: npt.NDArray[np.uint64]) -> None:
        """Keep checked events with their times."""
        self._chunks.append((area, times))
        self._bytes += len(area)
        while self._bytes > MOST_BYTES and len(self._chunks) > 1:
            old, old_times = self._chunks.popleft()
            self._bytes -= len(old)
            self.lost += len(old_times)

    def take(self) -> list[Event]:
        """Everything since the last call, as objects."""
        chunks, self._chunks = self._chunks, deque()
        self._bytes = 0
        return [event for area, times in chunks for event in decode_events(area, times.tolist())]
