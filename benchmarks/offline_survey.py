"""How fast a long array goes through every LADSPA effect of this machine, against the same plugin called directly.

All effects on the search paths, as `isobooth list --format ladspa` finds them: ``Plugin.process`` with ``out`` over
noise at 48 kHz in blocks of 256 frames. The yardstick is the C loop of offline_throughput.py (c/direct_ladspa.c) that
calls the plugin on the same blocks with the same values of its controls, in turns with the booth. The table sorts the
plugins into classes by what the direct call takes for a block, since a booth has the more to hide the less that is. The
ratio is the fastest direct turn over the fastest turn through the booth ("at best"); 1 means that the booth costs
nothing.

Each plugin is measured in a process that it may take down. What is no effect, could not be scanned or could not be
measured is counted, and named with the reason on standard error and in the record; so are plugins whose output through
the booth was not that of the direct call bit by bit (those with a random generator, for one).
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python benchmarks/offline_survey.py`

import numpy as np

from benchmarks import _aside, _direct, _plugins, _run, _statistics, _tables
from isobooth.scan import Catalogue, PluginEntry, scan

RATE = 48000
BLOCK = 256
TURN_SECONDS = 2.0
"""A turn through a plugin that would take longer than this has less audio, but no less than a second of it."""
PATIENCE_SECONDS = 120.0
ENOUGH = 0.95
EDGES_US = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
HEADS = ["direct, µs a block", "plugins", "median", "10 %", "least", f"at {ENOUGH} or more"]
LEAST_HEADS = ["least at best", "direct, µs a block", "at best", "of medians"]
LEAST = 5
QUICK_PLUGINS, SEED = 40, 4


@dataclass(frozen=True)
class Order:
    """What is measured of one plugin."""

    plugin: _plugins.Measured
    seconds: int
    turns: int


def noise_for(order: Order, controls: dict[int, float]) -> _direct.Audio:
    """Return the input of a turn: less than ordered where the plugin is slow."""
    direct = _direct.Direct(order.plugin, RATE, BLOCK, controls)
    dry = np.random.default_rng(1).uniform(-0.25, 0.25, (direct.inputs, RATE)).astype(np.float32)
    took = direct.run(dry, np.zeros((direct.outputs, RATE), np.float32))
    direct.close()
    return np.tile(dry, max(1, min(order.seconds, int(TURN_SECONDS / took))))


def measure(order: Order) -> dict[str, Any]:
    """Measure one plugin in turns; return the figures."""
    with order.plugin.load(sample_rate=RATE, block_size=BLOCK, offline=True) as booth:
        controls = {one.id: one.value for one in booth.parameters.values()}  # the id is the number of the port
        dry = noise_for(order, controls)
        frames = dry.shape[1]
        direct = _direct.Direct(order.plugin, RATE, BLOCK, controls)
        own, wet = (np.zeros((direct.outputs, frames), np.float32) for _ in range(2))
        booth.process(dry, out=own)  # the first warms up, and is the one from the same beginning
        direct.run(dry, wet)
        is_same = bool(np.array_equal(own, wet, equal_nan=True))
        through, directly = [], []
        for _ in range(order.turns):
            start = time.perf_counter()
            booth.process(dry, out=own)
            through.append(time.perf_counter() - start)
            directly.append(direct.run(dry, wet))
        direct.close()
    return {
        "plugin": order.plugin.name,
        "locator": locator_of(order.plugin),
        "seconds": frames // RATE,
        "direct_us_a_block": 1e6 * min(directly) * BLOCK / frames,
        "ratio_at_best": min(directly) / min(through),
        "ratio_of_medians": _statistics.median(directly) / _statistics.median(through),
        "is_same_output": is_same,
    }


def locator_of(plugin: _plugins.Measured) -> str:
    """Return the text that means this plugin and no other."""
    return f"{plugin.format}:{plugin.path}#{plugin.id}"


def effects_of(catalogue: Catalogue) -> tuple[list[PluginEntry], list[dict[str, str]]]:
    """Return the plugins that are to be measured; and what was not, with the reason."""
    known = {(one.path, one.id) for one in catalogue} | {(one.path, "") for one in catalogue}
    left_out = [
        {"plugin": " ".join(filter(None, [one.path, one.plugin_id])), "reason": f"cannot be scanned: {one.reason}"}
        for one in catalogue.problems
        if one.ended or (one.path, one.plugin_id) not in known  # others are oddities of plugins that are there
    ]
    effects = []
    for one in catalogue:
        if one.input_channels and one.output_channels:
            effects.append(one)
        else:
            lacks = "output" if one.input_channels else "input"
            left_out.append({"plugin": one.locator, "reason": f"no effect: it has no audio {lacks}"})
    return effects, left_out


def survey(effects: list[PluginEntry], seconds: int, turns: int) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Measure all, each apart; return the figures in order of cost, and what could not be measured."""
    figures, failed = [], []
    aside = _aside.Aside(measure, PATIENCE_SECONDS)
    try:
        for number, one in enumerate(effects, start=1):
            if sys.stderr.isatty():
                print(f"\r\033[K{number} of {len(effects)}: {one.name}", end="", file=sys.stderr, flush=True)
            plugin = _plugins.Measured("ladspa", one.path, one.id, one.name, package="")
            try:
                figures.append(aside.call(Order(plugin, seconds, turns)))
            except _aside.CallFailed as problem:
                failed.append({"plugin": one.locator, "reason": f"cannot be measured: {problem}"})
    finally:
        aside.close()
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
    return sorted(figures, key=lambda item: float(item["direct_us_a_block"])), failed


