"""Run by test_vst3_real_objects.py, maybe with another C library: one plugin in an engine of this process's own.

Arguments: the bundle, a class id or "", a folder to compile in, a parameter to set to 1 or "", and "lazy" for a bundle
whose window lacks symbols, or "". Prints JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth

from isobooth.host._core import lib
from isobooth.host.formats.vst3.plugin import load
from isobooth.host.library import Library
from isobooth.protocol.events import ParamValue

FRAMES = 64
BLOCKS = 200


def main(path, plugin_id, folder, parameter, binding):
    """Play noise, counting what the host delivers between the plugin's halves; then end it."""
    if binding == "lazy":
        Library.__init__.__defaults__ = (lib.RTLD_LAZY | lib.RTLD_LOCAL,)
    noise = np.random.default_rng(1)
    with Booth(path, Path(folder), plugin_id, load=load) as booth:
        pair = booth.plugin._pair
        booth.start(frames=FRAMES)
        delivered = 0
        for block in range(BLOCKS):
            events = [ParamValue(int(parameter), 1.0)] if parameter and block == 0 else []
            booth.play(noise.uniform(-0.1, 0.1, (booth.inputs, FRAMES)).astype(np.float32), events)
            delivered += lib.ib_vst3_host_deliver(pair.host)
            booth.asked()
        name = booth.plugin.descriptor.name
    json.dump({"name": name, "delivered": delivered, "log": booth.logged}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
