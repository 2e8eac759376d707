"""Load a plugin, look at it, change it, play noise through it: python examples/play_plugin.py [PLUGIN]

PLUGIN is a path, a name or an id. Without one, the built-in pass-through is used, which needs no file.
"""

from __future__ import annotations

import sys

import numpy as np

from isobooth.client import load

RATE = 48000


def main(name: str = "null:") -> None:
    """Print what the plugin is and what it did to a second of noise."""
    with load(name, sample_rate=RATE) as plugin:
        print(plugin)
        for parameter in plugin.parameters.values():
            print(f"  {parameter!r}  {parameter.text}")
        inputs = [bus.channels for bus in plugin.buses if bus.direction == "input" and bus.is_main]
        noise = np.random.default_rng(1).uniform(-0.5, 0.5, (inputs[0] if inputs else 0, RATE)).astype(np.float32)
        for parameter in plugin.parameters.values():
            if not parameter.is_output:  # a meter is read, not set
                parameter.value = parameter.range[1]
                print(f"{parameter.name} is now {parameter.text}")
                break
        wet = plugin.process(noise) if inputs else plugin.process(frames=RATE)
        rms = np.sqrt(np.mean(np.square(wet), axis=1))
        print(f"{wet.shape[0]} channels of {wet.shape[1]} frames, level {rms.round(3)}, {plugin.stats.blocks} blocks")


if __name__ == "__main__":
    main(*sys.argv[1:2])
