"""What a booth costs: milliseconds to start and to end, private memory, and processor time while it idles.

In a fresh Python process each: the first booth (cold: it has to start whatever later ones share), then others one by
one (warm), with 1, 10 and 50 alive at a time. Private memory is what the booth's process alone has (Private_Clean and
Private_Dirty of smaps_rollup). The yardstick is a bare `python -c pass`, started and waited for, and the private memory
of an idle Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/start_up.py`

from benchmarks import _plugins, _processes, _run, _statistics, _tables

IDLE_SECONDS = 2.0
HEADS = ["", "booths", "first ms", "others ms", "close ms", "MiB each", "shared MiB", "switches/s", "ratio"]


def bare_python() -> dict[str, float]:
    """Return the yardstick: milliseconds and MiB of an interpreter that does nothing."""
    times = []
    for _ in range(10):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        times.append(1000 * (time.perf_counter() - start))
    waiting = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("no pipes to the yardstick")
        process.stdout.readline()
        memory = _processes.private_bytes(process.pid) / _processes.MIB
        process.communicate(b"\n")
    return {"ms": _statistics.median(times), "mib": memory}


def import_ms(module: str) -> float:
    """Return the milliseconds that importing a module takes in a fresh interpreter."""
    code = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(7)]
    return 1000 * _statistics.median([float(run.stdout) for run in runs])


def child(index: int, count: int) -> None:
    """In a process of its own: start, look at and close ``count`` booths of one plugin; print the figures as JSON."""
    booths, started = [], []
    for _ in range(count):
        start = time.perf_counter()
        booths.append(_plugins.null() if index < 0 else _plugins.PLUGINS[index].load())
        started.append(1000 * (time.perf_counter() - start))
    time.sleep(0.5)  # let them settle
    pids = [booth.pid for booth in booths]
    memory = [_processes.private_bytes(pid) / _processes.MIB for pid in pids]
    parents = {_processes.parent(pid) for pid in pids} - {os.getpid()}
    before = sum(map(_processes.context_switches, pids))
    time.sleep(IDLE_SECONDS)
    switches = (sum(map(_processes.context_switches, pids)) - before) / IDLE_SECONDS / count
    shared = sum(_processes.private_bytes(pid) for pid in parents) / _processes.MIB
    closed = []
    for booth in booths:
        start = time.perf_counter()
        booth.close()
        closed.append(1000 * (time.perf_counter() - start))
    figures = {
        "first_ms": started[0],
        "other_ms": _statistics.median(started[1:]) if count > 1 else None,
        "close_ms": _statistics.median(closed),
        "private_mib": sum(memory) / count,
        "shared_mib": shared,
        "idle_switches_per_second": switches,
    }
    print(json.dumps(figures))


def measure(index: int, count: int, rounds: int) -> dict[str, Any]:
    """Run ``child`` a few times; return the median of each figure."""
    runs = []
    for _ in range(rounds):
        command = [sys.executable, str(Path(__file__).resolve()), "--child", str(index), str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"a run failed:\n{done.stderr}")
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: None if runs[0][key] is None else _statistics.median([run[key] for run in runs]) for key in runs[0]}


def row(name: str, count: int, figures: dict[str, Any], bare: dict[str, float]) -> list[str]:
    """Return the figures as a line of the table."""
    other = figures["other_ms"]
    usual = figures["first_ms"] if other is None else other
    return [
        name,
        str(count),
        f"{figures['first_ms']:.1f}",
        "-" if other is None else f"{other:.1f}",
        f"{figures['close_ms']:.1f}",
        f"{figures['private_mib']:.1f}",
        f"{figures['shared_mib']:.1f}",
        f"{figures['idle_switches_per_second']:.1f}",
        f"{usual / bare['ms']:.2f}",
    ]


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    bare = bare_python()
    print(f"bare Python: {bare['ms']:.1f} ms to start and end, {bare['mib']:.1f} MiB private")
    counts = (1, 10) if options.quick else (1, 10, 50)
    rounds = 1 if options.quick else 3
    names = {-1: "null"} | {_plugins.PLUGINS.index(plugin): plugin.title for plugin in _plugins.present()}
    rows, records = [], []
    for index, name in names.items():
        for count in counts:
            figures = measure(index, count, rounds)
            rows.append(row(name, count, figures, bare))
            records.append({"plugin": name, "booths": count, **figures})
    title = "Booths: started, idle for 2 s (switches/s of each), closed; ratio of a start to a bare Python's"
    _tables.table(title, HEADS, rows)
    client, numpy = import_ms("isobooth.client"), import_ms("numpy")
    print(f"\nimport isobooth.client: {client:.0f} ms, of which numpy {numpy:.0f} ms")
    record["start_up"] = {"bare_python": bare, "import_ms": client, "import_numpy_ms": numpy, "booths": records}
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(int(sys.argv[2]), int(sys.argv[3]))
        sys.exit(0)
    sys.exit(main())
