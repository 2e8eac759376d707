"""Notices that wait to be taken: bounded, and whoever waits for them can sleep."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque

from .notices import Logged, Lost, Notice, UndoNotice, ValuesChanged

MOST_NOTICES = 10_000
"""That wait; then the oldest go, and Lost says how many."""
MOST_LINES = 1000
"""Of the log among them; lines beyond are only in Plugin.log, and count as lost."""
MOST_BYTES = 1 << 26
"""Of undo deltas and values that wait, roughly."""


def _weight(notice: Notice) -> int:
    if isinstance(notice, UndoNotice):
        return len(notice.delta)
    return 32 * len(notice.values) if isinstance(notice, ValuesChanged) else 0


class Inbox:
    """A queue from the reactor's thread to whichever thread takes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Notice] = deque()
        self._bytes = 0
        self._lines = 0
        self._lost = 0
        self._fd = -1
        self._is_closed = False

    def put(self, notice: Notice) -> None:
        """Append one; drop the oldest where there is no room."""
        with self._changed:
            if isinstance(notice, Logged):
                if self._lines >= MOST_LINES:
                    self._lost += 1
                    return
                self._lines += 1
            self._waiting.append(notice)
            self._bytes += _weight(notice)
            while len(self._waiting) > MOST_NOTICES or (self._bytes > MOST_BYTES and len(self._waiting) > 1):
                oldest = self._waiting.popleft()
                self._bytes -= _weight(oldest)
                self._lines -= isinstance(oldest, Logged)
                self._lost += 1
            self._ring()
            self._changed.notify_all()

    def take(self) -> list[Notice]:
        """All of them, in order; Lost first if some are missing."""
        with self._changed:
            found = list(self._waiting)
            if self._lost:
                found.insert(0, Lost(self._lost))
            self._waiting.clear()
            self._bytes = self._lines = self._lost = 0
            if self._fd >= 0:
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_read(self._fd)
            return found

    def take_one(self) -> Notice | None:
        """The oldest; Lost before it if some are missing; None if there is none."""
        with self._changed:
            if self._lost:
                missing, self._lost = Lost(self._lost), 0
                return missing
            if not self._waiting:
                return None
            notice = self._waiting.popleft()
            self._bytes -= _weight(notice)
            self._lines -= isinstance(notice, Logged)
            if not self._waiting and self._fd >= 0:
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_read(self._fd)
            return notice

    @property
    def is_closed(self) -> bool:
        """Will no more come?"""
        return self._is_closed

    def wait(self, timeout: float | None) -> bool:
        """Sleep until there is one. False if there is none within ``timeout`` seconds, or ever after ``close``."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed, timeout)
            return bool(self._waiting)

    def fileno(self) -> int:
        """A descriptor that can be read while there is a notice; made at the first call."""
        with self._changed:
            if self._fd < 0 and not self._is_closed:
                self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
                self._ring()
            return self._fd

    def _ring(self) -> None:
        if self._fd >= 0 and self._waiting:
            with contextlib.suppress(BlockingIOError):  # a full counter can be read as well
                os.eventfd_write(self._fd, 1)

    def close(self) -> None:
        """No more will come: wake whoever waits. What is there can still be taken."""
        with self._changed:
            self._is_closed = True
            if self._fd >= 0:
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_write(self._fd, 1)  # whoever waits for a copy of it wakes
                os.close(self._fd)
                self._fd = -1
            self._changed.notify_all()

    def disown(self) -> None:
        """In a forked child: whoever held the lock is not in this process, and the descriptor is the parent's."""
        self._changed = threading.Condition()
        self._is_closed = True
        if self._fd >= 0:
            os.close(self._fd)  # not rung: it is the parent's as well
            self._fd = -1

    def __del__(self) -> None:
        if getattr(self, "_fd", -1) >= 0:  # nobody closed the plugin
            os.close(self._fd)