def row(figures: list[dict[str, Any]], lower: float, upper: float) -> list[str] | None:
    """Return a class as a line of the table, None if there is nobody in it."""
    ratios = [item["ratio_at_best"] for item in figures if lower <= item["direct_us_a_block"] < upper]
    if not ratios:
        return None
    name = f"{lower:g}-{upper:g}" if np.isfinite(upper) else f"{lower:g}+"
    values = [_statistics.median(ratios), float(np.quantile(ratios, 0.1)), min(ratios)]
    enough = sum(ratio >= ENOUGH for ratio in ratios)
    return [name, str(len(ratios)), *[f"{value:.2f}" for value in values], str(enough)]


def report(figures: list[dict[str, Any]], left_out: list[dict[str, str]], title: str) -> None:
    """Print the tables, and on standard error what is not in them."""
    ends = [*EDGES_US[1:], float("inf")]
    classes = [row(figures, lower, upper) for lower, upper in zip(EDGES_US, ends, strict=True)]
    whole = row(figures, 0.0, float("inf"))
    _tables.table(title, HEADS, [*filter(None, classes), *([["all", *whole[1:]]] if whole else [])])
    least = sorted(figures, key=lambda item: float(item["ratio_at_best"]))[:LEAST]
    keys = ("direct_us_a_block", "ratio_at_best", "ratio_of_medians")
    _tables.table("The least", LEAST_HEADS, [[item["plugin"], *[f"{item[key]:.2f}" for key in keys]] for item in least])
    others = [item for item in figures if not item["is_same_output"]]
    kinds = ("no effect", "cannot be scanned", "cannot be measured")
    counts = {kind: sum(item["reason"].startswith(kind) for item in left_out) for kind in kinds}
    print(f"\nmeasured: {len(figures)}; of these with another output than the direct call's: {len(others)}")
    print("left out: " + ", ".join(f"{kind}: {count}" for kind, count in counts.items()))
    for item in left_out:
        print(f"left out: {item['plugin']}: {item['reason']}", file=sys.stderr)
    for item in others:
        print(f"another output than the direct call's: {item['locator']}", file=sys.stderr)


def main() -> int:
    """Measure and print."""
    options = _run.arguments(__doc__)
    record = _run.begin()
    seconds, turns = (10, 3) if options.quick else (30, 5)
    effects, left_out = effects_of(scan(formats=["ladspa"]))
    found = len(effects)
    if options.quick:
        effects = random.Random(SEED).sample(effects, min(QUICK_PLUGINS, found))
    if not effects:
        print("there is no LADSPA effect on this machine: tools/plugins.py brings some")
    else:
        figures, failed = survey(effects, seconds, turns)
        left_out += failed
        title = (
            f"{len(effects)} of {found} effects, {seconds} s at {RATE} Hz in blocks of {BLOCK} through process(),"
            f" best of {turns} turns; ratio to the plugin called directly"
        )
        report(figures, left_out, title)
        record["offline_survey"] = {"effects": found, "chosen": len(effects), "figures": figures, "left_out": left_out}
    _run.finish(record, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
