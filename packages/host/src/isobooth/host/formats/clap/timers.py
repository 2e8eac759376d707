"""Timers and descriptors that a plugin has registered (ext/timer-support.h, ext/posix-fd-support.h).

Both are lists in C that only the main thread touches; the session serves them. A period is exact: a timer's next time
is its last plus the period. Times that were missed by more than a period are not made up for. Periods are at least one
millisecond.
"""

from __future__ import annotations

import select
import time

from ..._core import lib
from ...plugin import CData, phase
from ..shared.warnings import Warn

_NS = 1_000_000_000
_NS_PER_MS = 1_000_000
MOST_HANGUPS = 1000
"""Times in a row that a descriptor may be nothing but broken before it is no longer watched."""


class MainThreadServices:
    """Calls a plugin back for its timers and descriptors.

    ``timers`` and ``fds`` are the plugin's extensions, or None.
    """

    def __init__(self, clap: CData, timers: CData | None, fds: CData | None, warn: Warn) -> None:
        self._clap = clap
        self._timers = timers
        self._fds = fds
        self._warn = warn
        self._hangups: dict[int, int] = {}

    # -- timers ---------------------------------------------------------------------------------------------------

    def next_timer(self) -> float | None:
        """When the first timer is due, as time.monotonic(); None without timers."""
        clap = self._clap
        if self._timers is None or not clap.timer_count:
            return None
        return float(min(clap.timers[i].due_ns for i in range(clap.timer_count))) / _NS

    def on_timers(self) -> None:
        """Call the plugin for each timer that is due. It may register and unregister timers meanwhile."""
        clap, functions = self._clap, self._timers
        if functions is None:
            return
        now = time.monotonic_ns()
        due = [clap.timers[i].id for i in range(clap.timer_count) if clap.timers[i].due_ns <= now]
        for timer_id in due:
            timer = self._find(timer_id)
            if timer is None:
                continue
            period = timer.period_ms * _NS_PER_MS
            timer.due_ns += period * (1 + (now - timer.due_ns) // period)
            with phase(lib.IB_PHASE_CALLBACK):
                functions.on_timer(clap.plugin, timer_id)

    def _find(self, timer_id: int) -> CData | None:
        timers = self._clap.timers
        return next((timers[i] for i in range(self._clap.timer_count) if timers[i].id == timer_id), None)

    # -- descriptors ----------------------------------------------------------------------------------------------

    def poll_fds(self) -> list[tuple[int, int]]:
        """(descriptor, poll events) to watch."""
        clap = self._clap
        if self._fds is None:
            return []
        return [(clap.fds[i].fd, _to_poll(clap.fds[i].flags)) for i in range(clap.fd_count)]

    def on_fd(self, fd: int, events: int) -> None:
        """Tell the plugin what poll said of ``fd``. A descriptor that is closed, or broken for ever, is forgotten."""
        functions = self._fds
        flags = self._watched(fd)
        if functions is None or flags is None:
            return
        if events & select.POLLNVAL:
            self._forget(fd, "closed it without taking it back")
            return
        happened = _from_poll(events, flags)
        if happened == lib.CLAP_POSIX_FD_ERROR or events & (select.POLLHUP | select.POLLERR):
            self._hangups[fd] = self._hangups.get(fd, 0) + 1
            if self._hangups[fd] > MOST_HANGUPS:
                self._forget(fd, "leaves it registered although its other end is gone")
                return
        else:
            self._hangups.pop(fd, None)
        if happened:
            with phase(lib.IB_PHASE_CALLBACK):
                functions.on_fd(self._clap.plugin, fd, happened)

    def _watched(self, fd: int) -> int | None:
        fds = self._clap.fds
        return next((fds[i].flags for i in range(self._clap.fd_count) if fds[i].fd == fd), None)

    def _forget(self, fd: int, why: str) -> None:
        lib.ib_clap_forget_fd(self._clap, fd)
        self._hangups.pop(fd, None)
        self._warn(f"descriptor {fd} is no longer watched for it: it {why}")


def _to_poll(flags: int) -> int:
    events = select.POLLIN if flags & lib.CLAP_POSIX_FD_READ else 0
    if flags & lib.CLAP_POSIX_FD_WRITE:
        events |= select.POLLOUT
    return events  # errors are always told


def _from_poll(events: int, wanted: int) -> int:
    """Flags for on_fd. The end of a stream is something to read where reading was asked for, and an error elsewhere."""
    flags = 0
    if events & select.POLLIN:
        flags |= lib.CLAP_POSIX_FD_READ
    if events & select.POLLOUT:
        flags |= lib.CLAP_POSIX_FD_WRITE
    if events & select.POLLHUP:
        flags |= lib.CLAP_POSIX_FD_READ if wanted & lib.CLAP_POSIX_FD_READ else lib.CLAP_POSIX_FD_ERROR
    if events & select.POLLERR:
        flags |= lib.CLAP_POSIX_FD_ERROR
    return int(flags)
