"""``isobooth bench``: what one block through a booth costs on this machine."""

from __future__ import annotations

import argparse
import time

from isobooth.protocol.errors import ArgumentError
from isobooth.protocol.reports import BenchReport, BenchRow

from .output import print_json, print_table

HELP = "measure the round trip of a block"
DESCRIPTION = (
    "Send blocks through the null plugin in a booth, one at a time, back to back, from Python, and print microseconds"
    " per block. The repository's benchmarks measure more, and beside other ways to exchange a block."
)
_CHANNELS = 2
_RATE = 48000.0
_SIZES = (64, 256)
_WARM_UP = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    parser.add_argument(
        "--blocks", type=int, default=20000, metavar="N", help="blocks of each size (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object (schema: bench)")


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    if options.blocks < 1:
        raise ArgumentError(f"--blocks {options.blocks}: at least one block is needed")
    rows = [_measure(frames, options.blocks) for frames in _SIZES]
    report = BenchReport(channels=_CHANNELS, sample_rate=_RATE, rows=rows)
    if options.json:
        print_json(report)
        return 0
    print_table(
        ("frames", "median µs", "99 % below µs", "longest µs"),
        [(str(row.frames), f"{row.median_us:.2f}", f"{row.p99_us:.2f}", f"{row.max_us:.1f}") for row in report.rows],
    )
    return 0


def _measure(frames: int, blocks: int) -> BenchRow:
    import numpy as np

    from isobooth.client import load

    block = np.zeros((_CHANNELS, frames), np.float32)
    took = np.empty(blocks)
    with load("null:", sample_rate=_RATE, block_size=frames) as plugin:
        for _ in range(_WARM_UP):
            plugin.process(block)
        for index in range(blocks):
            start = time.perf_counter_ns()
            plugin.process(block)
            took[index] = time.perf_counter_ns() - start
    took /= 1000.0
    return BenchRow(
        frames=frames,
        blocks=blocks,
        median_us=float(np.median(took)),
        p99_us=float(np.percentile(took, 99)),
        max_us=float(took.max()),
    )
