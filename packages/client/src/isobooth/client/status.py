"""What became of a block, and what a plugin has cost."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class BlockStatus(enum.IntEnum):
    """What ``wait`` returns."""

    NONE = 0
    """No block was in flight."""
    OK = 1
    ERROR = 2
    """The plugin asked for its output to be discarded."""
    NOT_STARTED = 3
    """The plugin refused to start processing."""
    LATE = 16
    """The deadline passed; the output is a stand-in, and the block's own answer will be dropped."""
    CRASHED = 17
    """The booth has ended; the output is a stand-in."""
    FULL = 18
    """Every slot is in flight."""
    CORRUPT = 19
    """The booth wrote numbers that cannot be."""
    INACTIVE = 32
    """The plugin has other buses now and waits for ``reactivate``: the block is lost, the output is a stand-in."""


@dataclass(frozen=True)
class Stats:
    """Counters of one instance since it was loaded or restarted. Times are seconds."""

    blocks: int
    """Blocks that came back in time."""
    late: int
    """Blocks given up at their deadline."""
    dropped: int
    """Blocks whose output events did not all fit."""
    replaced: int
    """Output samples that were no numbers, infinite or far too loud, and are silent (``load(guard=True)``)."""
    missed: int
    """Frames for which the input or silence stood in for the plugin: it was late, failed, or was dead."""
    process_time: float
    """Spent inside the plugin, all blocks together; of an array also between those blocks that are sent together."""
    last_process_time: float
    max_process_time: float
    """Of a single block."""
    realtime: str
    """What the audio thread could not get (priority, locked memory), empty if it has both."""

    @property
    def mean_process_time(self) -> float:
        """Seconds per block inside the plugin; 0 before the first block."""
        return self.process_time / self.blocks if self.blocks else 0.0
