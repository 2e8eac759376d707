"""The exchanges of blocks that round_trip.py measures: bare ones, and through a booth from C and from Python."""

from __future__ import annotations

import ctypes
import functools
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmarks import _compile, _plugins
from benchmarks._statistics import Times

if TYPE_CHECKING:
    from isobooth.client import Plugin

CHANNELS = 2
VARIETY = 64
"""Different blocks, in turn, of a row that says so."""
BARE = ("spin", "futex", "eventfd", "pipe")
STATUS_OK = 1

Measure = Callable[[int, int, int], tuple[Times, Times]]
"""(frames, blocks, pace in ns or 0) -> the round trips, and how much of each the plugin had, both in ns."""


@dataclass
class Contender:
    """One row of the tables."""

    name: str
    measure: Measure
    is_paced: bool = True
    """In the tables of paced blocks as well."""


@dataclass(frozen=True)
class Played:
    """A real plugin, and how it is played."""

    plugin: _plugins.Measured
    variety: int = 1
    """Blocks that differ in noise and level, in turn: a plugin with meters has news in each then."""
    is_paced: bool = True

    @property
    def name(self) -> str:
        """The name in tables."""
        return self.plugin.title if self.variety == 1 else f"{self.plugin.title}, {self.variety} blocks"


def bare(kind: str, placement: str = "free") -> Contender:
    """Two processes by the barest means; ``headers``: by the protocol's headers alone. See c/bare_exchange.c."""

    def measure(frames: int, blocks: int, pace: int) -> tuple[Times, Times]:
        command = [str(_compile.program("bare_exchange")), kind, str(frames), str(CHANNELS), str(blocks), str(pace)]
        done = subprocess.run([*command, placement], capture_output=True, check=True)
        took = np.frombuffer(done.stdout, np.uint64)
        return took, np.zeros_like(took)

    names = {"free": "", "one": ", on one core", "two": ", on two cores"}
    what = "headers alone" if kind == "headers" else f"bare {kind}"
    return Contender(what + names[placement], measure)


@functools.cache
def _caller() -> ctypes.CDLL:
    caller = ctypes.CDLL(str(_compile.library("client_caller")))
    caller.caller_new.restype = ctypes.c_void_p
    caller.caller_new.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32]
    caller.caller_run.restype = ctypes.c_uint32
    caller.caller_run.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        *[ctypes.c_uint64] * 2,
        *[ctypes.c_void_p] * 2,
    ]
    return caller


def from_c(plugin: Plugin, name: str, variety: int = 1) -> Contender:
    """C code on the segment of a loaded plugin, which Python does not use from now on."""
    memory = np.frombuffer(plugin._player.stream.segment.memory, np.uint8)  # noqa: SLF001 (where the segment is)
    caller = _caller().caller_new(memory.ctypes.data, memory.size, variety)
    if not caller:
        raise RuntimeError(f"the segment of {name} cannot be used")

    def measure(frames: int, blocks: int, pace: int) -> tuple[Times, Times]:
        took, inside = np.zeros(blocks, np.uint64), np.zeros(blocks, np.uint64)
        status = _caller().caller_run(caller, frames, blocks, pace, took.ctypes.data, inside.ctypes.data)
        if status != STATUS_OK:
            raise RuntimeError(f"a block through {name} came back with status {status}; {plugin.log}")
        return took, inside

    return Contender(f"{name}, C caller", measure)


def noise(frames: int, variety: int) -> list[npt.NDArray[np.float32]]:
    """Return blocks of noise of rising level."""
    random = np.random.default_rng(1)
    levels = [0.25 * (at + 1) / variety for at in range(variety)]
    return [random.uniform(-level, level, (CHANNELS, frames)).astype(np.float32) for level in levels]


def from_python(plugin: Plugin, name: str, variety: int = 1) -> Contender:
    """``plugin.process`` on arrays of one block."""

    def measure(frames: int, blocks: int, pace: int) -> tuple[Times, Times]:
        took, inside = np.zeros(blocks, np.uint64), np.zeros(blocks, np.uint64)
        blocks_in_turn = noise(frames, variety)
        warm_up = 20 if pace else 500
        clock, process = time.perf_counter_ns, plugin.process
        report = plugin._player.stream.report  # noqa: SLF001 (the sum that stats shows, at less cost between blocks)
        beat, before = clock(), int(report().process_ns)
        for block in range(-warm_up, blocks):
            if pace:
                beat = max(beat + pace, clock())
                time.sleep((beat - clock()) / 1e9 if beat > clock() else 0)
            dry = blocks_in_turn[block % variety]
            start = clock()
            process(dry)
            end = clock()
            spent = int(report().process_ns)
            if block >= 0:
                took[block], inside[block] = end - start, spent - before
            before = spent
        return took, inside

    return Contender(f"{name}, Python caller", measure)


def contenders(extra: list[Played]) -> tuple[list[Contender], list[Plugin]]:
    """Return every row, each plugin from C and from Python, and the plugins to close afterwards."""
    rows = [*map(bare, BARE), bare("futex", "one"), bare("futex", "two"), bare("headers")]
    opened: list[Plugin] = []
    settings = {"block_size": 512}
    for kind in (from_c, from_python):
        opened.append(_plugins.null(**settings))
        rows.append(kind(opened[-1], "null"))
    for played in extra:
        for kind in (from_c, from_python):
            opened.append(played.plugin.load(**settings))
            row = kind(opened[-1], played.name, played.variety)
            row.is_paced = played.is_paced
            rows.append(row)
    return rows, opened
