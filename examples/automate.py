"""Move a parameter while audio goes through: python examples/automate.py PLUGIN PARAMETER OUT.wav

The parameter goes from its least to its greatest value in two seconds, with a change every 256 frames. Where in a
block a change takes effect is the format's affair: CLAP plugins are told the frame; LADSPA blocks are split there.
"""

from __future__ import annotations

import sys

import numpy as np
import soundfile

from isobooth.client import ParamValue, Transport, load

RATE = 48000
FRAMES = 2 * RATE


def main(name: str, parameter: str, target: str) -> None:
    """Write a sawtooth that went through the plugin meanwhile."""
    with load(name, sample_rate=RATE) as plugin:
        least, greatest = plugin.parameters[parameter].range
        sweep = [
            ParamValue(parameter, least + (greatest - least) * time / FRAMES, time=time)
            for time in range(0, FRAMES, 256)
        ]
        inputs = [bus.channels for bus in plugin.buses if bus.direction == "input" and bus.is_main]
        saw = (0.25 * (np.arange(FRAMES) * 110 / RATE % 1 - 0.5)).astype(np.float32)
        dry = np.repeat(saw[np.newaxis], inputs[0], axis=0)
        wet = plugin.process(dry, events=sweep, transport=Transport(tempo=120))
        print(f"{plugin.parameters[parameter].name} ended at {plugin.parameters[parameter].text}")
    soundfile.write(target, wet.T, RATE)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
