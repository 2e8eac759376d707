"""Activation of a plugin that has got other buses, and may get yet others meanwhile."""

from __future__ import annotations

from typing import Protocol

from isobooth.protocol import messages as m
from isobooth.protocol.errors import PluginError, SegmentError

from .connection import Connection
from .stream import Stream

MOST_ATTEMPTS = 5
"""Of one call, while the plugin changes its buses."""


class Renewed(Protocol):
    """What is to be activated anew."""

    rebuild: bool
    """Set by the thread that hears from the booth, when the plugin has other buses."""


def activate_anew(player: Renewed, connection: Connection, event_bytes: int) -> Stream:
    """Activate with the buses that are known, and again where others are told of meanwhile.

    Raises what Connection.activate raises; ``rebuild`` then stays set.
    """
    attempts = 0
    while True:
        attempts += 1
        player.rebuild = False  # first: what is told of from here on is news
        try:
            return connection.activate(event_bytes)
        except (PluginError, SegmentError):
            if attempts == MOST_ATTEMPTS or not _hears_of_others(player, connection):
                player.rebuild = True
                raise
        except BaseException:  # Ctrl-C as well
            player.rebuild = True
            raise


def _hears_of_others(player: Renewed, connection: Connection) -> bool:
    """Has the plugin other buses by now? What the booth says of them comes before its next answer."""
    if connection.is_dead:
        return False
    try:
        connection.ask(m.Ping(), m.Done, "activate")
    except BaseException:  # Ctrl-C as well
        player.rebuild = True
        raise
    return player.rebuild
