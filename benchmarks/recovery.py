"""What a death costs: how soon a block comes back whose booth dies, and how soon the plugin is heard again.

For the first, the booth is stopped with a block in it and then killed, by another process, so that nothing of this one
stands in its own way; the time is from the kill to the end of the call that waits, beside the time that a bare poll of
the process's descriptor takes to see such an end, one after the other. A plugin that crashes by itself needs no such
notice, because its last breath wakes the client: that time is the whole call of the block in which it dies.

For the second, a playing plugin with a saved state and a changed parameter is killed, and blocks go on every
millisecond; the time is from the kill to the first block that the new booth has played, beside the time that `load`,
the state and a first block take by themselves. One plugin takes 50 ms to be made.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/recovery.py`

from benchmarks import _compile, _plugins, _run, _statistics, _tables
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


class Killer:
    """A process that kills others and says when."""

    CODE = """
import os, signal, sys, time
for line in sys.stdin:
    time.sleep(0.02)
    now = time.monotonic_ns()
    os.kill(int(line), signal.SIGKILL)
    print(now, flush=True)
"""

    def __init__(self) -> None:
        command = [sys.executable, "-c", self.CODE]
        self._process: Any = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._orders: Any = self._process.stdin
        self._times: Any = self._process.stdout

    def will_kill(self, pid: int) -> None:
        """Kill in 20 ms."""
        self._orders.write(f"{pid}\n")
        self._orders.flush()

    def ms_since(self) -> float:
        """Return the milliseconds from the kill to this call."""
        now = time.monotonic_ns()
        return (now - int(self._times.readline())) / 1e6

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def wake_ms(make: Load, killer: Killer) -> float:
    """Return the milliseconds from the kill of a booth to the return of the call that waits for its block."""
    with make(block_size=FRAMES, on_crash="bypass") as plugin:
        block = silence(plugin)
        plugin.process(block)
        stop(plugin.pid)
        killer.will_kill(plugin.pid)
        plugin.process(block)
        return killer.ms_since()


def gone_ms(make: Load, killer: Killer) -> float:
    """Return the milliseconds from the kill of such a booth to its end, as a bare poll sees it: the yardstick."""
    with make(block_size=FRAMES, on_crash="bypass") as plugin:
        plugin.process(silence(plugin))
        stop(plugin.pid)
        fd = os.pidfd_open(plugin.pid)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        killer.will_kill(plugin.pid)
        poll.poll()
        gone = killer.ms_since()
        os.close(fd)
    return gone


def crash_ms(make: Load) -> float:
    """Return the milliseconds that the call takes in whose block, the fifth, the plugin crashes."""
    with make(block_size=FRAMES, on_crash="bypass") as plugin:
        block = silence(plugin)
        for _ in range(4):
            plugin.process(block)
        start = time.monotonic_ns()
        plugin.process(block)
        return (time.monotonic_ns() - start) / 1e6


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


def measure(name: str, make: Load, rounds: int, killer: Killer) -> dict[str, Any]:
    """Return the figures of one plugin."""
    with make(block_size=FRAMES, on_crash="bypass", restart=FOREVER) as plugin:
        state = plugin.state if plugin.descriptor.has_state else b""
        first = next((one for one in plugin.parameters.values() if not one.is_output), None)
        if first is not None:
            first.value = first.value
        block = silence(plugin)
        plugin.process(block)
        back, loads, gone, wakes = [], [], [], []
        for _ in range(rounds):
            back.append(recover_ms(plugin, block))
            loads.append(load_ms(make, state))
            gone.append(gone_ms(make, killer))
            wakes.append(wake_ms(make, killer))
    return {
        "plugin": name,
        "gone_ms": _statistics.median(gone),
        "wake_ms": _statistics.median(wakes),
        "wake_most_ms": max(wakes),
        "wake_ratio": _statistics.median([wake / end for wake, end in zip(wakes, gone, strict=True)]),
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
    own = _compile.library("mortal")
    makers: dict[str, Load] = {
        "null": lambda **more: load("null:", **more),
        "made in 50 ms": lambda **more: load(f"ladspa:{own}#slow", **more),
    }
    makers |= {plugin.title: plugin.load for plugin in _plugins.present()}
    killer = Killer()
    try:
        found = [measure(name, make, rounds, killer) for name, make in makers.items()]
    finally:
        killer.close()
    crashes = [crash_ms(lambda **more: load(f"ladspa:{own}#mortal", **more)) for _ in range(rounds)]
    keys = ("gone_ms", "wake_ms", "wake_most_ms", "wake_ratio", "load_ms", "recover_ms", "recover_most_ms", "ratio")
    rows = [[one["plugin"], *(f"{one[key]:.2f}" for key in keys)] for one in found]
    heads = ["", "polled ms", "woken ms", "longest", "ratio", "load ms", "wet again ms", "longest", "ratio"]
    _tables.table("Kill to the return of the block; kill to the first wet block, beside a load", heads, rows)
    _tables.table(
        "The whole call of a block in which the plugin crashes",
        ["", "ms", "longest"],
        [["crashes in a block", f"{_statistics.median(crashes):.3f}", f"{max(crashes):.3f}"]],
    )
    record["recovery"] = found
    record["crash_in_block_ms"] = {"median": _statistics.median(crashes), "most": max(crashes)}
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
