"""What a DAW holds: one plugin that runs in a booth of its own."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from isobooth.protocol import messages as m
from isobooth.protocol.descriptors import BusInfo, ParameterInfo, PluginDescriptor, PresetInfo
from isobooth.protocol.errors import (
    ArgumentError,
    IsoboothError,
    PluginClosed,
    PluginError,
    StateError,
)
from isobooth.protocol.events import Event, ParamValue, encode_events
from isobooth.protocol.transport import Transport

from ._core import ffi, lib
from .arrays import Array, check_audio
from .blocks import Blocks
from .connection import Connection, Target
from .log import PluginLog
from .midi import to_events
from .options import Options
from .parameters import Parameters
from .render import render
from .status import BlockStatus, Stats
from .stream import SLICE_NS, Job, Stream
from .transports import to_core

if TYPE_CHECKING:
    from types import TracebackType

    from ._core import CData

_FLOAT32 = np.dtype(np.float32)
_POLICIES = {"raise": lib.IB_POLICY_STOP, "bypass": lib.IB_POLICY_BYPASS, "silence": lib.IB_POLICY_SILENCE}
_everyone: weakref.WeakSet[Plugin] = weakref.WeakSet()


class Plugin:
    """A plugin in a process of its own. Made by ``load``; close it, or use it as a context manager.

    Methods may be called from any thread, one at a time: calls on one plugin wait for each other. When the plugin's process
    ends or hangs, the call at hand raises PluginCrashed or PluginTimeout (or goes on with bypassed or silent audio, as
    ``on_crash`` says) and so does every later one until ``restart``.
    """

    def __init__(self, target: Target, options: Options) -> None:
        self._target = target
        self._options = options
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._values: dict[int, float] = {}
        self._journal: dict[int, float] = {}
        """Values set since the snapshot."""
        self._snapshot: bytes | None = None
        self._pending: list[bytes] = []
        """Encoded parameter changes for the next block."""
        self._events: list[Event] = []
        self._latency = 0
        self._tail = 0
        self._rebuild = False
        """The plugin has other buses: activate anew before the next block."""
        self._closed = False
        self._connect()
        _everyone.add(self)

    # -- life ---------------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        here = weakref.ref(self)

        def notify(message: m.Message | None) -> None:
            plugin = here()
            if plugin is not None:
                plugin._on_notification(message)

        connection = Connection(self._target, self._options, notify)
        try:
            self._connection = connection
            self.descriptor: PluginDescriptor = connection.descriptor
            """What the plugin says of itself."""
            self._values.update(connection.loaded.values)
            self.parameters = Parameters(self, self.descriptor.parameters)
            """All parameters, see Parameters."""
            self._use(connection.activate(self._options.event_bytes))
        except BaseException:
            connection.close()
            raise

    def _use(self, stream: Stream) -> None:
        self._stream = stream
        self._blocks = Blocks(self, stream)
        self._fast_inputs = stream.inputs if self._options.precision == "float32" else -1
        self._fast_outputs = stream.outputs
        activated = self._connection.activated
        if activated is not None:
            self._latency, self._tail = activated.latency, activated.tail
        mains = [bus.channels for bus in self.buses if bus.direction == "output" and bus.is_main]
        self._main_outputs = mains[0] if mains else stream.outputs
        mains = [bus.channels for bus in self.buses if bus.direction == "input" and bus.is_main]
        self._main_inputs = mains[0] if mains else stream.inputs
        if self._main_outputs != stream.outputs:
            self._fast_inputs = -1

    def _on_notification(self, message: m.Message | None) -> None:
        if isinstance(message, m.ValuesChanged):
            self._learn(message.values)
        elif isinstance(message, m.ParametersChanged):
            self.parameters = Parameters(self, message.parameters)
            self._values.update(message.values)
        elif isinstance(message, m.LatencyChanged):
            self._latency = message.latency
        elif isinstance(message, m.TailChanged):
            self._tail = message.tail
        elif isinstance(message, m.Restarted):
            self._latency, self._tail = message.latency, message.tail
        elif isinstance(message, m.BusesChanged):
            self.descriptor.buses = message.buses
            self._rebuild = True

    def _learn(self, values: dict[int, float]) -> None:
        """The plugin itself changed these."""
        self._values.update(values)
        self._journal.update({key: value for key, value in values.items() if not self._is_output(key)})

    def _is_output(self, number: int) -> bool:
        return number in self.parameters and self.parameters[number].is_output

    def _check_open(self) -> None:
        if self._closed:
            raise PluginClosed(f"{self.name} has been closed")
        if self._pid != os.getpid():
            raise PluginClosed(f"{self.name} belongs to process {self._pid}, of which this one is a fork - load it here again")

    def close(self) -> None:
        """End the plugin and its process. A second call does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()

    def __enter__(self) -> Plugin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def restart(self) -> None:
        """End the booth, dead or alive, and start a new one with the last known state and parameters.

        What is lost is what the plugin kept inside and never showed: everything since ``state`` was last read or set that
        is no parameter. Raises what ``load`` raises.
        """
        with self._lock:
            self._check_open()
            transport = ffi.new("struct ib_transport *")
            playing = lib.ib_stream_get_transport(self._stream.pointer, transport)
            journal = dict(self._journal)
            self._connection.close()
            self._pending.clear()
            self._connect()
            if playing:
                lib.ib_stream_set_transport(self._stream.pointer, transport)
            if self._snapshot is not None:
                self._load_state(self._snapshot)
            for number, value in journal.items():
                if number in self.parameters:
                    self.set_parameter(self.parameters[number].info, value)
            self.flush()

    @property
    def error(self) -> IsoboothError | None:
        """Why the booth is of no more use, or None while it is alive."""
        return self._connection.error

    @property
    def is_alive(self) -> bool:
        """Is there a booth that answers?"""
        return not self._closed and self._connection.error is None and not self._connection.booth.is_gone

    # -- what it is ---------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The plugin's own name."""
        return self.descriptor.name

    @property
    def format(self) -> str:
        """``clap``, ``ladspa`` …"""
        return self.descriptor.format

    @property
    def buses(self) -> list[BusInfo]:
        """Audio buses, inputs and outputs."""
        return self.descriptor.buses

    @property
    def presets(self) -> list[PresetInfo]:
        """Factory presets, where the format lists them."""
        return self.descriptor.presets

    @property
    def sample_rate(self) -> float:
        """Hz."""
        return self._options.sample_rate

    @property
    def block_size(self) -> int:
        """Frames of the longest block."""
        return self._options.block_size

    @property
    def pid(self) -> int:
        """Process id of the booth."""
        return self._connection.booth.pid

    @property
    def log(self) -> PluginLog:
        """What the plugin printed and logged."""
        return self._connection.booth.log

    @property
    def latency(self) -> int:
        """Frames by which the output is late."""
        return self._latency

    @property
    def tail(self) -> int:
        """Frames that go on sounding after the input has ended; 2**32 - 1 if it never ends."""
        return self._tail

    @property
    def stats(self) -> Stats:
        """What it has done and cost."""
        report = self._stream.report()
        activated = self._connection.activated
        return Stats(
            blocks=int(report.blocks),
            late=int(report.late),
            dropped=int(report.dropped),
            process_time=report.process_ns / 1e9,
            last_process_time=report.last_process_ns / 1e9,
            max_process_time=int(self._stream.header.statistics.process_ns_max) / 1e9,
            realtime=activated.realtime if activated else "",
        )

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"in process {self.pid}" if self.is_alive else "dead"
        return f"<{self.format} plugin {self.name!r}, {state}>"

    # -- parameters ---------------------------------------------------------------------------------------------------

    def parameter_value(self, number: int) -> float:
        """What a parameter is, as far as is known here; its default if nothing is."""
        value = self._values.get(number)
        return self.parameters[number].default if value is None else value

    def set_parameter(self, info: ParameterInfo, value: float) -> None:
        """Change a parameter with the next block, or before the next request."""
        self._check_open()
        _, encoded = encode_events([ParamValue(info.id, value)], int)
        self._pending.extend(encoded)
        self._values[info.id] = value
        self._journal[info.id] = value

    def parameter_text(self, number: int, value: float) -> str:
        """As the plugin writes it."""
        self._check_open()
        reply = self._connection.ask(m.ValuesToText(values=[(number, value)]), m.Texts, "parameter")
        return reply.texts[0] if reply.texts else ""

    def parameter_from_text(self, number: int, text: str) -> float:
        """As the plugin reads it. Raises ParameterError where it does not."""
        self._check_open()
        return self._connection.ask(m.TextToValue(param_id=number, text=text), m.Value, "parameter").value

    def refresh_values(self) -> None:
        """Ask the plugin for the value of every parameter."""
        self.flush()
        self._values.update(self._connection.ask(m.GetValues(), m.Values, "parameter").values)

    # -- state --------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> bytes:
        """Everything the plugin wants remembered, as bytes of any size. Assign what was read to restore it."""
        with self._lock:
            self.flush()
            data = self._connection.ask(m.SaveState(), m.State, "state save").data
            self._snapshot = data
            self._journal.clear()
            return data

    @state.setter
    def state(self, data: bytes) -> None:
        with self._lock:
            self.flush()
            self._load_state(data)
            self._snapshot = bytes(data)
            self._journal.clear()

    def _load_state(self, data: bytes) -> None:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise StateError(f"a state is bytes, not {type(data).__name__}")
        reply = self._connection.ask(m.LoadState(data=bytes(data)), m.Values, "state load")
        self._values.update(reply.values)

    # -- audio --------------------------------------------------------------------------------------------------------

    def process(
        self,
        audio: Array | None = None,
        *,
        events: Iterable[Any] | None = None,
        transport: Transport | None = None,
        frames: int | None = None,
        outputs: Literal["main", "all"] = "main",
    ) -> Array:
        """Audio through the plugin, as a stream: the next call goes on where this one ended.

        ``audio`` has the shape (channels, frames), float32 or float64, any length; the result has the same length and type
        and the channels of the main output bus (of all buses with ``outputs="all"``). The input may have the channels of the
        main input bus, the others getting silence, or of all buses in order. Without ``audio``, ``frames`` frames of silence
        go in. The output is late by ``latency`` frames, see ``render``. Long arrays are cut into blocks of ``block_size``.

        ``events`` are isobooth's own or mido messages; their times are frames from the start of ``audio``. A ``transport``
        stays in force for later calls, which carry it on.

        Raises ArgumentError or ArgumentTypeError, PluginCrashed, PluginTimeout, PluginError if the plugin reports an error.
        """
        if (
            events is None
            and transport is None
            and frames is None
            and not self._pending
            and type(audio) is np.ndarray
            and audio.dtype is _FLOAT32
            and audio.ndim == 2
            and audio.shape[0] == self._fast_inputs
            and 0 < audio.shape[1] <= self._options.block_size
            and audio.flags.c_contiguous
            and not self._rebuild
        ):
            with self._lock:
                done = self._process_block(audio)
            if done is not None:
                return done
        with self._lock:
            return self._process_array(audio, events, transport, frames, outputs)

    def _process_block(self, audio: Array) -> Array | None:
        """The quick way for one block. None: go the other way."""
        if self._closed or self._connection.error is not None:
            return None
        frames = audio.shape[1]
        output = np.empty((self._fast_outputs, frames), _FLOAT32)
        pointer = self._stream.pointer
        target = ffi.from_buffer("float[]", output)
        status = lib.ib_stream_block(pointer, ffi.from_buffer("float[]", audio), target, frames, SLICE_NS)
        if status == lib.IB_STATUS_OK:
            return output
        if status == lib.IB_STATUS_FULL:
            return None
        waited = SLICE_NS
        while status == lib.IB_STATUS_AGAIN and waited < self._options.timeout * 1e9:
            status = lib.ib_stream_block_finish(pointer, target, frames, SLICE_NS)
            waited += SLICE_NS
        if status == lib.IB_STATUS_AGAIN:
            lib.ib_stream_give_up(pointer)
            status = lib.IB_STATUS_LATE
        if status & lib.IB_STATUS_HAS_EVENTS:
            self._take_events()
            status &= ~lib.IB_STATUS_HAS_EVENTS
        self._note_report()
        if status != lib.IB_STATUS_OK:
            self._judge(status)
            self._stand_in(audio, output)
        return output

    def _process_array(
        self,
        audio: Array | None,
        events: Iterable[Any] | None,
        transport: Transport | None,
        frames: int | None,
        outputs: str,
    ) -> Array:
        self._check_open()
        self._reactivate()
        audio, length = self._check_input(audio, frames)
        if outputs not in {"main", "all"}:
            raise ArgumentError(f"outputs is {outputs!r} and must be 'main' or 'all'")
        channels = self._main_outputs if outputs == "main" else self._stream.outputs
        output = np.zeros((channels, length), audio.dtype)
        if transport is not None:
            self._set_transport(transport)
        self._run(audio, output, length, events, 0)
        return output

    def _check_input(self, audio: Array | None, frames: int | None) -> tuple[Array, int]:
        if audio is None:
            if frames is None or isinstance(frames, bool) or not hasattr(frames, "__index__") or int(frames) < 0:
                raise ArgumentError(f"without audio, frames must be a whole number of 0 or more; it is {frames!r}")
            return np.zeros((0, int(frames)), np.float32), int(frames)
        if frames is not None:
            raise ArgumentError("frames goes without audio; with audio, the array says how long it is")
        checked = check_audio(audio, channels=(self._main_inputs, self._stream.inputs), name=self.name)
        return checked, checked.shape[1]

    def _set_transport(self, transport: Transport) -> None:
        before = ffi.new("struct ib_transport *")
        known = lib.ib_stream_get_transport(self._stream.pointer, before)
        made = to_core(transport, before if known else None, self.sample_rate)
        lib.ib_stream_set_transport(self._stream.pointer, made)

    def encode(self, events: Iterable[Any] | None, frames: int) -> tuple[list[int], list[bytes]]:
        """Times and bytes of the events of a call, changes that were waiting first."""
        times, encoded = [0] * len(self._pending), list(self._pending)
        if events is not None:
            converted = to_events(events, self.sample_rate)
            for event in converted:
                if event.time >= max(frames, 1):
                    raise ArgumentError(f"{event} lies behind the end of the audio, which has {frames} frames")
            more_times, more = encode_events(converted, self.parameters.id_of)
            times += more_times
            encoded += more
            set_values = {
                self.parameters.id_of(event.parameter): event.value
                for event in sorted(converted, key=lambda event: event.time)
                if isinstance(event, ParamValue) and event.key == event.note_id == -1
            }
            self._values.update(set_values)
            self._journal.update(set_values)
        self._pending.clear()
        return times, encoded

    def keep(self, encoded: list[bytes]) -> None:
        """Events that no block had room for: the next block carries them, at its start."""
        self._pending[:0] = encoded

    def after_wait(self, status: BlockStatus) -> None:
        """A block that was submitted by hand is settled: learn from it, and from how it ended."""
        self._take_events()
        self._note_report()
        if status is BlockStatus.CRASHED and self._connection.error is None:
            self._connection.crashed("process")
        elif status is BlockStatus.CORRUPT and self._connection.error is None:
            self._connection.corrupt()

    @property
    def on_crash(self) -> str:
        """What stands in for audio that the plugin did not deliver."""
        return self._options.on_crash

    def _run(self, audio: Array, output: Array, frames: int, events: Iterable[Any] | None, flags: int) -> None:
        """Push one array through; on failure raise, or fill the output as the policy says."""
        times, encoded = self.encode(events, frames)
        if self._connection.error is not None:
            self._fail()
            self._stand_in(audio, output)
            return
        if frames == 0 and not encoded and not flags:
            return
        o = self._options
        job = Job(
            audio,
            output,
            frames=frames,
            times=times,
            events=encoded,
            flags=flags | (lib.IB_BLOCK_OFFLINE if o.offline else 0),
            policy=_POLICIES[o.on_crash],
            patience=o.timeout,
        )
        room = job.event_room(o.block_size)
        if room > self._stream.event_bytes:
            self._grow(room)
        status = job.run(self._stream)
        self._take_events()
        self._note_report()
        if status != lib.IB_STATUS_OK:
            self._judge(status, int(job.job.failed_sequence))

    def _grow(self, room: int) -> None:
        size = 1 << max(room - 1, 63).bit_length()
        if size > lib.IB_MAX_EVENT_BYTES:
            raise ArgumentError(f"{room} bytes of events fall into one block; at most {lib.IB_MAX_EVENT_BYTES} can")
        transport = ffi.new("struct ib_transport *")
        playing = lib.ib_stream_get_transport(self._stream.pointer, transport)
        self._use(self._connection.swap(size))
        if playing:
            lib.ib_stream_set_transport(self._stream.pointer, transport)

    def _judge(self, status: int, block: int = 0) -> None:
        """A block did not come back as it should. Raises, or returns if the caller wants to go on."""
        status &= ~lib.IB_STATUS_HAS_EVENTS
        if status in {lib.IB_STATUS_PLUGIN_ERROR, lib.IB_STATUS_NOT_STARTED}:
            if self._options.on_crash == "raise":
                what = "reported an error" if status == lib.IB_STATUS_PLUGIN_ERROR else "refuses to process"
                raise PluginError(f"{self.name} {what}; the output of block {block} is no good")
            return
        if status == lib.IB_STATUS_CRASHED:
            self._connection.crashed("process")
        elif status == lib.IB_STATUS_CORRUPT:
            self._connection.corrupt()
        else:
            self._connection.hung("process", self._options.timeout)
        self._fail()

    def _fail(self) -> None:
        error = self._connection.error
        if error is not None and self._options.on_crash == "raise":
            raise error

    def _stand_in(self, audio: Array, output: Array) -> None:
        output[:] = 0
        if self._options.on_crash == "bypass":
            channels = min(audio.shape[0], output.shape[0])
            output[:channels] = audio[:channels]

    def _take_events(self) -> None:
        events = self._stream.take_events()
        self._events.extend(events)
        changed = {int(e.parameter): e.value for e in events if isinstance(e, ParamValue) and e.key == e.note_id == -1}
        if changed:
            self._learn(changed)

    def _note_report(self) -> None:
        report = self._stream.report()
        if report.blocks:
            self._latency, self._tail = int(report.latency), int(report.tail)

    def take_events(self) -> list[Event]:
        """What the plugin has sent since the last call: notes, MIDI, parameter changes. Times are frames from the start of the
        array that each came with."""
        with self._lock:
            events, self._events = self._events, []
            return events

    def flush(self) -> None:
        """Hand parameter changes that wait for the next block to the plugin now."""
        with self._lock:
            self._check_open()
            self._reactivate()
            nothing = np.zeros((0, 0), np.float32)
            self._run(nothing, nothing, 0, None, 0)

    def reset(self) -> None:
        """Forget all audio inside: delays, reverbs, sounding notes. Parameters stay."""
        with self._lock:
            self._check_open()
            self._reactivate()
            nothing = np.zeros((0, 0), np.float32)
            self._run(nothing, nothing, 0, None, lib.IB_BLOCK_RESET)

    def _reactivate(self) -> None:
        if self._rebuild:
            self._rebuild = False
            self._use(self._connection.activate(self._stream.event_bytes))

    def render(
        self,
        audio: Array | None = None,
        *,
        events: Iterable[Any] | None = None,
        transport: Transport | None = None,
        frames: int | None = None,
        tail: float | Literal["auto"] = 0.0,
    ) -> Array:
        """Audio through the plugin as a whole, from a reset: latency is compensated and the tail appended.

        The result is as long as the input plus the tail: ``tail`` in seconds, or ``"auto"``: as long as the plugin says, or
        where it cannot say, until the sound has died away, ten seconds at most. Other arguments as for ``process``.
        """
        with self._lock:
            self._check_open()
            return render(self, audio, events=events, transport=transport, frames=frames, tail=tail)

    def set_offline(self, offline: bool) -> None:
        """Tell the plugin whether it renders offline."""
        self._check_open()
        self._connection.ask(m.SetOffline(offline=offline), m.Done, "parameter")

    # -- block by block -----------------------------------------------------------------------------------------------

    @property
    def input(self) -> Array:
        """Where the next block's input goes: shared memory of shape (channels, block_size). Raises BlockingIOError while every
        slot is in flight."""
        return self._blocks.input()

    @property
    def output(self) -> Array:
        """What the last ``wait`` brought: shared memory of shape (channels, block_size), valid until that slot's next turn."""
        return self._blocks.output()

    def submit(self, frames: int | None = None, *, events: Iterable[Any] | None = None) -> int:
        """Hand over the block in ``input``; its number. 0 if every slot is in flight, or the booth is dead: then ``events``
        wait for the next block. Several blocks may be in flight."""
        with self._lock:
            return self._blocks.submit(self._options.block_size if frames is None else frames, events)

    def wait(self, timeout: float | None = None) -> BlockStatus:
        """Wait for the oldest block in flight, ``timeout`` seconds at most; never raises for what the plugin does.

        ``output`` then holds the block, or a stand-in (as ``on_crash`` says; silence for ``raise``).
        """
        with self._lock:
            return self._blocks.wait(self._options.timeout if timeout is None else timeout)

    # -- copies -------------------------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it is and its state: the copy has a booth of its own."""
        return (_rebuild, (self._target, self._options, self.state))


def _rebuild(target: Target, options: Options, state: bytes) -> Plugin:
    plugin = Plugin(target, options)
    try:
        plugin.state = state
    except BaseException:
        plugin.close()
        raise
    return plugin


def _disown() -> None:
    """In a forked child: the booths are the parent's."""
    for plugin in list(_everyone):
        plugin._fast_inputs = -1
        plugin._lock = threading.RLock()


os.register_at_fork(after_in_child=_disown)
