"""What a plugin may say of its size and still be played."""

from __future__ import annotations

from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import PluginLoadError

from ._core import lib


def check_channels(descriptor: PluginDescriptor) -> None:
    """Raise PluginLoadError, which names the bus, for a plugin with more channels than a segment can have."""
    for direction in ("input", "output"):
        buses = [bus for bus in descriptor.buses if bus.direction == direction]
        total = sum(bus.channels for bus in buses)
        if total <= lib.IB_MAX_CHANNELS:
            continue
        largest = max(buses, key=lambda bus: bus.channels)
        raise PluginLoadError(
            f"{descriptor.name!r} of {descriptor.path} cannot play",
            path=descriptor.path,
            plugin_id=descriptor.id,
            cause=f"it says it has {total} {direction} channels, {largest.channels} of them on bus {largest.name!r};"
            f" {lib.IB_MAX_CHANNELS} are possible",
            hint="where the plugin can have fewer, ask for them with the numbers of inputs and outputs",
        )
