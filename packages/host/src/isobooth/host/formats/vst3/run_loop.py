"""Timers and descriptors that a plugin has registered with IRunLoop (pluginterfaces/gui/iplugview.h).

Both are lists in C that only the main thread touches; the session serves them. A period is exact: a timer's next time
is its last plus the period. Times that were missed by more than a period are not made up for. Periods are at least one
millisecond, at most a day. Whatever is called may register and unregister handlers, its own included.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..._core import lib
from ...plugin import CData, phase

_NS = 1_000_000_000
_NS_PER_MS = 1_000_000
MOST_HANGUPS = 1000
"""Times in a row that a descriptor may be nothing but broken before it is no longer watched."""

Warn = Callable[[str], None]
"""What takes a sentence about something odd."""


class RunLoop:
    """Calls a plugin's handlers. ``host`` is its ``struct ib_vst3_host *``, which must not be closed yet."""

    def __init__(self, host: CData, warn: Warn) -> None:
        self._host = host
        self._loop: CData = lib.ib_vst3_host_run_loop(host)
        self._warn = warn
        self._hangups: dict[int, int] = {}

    # -- timers ---------------------------------------------------------------------------------------------------

    def next_timer(self) -> float | None:
        """When the first timer is due, as time.monotonic(); None without timers."""
        loop = self._loop
        if not loop.timer_count:
            return None
        return float(min(loop.timers[i].due_ns for i in range(loop.timer_count))) / _NS

    def on_timers(self) -> None:
        """Call the handler of each timer that is due."""
        loop = self._loop
        now = time.monotonic_ns()
        due = [loop.timers[i].id for i in range(loop.timer_count) if loop.timers[i].due_ns <= now]
        for timer_id in due:
            timer = next((loop.timers[i] for i in range(loop.timer_count) if loop.timers[i].id == timer_id), None)
            if timer is None:
                continue
            period = timer.period_ms * _NS_PER_MS
            timer.due_ns += period * (1 + (now - timer.due_ns) // period)
            with _held(timer.handler) as handler:
                handler.vtbl.onTimer(handler)

    # -- descriptors ----------------------------------------------------------------------------------------------

    def poll_fds(self) -> list[tuple[int, int]]:
        """(descriptor, poll events) to watch: each once, however many handlers it has."""
        loop = self._loop
        return [(fd, select.POLLIN) for fd in dict.fromkeys(loop.watches[i].fd for i in range(loop.watch_count))]

    def on_fd(self, fd: int, events: int) -> None:
        """Tell the handlers of ``fd`` that there is something to read.

        The end of a stream is something to read. A descriptor that is closed, or broken for ever, is forgotten.
        """
        watching = self._watching(fd)
        if not watching:
            return
        if events & select.POLLNVAL:
            self._forget(fd, "closed it without taking it back")
            return
        if events & (select.POLLHUP | select.POLLERR):
            self._hangups[fd] = self._hangups.get(fd, 0) + 1
            if self._hangups[fd] > MOST_HANGUPS:
                self._forget(fd, "leaves it registered although its other end is gone")
                return
        else:
            self._hangups.pop(fd, None)
        for watch_id in watching:
            handler = self._watching(fd).get(watch_id)
            if handler is not None:
                with _held(handler):
                    handler.vtbl.onFDIsSet(handler, fd)

    def _watching(self, fd: int) -> dict[int, CData]:
        """Handlers of a descriptor by the id of their registration, in the order of that."""
        loop = self._loop
        watches = (loop.watches[i] for i in range(loop.watch_count))
        return {int(watch.id): watch.handler for watch in watches if watch.fd == fd}

    def _forget(self, fd: int, why: str) -> None:
        lib.ib_vst3_host_forget_fd(self._host, fd)
        self._hangups.pop(fd, None)
        self._warn(f"descriptor {fd} is no longer watched for it: it {why}")


@contextmanager
def _held(handler: CData) -> Iterator[CData]:
    """For a call of a handler that may unregister itself in it."""
    handler.vtbl.addRef(handler)
    try:
        with phase(lib.IB_PHASE_CALLBACK):
            yield handler
    finally:
        handler.vtbl.release(handler)
