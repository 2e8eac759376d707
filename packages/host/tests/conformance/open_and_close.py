"""Load, play and close a plugin many times in this process, and print what is left of it, as JSON.

python open_and_close.py FORMAT PATH ID
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import clap_booth

from isobooth.host._core import lib
from isobooth.host.registry import find_format
from tests.support import descriptors, native_threads

WARM, ROUNDS, BATCHES = 4, 20, 6
ENOUGH = 20
"""Kilobytes of growth that make a second look unnecessary."""


def memory() -> int:
    """Kilobytes of this process that are its own."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise AssertionError


def once(load: Callable[..., object], path: str, plugin_id: str, folder: Path, complaints: list[str]) -> None:
    """One life."""
    with clap_booth.Booth(path, folder, plugin_id, load) as booth:
        booth.start(frames=256)
        audio = np.random.default_rng(1).uniform(-0.5, 0.5, (booth.inputs, 256)).astype(np.float32)
        for _ in range(3):
            booth.play(audio, frames=256, flags=lib.IB_BLOCK_CONTINUES)  # a restart that it asks for waits
        if booth.plugin.descriptor.has_state:
            booth.plugin.load_state(booth.plugin.save_state())
        complaints += booth.faults()
    complaints += [text for level, text in booth.drain() if level >= 3 and "still" in text]


def main() -> None:
    """Run the command line; see the top of this file."""
    form, path, plugin_id = sys.argv[1:]
    load = find_format(form).load
    complaints: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(WARM):
            once(load, path, plugin_id, Path(name), [])
        gc.collect()
        before = set(descriptors().items()), native_threads()
        growth = []
        for _ in range(BATCHES):  # what is lost is lost each time; caches fill up once
            start = memory()
            for _ in range(ROUNDS):
                once(load, path, plugin_id, Path(name), complaints)
            gc.collect()
            growth.append((memory() - start) / ROUNDS)
            if growth[-1] < ENOUGH:
                break
        after = set(descriptors().items()), native_threads()
    report = {
        "descriptors": sorted(map(str, after[0] - before[0])),
        "threads": after[1] - before[1],
        "kilobytes_each": min(growth),
        "complaints": sorted(set(complaints)),
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
