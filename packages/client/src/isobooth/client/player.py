"""Audio and events through one booth: arrays cut into blocks, and what to do when blocks do not come back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from isobooth.protocol.errors import ArgumentError, PluginError
from isobooth.protocol.events import Event
from isobooth.protocol.transport import Transport

from ._core import ffi, lib
from .arrays import Array, Mains, check_input, check_out
from .blocks import Blocks
from .connection import Connection
from .heard import Heard
from .options import Options
from .outgoing import Outgoing, Performer
from .parameters import Parameters
from .passage import carry
from .patience import Patience
from .quick import Quick, Reshaped
from .renewal import MOST_ATTEMPTS, activate_anew
from .status import BlockStatus
from .stream import Job, Stream
from .transports import to_core

T = TypeVar("T")

_NOTHING = np.zeros((0, 0), np.float32)
MOST_ID = 0xFFFFFFFF
"""Of a parameter: no event can be about one above it, whatever a booth says."""
MOST_FRAMES = 0xFFFFFFFF
"""Bound of what a booth may say of latency and tail; a tail of this length never ends."""


class Player:
    """The stream of one connection. One thread at a time, which the plugin sees to."""

    def __init__(self, performer: Performer, connection: Connection, options: Options, event_bytes: int = 0) -> None:
        self._performer = performer
        self._connection = connection
        self._options = options
        self.outgoing = Outgoing(performer, options.sample_rate)
        self._heard = Heard()
        self._latency = self._dry_latency = self._tail = 0
        self._noted_blocks = 0
        self._tuned_for = -1
        self._metered: Parameters | None = None
        self.is_unsettled = False
        """The booth has told of another latency or other parameters, or blocks of the one before have not been waited
        for: the next call does not go the quick way, but the one that sees to it."""
        self._is_bypassed = self._is_patient = self._is_disowned = False
        self.recovery: Callable[[int], Player | None] = lambda _: None
        """Waits for the player of another booth, which goes on at a frame of the array. None: there will be none."""
        self.pieces = 0
        """Under way: a restart that the plugin asks for waits until there is none."""
        self.rebuild = False
        """The plugin has other buses: activate anew before the next block."""
        self._patience = Patience(options.timeout)
        self._use(connection.activate(event_bytes or options.event_bytes))

    def _use(self, stream: Stream, before: Stream | None = None) -> None:
        """Play through ``stream``; ``before`` is the one whose place it takes without the plugin noticing."""
        self.stream = stream
        self.blocks = Blocks(self, stream)
        self._noted_blocks = 0
        activated = self._connection.activated
        if activated is not None and before is None:
            self.note(latency=activated.latency, tail=activated.tail)
        shape = Mains.of(self._connection.descriptor.buses, stream.inputs, stream.outputs)
        self._main_inputs, self._main_outputs, self._dry_channels = shape.inputs, shape.outputs, shape.dry
        self._tuned_for = -1
        lib.ib_stream_set_fade(stream.pointer, self._options.fade_frames, self._options.on_crash == "silence")
        if before is not None:
            lib.ib_stream_adopt_dry(stream.pointer, before.pointer)
            lib.ib_stream_adopt_fade(stream.pointer, before.pointer, 0, 0)
        self._metered = None
        self.tune()
        self._choose_way()

    def _choose_way(self) -> None:
        simple = self._main_outputs == self.stream.outputs and not self._is_bypassed and not self._is_patient
        self.quick: Quick | None = Quick(self, self._connection) if simple and not self._is_disowned else None
        """Where calls go first; None where nothing can go that way."""

    def tune(self) -> None:
        """Let what stands in for the plugin's output be as late as that is, and know its meters.

        Between blocks, on the caller's thread.
        """
        self.is_unsettled = False  # first: what is told of from here on is news
        parameters = self._performer.parameters
        if parameters is not self._metered:
            self._metered = parameters
            meters = [one.id for one in parameters.values() if one.is_output and 0 <= one.id <= MOST_ID]
            lib.ib_stream_set_meters(self.stream.pointer, meters, len(meters))  # without: all is heard at once
        if self._tuned_for != self._latency:
            self._tuned_for = self._latency
            failed = lib.ib_stream_set_dry(self.stream.pointer, self._dry_channels, self._latency)
            self._dry_latency = 0 if failed else self._latency

    @property
    def is_bypassed(self) -> bool:
        """Does the dry path come out, while the plugin plays on unheard?"""
        return self._is_bypassed

    @is_bypassed.setter
    def is_bypassed(self, value: bool) -> None:
        self._is_bypassed = value
        self._choose_way()

    @property
    def is_patient(self) -> bool:
        """Do calls wait until a dead booth has been replaced?"""
        return self._is_patient

    @is_patient.setter
    def is_patient(self, value: bool) -> None:
        self._is_patient = value and self.plays_on and self.on_crash != "raise"
        self._choose_way()

    @property
    def known(self) -> dict[int, float]:
        """Values by parameter id."""
        return self._performer.known

    @property
    def options(self) -> Options:
        """As the plugin was loaded."""
        return self._options

    @property
    def on_crash(self) -> str:
        """What stands in for audio that the plugin did not deliver."""
        return self._options.on_crash

    @property
    def plays_on(self) -> bool:
        """Do blocks go on without the booth, until there is another?"""
        return self._options.restart.most > 0

    @property
    def late_in_a_row(self) -> int:
        """Blocks given up since the last that came back, waited for one by one."""
        return self._patience.late_in_a_row

    @property
    def is_dead(self) -> bool:
        """Is the booth of no more use?"""
        return self._connection.is_dead

    def disown(self) -> None:
        """In a forked child: the booth is the parent's."""
        self._is_disowned = True
        self.quick = None

    def note(self, *, latency: int | None = None, tail: int | None = None) -> None:
        """What the booth says of itself; numbers that cannot be are brought into bounds."""
        if latency is not None:
            self._latency = min(max(latency, 0), MOST_FRAMES)
            self.is_unsettled |= self._latency != self._tuned_for
        if tail is not None:
            self._tail = min(max(tail, 0), MOST_FRAMES)

    @property
    def latency(self) -> int:
        """Frames, as of the last block or message; of the dry path while that is what comes out."""
        self.note_report()
        return self._dry_latency if self._is_bypassed else self._latency

    @property
    def tail(self) -> int:
        """Frames, as of the last block or message."""
        self.note_report()
        return self._tail

    def process(
        self,
        audio: Array | None,
        events: Iterable[Any] | None,
        transport: Transport | None,
        frames: int | None,
        outputs: str,
        out: Array | None = None,
    ) -> Array:
        """See Plugin.process."""
        if outputs not in {"main", "all"}:
            raise ArgumentError(f"outputs is {outputs!r} and must be 'main' or 'all'")
        converted = self.outgoing.convert(events)

        def attempt() -> Array:
            channels = (self._main_inputs, self.stream.inputs)
            checked, length = check_input(audio, frames, channels=channels, name=self._connection.name)
            shape = (self._main_outputs if outputs == "main" else self.stream.outputs, length)
            output = np.zeros(shape, checked.dtype) if out is None else check_out(out, checked, shape)
            if transport is not None:
                self._set_transport(transport)
            carry(self, checked, output, length, converted, 0)
            return output

        return self._steadily(attempt)

    def _steadily(self, attempt: Callable[[], T]) -> T:
        """Try again with other buses where the plugin got them before the first block was through."""
        for _ in range(MOST_ATTEMPTS):
            self.reactivate()
            waiting = list(self.outgoing.pending)
            try:
                return attempt()
            except Reshaped:
                self.outgoing.keep(waiting)
        raise PluginError(
            f"{self._connection.name} changed its buses {MOST_ATTEMPTS} times in a row and played nothing"
        )

    def _set_transport(self, transport: Transport) -> None:
        before = ffi.new("struct ib_transport *")
        known = lib.ib_stream_get_transport(self.stream.pointer, before)
        made = to_core(transport, before if known else None, self._options.sample_rate)
        lib.ib_stream_set_transport(self.stream.pointer, made)

    def after_wait(self, status: BlockStatus) -> None:
        """A block that was submitted by hand is settled: learn from it, and from how it ended."""
        if lib.ib_stream_is_to_be_heard(self.stream.pointer):
            self.hear()
        self.note_report()
        self.tune()
        self.check_patience(status)
        if status is BlockStatus.CRASHED and not self.is_dead:
            self._connection.crashed("process")
        elif status is BlockStatus.CORRUPT and not self.is_dead:
            self._connection.corrupt()

    def check_patience(self, status: BlockStatus) -> None:
        """End a booth that has been in one block for longer than ``timeout``, whatever each wait's deadline was."""
        if self._patience.is_over(status, int(self.stream.header.host.begun)) and not self.is_dead:
            self._connection.hung("process", self._options.timeout)

    def push(self, job: Job, start: int) -> int:
        """Send a job through, of an array that begins ``start`` frames before it. IB_STATUS_*. Raises Reshaped."""
        room = job.event_room(int(self.stream.geometry.max_frames))
        if room > self.stream.event_bytes:
            self._grow(room)
        if start:
            self.hear()
        status = job.run(self.stream, self.check_shape)
        self.hear(start)
        self.note_report()
        return status

    def check_shape(self) -> None:
        """Raise Reshaped if no more blocks will come back: those in flight are taken back."""
        if self.rebuild:
            lib.ib_stream_take_back(self.stream.pointer)
            raise Reshaped

    def check_idle(self) -> None:
        """Raise BlockingIOError while blocks that were submitted by hand are in flight."""
        if self.blocks.handed:
            raise BlockingIOError(f"{self.blocks.handed} blocks are in flight: wait() for them first")
        if lib.ib_stream_in_flight(self.stream.pointer):  # of a call that Ctrl-C ended
            lib.ib_stream_give_up(self.stream.pointer)

    def _grow(self, room: int) -> None:
        size = 1 << max(room - 1, 63).bit_length()
        if size > lib.IB_MAX_EVENT_BYTES:
            raise ArgumentError(f"{room} bytes of events fall into one block; at most {lib.IB_MAX_EVENT_BYTES} can")
        before = self.stream
        self.hear()  # first: what the plugin has said is in the stream
        self._use(self._connection.swap(size), before)
        self.stream.follow_song(before)

    def judge(self, status: int, block: int = 0) -> None:
        """A block did not come back as it should. Raises, or returns if the caller wants to go on."""
        if status == lib.IB_STATUS_OK:
            return
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
        self.fail()

    def fail(self) -> None:
        """The booth is dead: raise what ended it, if the caller wants to hear."""
        if self._options.on_crash == "raise" and self._connection.error is not None:
            raise self._connection.error.with_traceback(None)  # the same each time: it would grow

    def hear(self, start: int = 0) -> None:
        """Learn what the plugin has said; its times count from frame ``start``. Between blocks."""
        events = self.stream.take_events()
        if events is not None:
            self._heard.add(events, start)
            values = self.stream.take_values()
            if values:
                self._performer.learn(values, by_plugin=True)

    def note_report(self) -> None:
        """Learn what the newest block that came back has said."""
        report = self.stream.report()
        if report.blocks != self._noted_blocks:
            self._noted_blocks = int(report.blocks)
            self.note(latency=int(report.latency), tail=int(report.tail))

    def end_piece(self) -> None:
        """One piece is over."""
        self.pieces -= 1
        if not self.pieces and not self.is_dead and not self._is_disowned:
            self.send(0, always=True)

    def take_events(self) -> list[Event]:
        """See Plugin.take_events."""
        self.hear()
        return self._heard.take()

    def send(self, flags: int, *, always: bool = False) -> None:
        """A block of 0 frames with what is pending, if there is anything to say (or ``always``)."""

        def attempt() -> None:
            if flags or always or self.outgoing.pending:
                carry(self, _NOTHING, _NOTHING, 0, None, flags)
            elif self.is_dead:
                self.fail()

        self._steadily(attempt)

    def reactivate(self) -> None:
        """Activate anew if the plugin has other buses now. Blocks in flight are given up.

        Raises PluginError or SegmentError.
        """
        if self.rebuild and not self.is_dead:
            self.hear()  # as in _grow
            before, report = self.stream, self.stream.report()
            self._use(activate_anew(self, self._connection, before.event_bytes))
            lib.ib_stream_resume(self.stream.pointer, report)
            self.stream.follow_song(before)

    def retire(self) -> None:
        """Nobody plays here any more: let go of the memory now, not when the collector comes by."""
        del self.blocks
        self.quick = None

    def adopt(self, before: Player) -> None:
        """Go on where the player of a booth that has ended stood: in the song, with what waits and nobody has taken."""
        before.hear()
        self.stream.follow_song(before.stream)
        self.outgoing.pending.extend(before.outgoing.pending)
        self._heard = before._heard
        self.pieces = before.pieces
        self.blocks.follow(before.blocks)
        self.is_bypassed = before.is_bypassed
        if self._latency == 0:
            self._latency = before._latency  # some tell theirs with the first block only
        self.stream.take_place(before.stream, self._latency)
        self.tune()
        self.is_unsettled |= self.blocks.handed > 0
