"""What a plugin prints and logs: drained always, kept up to a bound."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

MOST_LINES = 1000
MOST_LINE_BYTES = 4096


class PluginLog:
    """The last lines that a plugin printed to standard output or error, or logged.

    Iterates over text lines, oldest first. At most MOST_LINES lines are kept, each cut at MOST_LINE_BYTES bytes;
    ``lost`` counts the lines that fell out.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._partial = b""
        self._lock = threading.Lock()
        self.lost = 0

    def feed(self, data: bytes) -> None:
        """Take printed bytes."""
        with self._lock:
            *whole, self._partial = (self._partial + data).split(b"\n")
            for line in whole:
                self._keep(line.decode("utf-8", "replace"))
            if len(self._partial) > MOST_LINE_BYTES:
                self._keep(self._partial.decode("utf-8", "replace"))
                self._partial = b""

    def finish(self) -> None:
        """No more bytes will come: what stands without a line end is a line too."""
        with self._lock:
            if self._partial:
                self._keep(self._partial.decode("utf-8", "replace"))
                self._partial = b""

    def add(self, level: str, text: str) -> None:
        """Take a line with a level."""
        with self._lock:
            self._keep(f"[{level}] {text}")

    def _keep(self, line: str) -> None:
        if len(self._lines) == MOST_LINES:
            self.lost += 1
        self._lines.append(line[:MOST_LINE_BYTES])

    def lines(self) -> list[str]:
        """A copy of what is kept."""
        with self._lock:
            return list(self._lines)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._lines.clear()

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines())

    def __len__(self) -> int:
        return len(self._lines)

    def __str__(self) -> str:
        return "\n".join(self.lines())
