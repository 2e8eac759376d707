"""When a block that is late is one of a plugin that hangs."""

from __future__ import annotations

import time

from .status import BlockStatus


class Patience:
    """Watches blocks that are waited for one by one, each with a deadline of its own. One thread at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since = 0.0
        self._begun = -1
        self.late_in_a_row = 0
        """Blocks that were given up since the last one that came back."""

    def is_over(self, status: BlockStatus, begun: int) -> bool:
        """Has the plugin been in the block with the number ``begun`` for too long?

        ``status`` is what became of the block that was waited for last.
        """
        if status is not BlockStatus.LATE:
            self.late_in_a_row = 0
            self._begun = -1
            return False
        self.late_in_a_row += 1
        now = time.monotonic()
        if begun != self._begun:
            self._begun, self._since = begun, now
        return now - self._since > self._seconds
