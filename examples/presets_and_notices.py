"""Presets, and what a plugin says besides audio: python examples/presets_and_notices.py [PLUGIN [PRESET]]

A DAW takes notices now and then on its main thread, or watches ``notice_fd`` in its event loop.
"""

from __future__ import annotations

import sys

from isobooth.client import BusesChanged, LatencyChanged, Notice, PluginError, StateDirty, ValuesChanged, load


def tell(notice: Notice) -> str:
    """What a DAW would do about it."""
    if isinstance(notice, ValuesChanged):
        return f"move {len(notice.values)} knobs"
    if isinstance(notice, LatencyChanged):
        return f"delay the other tracks by {notice.latency} frames"
    if isinstance(notice, BusesChanged):
        return "connect the channels anew, then reactivate()"
    if isinstance(notice, StateDirty):
        return "mark the project as changed"
    return f"show or ignore {notice}"


def main(name: str = "null:", preset: str = "") -> None:
    """List presets, load one, and print what there was to hear."""
    with load(name) as plugin:
        print(f"{plugin.name} lists {len(plugin.presets)} presets")
        for one in plugin.presets[:10]:
            print(f"  {one.bank}/{one.name}" if one.bank else f"  {one.name}")
        if preset:
            plugin.load_preset(preset)  # a name, an id, or the path of a preset file
        try:
            plugin.set_buses(outputs=["mono"])
        except PluginError as error:
            print(f"refused: {error}")
        plugin.process(frames=4800)
        plugin.bypass = True
        plugin.process(frames=4800)
        print(f"bypassed, {plugin.latency} frames late")
        for notice in plugin.take_notices():
            print(tell(notice))


if __name__ == "__main__":
    main(*sys.argv[1:3])
