"""What a plugin has sent and its page has not had yet: bounded, filled by one thread and emptied by another."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

MOST_MESSAGES = 2000
MOST_BYTES = 32 << 20
"""A page that does not keep up loses what is newer than this."""


class Outbox:
    """``wake`` is called, on the thread that puts, when there is something where there was nothing."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._wake = wake
        self.lost = 0
        """Messages for which there was no room, so far."""

    def put(self, message: bytes) -> None:
        """Here is one. Any thread; never waits."""
        with self._lock:
            if len(self._waiting) >= MOST_MESSAGES or self._bytes + len(message) > MOST_BYTES:
                self.lost += 1
                return
            is_first = not self._waiting
            self._waiting.append(message)
            self._bytes += len(message)
        if is_first:
            self._wake()

    def take(self) -> bytes | None:
        """The oldest; None if there is none."""
        with self._lock:
            if not self._waiting:
                return None
            message = self._waiting.popleft()
            self._bytes -= len(message)
            return message

    def clear(self) -> None:
        """The page for which they were is gone."""
        with self._lock:
            self._waiting.clear()
            self._bytes = 0
