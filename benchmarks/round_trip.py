"""How long a block is on its way to a plugin in its booth and back.

Two channels of float32 in blocks of 64 to 512 frames, back to back and paced (one every 2 ms), called from C through
the header-only client and from Python through ``Plugin.process``; beside the same exchange between two processes by a
bare spin, futex, eventfd and pipe, and by the protocol's headers without an engine. Copies in and out are included
everywhere. "Over the plugin" is the round trip less the time that the host measured inside the plugin, the median over
the blocks. All rows of a table are measured in turns in the same run; compare only within one.

Back to back there are two plugins more: a compressor with meters that gets 64 different blocks in turn, so that each
block brings news of the meters, and a reverb whose block takes longer than anybody spins for it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/round_trip.py`

import numpy as np

from benchmarks import _exchange, _plugins, _run, _statistics, _tables

Measured = tuple[_statistics.Times, _statistics.Times]
PACE_NS = 2_000_000
BLOCKS = {0: (20000, 5), PACE_NS: (250, 3)}
"""Blocks in a turn and turns, back to back and paced."""
QUICK = {0: (4000, 3), PACE_NS: (100, 2)}
PLAYED = (
    _exchange.Played(_plugins.AMP),
    _exchange.Played(_plugins.SC4, variety=_exchange.VARIETY, is_paced=False),
    _exchange.Played(_plugins.ROOM, is_paced=False),
)
HEADS = ["µs", "median", "p99", "p99.9", "max", "over the plugin", "ratio"]


def measure(rows: list[_exchange.Contender], frames: int, blocks: int, rounds: int, pace: int) -> dict[str, Measured]:
    """Measure every row in turns, so that a noisy moment of the machine hits all of them; return all times."""
    found: dict[str, list[Measured]] = {row.name: [] for row in rows}
    for _ in range(rounds):
        for row in rows:
            found[row.name].append(row.measure(frames, blocks, pace))
    return {
        name: (np.concatenate([took for took, _ in parts]), np.concatenate([inside for _, inside in parts]))
        for name, parts in found.items()
    }


def report(times: dict[str, Measured], frames: int, pace: int) -> list[dict[str, Any]]:
    """Print one table; return its figures."""
    yardstick = "bare futex" if pace else "bare spin"
    base = _statistics.summarize(times[yardstick][0]).median
    rows, records = [], []
    for name, (took, inside) in times.items():
        summary = _statistics.summarize(took)
        over = float(np.median(took.astype(np.int64) - inside.astype(np.int64))) / 1000
        rows.append([name, *summary.cells, _statistics.short(over), f"{over / base:.2f}"])
        figures = {**summary.record, "over": over, "ratio": over / base}
        records.append({"exchange": name, "frames": frames, "paced": bool(pace), **figures})
    how = f"one block every {PACE_NS / 1e6:g} ms" if pace else "back to back"
    _tables.table(f"{_exchange.CHANNELS} × {frames} frames, {how}; ratio to the {yardstick}", HEADS, rows)
    return records


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    here = _plugins.present(tuple(played.plugin for played in PLAYED))
    rows, opened = _exchange.contenders([played for played in PLAYED if played.plugin in here])
    sizes = (256,) if options.quick else (64, 128, 256, 512)
    figures: list[dict[str, Any]] = []
    try:
        for pace in (0, PACE_NS):
            blocks, rounds = (QUICK if options.quick else BLOCKS)[pace]
            chosen = [row for row in rows if row.is_paced or not pace]
            for frames in sizes:
                figures += report(measure(chosen, frames, blocks, rounds, pace), frames, pace)
    finally:
        for plugin in opened:
            plugin.close()
    record["round_trip"] = figures
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
