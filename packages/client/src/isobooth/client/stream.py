"""A stream: one segment of shared memory with the core's end of the block queue on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from isobooth.protocol.errors import ArgumentError, SegmentError
from isobooth.protocol.segment import Segment

from ._core import ffi, lib

if TYPE_CHECKING:
    from ._core import CData

Array = npt.NDArray[Any]

SLICE_NS = 100_000_000
"""The core returns at least this often, so that Ctrl-C is heard."""


def _check(wrong: CData) -> None:
    if wrong != ffi.NULL:
        raise SegmentError(f"the segment cannot be used: {ffi.string(wrong).decode()}")


def make_segment(
    *, slots: int, max_frames: int, sample_bytes: int, inputs: int, outputs: int, event_bytes: int
) -> tuple[Segment, CData]:
    """A new segment with its header written, and its geometry. 0 slots: the header alone. Raises SegmentError."""
    geometry = ffi.new("struct ib_geometry *")
    geometry.slots = slots
    geometry.max_frames = max_frames
    geometry.sample_bytes = sample_bytes
    geometry.inputs = min(inputs, 0xFFFFFFFF)
    geometry.outputs = min(outputs, 0xFFFFFFFF)
    geometry.in_event_bytes = event_bytes
    geometry.out_event_bytes = event_bytes
    _check(lib.ib_geometry_make(geometry))
    segment = Segment.create(int(geometry.segment_bytes))
    base = ffi.from_buffer(segment.memory)
    wrong = lib.ib_header_make(base, geometry)
    if wrong != ffi.NULL:
        segment.close()
        _check(wrong)
    return segment, geometry


class Stream:
    """Blocks through one segment. One thread at a time."""

    def __init__(self, segment: Segment, geometry: CData, *, block_size: int, sample_rate: float) -> None:
        self.segment = segment
        self.geometry = geometry
        self.block_size = block_size
        self.inputs = int(geometry.inputs)
        self.outputs = int(geometry.outputs)
        self._base = ffi.from_buffer(segment.memory)
        wrong = ffi.new("const char **")
        pointer = lib.ib_stream_new(self._base, len(segment.memory), geometry, block_size, sample_rate, wrong)
        _check(wrong[0])
        self.pointer: CData = ffi.gc(pointer, lib.ib_stream_free)
        self._tickets: list[int] = []
        self._report = ffi.new("struct ib_report *")
        self.input_views = self._views(int(geometry.in_audio_offset), self.inputs)
        self.output_views = self._views(int(geometry.out_audio_offset), self.outputs)

    def _views(self, offset: int, channels: int) -> list[Array]:
        g = self.geometry
        kind = np.float32 if g.sample_bytes == 4 else np.float64
        return [
            np.ndarray(
                (channels, self.block_size),
                kind,
                self.segment.memory,
                lib.IB_HEADER_BYTES + slot * int(g.slot_stride) + offset,
                (int(g.plane_stride), int(g.sample_bytes)),
            )
            for slot in range(int(g.slots))
        ]

    @property
    def event_bytes(self) -> int:
        """Capacity of a block's input events."""
        return int(self.geometry.in_event_bytes)

    @property
    def header(self) -> CData:
        """``struct ib_header *``; what the host writes there is not to be trusted."""
        return ffi.cast("struct ib_header *", self._base)

    def watch(self, fd: int, *, readable: bool) -> None:
        """Wake whoever waits as soon as ``fd`` hangs up or, if ``readable``, can be read."""
        ticket = lib.ib_watch_add(fd, readable, self.pointer)
        if ticket == 0:
            raise SegmentError(f"the booth cannot be watched over: error {ffi.errno}")
        self._tickets.append(ticket)

    def unwatch(self) -> None:
        """Undo ``watch``, before the descriptors are closed."""
        for ticket in self._tickets:
            lib.ib_watch_remove(ticket)
        self._tickets.clear()

    def report(self) -> CData:
        """``struct ib_report *`` as of now; the same object at every call."""
        lib.ib_stream_report(self.pointer, self._report)
        return self._report

    def take_events(self) -> CData | None:
        """Output events gathered since the last call as ``struct ib_events *``, None if there are none.

        Checked, with times from the start of the array that they came with.
        """
        if not lib.ib_stream_event_count(self.pointer):
            return None
        events = ffi.gc(ffi.new("struct ib_events *"), lib.ib_events_free)
        lib.ib_stream_take_events(self.pointer, events)
        return events

    def take_values(self) -> dict[int, float]:
        """Parameters that those events have set for all notes, and to what, since the last call."""
        count = int(lib.ib_stream_latest_count(self.pointer))
        if not count:
            return {}
        ids, values = ffi.new("uint32_t[]", count), ffi.new("double[]", count)
        given = int(lib.ib_stream_latest(self.pointer, ids, values, count))
        return dict(zip(ffi.unpack(ids, given), ffi.unpack(values, given), strict=True))

    def follow_song(self, before: Stream) -> None:
        """Go on where another stream stood in the song."""
        transport = ffi.new("struct ib_transport *")
        if lib.ib_stream_get_transport(before.pointer, transport):
            lib.ib_stream_set_transport(self.pointer, transport)

    def take_place(self, before: Stream, hold: int) -> None:
        """Another plugin is behind this stream than behind the one before: fade over, ``hold`` frames late."""
        lib.ib_stream_copy_dry(self.pointer, before.pointer)
        lib.ib_stream_adopt_fade(self.pointer, before.pointer, 1, hold)
        report = self.report()
        report.steady_time = before.report().steady_time
        lib.ib_stream_resume(self.pointer, report)

    def close(self) -> None:
        """Let go of the memory; arrays that look at it keep it alive."""
        self.unwatch()
        self.input_views.clear()
        self.output_views.clear()
        self.segment.unlink()


