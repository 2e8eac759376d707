"""What a DAW holds: one plugin that runs in a booth of its own."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from isobooth.protocol import messages as m
from isobooth.protocol.errors import PluginClosed, StateError
from isobooth.protocol.events import Event
from isobooth.protocol.transport import Transport

from ._core import lib
from .arrays import Array
from .connection import Connection, Target
from .facts import Facts
from .notices import Notices
from .options import Options
from .parameters import Parameters
from .player import Player
from .render import render
from .status import BlockStatus
from .values import ParameterValues

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_everyone: weakref.WeakSet[Plugin] = weakref.WeakSet()


class Plugin(Facts):
    """A plugin in a process of its own. Made by ``load``; close it, or use it as a context manager.

    Methods may be called from any thread, one at a time: calls on one plugin wait for each other. When the plugin's
    process ends or hangs, the call at hand raises PluginCrashed or PluginTimeout (or goes on with bypassed or silent
    audio, as ``on_crash`` says) and so does every later one until ``restart``.
    """

    def __init__(self, target: Target, options: Options) -> None:
        self._target = target
        self._options = options
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._values = ParameterValues(self._check_open)
        self._snapshot: bytes | None = None
        self._closed = False
        self._notices = Notices(self._take_note)
        self._connect()
        _everyone.add(self)

    # -- life ---------------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        here = weakref.WeakMethod(self._notices.receive)
        self._notices.hold()

        def notify(message: m.Message | None) -> None:
            listener = here()
            if listener is not None:
                listener(message)

        connection = Connection(self._target, self._options, notify)
        try:
            self._connection = connection
            self.descriptor = connection.descriptor
            self._values.connection = connection
            self._values.describe(self.descriptor.parameters, connection.loaded.values)
            self._player = Player(self._values, connection, self._options)
            self._values.player = self._player
            self._notices.release()
        except BaseException:
            connection.close()
            raise

    def _take_note(self, message: m.Message | None) -> None:
        if isinstance(message, m.ValuesChanged):
            self._values.learn(message.values, by_plugin=True)
        elif isinstance(message, m.ParametersChanged):
            self._values.describe(message.parameters, message.values)
        elif isinstance(message, m.LatencyChanged):
            self._player.note(latency=message.latency)
        elif isinstance(message, m.TailChanged):
            self._player.note(tail=message.tail)
        elif isinstance(message, m.Restarted):
            self._player.note(latency=message.latency, tail=message.tail)
        elif isinstance(message, m.BusesChanged):
            self.descriptor.buses = message.buses
            self._player.rebuild = True

    def _check_open(self) -> None:
        if self._closed:
            raise PluginClosed(f"{self.name} has been closed")
        if self._pid != os.getpid():
            raise PluginClosed(
                f"{self.name} belongs to process {self._pid}, of which this one is a fork - load it here again"
            )

    def close(self) -> None:
        """End the plugin and its process. A second call does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def restart(self) -> None:
        """End the booth, dead or alive, and start a new one with the last known state and parameters.

        What is lost is what the plugin kept inside and never showed: everything since ``state`` was last read or set
        that is no parameter. Raises what ``load`` raises.
        """
        with self._lock:
            self._check_open()
            before = self._player
            journal = dict(self._values.journal)
            self._connection.close()
            self._connect()
            self._player.adopt(before)
            if self._snapshot is not None:
                self._load_state(self._snapshot)
            self._values.repeat(journal)
            self.flush()

    # -- parameters ---------------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> Parameters:
        """All parameters, see Parameters."""
        return self._values.parameters

    def refresh_values(self) -> None:
        """Ask the plugin for the value of every parameter."""
        self.flush()
        self._values.known.update(self._connection.ask(m.GetValues(), m.Values, "parameter").values)

    # -- state --------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> bytes:
        """Everything the plugin wants remembered, as bytes of any size. Assign what was read to restore it."""
        with self._lock:
            self.flush()
            data = self._connection.ask(m.SaveState(), m.State, "state save").data
            self._snapshot = data
            self._values.journal.clear()
            return data

    @state.setter
    def state(self, data: bytes) -> None:
        with self._lock:
            self.flush()
            self._load_state(data)
            self._snapshot = bytes(data)
            self._values.journal.clear()

    def _load_state(self, data: bytes) -> None:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise StateError(f"a state is bytes, not {type(data).__name__}")
        reply = self._connection.ask(m.LoadState(data=bytes(data)), m.Values, "state load")
        self._values.known.update(reply.values)

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

        ``audio`` has the shape (channels, frames), float32 or float64, any length; the result has the same length and
        type and the channels of the main output bus (of all buses with ``outputs="all"``). The input may have the
        channels of the main input bus, the others getting silence, or of all buses in order. Without ``audio``,
        ``frames`` frames of silence go in. The output is late by ``latency`` frames, see ``render``. Long arrays are
        cut into blocks of ``block_size``.

        ``events`` are isobooth's own or mido messages; their times are frames from the start of ``audio``. A
        ``transport`` stays in force for later calls, which carry it on.

        Raises ArgumentError or ArgumentTypeError, PluginCrashed, PluginTimeout, PluginError if the plugin reports an
        error.
        """
        with self._lock:
            if events is None and transport is None and frames is None and outputs == "main":
                done = self._player.process_quickly(audio)
                if done is not None:
                    return done
            self._check_open()
            return self._player.process(audio, events, transport, frames, outputs)

    def take_events(self) -> list[Event]:
        """What the plugin has sent since the last call: notes, MIDI, parameter changes.

        Times are frames from the start of the array that each came with.
        """
        with self._lock:
            return self._player.take_events()

    def flush(self) -> None:
        """Hand parameter changes that wait for the next block to the plugin now."""
        with self._lock:
            self._check_open()
            self._player.send(0)

    @contextlib.contextmanager
    def piece(self) -> Iterator[None]:
        """Calls of ``process`` inside belong to one piece of music.

        A plugin may ask to be deactivated and activated again, for instance because its latency has changed, and loses
        what it holds inside. That is done between two pieces: after each call of ``process`` outside of such a block.
        """
        with self._lock:
            self._check_open()
            with self._player.piece():
                yield

    def reset(self) -> None:
        """Forget all audio inside: delays, reverbs, sounding notes. Parameters stay."""
        with self._lock:
            self._check_open()
            self._player.send(lib.IB_BLOCK_RESET)

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

        The result is as long as the input plus the tail: ``tail`` in seconds, or ``"auto"``: as long as the plugin
        says, or where it cannot say, until the sound has died away, ten seconds at most. Other arguments as for
        ``process``.
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
        """Where the next block's input goes: shared memory of shape (channels, block_size).

        Raises BlockingIOError while every slot is in flight.
        """
        self._check_open()
        return self._player.blocks.input()

    @property
    def output(self) -> Array:
        """What the last ``wait`` brought: shared memory of shape (channels, block_size).

        It is valid until that slot's next turn.
        """
        return self._player.blocks.output()

    def submit(self, frames: int | None = None, *, events: Iterable[Any] | None = None) -> int:
        """Hand over the block in ``input``; its number. Several blocks may be in flight.

        0 if every slot is in flight, or the booth is dead: then ``events`` wait for the next block.
        """
        with self._lock:
            self._check_open()
            return self._player.blocks.submit(self._options.block_size if frames is None else frames, events)

    def wait(self, timeout: float | None = None) -> BlockStatus:
        """Wait for the oldest block in flight, ``timeout`` seconds at most; never raises for what the plugin does.

        ``output`` then holds the block, or a stand-in (as ``on_crash`` says; silence for ``raise``).
        """
        with self._lock:
            self._check_open()
            return self._player.blocks.wait(self._options.timeout if timeout is None else timeout)

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
        plugin._player.disown()  # noqa: SLF001 - of the class above
        plugin._lock = threading.RLock()  # noqa: SLF001 - whoever held it is not in this process
        plugin._notices.disown()  # noqa: SLF001 - as the line before


os.register_at_fork(after_in_child=_disown)
