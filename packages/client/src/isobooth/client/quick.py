"""The quick way for audio without events, which is what most calls are: from Python to the core with nothing between.

Whatever is out of the ordinary, a wrong array first of all, goes the other way, through ``Player.process``, which knows
what to say about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy import empty, ndarray

from ._core import ffi, lib
from .arrays import is_plain
from .passage import POLICIES
from .stream import SLICE_NS

if TYPE_CHECKING:
    from ._core import CData
    from .arrays import Array
    from .connection import Connection
    from .player import Player

# What every block goes through: a name of one's own is found sooner than one in a module.
OK = lib.IB_STATUS_OK
play_block = lib.ib_stream_block
from_buffer = ffi.from_buffer

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


class Reshaped(Exception):
    """The plugin has got other buses: blocks in flight will not come back."""


class Quick:
    """The quick way through one stream of a player: all its channels, in its own sample format."""

    def __init__(self, player: Player, connection: Connection) -> None:
        stream, o = player.stream, player.options
        sample_bytes = int(stream.geometry.sample_bytes)
        self._player = player
        self._connection = connection
        self._outgoing = player.outgoing
        self._pointer = stream.pointer
        self._inputs, self._outputs = stream.inputs, stream.outputs
        self._block_size, self._patience_ns = o.block_size, int(o.timeout * 1e9)
        self._slice_ns = min(SLICE_NS, self._patience_ns)
        self._dtype = _FLOAT64 if sample_bytes == _FLOAT64.itemsize else _FLOAT32
        self._job = job = ffi.new("struct ib_job *")
        job.input_channels, job.output_channels = stream.inputs, stream.outputs
        job.input_bytes = job.output_bytes = sample_bytes
        job.policy = POLICIES[o.on_crash]
        job.patience_ns = self._patience_ns

    def process(self, audio: object, out: object = None) -> Array | None:
        """See Plugin.process. None: nothing has been played, go the other way."""
        if type(audio) is not ndarray or audio.dtype is not self._dtype or not audio.flags.c_contiguous:
            return None
        shape, player = audio.shape, self._player
        if (
            len(shape) != 2
            or shape[0] != self._inputs
            or not shape[1]
            or self._outgoing.pending
            or player.rebuild
            or player.is_unsettled
            or player.pieces
            or self._connection.is_dead
        ):
            return None
        frames, pointer = shape[1], self._pointer
        is_long = frames > self._block_size
        if is_long:
            lib.ib_stream_rouse(pointer)
        if out is None:
            output = empty((self._outputs, frames), self._dtype)
        elif is_plain(out, self._dtype, (self._outputs, frames)):
            output = out
        else:
            return None
        source, target = from_buffer(audio), from_buffer(output)
        if is_long:
            return output if self._play_array(source, target, frames) else None
        status = play_block(pointer, source, target, frames, self._slice_ns)
        if status == OK:
            return output
        if status == lib.IB_STATUS_FULL:
            return None
        return output if self._finish_block(status, target, output) else None

    def _play_array(self, source: CData, target: CData, frames: int) -> bool:
        """Many blocks in one call. False: they will not come back, go the other way."""
        pointer, job, player = self._pointer, self._job, self._player
        try:
            status = lib.ib_stream_array(pointer, job, source, target, frames, SLICE_NS)
            while status & ~lib.IB_STATUS_HAS_NEWS == lib.IB_STATUS_AGAIN:
                player.check_shape()
                status = lib.ib_stream_array_finish(pointer, job, SLICE_NS) | status & lib.IB_STATUS_HAS_NEWS
        except Reshaped:
            return False
        except BaseException:  # Ctrl-C as well
            lib.ib_stream_give_up(pointer)  # what is in flight belongs to nobody
            raise
        if status == OK:
            return True
        if status == lib.IB_STATUS_FULL:
            return False
        player.hear()
        player.note_report()
        player.judge(status & ~lib.IB_STATUS_HAS_NEWS, int(job.failed_sequence))
        player.tune()
        return True

    def _finish_block(self, status: int, target: CData, output: Array) -> bool:
        """The block takes its time, or brought more than audio. False: it will not come back, go the other way."""
        pointer, player, frames = self._pointer, self._player, output.shape[1]
        waited = self._slice_ns
        try:
            while status == lib.IB_STATUS_AGAIN and waited < self._patience_ns:
                if player.rebuild:
                    lib.ib_stream_take_back(pointer)
                    return False
                slice_ns = min(SLICE_NS, self._patience_ns - waited)
                status = lib.ib_stream_block_finish(pointer, target, frames, slice_ns)
                waited += slice_ns
        finally:
            if lib.ib_stream_in_flight(pointer):  # too late, or Ctrl-C: it belongs to nobody
                lib.ib_stream_give_up(pointer)
        if status == lib.IB_STATUS_AGAIN:
            status = lib.IB_STATUS_LATE
        player.hear()
        player.note_report()
        status &= ~lib.IB_STATUS_HAS_NEWS
        if status != OK:
            player.judge(status, int(lib.ib_stream_settled(pointer)))
            if player.on_crash == "bypass":
                lib.ib_stream_dry_block(pointer, target, output.strides[0], output.shape[0], frames)
            else:
                output[:] = 0
            lib.ib_stream_fall(pointer, target, output.strides[0], output.shape[0], frames)
        player.tune()
        return True
