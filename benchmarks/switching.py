"""What a block costs above its plugin right after a caller has turned to another booth, as in a chain or a user's loop.

Four booths (the null plugin where this machine lacks plugins) get 400 single blocks of 256 frames each in turn, through
``Plugin.process``, again and again: the others have gone to sleep meanwhile and have to be woken. What is printed is
the time of a call less the time that the host measured inside the plugin, a mean over the blocks of a stage (the first
50 after the switch, the next 150, the last 200), of which the median over all rounds. The yardstick is a bare exchange
of as many samples between two processes, back to back and without any switch, by spinning and by futex, measured
between the rounds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/switching.py`

import numpy as np
import numpy.typing as npt

from benchmarks import _exchange, _plugins, _run, _statistics, _tables
from isobooth.client import Plugin

RATE = 48000
FRAMES = 256
BOOTHS = 4
STAGES = {"1-50": 50, "51-200": 150, "201-400": 200}
"""Blocks after a switch."""
WARM_UP = 2
"""Rounds that do not count."""
BARE_EVERY, BARE_BLOCKS = 5, 2000
HEADS = ["µs above the plugin", *STAGES, "bare spin", "first ratio", "last ratio"]


class Played:
    """One booth, and what was measured of it."""

    def __init__(self, title: str, load: Callable[..., Plugin]) -> None:
        self.title = title
        self.plugin = load(sample_rate=RATE, block_size=FRAMES)
        channels = sum(bus.channels for bus in self.plugin.buses if bus.direction == "input")
        self._dry: npt.NDArray[np.float32] = (
            np.random.default_rng(1).uniform(-0.25, 0.25, (channels, FRAMES)).astype(np.float32)
        )
        self.above: dict[str, list[float]] = {stage: [] for stage in STAGES}
        """Microseconds a block, one for each round."""

    def play(self, *, counts: bool) -> None:
        """Play one turn."""
        process, dry, stats = self.plugin.process, self._dry, self._spent
        for stage, blocks in STAGES.items():
            before, start = stats(), time.perf_counter_ns()
            for _ in range(blocks):
                process(dry)
            took = time.perf_counter_ns() - start
            if counts:
                self.above[stage].append((took - (stats() - before)) / blocks / 1000)

    def _spent(self) -> float:
        """Nanoseconds inside the plugin until now."""
        return self.plugin.stats.process_time * 1e9


def start() -> list[Played]:
    """Load the booths."""
    loads: list[tuple[str, Callable[..., Plugin]]] = [(plugin.title, plugin.load) for plugin in _plugins.present()]
    loads += [(f"null {number}", _plugins.null) for number in range(1, BOOTHS + 1)]
    return [Played(title, load) for title, load in loads[:BOOTHS]]


def measure(booths: list[Played], rounds: int) -> dict[str, float]:
    """Play all rounds; return the medians of the bare exchanges in microseconds."""
    bare = {row.name: (row, list[float]()) for row in map(_exchange.bare, ("spin", "futex"))}
    for number in range(-WARM_UP, rounds):
        if number % BARE_EVERY == 0:
            for row, found in bare.values():
                times, _ = row.measure(FRAMES, BARE_BLOCKS, 0)
                found.append(_statistics.summarize(times).median)
        for booth in booths:
            booth.play(counts=number >= 0)
    return {name: _statistics.median(found) for name, (_, found) in bare.items()}


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    rounds = 10 if options.quick else 30
    booths = start()
    try:
        bare = measure(booths, rounds)
    finally:
        for booth in booths:
            booth.plugin.close()
    spin = bare["bare spin"]
    rows, records = [], []
    for booth in booths:
        middle = {stage: _statistics.median(values) for stage, values in booth.above.items()}
        first, *_, last = [value / spin for value in middle.values()]
        cells = [_statistics.short(value) for value in [*middle.values(), spin, first, last]]
        rows.append([booth.title, *cells])
        upper: dict[str, Any] = {stage: float(np.quantile(values, 0.75)) for stage, values in booth.above.items()}
        records.append({"plugin": booth.title, "above_us": middle, "upper_quartile_us": upper})
    turn = sum(STAGES.values())
    title = f"{len(booths)} booths in turn, {turn} blocks of {FRAMES} frames each, medians of {rounds} rounds"
    _tables.table(title, HEADS, rows)
    print(f"\nbare exchange: spin {spin:.2f} µs, futex {bare['bare futex']:.2f} µs")
    record["switching"] = {"bare_us": bare, "booths": records}
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