class Job:
    """One array on its way through a stream: the core's ``struct ib_job`` and what it points to."""

    def __init__(
        self,
        audio: Array,
        output: Array,
        *,
        frames: int,
        times: list[int],
        events: list[bytes],
        flags: int,
        policy: int,
        is_bypassed: bool,
        is_resumed: bool,
        patience: float,
    ) -> None:
        self._audio, self._output = audio, output
        self._blob = b"".join(events)
        self._times = ffi.new("uint64_t[]", times)
        job = ffi.new("struct ib_job *")
        if audio.size:
            job.input = ffi.cast("void *", audio.ctypes.data)  # from_buffer wants rows without gaps
            job.input_stride = audio.strides[0]
            job.input_channels = audio.shape[0]
        job.input_bytes = audio.itemsize
        if output.size:
            job.output = ffi.cast("void *", output.ctypes.data)
            job.output_stride = output.strides[0]
            job.output_channels = output.shape[0]
        job.output_bytes = output.itemsize
        job.frames = frames
        self._pointer_to_events = ffi.from_buffer("uint8_t[]", self._blob)
        job.events = self._pointer_to_events
        job.event_times = self._times
        job.event_count = len(events)
        job.flags = flags
        job.policy = policy
        job.is_bypassed = is_bypassed
        job.is_resumed = is_resumed
        job.patience_ns = int(patience * 1e9)
        self.job: CData = job

    def event_room(self, slot_frames: int) -> int:
        """Most bytes of events in one slot of ``slot_frames`` frames."""
        return int(lib.ib_job_event_room(self.job, slot_frames))

    def run(self, stream: Stream, check: Callable[[], None]) -> int:
        """Push it through; Python may handle signals in between, and ``check`` may raise. Returns IB_STATUS_*."""
        self._check_outputs(stream)
        try:
            while (status := lib.ib_stream_run(stream.pointer, self.job, SLICE_NS)) == lib.IB_STATUS_AGAIN:
                check()
        except BaseException:
            lib.ib_stream_give_up(stream.pointer)  # Ctrl-C: what is in flight belongs to nobody
            raise
        return int(status)

    def run_dry(self, stream: Stream, most_frames: int) -> None:
        """What is left of it, at most so many frames, without the plugin, as the policy says."""
        self._check_outputs(stream)
        lib.ib_stream_run_dry(stream.pointer, self.job, most_frames)

    def _check_outputs(self, stream: Stream) -> None:
        if self.job.output_channels > stream.outputs:
            raise ArgumentError(
                f"{self.job.output_channels} output channels were asked for; there are {stream.outputs}"
            )
