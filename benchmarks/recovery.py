"""What a death costs: how soon a block comes back whose booth dies, and how soon the plugin is heard again.

For the first, the booth is stopped with a block in it and then killed; the time is from the kill to the end of the call
that waits, beside the time that the kernel takes until such a process is gone (its descriptor can be read). For the
second, a playing plugin with a saved state and a changed parameter is killed, and blocks go on every millisecond; the
time is from the kill to the first block that the new booth has played, beside the time that `load`, the state and a
first block take by themselves.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/recovery.py`

from benchmarks import _plugins, _run, _statistics, _tables
from isobooth.client import Plugin, RestartPolicy, load

FRAMES = 64
FOREVER = RestartPolicy(most=1 << 20, period=3600.0, delay=0.0)
Load = Callable[..., Plugin]


def silence(plugin: Plugin) -> np.ndarray[Any, Any]:
    """Return a block for the plugin."""
    mains = [bus.channels for bus in plugin.buses if bus.direction == "input" and bus.is_main]
    return np.zeros((mains[0] if mains else plugin.input.shape[0], FRAMES), np.float32)


def stop(pid: int) -> None:
    """Stop a process, and return when every thread of it stands still."""
    os.kill(pid, signal.SIGSTOP)
    for task in Path(f"/proc/{pid}/task").iterdir():
        while (task / "stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)


def wake_ms(make: Load) -> float:
    """Return the milliseconds from the kill of a booth to the return of the call that waits for its block."""
    killed = [0.0]
    with make(block_size=FRAMES, on_crash="bypass") as plugin:
        block = silence(plugin)
        plugin.process(block)
        stop(plugin.pid)

        def kill() -> None:
            killed[0] = time.perf_counter()
            os.kill(plugin.pid, signal.SIGKILL)

        timer = threading.Timer(0.02, kill)
        timer.start()
        plugin.process(block)
        back = time.perf_counter()
        timer.join()
    return 1000 * (back - killed[0])


def gone_ms(make: Load) -> float:
    """Return the milliseconds from the kill of such a booth to its end, as a bare poll sees it: the yardstick."""
    with make(block_size=FRAMES, on_crash="bypass") as plugin:
        plugin.process(silence(plugin))
        stop(plugin.pid)
        fd = os.pidfd_open(plugin.pid)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        start = time.perf_counter()
        os.kill(plugin.pid, signal.SIGKILL)
        poll.poll()
        gone = time.perf_counter()
        os.close(fd)
    return 1000 * (gone - start)


def load_ms(make: Load, state: bytes) -> float:
    """Return the milliseconds from `load` to a first block with a state."""
    start = time.perf_counter()
    with make(block_size=FRAMES) as plugin:
        if plugin.descriptor.has_state:
            plugin.state = state
        plugin.process(silence(plugin))
        return 1000 * (time.perf_counter() - start)


def recover_ms(plugin: Plugin, block: np.ndarray[Any, Any]) -> float:
    """Return the milliseconds from the kill to the first block of the new booth."""
    pid = plugin.pid
    start = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    while True:
        is_new = plugin.pid != pid
        plugin.process(block)
        if is_new:
            return 1000 * (time.perf_counter() - start)
        time.sleep(0.001)


def measure(name: str, make: Load, rounds: int) -> dict[str, Any]:
    """Return the figures of one plugin."""
    with make(block_size=FRAMES, on_crash="bypass", restart=FOREVER) as plugin:
        state = plugin.state if plugin.descriptor.has_state else b""
        first = next((one for one in plugin.parameters.values() if not one.is_output), None)
        if first is not None:
            first.value = first.value
        block = silence(plugin)
        plugin.process(block)
        back = [recover_ms(plugin, block) for _ in range(rounds)]
    loads = [load_ms(make, state) for _ in range(rounds)]
    wakes = [wake_ms(make) for _ in range(rounds)]
    return {
        "plugin": name,
        "gone_ms": _statistics.median([gone_ms(make) for _ in range(rounds)]),
        "wake_ms": _statistics.median(wakes),
        "wake_most_ms": max(wakes),
        "load_ms": _statistics.median(loads),
        "recover_ms": _statistics.median(back),
        "recover_most_ms": max(back),
        "ratio": _statistics.median(back) / _statistics.median(loads),
    }


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    rounds = 5 if options.quick else 30
    makers: dict[str, Load] = {"null": lambda **more: load("null:", **more)}
    makers |= {plugin.title: plugin.load for plugin in _plugins.present()}
    found = [measure(name, make, rounds) for name, make in makers.items()]
    keys = ("gone_ms", "wake_ms", "wake_most_ms", "load_ms", "recover_ms", "recover_most_ms", "ratio")
    rows = [[one["plugin"], *(f"{one[key]:.2f}" for key in keys)] for one in found]
    heads = ["", "gone ms", "woken ms", "longest", "load ms", "wet again ms", "longest", "ratio"]
    _tables.table("Death to the return of its block; death to the first wet block, beside a load", heads, rows)
    record["recovery"] = found
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
