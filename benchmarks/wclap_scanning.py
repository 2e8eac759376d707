"""What a list of WCLAP plugins costs: by their manifests, from the cache, and by running every module.

21 bundles: copies of a test module with ids of their own, padded to sizes of real plugins (56 KB to 3.4 MB, 11 MB in
all). By manifest: nothing is known yet, not even a digest. Warm: nothing has changed since the last scan. Running: each
module in a process of its own, one at a time, as it is without manifests. The yardstick is the SHA-256 of all modules.
A figure to keep: 50 ms for 21 bundles, warm. Needs the packages ziglang and wasmtime.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/wclap_scanning.py`

from benchmarks import _run, _statistics, _tables, _wclap
from benchmarks.scanning import expect_nothing, median_ms
from isobooth.scan import scan
from isobooth.scan.cache import VARIABLE
from isobooth.scan.wclap_write import write_manifest

SIZES = (56, 73, 80, 95, 110, 120, 140, 150, 160, 180, 200, 220, 230, 248, 248, 300, 420, 651, 900, 3400, 3450)
"""KB of each module."""
MOST_MS = 50.0
HEADS = ["", "ms", "of the yardstick", "of running"]


def section(size: int) -> bytes:
    """Return a section of WebAssembly that means nothing, of about so many bytes."""
    content = b"\x03pad" + bytes(size)
    length, left = bytearray(), len(content)
    while True:
        left, low = left >> 7, left & 127
        length.append(low | (128 if left else 0))
        if not left:
            return b"\0" + bytes(length) + content


def shelf(folder: Path, scratch: Path) -> list[Path]:
    """Make the bundles, with manifests; return their modules."""
    module = _wclap.module("wclap_two", scratch, sources=_wclap.TESTED).read_bytes()
    modules = []
    for number, size in enumerate(SIZES):
        bundle = folder / f"P{number:02}.wclap"
        bundle.mkdir(parents=True)
        own = module.replace(b"test.two.", b"test.t%02d." % number)
        (bundle / "module.wasm").write_bytes(own + section(max(1000 * size - len(own), 0)))
        modules.append(bundle / "module.wasm")
    write_manifest(modules[0].parent)
    text = (modules[0].parent / "manifest.json").read_text(encoding="utf-8")
    for number, one in enumerate(modules):
        content = json.loads(text.replace("test.t00.", f"test.t{number:02}."))
        content["wasm_hash"] = f"sha256:{hashlib.sha256(one.read_bytes()).hexdigest()}"
        (one.parent / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return modules


def measure(folder: Path, modules: list[Path], rounds: int) -> list[tuple[str, float]]:
    """Return what was done and its milliseconds; the yardstick first."""
    cache = Path(os.environ[VARIABLE])

    def forget() -> None:
        shutil.rmtree(cache, ignore_errors=True)
        scan([modules[0]], ["ladspa"])  # what the host says of itself is asked once

    def by_manifest() -> None:
        found = scan([folder], ["wclap"], progress=expect_nothing)
        if len(found) != 2 * len(modules) or found.problems:
            raise RuntimeError(f"{len(found)} plugins, {found.problems}")

    def forgetting() -> list[float]:
        times = []
        for _ in range(rounds):
            forget()
            times.append(median_ms(by_manifest, 1))
        return times

    digests = median_ms(lambda: [hashlib.sha256(one.read_bytes()).hexdigest() for one in modules], rounds)
    forget()
    running = median_ms(lambda: scan([folder], ["wclap"], rescan=True, jobs=1), 1)
    first = _statistics.median(forgetting())
    warm = median_ms(by_manifest, rounds)
    return [
        ("SHA-256 of all modules (the yardstick)", digests),
        ("scan() by manifest, the first time", first),
        ("scan() again, nothing has changed", warm),
        ("scan() by running every module", running),
    ]


def main() -> int:
    """Measure and print. Returns 1 where a warm scan takes more than MOST_MS."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ[VARIABLE] = f"{scratch}/cache"
        modules = shelf(Path(scratch, "plugins"), Path(scratch))
        lines = measure(Path(scratch, "plugins"), modules, 5 if options.quick else 25)
    yardstick, running = lines[0][1], lines[-1][1]
    rows = [[what, f"{ms:.1f}", f"{ms / yardstick:.2f}", f"{ms / running:.4f}"] for what, ms in lines]
    _tables.table(f"Lists of WCLAP plugins: {len(SIZES)} bundles, {sum(SIZES) / 1000:.1f} MB", HEADS, rows)
    warm = lines[2][1]
    print(f"\nwarm: {warm:.1f} ms of {MOST_MS:.0f} ms that it may take")
    record["wclap_scanning"] = [{"what": what, "ms": ms} for what, ms in lines]
    _run.finish(record, options.json)
    return 0 if warm <= MOST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
