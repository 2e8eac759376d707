"""What plugins say with their audio: kept as it came, understood when somebody asks.

A plugin with meters sends some events with every block. Making Python objects of them all would take longer than many
plugins take for the block.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from isobooth.protocol.events import PARAM_VALUE, Event, ParamValue, decode_events

MOST_BYTES = 1 << 26
"""Events that nobody has taken are kept up to this many bytes; then the oldest go."""

_PARAM = np.dtype(
    [
        ("size", "<u4"),
        ("time", "<u4"),
        ("type", "u1"),
        ("flags", "u1"),
        ("port", "<i2"),
        ("channel", "<i2"),
        ("key", "<i2"),
        ("param_id", "<u4"),
        ("note_id", "<i4"),
        ("value", "<f8"),
    ]
)
"""struct ib_event_param; the other events of 32 bytes have the same head."""


class Heard:
    """Output events of one plugin, in order."""

    def __init__(self) -> None:
        self._chunks: deque[tuple[bytes, npt.NDArray[np.uint64]]] = deque()
        self._bytes = 0
        self.lost = 0
        """Events that went because nobody took them."""

    def add(self, area: bytes, times: npt.NDArray[np.uint64]) -> dict[int, float]:
        """Keep checked events with their times. Returns the parameters that they change for all notes, and to what."""
        self._chunks.append((area, times))
        self._bytes += len(area)
        while self._bytes > MOST_BYTES and len(self._chunks) > 1:
            old, old_times = self._chunks.popleft()
            self._bytes -= len(old)
            self.lost += len(old_times)
        return self._changed(area, len(times))

    @staticmethod
    def _changed(area: bytes, count: int) -> dict[int, float]:
        if len(area) == count * _PARAM.itemsize:
            events = np.frombuffer(area, _PARAM)
            if (events["size"] == _PARAM.itemsize).all():
                events = events[(events["type"] == PARAM_VALUE) & (events["key"] == -1) & (events["note_id"] == -1)]
                return dict(zip(events["param_id"].tolist(), events["value"].tolist(), strict=True))
        found = decode_events(area)
        return {int(e.parameter): e.value for e in found if isinstance(e, ParamValue) and e.key == e.note_id == -1}

    def take(self) -> list[Event]:
        """Everything since the last call, as objects."""
        chunks, self._chunks = self._chunks, deque()
        self._bytes = 0
        return [event for area, times in chunks for event in decode_events(area, times.tolist())]
