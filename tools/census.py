"""Play every plugin of this machine, each in a booth of its own, and count those that work.

    python3 tools/census.py                          all formats, the search paths and what tools/plugins.py unpacked
    python3 tools/census.py --format ladspa          one format (may be given several times)
    python3 tools/census.py /usr/lib/ladspa/caps.so  some files or folders
    python3 tools/census.py --json census.json       the results as JSON too

Of each plugin: load it, run 100 blocks of noise through it, look whether what comes out is finite, save the state and
restore it, close. A plugin fails that does not get through all of that in time; one is odd that gets through with
infinite samples, another state than was saved, or no state. Run it with a Python that has the four packages.

A description may take ten times as long as --limit, which is for one plugin.

Exit code: 0 if at least 99 of 100 plugins do not fail, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":  # run as a file: make the folder importable as `tools`
    sys.path.insert(0, str(ROOT))

from isobooth.client import load  # noqa: E402  (after the line above)
from isobooth.protocol.descriptors import PluginDescriptor, ScanProblem, ScanReport  # noqa: E402
from isobooth.protocol.errors import IsoboothError  # noqa: E402
from isobooth.protocol.locator import formats_of_path  # noqa: E402
from isobooth.scan.find import candidates  # noqa: E402
from isobooth.scan.host import host_info  # noqa: E402
from isobooth.scan.looks import why_not  # noqa: E402
from isobooth.scan.paths import search_paths  # noqa: E402
from isobooth.scan.probe import probe  # noqa: E402
from tools import newer, plugins  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from isobooth.client import Plugin

RATE = 48000
FRAMES = 256
BLOCKS = 100
DESCRIBING = 10
"""How many times as long the description of a file may take: there are files with 200 plugins."""
ENOUGH = 0.99
"""Share of the plugins that must not fail."""
OK, ODD, FAILED = "ok", "odd", "failed"


@dataclass(frozen=True)
class Row:
    """What became of one plugin, or of a file that could not be described."""

    format: str
    path: str
    id: str
    name: str
    verdict: str
    reason: str = ""
    seconds: float = 0.0


@dataclass
class Found:
    """The plugins of some files, and a row for whatever kept a file or a plugin from being described."""

    plugins: list[PluginDescriptor] = field(default_factory=list)
    broken: list[Row] = field(default_factory=list)


def find(formats: list[str], paths: list[Path] | None, limit: float, jobs: int) -> Found:
    """Describe all files of these formats in `paths`, or on their search paths."""
    command, _ = host_info()
    tasks: list[tuple[str, str]] = []
    for name in formats:
        files = candidates(name, search_paths(name) if paths is None else paths, [])
        tasks += [(name, str(file)) for file in files if why_not(name, file) != ""]
    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(lambda task: probe(command, *task, timeout=DESCRIBING * limit), tasks))
    found = Found()
    refused: dict[str, list[Row]] = {}
    for (name, path), result in zip(tasks, results, strict=True):
        report = result if isinstance(result, ScanReport) else ScanReport(format=name, path=path, errors=[result])
        found.plugins += report.plugins
        rows = [_broken(name, path, problem) for problem in report.errors]
        if report.plugins:  # what is wrong with all of the file, loading its plugins will say
            found.broken += [row for row in rows if row.id]
        else:
            refused.setdefault(path, []).extend(rows)
    described = {one.path for one in found.plugins}
    for path, rows in refused.items():
        if path not in described and rows:  # formats share folders: a file is refused by all but its own
            order = formats_of_path(path)
            found.broken.append(
                min(rows, key=lambda row: order.index(row.format) if row.format in order else len(order))
            )
    return found


def _broken(name: str, path: str, problem: ScanProblem) -> Row:
    return Row(name, path, problem.plugin_id, problem.plugin_id or Path(path).name, FAILED, _one_line(problem.reason))


def _one_line(text: object) -> str:
    return " ".join(str(text).split()) or "no reason was given"


def judge(one: PluginDescriptor, limit: float) -> Row:
    """Play one plugin; see the top of this file. Nothing that a plugin does is raised."""
    begin = time.monotonic()
    try:
        with load(one, sample_rate=RATE, block_size=FRAMES, timeout=limit, load_timeout=limit) as plugin:
            oddities = _play(plugin, begin + limit)
    except (IsoboothError, OSError, _Late) as error:
        verdict, reason = FAILED, _one_line(error)
    else:
        verdict, reason = (ODD if oddities else OK), "; ".join(oddities)
    return Row(one.format, one.path, one.id, one.name, verdict, reason, round(time.monotonic() - begin, 3))


class _Late(Exception):
    """The time for a plugin is over."""


def _play(plugin: Plugin, end: float) -> list[str]:
    """Noise and state; return what was odd. Raises what the client raises, and _Late."""
    oddities = []
    channels = sum(bus.channels for bus in plugin.buses if bus.direction == "input")
    noise = np.random.default_rng(1).uniform(-0.25, 0.25, (channels, FRAMES)).astype(np.float32)
    bad = -1
    for block in range(BLOCKS):
        audio = plugin.process(noise, outputs="all") if channels else plugin.process(frames=FRAMES, outputs="all")
        if bad < 0 and not np.isfinite(audio).all():
            bad = block
        if time.monotonic() > end:
            raise _Late(f"only {block + 1} of {BLOCKS} blocks were played in time")
    if bad >= 0:
        oddities.append(f"what comes out is not finite from block {bad} on")
    if not plugin.descriptor.has_state:
        return [*oddities, "it has no state"]
    before = _values(plugin)
    plugin.state = plugin.state
    changed = [name for name, value in _values(plugin).items() if not _close(before.get(name, value), value)]
    if changed:
        oddities.append(f"restoring its own state changes {', '.join(changed[:4])}{' ...' if changed[4:] else ''}")
    if time.monotonic() > end:
        raise _Late("saving and restoring the state was not done in time")
    return oddities


def _values(plugin: Plugin) -> dict[str, float]:
    plugin.refresh_values()
    return {name: plugin.parameters[name].value for name in plugin.parameters if not plugin.parameters[name].is_output}


def _close(one: float, other: float) -> bool:
    return bool(np.isclose(one, other, rtol=1e-4, atol=1e-5))


@contextmanager
def hosted(folder: Path) -> Iterator[None]:
    """Booths start with the newer C library in a folder of tools/newer.py, while the block runs."""
    before = os.environ.get("ISOBOOTH_HOST")
    os.environ["ISOBOOTH_HOST"] = shlex.join([str(newer.runner(folder)), sys.executable, "-m", "isobooth.host"])
    try:
        yield
    finally:
        if before is None:
            del os.environ["ISOBOOTH_HOST"]
        else:
            os.environ["ISOBOOTH_HOST"] = before


def census(formats: list[str], paths: list[Path] | None, limit: float, jobs: int) -> list[Row]:
    """Judge all plugins in `paths`, or everywhere, in the order of their formats and files."""
    cache = plugins.Cache()
    rows = []
    for places, is_newer in _places(paths, cache):
        if is_newer:
            with hosted(cache.newer):
                rows += _judge_all(formats, places, limit, jobs)
        else:
            rows += _judge_all(formats, places, limit, jobs)
    return sorted(rows, key=lambda row: (formats.index(row.format), row.path))


def _places(paths: list[Path] | None, cache: plugins.Cache) -> Iterator[tuple[list[Path] | None, bool]]:
    """Yield what to look through with one host; True for that with the newer C library."""
    special = cache.newer / "usr" / "lib"
    if paths is None:
        yield None, False
        yield [folder for folder in [cache.folder / "usr" / "lib"] if folder.is_dir()], False
        # not all of it: it has the newer C library's own modules, too
        yield [folder for folder in (special / name for name in plugins.FORMATS) if folder.is_dir()], True
        return
    yield [path for path in paths if special not in (path, *path.parents)], False
    yield [path for path in paths if special in (path, *path.parents)], True


def _judge_all(formats: list[str], paths: list[Path] | None, limit: float, jobs: int) -> list[Row]:
    if paths is not None and not paths:
        return []
    found = find(formats, paths, limit, jobs)
    rows = list(found.broken)
    with ThreadPoolExecutor(jobs) as pool:
        for row in pool.map(lambda one: judge(one, limit), found.plugins):
            rows.append(row)
            if row.verdict == FAILED and sys.stderr.isatty():
                print(f"{row.format}: {row.name}: {row.reason}", file=sys.stderr)
    return rows


def table(rows: Iterable[Row]) -> list[str]:
    """Return the lines to print: a summary of each format, then whatever is not well, with its reason."""
    rows = list(rows)
    lines = [f"{'format':<8} {'plugins':>7} {OK:>7} {ODD:>5} {FAILED:>6}"]
    for name in [*dict.fromkeys(row.format for row in rows), "all"]:
        count = Counter(row.verdict for row in rows if name in {row.format, "all"})
        lines.append(f"{name:<8} {count.total():>7} {count[OK]:>7} {count[ODD]:>5} {count[FAILED]:>6}")
    for verdict in (FAILED, ODD):
        lines += [
            f"{verdict}: {row.format}:{row.path}{'#' if row.id else ''}{row.id}: {row.reason}"
            for row in rows
            if row.verdict == verdict
        ]
    return lines


def enough(rows: list[Row]) -> bool:
    """Is the share of plugins that do not fail large enough?"""
    return sum(row.verdict != FAILED for row in rows) >= ENOUGH * len(rows)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; see the top of this file."""
    _, host = host_info()
    known = [name for name in host.formats if name != "null"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders instead of all")
    parser.add_argument("--format", action="append", choices=known, help="only this format")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds for one plugin (%(default)g)")
    parser.add_argument("--jobs", type=int, default=2, help="plugins at a time (%(default)d)")
    options = parser.parse_args(arguments)
    missing = [str(path) for path in options.paths if not path.exists()]
    if missing:
        parser.error(f"there is no {missing[0]}")
    paths = [path.absolute() for path in options.paths] or None
    rows = census(options.format or known, paths, options.limit, max(1, options.jobs))
    print("\n".join(table(rows)))
    if options.json:
        result: list[dict[str, Any]] = [asdict(row) for row in rows]
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if enough(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
