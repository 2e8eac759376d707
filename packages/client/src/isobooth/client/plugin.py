"""What a DAW holds: one plugin that runs in a booth of its own."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from isobooth.protocol import abilities as a
from isobooth.protocol import messages as m
from isobooth.protocol.errors import PluginClosed
from isobooth.protocol.events import Event
from isobooth.protocol.transport import Transport

from ._core import lib
from .arrays import Array
from .connection import Target
from .hearing import Board
from .keeper import Keeper, stop_at_exit
from .memory import Memory
from .notices import Late
from .options import Options
from .parameters import Parameters
from .render import render
from .revival import revive
from .status import BlockStatus
from .supervised import Supervised
from .values import ParameterValues

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_TOLD_WHEN_LATE = {10**power for power in range(12)}

_everyone: weakref.WeakSet[Plugin] = weakref.WeakSet()


class Plugin(Supervised):
    """A plugin in a process of its own. Made by ``load``; close it, or use it as a context manager.

    Methods may be called from any thread, one at a time: calls on one plugin wait for each other. When the plugin's
    process ends or hangs, the call at hand raises PluginCrashed or PluginTimeout (or goes on with bypassed or silent
    audio, as ``on_crash`` says) and so does every later one until ``restart``, or until the plugin has been brought
    back by itself where ``load`` was told so.
    """

    def __init__(self, target: Target, options: Options) -> None:
        self._target = target
        self._options = options
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._values = ParameterValues(self._check_open)
        self._memory = Memory()
        self._closed = False
        self._board = Board()
        self._keeper = Keeper(options.restart)
        self._values.on_change = _call_weakly(self._note_dirty)
        fresh = revive(target, options, self._values, _call_weakly(self._take_note), self._memory)
        stop_at_exit()
        self._begin(fresh)
        self._values.hear = _call_weakly(self._hear_meters)
        fresh.arrivals.release()
        _everyone.add(self)

    # -- life ---------------------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise PluginClosed(f"{self.name} has been closed")
        if self._pid != os.getpid():
            raise PluginClosed(
                f"{self.name} belongs to process {self._pid}, of which this one is a fork - load it here again"
            )

    def close(self) -> None:
        """End the plugin and its process. A second call does nothing."""
        self._close_view()
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._arrivals.mute()
            if self._watch is not None:
                self._watch.stop()
            self._connection.close()
        self._keeper.stop()
        self._board.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # -- parameters ---------------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> Parameters:
        """All parameters, see Parameters."""
        return self._values.parameters

    def refresh_values(self) -> None:
        """Ask the plugin for the value of every parameter."""
        self.flush()
        self._values.known.update(self._connection.ask(m.GetValues(), m.Values, "parameter").values)

    def _hear_meters(self) -> None:
        if self._lock.acquire(blocking=False):  # else a call is under way, at the end of which they will be known
            try:
                self._player.hear()
            finally:
                self._lock.release()

    # -- audio --------------------------------------------------------------------------------------------------------

    def process(
        self,
        audio: Array | None = None,
        *,
        events: Iterable[Any] | None = None,
        transport: Transport | None = None,
        frames: int | None = None,
        outputs: Literal["main", "all"] = "main",
        out: Array | None = None,
    ) -> Array:
        """Audio through the plugin, as a stream: the next call goes on where this one ended.

        ``audio`` has the shape (channels, frames), float32 or float64, any length; the result has the same length and
        type and the channels of the main output bus (of all buses with ``outputs="all"``). The input may have the
        channels of the main input bus, the others getting silence, or of all buses in order. Without ``audio``,
        ``frames`` frames of silence go in. The output is late by ``latency`` frames, see ``render``. Long arrays are
        cut into blocks of ``block_size``.

        ``out`` is an array of the result's shape, float32 or float64, with rows without gaps, that takes the result and
        is returned; it may be ``audio`` itself but not overlap with it in another way. When the call raises, what it
        holds is not defined.

        Where ``load`` was told to bring the plugin back, and that it plays offline, a call whose plugin dies waits for
        the next booth and goes on there, from the first frame that did not come back; see ``on_crash`` for what stands
        in for a block that kills two booths in a row. In real time no call ever waits: the rest of the array is what
        ``on_crash`` says.

        ``events`` are isobooth's own or mido messages; their times are frames from the start of ``audio``. A
        ``transport`` stays in force for later calls, which carry it on.

        Raises ArgumentError or ArgumentTypeError, PluginCrashed, PluginTimeout, PluginError if the plugin reports an
        error.
        """
        with self._lock:
            if events is None and transport is None and frames is None and outputs == "main":
                quick = self._player.quick
                if quick is not None and (done := quick.process(audio, out)) is not None:
                    return done
            self._check_open()
            return self._player.process(audio, events, transport, frames, outputs, out)

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
    def piece(self, *, waits: bool = False) -> Iterator[None]:
        """Calls of ``process`` inside belong to one piece of music.

        A plugin may ask to be deactivated and activated again, for instance because its latency has changed, and loses
        what it holds inside. That is done between two pieces: after each call of ``process`` outside of such a block.
        With ``waits``, calls inside wait for a plugin that is brought back, as they do with ``load(offline=True)``.
        """
        with self._lock:
            self._check_open()
            self._player.pieces += 1
            self._waiting_pieces += waits
            self._tell_patience()
            try:
                yield
            finally:
                self._waiting_pieces -= waits
                self._tell_patience()
                self._player.end_piece()

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

        A plugin that dies meanwhile, and is brought back (``restart`` of load) with ``on_crash`` other than
        ``"raise"``, is waited for: the piece goes on with it where it died. The notice Recovered says what was lost.
        """
        with self._lock:
            self._check_open()
            return render(self, audio, events=events, transport=transport, frames=frames, tail=tail)

    @property
    def bypass(self) -> bool:
        """Is the plugin bypassed? Assign to change that, from the next block on.

        Where the plugin has a bypass parameter, this is that parameter (as an event, it takes effect at a frame).
        Otherwise, the main input bus goes to the main output bus, channel by channel and late by ``latency`` like the
        plugin's own output; outputs without an input are silent. The plugin plays on unheard, so that its tail and its
        place in the song are right when it comes back, and its output events still come. A plugin that tells its
        latency with its first block only (LADSPA) is taken to have none until the end of that call; one of more than
        some minutes is not followed (``latency`` is then 0).
        """
        own = self._values.bypass_parameter
        if own is None:
            return self._player.is_bypassed
        return (own.value > (own.range[0] + own.range[1]) / 2) != self._is_bypass_reversed

    @bypass.setter
    def bypass(self, bypassed: bool) -> None:
        with self._lock:
            self._check_open()
            own = self._values.bypass_parameter
            if own is None:
                self._player.is_bypassed = bool(bypassed)
            else:
                own.value = own.range[1 if bool(bypassed) != self._is_bypass_reversed else 0]

    @property
    def _is_bypass_reversed(self) -> bool:
        """LV2's switch says that the plugin is enabled."""
        return self.format == "lv2"

    def set_offline(self, offline: bool) -> None:
        """Tell the plugin whether it renders offline."""
        self._check_open()
        request = m.SetOffline(offline=bool(offline))
        self._connection.ask(request, m.Done, "parameter")
        self._memory.told["offline"] = request
        self._tell_patience()

    # -- block by block -----------------------------------------------------------------------------------------------

    @property
    def input(self) -> Array:
        """Where the next block's input goes: shared memory of shape (channels, block_size).

        Raises BlockingIOError while every slot is in flight, or the plugin has other buses and waits for
        ``reactivate``.
        """
        with self._lock:  # another booth takes over as a whole
            self._check_open()
            return self._player.blocks.input()

    @property
    def output(self) -> Array:
        """What the last ``wait`` brought: shared memory of shape (channels, block_size).

        It is valid until that slot's next turn.
        """
        with self._lock:
            return self._player.blocks.output()

    def submit(self, frames: int | None = None, *, events: Iterable[Any] | None = None) -> int:
        """Hand over the block in ``input``; its number. Several blocks may be in flight.

        0 if every slot is in flight, the booth is dead, or the plugin has other buses and waits for ``reactivate``
        (``is_active`` tells): then ``events`` wait for the next block.
        """
        with self._lock:
            self._check_open()
            return self._player.blocks.submit(self._options.block_size if frames is None else frames, events)

    def wait(self, timeout: float | None = None) -> BlockStatus:
        """Wait for the oldest block in flight, ``timeout`` seconds at most; never raises for what the plugin does.

        ``output`` then holds the block, or a stand-in (as ``on_crash`` says; silence for ``raise``), or what ``bypass``
        says. INACTIVE: the plugin got other buses, and this block will never come back; ``reactivate`` it.
        """
        with self._lock:
            self._check_open()
            status = self._player.blocks.wait(self._options.timeout if timeout is None else timeout)
            if status is BlockStatus.LATE and (count := self._player.late_in_a_row) in _TOLD_WHEN_LATE:
                self._board.put(Late(count))
            return status

    # -- copies -------------------------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it is and its state: the copy has a booth of its own."""
        return (_rebuild, (self._target, self._options, self.state, self._memory.buses))


