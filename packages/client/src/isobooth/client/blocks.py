"""Block by block: fill the input, submit, wait, read the output."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ._core import ffi, lib
from .arrays import Array
from .options import number, whole
from .status import BlockStatus
from .stream import SLICE_NS, Stream

if TYPE_CHECKING:
    from .player import Player


class Blocks:
    """The slots of one stream as numpy views. ``player`` encodes events and knows the policy."""

    def __init__(self, player: Player, stream: Stream) -> None:
        self._player = player
        self._stream = stream
        self._slots = len(stream.input_views)
        kind = np.float32 if stream.geometry.sample_bytes == 4 else np.float64
        self._stand_in = np.zeros((stream.outputs, stream.block_size), kind)
        self._output: Array = self._stand_in
        self.handed = 0
        """Blocks that were submitted and not waited for."""

    def _sync(self) -> int:
        """Slot of the next block, whoever submitted the last."""
        settled = int(lib.ib_stream_settled(self._stream.pointer))
        return (settled + int(lib.ib_stream_in_flight(self._stream.pointer))) % self._slots

    def input(self) -> Array:
        """View of the next block's input planes."""
        if lib.ib_stream_begin(self._stream.pointer) == ffi.NULL:
            raise BlockingIOError("every slot is in flight: wait() for a block before filling the next")
        return self._stream.input_views[self._sync()]

    def output(self) -> Array:
        """View of what the last wait brought."""
        return self._output

    def submit(self, frames: int, events: Iterable[Any] | None) -> int:
        """Hand over the next slot; its number, or 0."""
        frames = whole("frames", frames, 0, self._stream.block_size)
        player = self._player
        times, encoded = player.encode(events, frames, most_bytes=self._stream.event_bytes)
        pointer = self._stream.pointer
        if player.is_dead or lib.ib_stream_begin(pointer) == ffi.NULL:
            player.keep(encoded)
            return 0
        if encoded:
            blob = b"".join(encoded)
            added = lib.ib_stream_add_events(pointer, ffi.from_buffer("uint8_t[]", blob), times, len(encoded))
            player.keep(encoded[added:])
        self.handed += 1
        return int(lib.ib_stream_submit(pointer, frames, 0))

    def wait(self, timeout: float) -> BlockStatus:
        """Settle the oldest block in flight."""
        left = int(number("timeout", timeout, 0.0, 86400.0) * 1e9)
        pointer = self._stream.pointer
        slot = int(lib.ib_stream_settled(pointer)) % self._slots
        deadline = time.monotonic_ns() + left
        while lib.ib_stream_await(pointer, min(left, SLICE_NS)) == lib.IB_STATUS_AGAIN and left:
            left = max(deadline - time.monotonic_ns(), 0)  # in slices, so that Ctrl-C is heard
        status = BlockStatus(int(lib.ib_stream_wait(pointer, 0)))
        if status is BlockStatus.NONE:
            return status
        self.handed -= 1
        self._player.after_wait(status)
        if status is BlockStatus.OK:
            self._output = self._stream.output_views[slot]
        else:
            self._output = self._stand_in
            self._fill(slot)
        return status

    def _fill(self, slot: int) -> None:
        self._stand_in[:] = 0
        if self._player.on_crash == "bypass":
            source = self._stream.input_views[slot]
            channels = min(len(source), len(self._stand_in))
            self._stand_in[:channels] = source[:channels]
