"""What a block of a WCLAP costs above the same plugin compiled natively, buffers copied.

The plugin exchanges left and right. Both builds run through their format's table of operations, in this process and
without an engine, so what is measured is the format's own code and the plugin. A native plugin works in the host's
buffers; one in a sandbox has to have them copied in and out, as a host with processes copies them for anyone: so the
copy of two channels each way counts on the native side. Native and WCLAP take short turns,
of which the fastest counts: what other processes take from this one is no cost of either.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/wclap_cost.py`

from benchmarks import _compile, _run, _tables, _wclap
from benchmarks.block_cost import Table
from isobooth.host.formats.wclap.cache import FOLDER_VARIABLE

SIZES = (64, 256, 512)
LIMIT_NS = 150.0
"""More than this, at 256 frames, is too much."""
HEADS = ["frames", "native ns", "copy ns", "WCLAP ns", "difference ns", "of 150 ns", "ratio"]


def measure(native: Path, module: Path, frames: int, blocks: int, rounds: int) -> dict[str, Any]:
    """Measure one size in turns; return the figures in nanoseconds per block."""
    tables = {"native": Table("clap", native, frames), "wclap": Table("wclap", module, frames)}
    turns: dict[str, list[float]] = {"native": [], "copy": [], "wclap": []}
    for _ in range(rounds):
        for name, table in tables.items():
            turns[name].append(table.run(blocks, b""))
        turns["copy"].append(tables["native"].copy(blocks))
    for table in tables.values():
        table.close()
    best = {name: min(values) for name, values in turns.items()}
    copied = best["native"] + best["copy"]
    return {
        "frames": frames,
        **{f"{name}_ns": value for name, value in best.items()},
        "difference_ns": best["wclap"] - copied,
        "ratio": best["wclap"] / copied,
    }


def row(figures: dict[str, Any]) -> list[str]:
    """Return the figures as a line of the table."""
    names = ("native_ns", "copy_ns", "wclap_ns", "difference_ns")
    share = f"{figures['difference_ns'] / LIMIT_NS:.2f}"
    return [str(figures["frames"]), *(f"{figures[name]:.0f}" for name in names), share, f"{figures['ratio']:.2f}"]


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    _wclap.need()
    blocks, rounds = (2_000, 100) if options.quick else (5_000, 500)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = str(Path(folder, "cache"))
        module = _wclap.module("empty_clap", Path(folder), "-DSWAP")
        native = _compile.library("empty_clap", f"-I{_wclap.HOST}", "-O3", "-DSWAP")
        figures = [measure(native, module, frames, blocks, rounds) for frames in SIZES]
    title = f"left and right exchanged, fastest of {rounds} turns; the difference is to native and the copy"
    _tables.table(title, HEADS, [row(one) for one in figures])
    record["wclap_cost"] = figures
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
