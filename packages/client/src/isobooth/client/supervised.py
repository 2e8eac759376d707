"""A plugin that is looked after: what it says is taken in, its death is told of, and it is brought back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from isobooth.protocol import abilities as a
from isobooth.protocol import messages as m
from isobooth.protocol import web as w
from isobooth.protocol.errors import IsoboothError, PluginClosed

from ._core import lib
from .abilities import Abilities
from .arrivals import Arrivals
from .connection import Connection, Target
from .hearing import Hearing
from .keeper import Keeper
from .notices import Crashed, GaveUp, LatencyChanged, ParametersChanged, Recovered, RestartFailed, to_notices
from .options import number
from .player import Player
from .revival import Fresh, revive
from .views import Viewed
from .watch import Watch


class Supervised(Abilities, Hearing, Viewed):
    """The part of Plugin that survives the plugin's death. A Plugin sets the attributes."""

    _target: Target
    _arrivals: Arrivals
    _watch: Watch | None = None
    _retired: Player | None = None
    """The player before this one; another thread may just be looking at its input."""
    _settled: Connection | None = None
    """Whose death the keeper has dealt with last."""
    _waiting_pieces = 0
    """Pieces under way whose calls wait for a plugin that is brought back."""
    _resumes_at: int | None = None
    """Where a call that waits goes on."""

    def restart(self) -> None:
        """End the booth, dead or alive, and start a new one with the last known state and parameters.

        So are the preset that was loaded, the buses that were set, the track and the bypass. What is lost is what the
        plugin kept inside and never showed: everything since ``state`` was last read or set, or a preset loaded, or the
        last snapshot (see ``load``'s restart), that is no parameter. Restarts that were made by themselves no longer
        count. Raises what ``load`` raises, and StateError where the plugin does not take its own state back: it then
        plays with what it starts with.
        """
        with self._lock:
            self._check_open()
            self._keeper.history.forget()
            self._arrivals.mute()
            self._settled = self._connection  # here, and not by the keeper, which hears no more of it
            if self._connection.booth.is_gone:
                self._connection.ended()  # so that why it ended can be told
            self._connection.close()
            fresh = self._revive()
            self._install(fresh)
            if fresh.trouble is not None:
                raise fresh.trouble
            self.flush()

    def wait_alive(self, timeout: float | None = None) -> bool:
        """Sleep while a dead plugin is being brought back, ``timeout`` seconds at most (None: as long as it takes).

        True if it is alive then. Not for a thread that must not wait; others hear of Recovered and GaveUp.
        """
        seconds = None if timeout is None else number("timeout", timeout, 0.0, 86400.0)
        self._keeper.wait(self._is_settled, seconds)
        return self.is_alive

    def _is_settled(self) -> bool:
        """Is it alive, or has its death been dealt with? A call may learn of a death before the keeper does."""
        return not self._connection.is_dead or self._settled is self._connection

    @property
    def restarts(self) -> int:
        """Attempts to bring the plugin back by itself since it was loaded, or restarted by hand."""
        return self._keeper.history.total

    # -- what the booth says -------------------------------------------------------------------------------------------

    def _take_note(self, message: m.Message | None) -> None:
        if isinstance(message, m.ValuesChanged):
            self._values.hear()  # first: meters that nobody has heard yet are older
            self._values.learn(message.values, by_plugin=True)
        elif isinstance(message, m.ParametersChanged):
            self.descriptor.parameters = message.parameters
            self._values.describe(message.parameters, message.values)
            self._player.is_unsettled = True  # it may have other meters
        elif isinstance(message, m.LatencyChanged):
            self._player.note(latency=message.latency)
        elif isinstance(message, m.TailChanged):
            self._player.note(tail=message.tail)
        elif isinstance(message, m.Restarted):
            self._player.note(latency=message.latency, tail=message.tail)
        elif isinstance(message, m.BusesChanged):
            self.descriptor.buses = message.buses
            self._player.rebuild = True
        elif isinstance(message, a.DescriptionChanged):
            message.descriptor.buses = self.descriptor.buses  # BusesChanged tells of others
            self._connection.loaded.descriptor = self.descriptor = message.descriptor
        elif isinstance(message, w.WebMessage):
            self._show(message.data)
        if isinstance(message, (m.StateDirty, a.PresetLoaded)):
            self._note_dirty()
        for notice in to_notices(message, self.descriptor):
            self._board.put(notice)
        if message is None:
            self._keeper.died(_Ward(self))

    def _show(self, data: bytes) -> None:
        view = self._web_view
        if view is not None:
            view.deliver(data)

    def _note_dirty(self) -> None:
        self._keeper.dirty(_Ward(self))

    # -- another booth -------------------------------------------------------------------------------------------------

    def _revive(self, keeper: Keeper | None = None) -> Fresh:
        memory, event_bytes = self._memory.copy(), self._player.stream.event_bytes
        return revive(
            self._target,
            self._options,
            self._values,
            self._take_note,
            memory,
            event_bytes=event_bytes,
            started=None if keeper is None else keeper.starts,
        )

    def _install(self, fresh: Fresh) -> int:
        """Go on with another booth: quick, since audio waits. With the lock held. How many parameters are set again."""
        before, latency = self._player, self._player.latency
        journal, same = dict(self._values.journal), self._values.infos == fresh.connection.descriptor.parameters
        self._arrivals.mute()
        self._begin(fresh, describe=not same)
        fresh.player.adopt(before)
        if self._retired is not None:
            self._retired.retire()
        self._retired = before
        count = self._values.repeat(journal)
        if not same:
            self._board.put(ParametersChanged())
        if fresh.player.latency != latency:
            self._board.put(LatencyChanged(fresh.player.latency))
        self._keeper.clean()
        fresh.arrivals.release()
        return count

    def _begin(self, fresh: Fresh, *, describe: bool = True) -> None:
        self._arrivals = fresh.arrivals
        self._connection = self._values.connection = fresh.connection
        self.descriptor = fresh.connection.descriptor
        if describe:
            self._values.describe(self.descriptor.parameters, fresh.values)
        else:
            self._values.known.update(fresh.values)
        self._player = self._values.player = fresh.player
        fresh.player.tune()  # it knows the parameters now, and with them the meters
        fresh.player.recovery = self._wait_for_heir
        self._tell_patience()
        if self._watch is not None:
            self._watch.stop()
        self._watch = Watch(fresh.connection, self._options.limits, self._board.put)

    # -- calls that wait for another booth -----------------------------------------------------------------------------

    def _tell_patience(self) -> None:
        told = self._memory.told.get("offline")
        offline = told.offline if isinstance(told, m.SetOffline) else self._options.offline
        self._player.is_patient = offline or self._waiting_pieces > 0

    def _wait_for_heir(self, place: int) -> Player | None:
        """See Player.recovery. With the lock held, which the keeper may use meanwhile."""
        dead = self._connection
        if dead.is_dead:
            self._resumes_at = place
            self._keeper.lend(lambda: self._connection is not dead or self._settled is dead)
            self._resumes_at = None
        return None if self._connection.is_dead and self._connection is dead else self._player

    # -- on the keeper's thread: see keeper.Ward -----------------------------------------------------------------------

    def _find_cause(self, connection: Connection) -> None:
        connection.ended()
        error = connection.error
        if error is not None and not isinstance(error, PluginClosed):
            self._board.put(Crashed(error))

    def _try_again(self, keeper: Keeper) -> bool:
        dead = self._connection
        if self._closed or not dead.is_dead:
            return True
        try:
            fresh = self._revive(keeper)
        except IsoboothError as error:
            if not keeper.is_stopped:
                self._board.put(RestartFailed(error))
            return False
        unwanted = fresh.connection
        with keeper.borrow(self._lock) as is_awaited:
            if not self._closed and self._connection is dead:
                unwanted = dead
                lost = self._what_is_lost(fresh)
                missed = int(self._player.stream.report().missed)
                count = self._install(fresh)
                state_age = None if self._memory.state is None else time.monotonic() - self._memory.state_time
                seconds = time.monotonic() - keeper.died_at
                resumes_at = self._resumes_at if is_awaited else None
                self._board.put(Recovered(seconds, keeper.history.recent, state_age, count, lost, missed, resumes_at))
        unwanted.close()
        return True

    def _what_is_lost(self, fresh: Fresh) -> str:
        if fresh.trouble is not None:
            return f"the plugin did not take back all that it had: {fresh.trouble}"
        if not self._keeper.is_dirty:
            return ""
        if self._memory.state is None:
            return "what changed inside since the plugin was loaded, but for parameters"
        age = time.monotonic() - self._memory.state_time
        return f"what changed inside since the state of {age:.1f} seconds ago, but for parameters"

    def _give_up(self) -> None:
        error = self._connection.error
        if error is not None and not self._closed:
            self._board.put(GaveUp(self._keeper.history.recent, error))

    def _take_snapshot(self) -> None:
        connection, player, asked = self._connection, self._player, time.monotonic()
        saved: dict[int, float] = {}
        if self._closed or connection.is_dead or not self.descriptor.has_state:
            return
        with self._if_idle() as is_idle:
            if is_idle and not player.outgoing.pending and not lib.ib_stream_in_flight(player.stream.pointer):
                saved.update(self._values.journal)
        try:
            data = connection.ask(m.SaveState(), m.State, "state save").data
        except IsoboothError:
            return  # it cannot now, or has just died: then that is heard of
        if self._connection is connection and not self._closed and self._memory.remember_snapshot(data, asked):
            with self._if_idle() as is_idle:
                if is_idle and self._connection is connection:
                    self._values.forget(saved)

    @contextlib.contextmanager
    def _if_idle(self) -> Iterator[bool]:
        """Hold the lock, if no call has it: a render may have it for hours, and snapshots are taken all the same."""
        is_idle = self._lock.acquire(blocking=False)
        try:
            yield is_idle
        finally:
            if is_idle:
                self._lock.release()


class _Ward:
    """A plugin as its keeper sees it."""

    def __init__(self, plugin: Supervised) -> None:
        self._plugin = plugin
        self._connection = plugin._connection  # noqa: SLF001 - of the class above
        self.try_again = plugin._try_again  # noqa: SLF001 - as above
        self.give_up = plugin._give_up  # noqa: SLF001 - as above
        self.take_snapshot = plugin._take_snapshot  # noqa: SLF001 - as above

    def is_over(self) -> None:
        """See keeper.Ward."""
        self._plugin._settled = self._connection  # noqa: SLF001 - as above

    def find_cause(self) -> None:
        """See keeper.Ward."""
        self._plugin._find_cause(self._connection)  # noqa: SLF001 - as above
