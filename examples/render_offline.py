"""Send a sound file through plugins, with their tails: python examples/render_offline.py IN.wav OUT.wav PLUGIN...

Latency is compensated: the result starts where the input does.
"""

from __future__ import annotations

import sys

import numpy as np
import soundfile

from isobooth.client import Chain, load


def main(source: str, target: str, *names: str) -> None:
    """Render ``source`` through the plugins in order into ``target``, as 24-bit samples."""
    samples, rate = soundfile.read(source, dtype="float32", always_2d=True)
    dry = np.ascontiguousarray(samples.T)  # (channels, frames)
    with Chain(load(name, sample_rate=rate, offline=True) for name in names) as chain:
        wet = chain.render(dry, tail="auto")
    soundfile.write(target, wet.T, rate, subtype="PCM_24")
    print(f"{dry.shape[1] / rate:.2f} s in, {wet.shape[1] / rate:.2f} s out, peak {np.abs(wet).max():.3f}")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
