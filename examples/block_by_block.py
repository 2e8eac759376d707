"""The loop of an audio callback, without copies: python examples/block_by_block.py [PLUGIN]

``input`` and ``output`` are numpy views on the memory that the plugin itself reads and writes. ``submit`` hands a block
over and returns at once; ``wait`` brings the oldest one back, or a stand-in when its deadline has passed.
"""

from __future__ import annotations

import sys

import numpy as np

from isobooth.client import BlockStatus, load

RATE, BLOCK, BLOCKS = 48000, 256, 200
DEADLINE = 1.0
"""Seconds. In a sound card's callback: what is left of the block's own time."""


def main(name: str = "null:") -> None:
    """Play a sine with one block in flight: each is collected after the next one has been handed over."""
    statuses: list[BlockStatus] = []
    with load(name, sample_rate=RATE, block_size=BLOCK, slots=2, on_crash="silence") as plugin:
        loudest = 0.0
        for block in range(BLOCKS):
            turns = (np.arange(BLOCK) + block * BLOCK) * 440 / RATE
            plugin.input[:] = 0.5 * np.sin(2 * np.pi * turns)
            plugin.submit()
            if block > 0:
                statuses.append(plugin.wait(DEADLINE))
                loudest = max(loudest, float(np.abs(plugin.output).max(initial=0.0)))
        statuses.append(plugin.wait(DEADLINE))
        mean = plugin.stats.mean_process_time * 1e6
        print(f"{statuses.count(BlockStatus.OK)} of {BLOCKS} blocks came back, peak {loudest:.3f}")
        print(f"{mean:.1f} us a block inside the plugin, {plugin.stats.late} late")


if __name__ == "__main__":
    main(*sys.argv[1:2])
