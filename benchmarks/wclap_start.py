"""What the cache of compiled modules saves: milliseconds to open a WCLAP, compiled each time and from the cache.

Opening means everything up to the list of the module's plugins: reading, hashing, code, one instance, its
initialisation. Each opening is in this process, which has wasmtime loaded already. The small module is compiled here;
name others (bundles, modules, archives) on the command line. The yardstick is reading and hashing the module, which
both have to do.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/wclap_start.py`

from benchmarks import _run, _statistics, _tables, _wclap
from isobooth.host.formats.wclap.bundle import find_bundle, read_module
from isobooth.host.formats.wclap.cache import FOLDER_VARIABLE
from isobooth.host.formats.wclap.plugin import WclapEntry

HEADS = ["module", "KiB", "read ms", "compiled ms", "from the cache ms", "times faster", "ratio to reading"]


def opened(path: Path) -> tuple[float, str]:
    """Open and close once; return the milliseconds, and where the code came from."""
    start = time.perf_counter()
    entry = WclapEntry(str(path), for_use=False)
    took = 1000 * (time.perf_counter() - start)
    entry.release()
    return took, entry.source


def read(path: Path) -> tuple[float, int]:
    """Read and hash; return the milliseconds and the size."""
    start = time.perf_counter()
    data = read_module(find_bundle(str(path)))
    hashlib.sha256(data).digest()
    return 1000 * (time.perf_counter() - start), len(data)


def measure(path: Path, rounds: int) -> dict[str, Any]:
    """Measure one module in turns."""
    turns: dict[str, list[float]] = {"read": [], "compiler": [], "cache": []}
    opened(path)
    for _ in range(rounds):
        for file in Path(os.environ[FOLDER_VARIABLE]).iterdir():
            file.unlink()
        for _ in turns:
            took, source = opened(path)
            turns[source].append(took)
        took, size = read(path)
        turns["read"].append(took)
    middle = {name: _statistics.median(values) for name, values in turns.items()}
    return {"module": path.name, "bytes": size, **{f"{name}_ms": value for name, value in middle.items()}}


def row(figures: dict[str, Any]) -> list[str]:
    """Return the figures as a line of the table."""
    cold, warm, least = figures["compiler_ms"], figures["cache_ms"], figures["read_ms"]
    cells = [f"{least:.2f}", f"{cold:.1f}", f"{warm:.2f}", f"{cold / warm:.1f}", f"{warm / least:.1f}"]
    return [figures["module"], str(figures["bytes"] >> 10), *cells]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all figures to FILE as well")
    parser.add_argument("module", nargs="*", type=Path, help="WCLAPs to open besides the small one")
    options = parser.parse_args()
    record = _run.begin()
    _wclap.need()
    rounds = 3 if options.quick else 9
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = str(Path(folder, "cache"))
        os.environ["XDG_DATA_HOME"] = str(Path(folder, "data"))
        modules = [_wclap.module("empty_clap", Path(folder)), *options.module]
        figures = [measure(path, rounds) for path in modules]
    _tables.table(f"opening a WCLAP, medians of {rounds} turns", HEADS, [row(one) for one in figures])
    record["wclap_start"] = figures
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
