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
        if self._player.rebuild:
            raise BlockingIOError("the plugin has other buses now: reactivate() before filling the next block")
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
        outgoing = player.outgoing
        times, encoded = outgoing.encode(outgoing.convert(events), frames, most_bytes=self._stream.event_bytes)
        pointer = self._stream.pointer
        if player.is_dead or player.rebuild or lib.ib_stream_begin(pointer) == ffi.NULL:
            outgoing.keep(encoded)
            return 0
        if encoded:
            blob = b"".join(encoded)
            added = lib.ib_stream_add_events(pointer, ffi.from_buffer("uint8_t[]", blob), times, len(encoded))
            outgoing.keep(encoded[added:])
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
            if self._player.rebuild:
                left = 0
        status = BlockStatus(int(lib.ib_stream_wait(pointer, 0)))
        if status is BlockStatus.NONE:
            return status
        if status is BlockStatus.LATE and self._player.rebuild:
            status = BlockStatus.INACTIVE
        self.handed -= 1
        is_ok = status is BlockStatus.OK
        is_dry = self._player.is_bypassed if is_ok else self._player.on_crash == "bypass" or self._player.is_bypassed
        if is_dry:
            self._fill()  # before a new latency moves the dry path
        elif not is_ok:
            self._stand_in[:] = 0
        self._output = self._stream.output_views[slot] if is_ok and not is_dry else self._stand_in
        self._player.after_wait(status)
        return status

    def _fill(self) -> None:
        target = self._stand_in
        if target.size:
            memory = ffi.from_buffer(target)
            lib.ib_stream_dry_block(self._stream.pointer, memory, target.strides[0], len(target), target.shape[1])
