"""What a booth says unasked, handed on in order and never before there is somebody to take it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from isobooth.protocol import messages as m


def _forget(_: m.Message | None) -> None:
    """Nobody wants to know."""


class Arrivals:
    """Calls ``take`` with one notification after the other, on the thread that brings it.

    Between ``hold`` and ``release`` they are kept: a booth talks as soon as it runs, before the plugin here is set up.
    """

    def __init__(self, take: Callable[[m.Message | None], None]) -> None:
        self._take = take
        self._lock = threading.RLock()
        self._held: list[m.Message | None] | None = None
        """What is kept; None while nothing is."""

    def hold(self) -> None:
        """Keep what comes from now on, and forget what was kept."""
        with self._lock:
            self._held = []

    def release(self) -> None:
        """Hand on what was kept, and what comes from now on as it comes."""
        with self._lock:
            for message in self._held or []:
                self._take(message)
            self._held = None

    def receive(self, message: m.Message | None) -> None:
        """Here is one; None: the channel has closed."""
        with self._lock:
            if self._held is None:
                self._take(message)
            else:
                self._held.append(message)

    def mute(self) -> None:
        """Its booth ends because it is told to: nothing more to hear of."""
        with self._lock:
            self._take = _forget
            self._held = None

    def disown(self) -> None:
        """In a forked child: whoever held the lock is not in this process."""
        self._lock = threading.RLock()
