"""What a format's C code costs above the plugin: per block without events, and per event.

A plugin that does nothing in process() is run through the table of operations that the booth's audio thread runs, in
this process and without an engine, in blocks of 256 stereo frames: what is measured is the format's own work. Events
are parameter changes, then notes, spread over the block. The yardstick is copying two channels in and two out, which a
host with processes does at least.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/block_cost.py`

import cffi

from benchmarks import _compile, _plugins, _run, _statistics, _tables
from isobooth.host._core import ffi
from isobooth.host.plugin import Activation, LoadRequest
from isobooth.host.registry import find_format
from isobooth.protocol.events import NoteOff, NoteOn, ParamValue, encode_events

FRAMES = 256
EVENTS = 64
RATE = 48000
FORMATS = ("clap", "vst3")
HEADS = ["format", "ns a block", "ratio to the copy", "of 300 ns", "ns a parameter", "ns a note", "of 25 ns (worse)"]
DRIVER = """
uint64_t block_cost_run(const void *table, void *plugin, uint32_t frames, uint32_t blocks, const uint8_t *events,
                        uint32_t event_bytes, uint32_t event_count);
uint64_t block_cost_copy(uint32_t frames, uint32_t blocks);
"""
HOST = f"-I{_plugins.ROOT / 'packages' / 'host' / 'src' / 'isobooth' / 'host'}"


def events_of(kind: str) -> bytes:
    """Return EVENTS events, spread over a block."""
    times = [at * FRAMES // EVENTS for at in range(EVENTS)]
    if kind == "notes":
        notes = [NoteOn(60 + at // 2 % 12, time=t) if at % 2 == 0 else NoteOff(60 + at // 2 % 12, time=t)
                 for at, t in enumerate(times)]  # fmt: skip
        return b"".join(encode_events(notes, int)[1])
    changes = [ParamValue(0, (at + 1) / EVENTS, time=t) for at, t in enumerate(times)]
    return b"".join(encode_events(changes, int)[1])


class Table:
    """One empty plugin, active, and what runs it."""

    def __init__(self, name: str, path: Path, frames: int = FRAMES) -> None:
        self._frames = frames
        self._mailbox = ffi.new("struct ib_mailbox *")
        self._mailbox.wake_fd = -1
        request = LoadRequest(
            path=str(path), plugin_id="", sample_rate=RATE, block_size=frames, inputs=0, outputs=0,
            mailbox=self._mailbox,
        )  # fmt: skip
        self.plugin = find_format(name).load(request)
        self.plugin.activate(Activation(RATE, 1, frames, 4, offline=False))
        operations = self.plugin.operations()
        self._ffi = cffi.FFI()
        self._ffi.cdef(DRIVER)
        self._driver: Any = self._ffi.dlopen(str(_compile.library("block_cost", HOST)))
        self._table = self._pointer(operations.table)
        self._argument = self._pointer(operations.plugin)

    def _pointer(self, pointer: Any) -> Any:
        return self._ffi.cast("void *", int(ffi.cast("uintptr_t", pointer)))

    def run(self, blocks: int, events: bytes) -> float:
        """Return nanoseconds per block."""
        count = EVENTS if events else 0
        took = self._driver.block_cost_run(
            self._table,
            self._argument,
            self._frames,
            blocks,
            self._ffi.from_buffer(events or b"\0" * 8),
            len(events),
            count,
        )
        if took == 0:
            sys.exit("the empty plugin reported an error")
        return float(took) / blocks

    def copy(self, blocks: int) -> float:
        """Return nanoseconds per block of the yardstick."""
        return float(self._driver.block_cost_copy(self._frames, blocks)) / blocks

    def close(self) -> None:
        """End the plugin."""
        self.plugin.deactivate()
        self.plugin.close()


def measure(name: str, blocks: int, rounds: int) -> dict[str, Any]:
    """Measure one format in turns; return the figures in nanoseconds."""
    table = Table(name, _compile.library(f"empty_{name}", HOST))
    turns: dict[str, list[float]] = {"copy": [], "block": [], "parameters": [], "notes": []}
    parameters, notes = events_of("parameters"), events_of("notes")
    for _ in range(rounds):
        turns["copy"].append(table.copy(blocks))
        turns["block"].append(table.run(blocks, b""))
        turns["parameters"].append(table.run(blocks // 8, parameters))
        turns["notes"].append(table.run(blocks // 8, notes))
    table.close()
    middle = {key: _statistics.median(values) for key, values in turns.items()}
    per_parameter = (middle["parameters"] - middle["block"]) / EVENTS
    per_note = (middle["notes"] - middle["block"]) / EVENTS
    return {
        "format": name,
        "ns_per_block": middle["block"],
        "ratio_to_copy": middle["block"] / middle["copy"],
        "ns_per_parameter": per_parameter,
        "ns_per_note": per_note,
    }


def row(figures: dict[str, Any]) -> list[str]:
    """Return the figures as a line of the table."""
    worse = max(figures["ns_per_parameter"], figures["ns_per_note"])
    return [
        figures["format"],
        f"{figures['ns_per_block']:.0f}",
        f"{figures['ratio_to_copy']:.2f}",
        f"{figures['ns_per_block'] / 300:.2f}",
        f"{figures['ns_per_parameter']:.1f}",
        f"{figures['ns_per_note']:.1f}",
        f"{worse / 25:.2f}",
    ]


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    blocks, rounds = (100_000, 5) if options.quick else (1_000_000, 9)
    figures = [measure(name, blocks, rounds) for name in FORMATS]
    _tables.table(f"an empty plugin, 2 × {FRAMES} frames, medians of {rounds} turns", HEADS, [row(f) for f in figures])
    record["block_cost"] = figures
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