def _call_weakly(method: Callable[..., None]) -> Callable[..., None]:
    """The same, as long as its object is there for other reasons."""
    there = weakref.WeakMethod(method)

    def call(*arguments: Any) -> None:
        found = there()
        if found is not None:
            found(*arguments)

    return call


def _rebuild(target: Target, options: Options, state: bytes, buses: a.SetBuses | None = None) -> Plugin:
    plugin = Plugin(target, options)
    try:
        if buses is not None:
            plugin.set_buses(buses.inputs, buses.outputs)
        plugin.state = state
    except BaseException:  # Ctrl-C as well
        plugin.close()
        raise
    return plugin


def _disown() -> None:
    """In a forked child: the booths are the parent's."""
    for plugin in list(_everyone):
        plugin._player.disown()  # noqa: SLF001 - of the class above
        plugin._lock = threading.RLock()  # noqa: SLF001 - whoever held it is not in this process
        plugin._arrivals.disown()  # noqa: SLF001 - as the line before
        plugin._board.disown()  # noqa: SLF001 - as the line before
        plugin._keeper.disown()  # noqa: SLF001 - as the line before
        if plugin._web_view is not None:  # noqa: SLF001 - as the line before
            plugin._web_view.disown()  # noqa: SLF001 - as the line before


os.register_at_fork(after_in_child=_disown)
