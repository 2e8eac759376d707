"""How fast a long array goes through a plugin in its booth, against the same plugin called directly.

``Plugin.process`` over seconds of stereo noise at 48 kHz, cut into blocks of 64 to 8192 frames, in multiples of real
time. The yardstick is a C loop in this process (c/direct_ladspa.c, c/direct_clap.c) that calls the plugin on the same
blocks with separate buffers, straight from and into the arrays, with denormals flushed as in the booth. Both write into
an array that is there already, and are measured in turns; medians are compared, and the fastest turns of each ("at
best"), which on a machine with other work tell more. A ratio of 1 means that the booth costs nothing. "New array" is
the median of a process() that makes its result: what the kernel takes for fresh memory comes on top. pedalboard, where
it is installed, plays the VST3 of the same sound.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/offline_throughput.py`

import numpy as np

from benchmarks import _direct, _pedalboard, _plugins, _run, _statistics, _tables

RATE = 48000
HEADS = ["× real time", "block", "isobooth", "direct", "ratio", "at best", "new array", "pedalboard", "ratio to it"]


def seconds_of(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(plugin: _plugins.Measured, block: int, seconds: int, rounds: int, *, pedalboard: bool) -> dict[str, Any]:
    """Measure one plugin at one block size in turns; return the figures."""
    direct = _direct.Direct(plugin, RATE, block)
    frames = seconds * RATE
    dry = np.random.default_rng(1).uniform(-0.25, 0.25, (direct.inputs, frames)).astype(np.float32)
    wet = np.zeros((direct.outputs, frames), np.float32)
    rival = _pedalboard.Pedalboard(plugin) if pedalboard and _pedalboard.can(plugin) else None
    times: dict[str, list[float]] = {"isobooth": [], "new array": [], "direct": [], "pedalboard": []}
    with plugin.load(sample_rate=RATE, block_size=block, offline=True) as booth:
        own = booth.process(dry)
        for turn in range(rounds + 1):
            took = {"isobooth": seconds_of(lambda: booth.process(dry, out=own))}
            took["new array"] = seconds_of(lambda: booth.process(dry))
            took["direct"] = direct.run(dry, wet)
            if rival is not None:
                took["pedalboard"] = rival.run(dry, block, RATE)
            if turn > 0:  # the first warms up
                for name, value in took.items():
                    times[name].append(value)
    direct.close()
    speed = {name: seconds / _statistics.median(values) for name, values in times.items() if values}
    figures: dict[str, Any] = {"plugin": plugin.title, "block": block, "times_real_time": speed}
    figures["ratio_to_direct"] = speed["isobooth"] / speed["direct"]
    figures["ratio_at_best"] = min(times["direct"]) / min(times["isobooth"])
    figures["ratio_with_a_new_array"] = speed["new array"] / speed["direct"]
    if "pedalboard" in speed:
        figures["ratio_to_pedalboard"] = speed["isobooth"] / speed["pedalboard"]
    return figures


def row(figures: dict[str, Any]) -> list[str]:
    """Return the figures as a line of the table."""
    speed = figures["times_real_time"]
    cells = [figures["plugin"], str(figures["block"]), *[f"{speed[name]:.0f}" for name in ("isobooth", "direct")]]
    cells += [f"{figures[key]:.2f}" for key in ("ratio_to_direct", "ratio_at_best", "ratio_with_a_new_array")]
    if "pedalboard" in speed:
        return [*cells, f"{speed['pedalboard']:.0f}", f"{figures['ratio_to_pedalboard']:.2f}"]
    return [*cells, "-", "-"]


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    version = _pedalboard.installed()
    record["pedalboard"] = version
    blocks = (256, 8192) if options.quick else (64, 256, 512, 1024, 8192)
    seconds, rounds = (10, 5) if options.quick else (30, 9)
    figures = [
        measure(plugin, block, seconds, rounds, pedalboard=version is not None)
        for plugin in _plugins.present()
        for block in blocks
    ]
    title = (
        f"{seconds} s at {RATE} Hz through process(), medians of {rounds} turns; yardstick: the plugin called directly"
    )
    _tables.table(title, HEADS, [row(item) for item in figures])
    record["offline_throughput"] = figures
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
