"""Play one block through a real plugin, to prove that freshly installed wheels work.

    python tools/smoke_wheels.py [PLUGIN]

Run it with the Python of an environment that holds the four wheels. PLUGIN is a locator as `load` takes it; the first
LADSPA plugin of a short list that exists is the default. Exit code 0 means that the block came back right.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from isobooth.client import load

FRAMES = 256
CANDIDATES = (
    "/usr/lib/ladspa/amp.so#amp_mono",
    "/usr/lib/ladspa/amp_1181.so#amp",
    "/usr/lib/ladspa/delay.so#delay_5s",
    "/usr/lib/ladspa/caps.so#Noisegate",
)


def main(arguments: list[str]) -> int:
    """Play the block and print what was used; return 1 where there is nothing to play."""
    present = [name for name in CANDIDATES if Path(name.partition("#")[0]).is_file()]
    locator = next(iter(arguments or present), None)
    if locator is None:
        print(f"none of {', '.join(CANDIDATES)} is on this machine", file=sys.stderr)
        return 1
    for name in ("protocol", "host", "scan", "client"):
        print(f"isobooth-{name} {version(f'isobooth-{name}')}")
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (1, FRAMES)).astype(np.float32)
    with load(locator, sample_rate=48000, block_size=FRAMES) as plugin:
        wet = plugin.process(noise)
    if wet.ndim != noise.ndim or wet.shape[1] != FRAMES or not np.isfinite(wet).all():
        print(f"{locator}: wrong output, shape {wet.shape}", file=sys.stderr)
        return 1
    print(f"{locator}: {FRAMES} frames in, {wet.shape} out, peak {np.abs(wet).max():.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
