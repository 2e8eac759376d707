"""A booth made ready to take the place of another, without anybody having to wait for it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass

from isobooth.protocol import messages as m
from isobooth.protocol.errors import PluginCrashed, PluginError, PluginTimeout

from .arrivals import Arrivals
from .booth import Booth
from .connection import Connection, Target
from .memory import Memory
from .options import Options
from .outgoing import Performer
from .player import Player

Take = Callable[[m.Message | None], None]


@dataclass
class Fresh:
    """A booth that is loaded and activated, with the state of another. What it says is kept until ``release``."""

    connection: Connection
    player: Player
    arrivals: Arrivals
    values: dict[int, float]
    """Of its parameters, as it told them."""
    trouble: PluginError | None = None
    """What it would not take back."""


def revive(
    target: Target,
    options: Options,
    performer: Performer,
    take: Take,
    memory: Memory,
    *,
    event_bytes: int = 0,
    started: Callable[[Booth], None] | None = None,
) -> Fresh:
    """Start, load and activate a booth and bring back what ``memory`` holds, in the caller's thread.

    ``started`` is called with the booth as soon as it runs. Raises what ``load`` raises; where a plugin only refuses
    what it is to take back, that is ``trouble``.
    """
    arrivals = Arrivals(take)
    arrivals.hold()
    here = weakref.WeakMethod(arrivals.receive)

    def notify(message: m.Message | None) -> None:
        listener = here()
        if listener is not None:
            listener(message)

    connection = Connection(target, options, notify, started)
    try:
        values = dict(connection.loaded.values)
        troubles: list[PluginError] = []

        def attempt(step: Callable[[], None]) -> None:
            try:
                step()
            except (PluginCrashed, PluginTimeout):
                raise
            except PluginError as error:
                troubles.append(error)

        attempt(lambda: _recall_buses(connection, memory, values))
        player = Player(performer, connection, options, event_bytes)
        attempt(lambda: _recall_state(connection, memory, values))
        for request in memory.told.values():
            attempt(lambda request=request: _tell(connection, request))  # type: ignore[misc]
    except BaseException:  # Ctrl-C as well
        connection.close()
        raise
    return Fresh(connection, player, arrivals, values, troubles[0] if troubles else None)


def _recall_buses(connection: Connection, memory: Memory, values: dict[int, float]) -> None:
    if memory.buses is not None:
        reply = connection.ask(memory.buses, m.Described, "describe", connection.options.load_timeout)
        connection.loaded.descriptor = reply.descriptor
        values.update(reply.values)


def _recall_state(connection: Connection, memory: Memory, values: dict[int, float]) -> None:
    if memory.preset is not None:
        values.update(connection.ask(memory.preset, m.Values, "state load").values)
    if memory.state is not None:
        values.update(connection.ask(m.LoadState(data=memory.state), m.Values, "state load").values)


def _tell(connection: Connection, request: m.Request) -> None:
    connection.ask(request, m.Done, "callback")
