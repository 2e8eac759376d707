"""What a dead plugin looks like from outside, three times: python examples/survive_a_crash.py [PLUGIN]

With on_crash="raise" the call raises; with "bypass" the audio goes on as it came in. restart() brings the plugin back;
with restart="back-off" it comes back by itself.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np

from isobooth.client import PluginCrashed, load


def main(name: str = "null:") -> None:
    """Kill the plugin's process in each way."""
    with load(name, on_crash="raise") as plugin:
        inputs = [bus.channels for bus in plugin.buses if bus.direction == "input" and bus.is_main]
        dry = np.random.default_rng(1).uniform(-0.5, 0.5, (inputs[0], 48000)).astype(np.float32)
        os.kill(plugin.pid, signal.SIGKILL)  # as a crash would
        try:
            plugin.process(dry)
        except PluginCrashed as error:
            print(f"raised: {error.report}")
        plugin.restart()
        print(f"restarted: {plugin!r}, {plugin.process(dry).shape[1]} frames played")

    with load(name, on_crash="bypass") as plugin:
        os.kill(plugin.pid, signal.SIGKILL)
        plugin.process(dry)  # may hold a few blocks that the plugin had done before it died
        bypassed = plugin.process(dry)
        print(f"bypassed: {np.array_equal(bypassed, dry[: len(bypassed)])}, because: {plugin.error}")
        plugin.restart()
        print(f"restarted: alive again is {plugin.is_alive}")

    with load(name, on_crash="bypass", restart="back-off") as plugin:
        plugin.listen(lambda notice: print(f"heard: {type(notice).__name__}"))  # on a thread of isobooth's
        first = plugin.pid
        os.kill(first, signal.SIGKILL)
        while plugin.pid == first:
            plugin.process(dry[:, :480])  # never raises, never waits for the new process
            time.sleep(0.01)
        print(f"came back by itself: {plugin.wait_alive(10)}, after {plugin.restarts} restart")


if __name__ == "__main__":
    main(*sys.argv[1:2])
