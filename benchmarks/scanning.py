"""What a list of plugins costs: to find out file by file, and to say again what is known.

Cold: real files of this machine are looked into, each in a process of its own, one at a time; the yardstick is a bare
`python -c pass`, started and waited for. Warm: a thousand files and more, of which the cache knows everything (the real
descriptors, as often as it takes), are listed by the library and by the command `isobooth list`. The yardsticks are the
least that has to be done: stat() of every file, reading the cache and decoding what it holds of each plugin; for the
command a bare Python that imports msgspec.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/scanning.py`

import msgspec

from benchmarks import _run, _statistics, _tables
from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.scan import PluginEntry, scan, search_paths
from isobooth.scan.cache import VARIABLE, Cache, Entry, identify
from isobooth.scan.find import candidates
from isobooth.scan.host import host_info

PLUGINS = 1200
LOOKS_LIKE_ONE = b"\x7fELF\0ladspa_descriptor\0"
FORMATS = ("clap", "vst3", "lv2", "vst2", "ladspa")
HEADS = ["", "ms", "yardstick", "ms", "ratio"]


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """Return how long something takes, the middle of several times."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return _statistics.median(times)


def run(*arguments: str) -> Callable[[], object]:
    """Return a function that runs this Python with arguments."""
    return lambda: subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)


def real_files(most: int) -> list[tuple[str, Path]]:
    """Return files of this machine, of all formats in turn."""
    _, info = host_info()
    found = [
        [(name, path) for path in candidates(name, search_paths(name))][:most]
        for name in FORMATS
        if name in info.formats
    ]
    return [one for turn in zip(*(part for part in found if part), strict=False) for one in turn][:most]


def cold(files: list[tuple[str, Path]]) -> tuple[float, list[PluginDescriptor]]:
    """Return milliseconds for each file, and what was found."""
    plugins, times = [], []
    for name, path in files:
        start = time.perf_counter()
        found = scan([path], [name], rescan=True, jobs=1)
        times.append(1000 * (time.perf_counter() - start))
        plugins += [one.describe() for one in found]
    return _statistics.median(times), plugins


def fill(folder: Path, plugins: list[PluginDescriptor]) -> list[str]:
    """Make files and let the cache know one plugin in each; return their paths."""
    cache = Cache()
    _, info = host_info(cache)
    paths = []
    for number, one in zip(range(PLUGINS), cycle(plugins), strict=False):
        path = str(folder / f"{number}.so")
        Path(path).write_bytes(LOOKS_LIKE_ONE)
        entry = PluginEntry.of(msgspec.structs.replace(one, format="ladspa", path=path, id=f"{one.id}-{number}"))
        cache.put(Entry("ladspa", path, identify(path), info.version, int(time.time()), plugins=[entry]))
        paths.append(path)
    cache.save()
    return paths


def warm(folder: Path, paths: list[str], rounds: int) -> list[tuple[str, float, str, float]]:
    """Return lines of the table: what, its milliseconds, the yardstick, its milliseconds."""
    found = scan([folder], ["ladspa"], progress=expect_nothing)
    packed = msgspec.msgpack.encode([list(msgspec.structs.astuple(one)) for one in found])
    file = Cache().file

    def yardstick() -> None:
        file.read_bytes()
        msgspec.msgpack.decode(packed)
        for path in paths:
            os.stat(path)  # noqa: PTH116  (the bare call is the yardstick)

    listing = median_ms(lambda: scan([folder], ["ladspa"]), rounds)
    least = median_ms(yardstick, rounds)
    stats = median_ms(lambda: [identify(path) for path in paths], rounds)
    details = median_ms(lambda: [one.parameters for one in scan([folder], ["ladspa"])], max(rounds // 5, 1))
    command = median_ms(run("-m", "isobooth.client.cli", "list", "--format", "ladspa"), max(rounds // 5, 1))
    as_json = median_ms(run("-m", "isobooth.client.cli", "list", "--format", "ladspa", "--json"), max(rounds // 5, 1))
    bare = median_ms(run("-c", "import msgspec"), max(rounds // 5, 1))
    reading = "read, decode, stat"
    return [
        (f"scan() of {len(found)} cached plugins", listing, reading, least),
        ("  of that, asking whether files changed", stats, reading, least),
        ("  with parameters of all", details, reading, least),
        ("isobooth list", command, "python -c 'import msgspec'", bare),
        ("isobooth list --json", as_json, "python -c 'import msgspec'", bare),
    ]


def expect_nothing(_done: int, total: int, _path: str) -> None:
    """Raise if a scan has anything to do."""
    if total:
        raise RuntimeError(f"{total} files are not in the cache")


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    files = real_files(10 if options.quick else 40)
    if not files:
        print("there is no plugin on this machine: tools/plugins.py brings some")
        return 0
    bare = median_ms(run("-c", "pass"), 10)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ[VARIABLE] = f"{scratch}/cache"
        each, plugins = cold(files)
        folder = Path(scratch, "plugins")
        folder.mkdir()
        os.environ["LADSPA_PATH"] = str(folder)
        lines = [(f"cold, per file ({len(files)} files)", each, "python -c pass", bare)]
        lines += warm(folder, fill(folder, plugins), 5 if options.quick else 25)
        size = Cache().file.stat().st_size
    parameters = sum(len(one.parameters) for one in plugins) * PLUGINS // len(plugins)
    rows = [[what, f"{ms:.1f}", than, f"{least:.1f}", f"{ms / least:.2f}"] for what, ms, than, least in lines]
    _tables.table(f"Lists of plugins; the cache has {size / 1e6:.1f} MB, about {parameters} parameters", HEADS, rows)
    record["scanning"] = [dict(zip(("what", "ms", "yardstick", "yardstick_ms"), line, strict=True)) for line in lines]
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
