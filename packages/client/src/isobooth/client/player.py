"""Audio and events through one booth: arrays cut into blocks, and what to do when blocks do not come back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np

from isobooth.protocol.errors import ArgumentError, PluginError
from isobooth.protocol.events import Event, ParamValue, encode_events
from isobooth.protocol.transport import Transport

from ._core import ffi, lib
from .arrays import Array, check_audio
from .blocks import Blocks
from .connection import Connection
from .heard import Heard
from .midi import to_events
from .options import Options
from .parameters import Parameters
from .status import BlockStatus
from .stream import SLICE_NS, Job, Stream
from .transports import to_core

_FLOAT32 = np.dtype(np.float32)
_POLICIES = {"raise": lib.IB_POLICY_STOP, "bypass": lib.IB_POLICY_BYPASS, "silence": lib.IB_POLICY_SILENCE}
_NOTHING = np.zeros((0, 0), np.float32)
MOST_FRAMES = 0xFFFFFFFF
"""Bound of what a booth may say of latency and tail; a tail of this length never ends."""
_MOST_SILENCE = 1 << 40
"""Frames that one call may ask for without audio."""


class Performer(Protocol):
    """What a player needs of its plugin."""

    parameters: Parameters

    def learn(self, values: dict[int, float], *, by_plugin: bool) -> None:
        """Parameters have these values now."""


class Player:
    """The stream of one connection. One thread at a time, which the plugin sees to."""

    def __init__(self, performer: Performer, connection: Connection, options: Options) -> None:
        self._performer = performer
        self._connection = connection
        self._options = options
        self.pending: list[bytes] = []
        """Encoded parameter changes for the next block."""
        self._heard = Heard()
        self._latency = 0
        self._tail = 0
        self._noted_blocks = 0
        self._holding = 0
        """Depth of piece()."""
        self.rebuild = False
        """The plugin has other buses: activate anew before the next block."""
        self._use(connection.activate(options.event_bytes))

    def _use(self, stream: Stream) -> None:
        self.stream = stream
        self.blocks = Blocks(self, stream)
        self._noted_blocks = 0
        activated = self._connection.activated
        if activated is not None:
            self.note(latency=activated.latency, tail=activated.tail)
        buses = self._connection.descriptor.buses
        mains = [bus.channels for bus in buses if bus.direction == "output" and bus.is_main]
        self._main_outputs = mains[0] if mains else stream.outputs
        mains = [bus.channels for bus in buses if bus.direction == "input" and bus.is_main]
        self._main_inputs = mains[0] if mains else stream.inputs
        simple = self._options.precision == "float32" and self._main_outputs == stream.outputs
        self._quick_inputs = stream.inputs if simple else -1
        """Channels of arrays that can go the quick way."""

    @property
    def on_crash(self) -> str:
        """What stands in for audio that the plugin did not deliver."""
        return self._options.on_crash

    @property
    def is_dead(self) -> bool:
        """Is the booth of no more use?"""
        return self._connection.is_dead

    def disown(self) -> None:
        """In a forked child: the booth is the parent's."""
        self._quick_inputs = -1

    def note(self, *, latency: int | None = None, tail: int | None = None) -> None:
        """What the booth says of itself; numbers that cannot be are brought into bounds."""
        if latency is not None:
            self._latency = min(max(latency, 0), MOST_FRAMES)
        if tail is not None:
            self._tail = min(max(tail, 0), MOST_FRAMES)

    @property
    def latency(self) -> int:
        """Frames, as of the last block or message."""
        self._note_report()
        return self._latency

    @property
    def tail(self) -> int:
        """Frames, as of the last block or message."""
        self._note_report()
        return self._tail

    def process_quickly(self, audio: object) -> Array | None:
        """One block without events, if it is of the simplest kind. None: go the other way."""
        if not (
            type(audio) is np.ndarray
            and audio.dtype is _FLOAT32
            and audio.ndim == 2
            and audio.shape[0] == self._quick_inputs
            and 0 < audio.shape[1] <= self._options.block_size
            and audio.flags.c_contiguous
            and not self.pending
            and not self.rebuild
            and not self._holding
            and not self._connection.is_dead
        ):
            return None
        frames = audio.shape[1]
        output = np.empty((self.stream.outputs, frames), _FLOAT32)
        target = ffi.from_buffer("float[]", output)
        status = lib.ib_stream_block(self.stream.pointer, ffi.from_buffer("float[]", audio), target, frames, SLICE_NS)
        if status == lib.IB_STATUS_OK:
            return output
        if status == lib.IB_STATUS_FULL:
            return None
        self._finish_quickly(status, audio, output)
        return output

    def _finish_quickly(self, status: int, audio: Array, output: Array) -> None:
        """The block takes its time, or brought more than audio."""
        pointer = self.stream.pointer
        target = ffi.from_buffer("float[]", output)
        waited = SLICE_NS
        try:
            while status == lib.IB_STATUS_AGAIN and waited < self._options.timeout * 1e9:
                status = lib.ib_stream_block_finish(pointer, target, output.shape[1], SLICE_NS)
                waited += SLICE_NS
        finally:
            if lib.ib_stream_in_flight(pointer):  # too late, or Ctrl-C: it belongs to nobody
                lib.ib_stream_give_up(pointer)
        if status == lib.IB_STATUS_AGAIN:
            status = lib.IB_STATUS_LATE
        self._take_events()
        self._note_report()
        status &= ~lib.IB_STATUS_HAS_EVENTS
        if status != lib.IB_STATUS_OK:
            self._judge(status, int(lib.ib_stream_settled(pointer)))
            self._stand_in(audio, output)

    def process(
        self,
        audio: Array | None,
        events: Iterable[Any] | None,
        transport: Transport | None,
        frames: int | None,
        outputs: str,
    ) -> Array:
        """See Plugin.process."""
        self.reactivate()
        audio, length = self._check_input(audio, frames)
        if outputs not in {"main", "all"}:
            raise ArgumentError(f"outputs is {outputs!r} and must be 'main' or 'all'")
        channels = self._main_outputs if outputs == "main" else self.stream.outputs
        output = np.zeros((channels, length), audio.dtype)
        if transport is not None:
            self._set_transport(transport)
        self._run(audio, output, length, events, 0)
        return output

    def _check_input(self, audio: Array | None, frames: int | None) -> tuple[Array, int]:
        if audio is None:
            if frames is None or isinstance(frames, bool) or not hasattr(frames, "__index__") or int(frames) < 0:
                raise ArgumentError(f"without audio, frames must be a whole number of 0 or more; it is {frames!r}")
            if int(frames) > _MOST_SILENCE:
                raise ArgumentError(f"frames is {frames} and must be at most {_MOST_SILENCE}")
            return np.zeros((0, int(frames)), np.float32), int(frames)
        if frames is not None:
            raise ArgumentError("frames goes without audio; with audio, the array says how long it is")
        checked = check_audio(audio, channels=(self._main_inputs, self.stream.inputs), name=self._connection.name)
        return checked, checked.shape[1]

    def _set_transport(self, transport: Transport) -> None:
        before = ffi.new("struct ib_transport *")
        known = lib.ib_stream_get_transport(self.stream.pointer, before)
        made = to_core(transport, before if known else None, self._options.sample_rate)
        lib.ib_stream_set_transport(self.stream.pointer, made)

    def encode(
        self, events: Iterable[Any] | None, frames: int, *, most_bytes: int | None = None
    ) -> tuple[list[int], list[bytes]]:
        """Times and bytes of the events of a call, waiting changes first. None may be longer than ``most_bytes``."""
        waiting = len(self.pending)  # what other threads set meanwhile goes behind these, into the next block
        times, encoded = [0] * waiting, self.pending[:waiting]
        if events is not None:
            converted = to_events(events, self._options.sample_rate)
            for event in converted:
                if isinstance(event.time, int) and event.time >= max(frames, 1):
                    raise ArgumentError(f"{event} lies behind the end of the audio, which has {frames} frames")
            more_times, more = encode_events(converted, self._performer.parameters.id_of)
            longest = max(map(len, more), default=0)
            if most_bytes is not None and longest > most_bytes:
                raise ArgumentError(
                    f"an event of {longest} bytes never fits a block that has room for {most_bytes}: load with a larger"
                    " event_bytes, or use process()"
                )
            times += more_times
            encoded += more
            set_values = {
                self._performer.parameters.id_of(event.parameter): event.value
                for event in sorted(converted, key=lambda event: event.time)
                if isinstance(event, ParamValue) and event.key == event.note_id == -1
            }
            self._performer.learn(set_values, by_plugin=False)
        del self.pending[:waiting]
        return times, encoded

    def keep(self, encoded: list[bytes]) -> None:
        """Events that no block had room for: the next block carries them, at its start."""
        self.pending[:0] = encoded

    def after_wait(self, status: BlockStatus) -> None:
        """A block that was submitted by hand is settled: learn from it, and from how it ended."""
        self._take_events()
        self._note_report()
        if status is BlockStatus.CRASHED and not self.is_dead:
            self._connection.crashed("process")
        elif status is BlockStatus.CORRUPT and not self.is_dead:
            self._connection.corrupt()

    def _run(self, audio: Array, output: Array, frames: int, events: Iterable[Any] | None, flags: int) -> None:
        """Push one array through; on failure raise, or fill the output as the policy says."""
        self._check_idle()
        times, encoded = self.encode(events, frames)
        if self.is_dead:
            self._fail()
            self._stand_in(audio, output)
            return
        o = self._options
        job = Job(
            audio,
            output,
            frames=frames,
            times=times,
            events=encoded,
            flags=flags | (lib.IB_BLOCK_OFFLINE if o.offline else 0) | (lib.IB_BLOCK_CONTINUES if self._holding else 0),
            policy=_POLICIES[o.on_crash],
            patience=o.timeout,
        )
        room = job.event_room(int(self.stream.geometry.max_frames))
        if room > self.stream.event_bytes:
            self._grow(room)
        status = job.run(self.stream)
        self._take_events()
        self._note_report()
        if status != lib.IB_STATUS_OK:
            self._judge(status, int(job.job.failed_sequence))

    def _check_idle(self) -> None:
        if self.blocks.handed:
            raise BlockingIOError(f"{self.blocks.handed} blocks are in flight: wait() for them first")
        if lib.ib_stream_in_flight(self.stream.pointer):  # of a call that Ctrl-C ended
            lib.ib_stream_give_up(self.stream.pointer)

    def _grow(self, room: int) -> None:
        size = 1 << max(room - 1, 63).bit_length()
        if size > lib.IB_MAX_EVENT_BYTES:
            raise ArgumentError(f"{room} bytes of events fall into one block; at most {lib.IB_MAX_EVENT_BYTES} can")
        before = self.stream
        self._use(self._connection.swap(size))
        self._follow(before)

    def _judge(self, status: int, block: int = 0) -> None:
        """A block did not come back as it should. Raises, or returns if the caller wants to go on."""
        if status in {lib.IB_STATUS_PLUGIN_ERROR, lib.IB_STATUS_NOT_STARTED}:
            if self._options.on_crash == "raise":
                what = "reported an error" if status == lib.IB_STATUS_PLUGIN_ERROR else "refuses to process"
                raise PluginError(f"{self._connection.name} {what}; the output of block {block} is no good")
            return
        if status == lib.IB_STATUS_CRASHED:
            self._connection.crashed("process")
        elif status == lib.IB_STATUS_CORRUPT:
            self._connection.corrupt()
        else:
            self._connection.hung("process", self._options.timeout)
        self._fail()

    def _fail(self) -> None:
        if self._options.on_crash == "raise" and self._connection.error is not None:
            raise self._connection.error

    def _stand_in(self, audio: Array, output: Array) -> None:
        output[:] = 0
        if self._options.on_crash == "bypass":
            channels = min(audio.shape[0], output.shape[0])
            output[:channels] = audio[:channels]

    def _take_events(self) -> None:
        events = self.stream.take_events()
        if events is not None:
            self._heard.add(*events)
            values = self.stream.take_values()
            if values:
                self._performer.learn(values, by_plugin=True)

    def _note_report(self) -> None:
        report = self.stream.report()
        if report.blocks != self._noted_blocks:
            self._noted_blocks = int(report.blocks)
            self.note(latency=int(report.latency), tail=int(report.tail))

    @contextlib.contextmanager
    def piece(self) -> Iterator[None]:
        """Calls inside belong together: a restart that the plugin asks for waits until they are done."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            if not self._holding and not self.is_dead:
                self.send(0, always=True)

    def take_events(self) -> list[Event]:
        """See Plugin.take_events."""
        return self._heard.take()

    def send(self, flags: int, *, always: bool = False) -> None:
        """A block of 0 frames with what is pending, if there is anything to say (or ``always``)."""
        self.reactivate()
        if flags or always or self.pending:
            self._run(_NOTHING, _NOTHING, 0, None, flags)
        elif self.is_dead:
            self._fail()

    def reactivate(self) -> None:
        """Activate anew if the plugin has other buses now."""
        if self.rebuild:
            self._use(self._connection.activate(self.stream.event_bytes))
            self.rebuild = False

    def _follow(self, before: Stream) -> None:
        """Go on where another stream stood in the song."""
        transport = ffi.new("struct ib_transport *")
        if lib.ib_stream_get_transport(before.pointer, transport):
            lib.ib_stream_set_transport(self.stream.pointer, transport)

    def adopt(self, before: Player) -> None:
        """Go on where the player of a booth that has ended stood: in the song, and with what nobody has taken yet."""
        self._follow(before.stream)
        self._heard = before._heard
