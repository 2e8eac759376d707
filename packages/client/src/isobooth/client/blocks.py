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
        self._handed = 0
        self._inputs, self._outputs = list(stream.input_views), list(stream.output_views)
        """They outlive the booth: blocks of it may still be waited for."""
        self._before: Blocks | None = None
        """Those of a booth that has died, some of them not waited for yet."""
        self._filled: Array | None = None
        """The input that somebody may have filled before the booth died."""

    @property
    def handed(self) -> int:
        """Blocks that were submitted and not waited for."""
        return self._handed + (0 if self._before is None else self._before.handed)

    def follow(self, before: Blocks) -> None:
        """Take the place of the blocks of a booth that has died."""
        self._before = before if before.handed else None
        self._output = before.output()
        if self._inputs:
            self._filled = before._inputs[before._sync()] if before._filled is None else before._filled

    def _sync(self) -> int:
        """Slot of the next block, whoever submitted the last."""
        settled = int(lib.ib_stream_settled(self._stream.pointer))
        return (settled + int(lib.ib_stream_in_flight(self._stream.pointer))) % self._slots

    def input(self) -> Array:
        """View of the next block's input planes."""
        if self._player.rebuild:
            raise BlockingIOError("the plugin has other buses now: reactivate() before filling the next block")
        if self._player.is_dead and self._player.plays_on:
            lib.ib_stream_release_settled(self._stream.pointer)
        if lib.ib_stream_begin(self._stream.pointer) == ffi.NULL:
            raise BlockingIOError("every slot is in flight: wait() for a block before filling the next")
        self._filled = None
        return self._inputs[self._sync()]

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
        if player.is_dead and player.plays_on:
            lib.ib_stream_release_settled(pointer)
            encoded = []  # their time passes; values are remembered
        elif player.is_dead:
            outgoing.keep(encoded)
            return 0
        if player.rebuild or lib.ib_stream_begin(pointer) == ffi.NULL:
            outgoing.keep(encoded)
            if not self.handed:
                player.check_patience(BlockStatus.LATE)  # the host is still in a block that was given up
            return 0
        self._take_over_input()
        if encoded:
            blob = b"".join(encoded)
            added = lib.ib_stream_add_events(pointer, ffi.from_buffer("uint8_t[]", blob), times, len(encoded))
            outgoing.keep(encoded[added:])
        self._handed += 1
        return int(lib.ib_stream_submit(pointer, frames, 0))

    def _take_over_input(self) -> None:
        """Whoever has not asked for ``input`` since the booth died has filled the one of before."""
        if self._filled is not None:
            here = self._inputs[self._sync()]
            channels = min(len(here), len(self._filled))
            here[:channels] = self._filled[:channels]

    def wait(self, timeout: float) -> BlockStatus:
        """Settle the oldest block in flight."""
        if self._before is not None and self._before.handed:
            status = self._before.wait(timeout)
            self._output = self._before.output()
            return status
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
        self._handed -= 1
        is_ok = status is BlockStatus.OK
        is_dry = self._player.is_bypassed if is_ok else self._player.on_crash == "bypass" or self._player.is_bypassed
        if is_dry:
            self._fill()  # before a new latency moves the dry path
        elif not is_ok:
            self._stand_in[:] = 0
        if not is_ok and not self._player.is_bypassed and (target := self._stand_in).size:
            memory, frames = ffi.from_buffer(target), int(lib.ib_stream_last_frames(pointer))
            lib.ib_stream_fall(pointer, memory, target.strides[0], len(target), frames)
        self._output = self._outputs[slot] if is_ok and not is_dry else self._stand_in
        self._player.after_wait(status)
        return status

    def _fill(self) -> None:
        target = self._stand_in
        if target.size:
            memory = ffi.from_buffer(target)
            lib.ib_stream_dry_block(self._stream.pointer, memory, target.strides[0], len(target), target.shape[1])
