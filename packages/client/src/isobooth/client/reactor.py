"""One background thread for the whole client.

It reads control channels and what plugins print, so that no booth ever waits for somebody to listen.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import sys
import threading
import time
from collections.abc import Callable
from functools import lru_cache


class Reactor:
    """Calls a function whenever a descriptor can be read. Functions run on the reactor's thread and must not block."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._lock = threading.RLock()  # the collector may end a forgotten booth in the middle of add()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self._ticking: dict[Callable[[], None], list[float]] = {}
        """Seconds between calls, and when the next is due."""
        self._generation = 0
        self._passed = threading.Condition(self._lock)
        self._thread = threading.Thread(target=self._run, name="isobooth-reactor", daemon=True)
        self._thread.start()

    def add(self, fd: int, ready: Callable[[], None]) -> None:
        """Call ``ready`` whenever ``fd`` can be read or has hung up, until ``remove``."""
        with self._lock:
            self._selector.register(fd, selectors.EVENT_READ, ready)
        self._wake()

    def remove(self, fd: int) -> None:
        """Forget ``fd``.

        When this returns, its function is not running (unless it is the caller) and will not be called.
        """
        with self._lock:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(fd)
            if self.is_current:
                return
            generation = self._generation
            self._wake()
            self._passed.wait_for(lambda: self._generation != generation or not self._thread.is_alive(), timeout=10)

    def every(self, seconds: float, call: Callable[[], None]) -> None:
        """Call ``call`` about every so many seconds, until ``never``."""
        with self._lock:
            self._ticking[call] = [seconds, time.monotonic() + seconds]
        self._wake()

    def never(self, call: Callable[[], None]) -> None:
        """Undo ``every``. A call that has begun may still run when this returns."""
        with self._lock:
            self._ticking.pop(call, None)

    def _tick(self) -> float | None:
        """Make the calls that are due; seconds until the next one is."""
        now = time.monotonic()
        with self._lock:
            due = [call for call, (_, when) in self._ticking.items() if when <= now]
            for call in due:
                self._ticking[call][1] = now + self._ticking[call][0]
            rest = [when - now for _, when in self._ticking.values()]
        for call in due:
            self._call(call)
        return max(min(rest), 0.0) if rest else None

    @property
    def is_current(self) -> bool:
        """Does the caller run on the reactor's thread?"""
        return threading.current_thread() is self._thread

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # a full pipe wakes as well
            os.write(self._wake_write, b"\0")

    def _run(self) -> None:
        while True:
            ready = self._selector.select(self._tick())
            for key, _ in ready:
                if key.data is None:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._wake_read, 4096)
                elif self._is_registered(key):
                    self._call(key.data)
            with self._lock:
                self._generation += 1
                self._passed.notify_all()

    @staticmethod
    def _call(ready: Callable[[], None]) -> None:
        try:
            ready()
        except Exception:  # noqa: BLE001  a fault in one listener must not make all others deaf; it is reported
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))

    def _is_registered(self, key: selectors.SelectorKey) -> bool:
        with self._lock:
            return self._selector.get_map().get(key.fd) is key


@lru_cache(maxsize=1)
def reactor() -> Reactor:
    """The reactor of this process, started at the first use."""
    return Reactor()


def _forget() -> None:
    reactor.cache_clear()


os.register_at_fork(after_in_child=_forget)
