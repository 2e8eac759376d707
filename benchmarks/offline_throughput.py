"""How fast a long array goes through a plugin in its booth, against the same plugin called directly.

``Plugin.process`` over seconds of stereo noise at 48 kHz, cut into blocks of 64 to 8192 frames, in multiples of real
time. The yardstick is a C loop in this process (c/direct_ladspa.c, c/direct_clap.c) that calls the plugin on the same
blocks with separate buffers, straight from and into the arrays, with denormals flushed as in the booth. Both are
measured in turns and medians compared; a ratio of 1 means that the booth costs nothing. "Best turn" is the best ratio
of two runs side by side: on a machine with other work it tells more. pedalboard, where it is installed, plays the VST3
of the same sound.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/offline_throughput.py`

import numpy as np

from benchmarks import _direct, _pedalboard, _plugins, _run, _statistics, _tables

RATE = 48000
HEADS = ["× real time", "block", "isobooth", "direct", "ratio", "best turn", "pedalboard", "ratio to it"]


def measure(plugin: _plugins.Measured, block: int, seconds: int, rounds: int, *, pedalboard: bool) -> dict[str, Any]:
    """Measure one plugin at one block size in turns; return the figures."""
    direct = _direct.Direct(plugin, RATE, block)
    frames = seconds * RATE
    dry = np.random.default_rng(1).uniform(-0.25, 0.25, (direct.inputs, frames)).astype(np.float32)
    wet = np.zeros((direct.outputs, frames), np.float32)
    rival = _pedalboard.Pedalboard(plugin) if pedalboard and _pedalboard.can(plugin) else None
    times: dict[str, list[float]] = {"isobooth": [], "direct": [], "pedalboard": []}
    with plugin.load(sample_rate=RATE, block_size=block, offline=True) as booth:
        for turn in range(rounds + 1):
            start = time.perf_counter()
            booth.process(dry)
            took = {"isobooth": time.perf_counter() - start, "direct": direct.run(dry, wet)}
            if rival is not None:
                took["pedalboard"] = rival.run(dry, block, RATE)
            if turn > 0:  # the first warms up
                for name, value in took.items():
                    times[name].append(value)
    direct.close()
    speed = {name: seconds / _statistics.median(values) for name, values in times.items() if values}
    pairs = zip(times["direct"], times["isobooth"], strict=True)
    figures: dict[str, Any] = {"plugin": plugin.title, "block": block, "times_real_time": speed}
    figures["ratio_to_direct"] = speed["isobooth"] / speed["direct"]
    figures["best_ratio_of_a_turn"] = max(direct / own for direct, own in pairs)
    if "pedalboard" in speed:
        figures["ratio_to_pedalboard"] = speed["isobooth"] / speed["pedalboard"]
    return figures


def row(figures: dict[str, Any]) -> list[str]:
    """Return the figures as a line of the table."""
    speed = figures["times_real_time"]
    cells = [figures["plugin"], str(figures["block"]), *[f"{speed[name]:.0f}" for name in ("isobooth", "direct")]]
    cells += [f"{figures['ratio_to_direct']:.2f}", f"{figures['best_ratio_of_a_turn']:.2f}"]
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
    seconds, rounds = (10, 3) if options.quick else (30, 5)
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
