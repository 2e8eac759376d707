"""Processes of plugins as /proc shows them, about once a second, on the reactor's thread."""

from __future__ import annotations

import contextlib
import os
import time
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path

from .connection import Connection
from .notices import RanAway
from .policies import Limits
from .reactor import reactor

SECONDS = 1.0
_WINDOW = 10
"""Looks over which the use of the processor is reckoned."""
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_BOOTH_BYTES = 64 << 20
_BOOTH_DESCRIPTORS = 64
"""What a booth may have of its own, and a little more: the kernel's limit comes first."""


class Watch:
    """Looks at one booth until it ends, or somebody stops it."""

    def __init__(self, connection: Connection, limits: Limits, tell: Callable[[RanAway], None]) -> None:
        self._connection = weakref.ref(connection)
        self._limits = limits
        self._tell = tell
        self._used: deque[tuple[float, float]] = deque(maxlen=_WINDOW + 1)
        """When, and seconds of the processor outside of blocks."""
        if limits.is_watched:
            reactor().every(SECONDS, self.look)

    def stop(self) -> None:
        """No more."""
        reactor().never(self.look)

    def look(self) -> None:
        """See what the process has taken, and end it if that is too much. Cheap: three small reads."""
        connection = self._connection()
        if connection is None or connection.is_dead or connection.booth.is_gone:
            self.stop()
            return
        found: RanAway | None = None
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has just ended: others notice that
            found = self._find(connection)
        if found is not None:
            self.stop()
            self._tell(found)
            connection.end(f"it took too much: {found.what} {found.value:.6g}, where the limit is {found.limit:.6g}")

    def _find(self, connection: Connection) -> RanAway | None:
        limits, place = self._limits, Path("/proc", str(connection.booth.pid))
        if limits.memory is not None:
            taken = int((place / "statm").read_bytes().split()[1]) * _PAGE
            if taken > limits.memory + _BOOTH_BYTES:
                return RanAway("memory", taken, limits.memory)
        if limits.descriptors is not None:
            count = sum(1 for _ in (place / "fd").iterdir())
            if count > limits.descriptors + _BOOTH_DESCRIPTORS:
                return RanAway("descriptors", count, limits.descriptors)
        if limits.processor is not None:
            fields = (place / "stat").read_bytes().rpartition(b")")[2].split()
            used = (int(fields[11]) + int(fields[12])) / _TICK
            return self._judge(connection, used, limits.processor)
        return None

    def _judge(self, connection: Connection, used: float, limit: float) -> RanAway | None:
        stream = connection.stream
        in_blocks = 0.0 if stream is None else int(stream.report().process_ns) / 1e9
        self._used.append((time.monotonic(), used - in_blocks))
        (start, before), (end, after) = self._used[0], self._used[-1]
        if len(self._used) <= _WINDOW or end <= start:
            return None
        share = (after - before) / (end - start)
        return RanAway("processor", share, limit) if share > limit else None
