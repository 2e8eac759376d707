"""What a restart has to bring back, besides parameters."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Hashable
from dataclasses import dataclass, field

from isobooth.protocol import abilities as a
from isobooth.protocol import messages as m
from isobooth.protocol.descriptors import PluginDescriptor


@dataclass
class Memory:
    """What was read of a plugin and told to it, the last of each kind."""

    state: bytes | None = None
    state_time: float = 0.0
    """When it was read or set; time.monotonic."""
    preset: a.LoadPreset | None = None
    """Of a plugin that has a preset but no state."""
    buses: a.SetBuses | None = None
    scanned: PluginDescriptor | None = None
    """The descriptor that presets were looked for, by a scan of the plugin's file."""
    told: dict[Hashable, m.Request] = field(default_factory=dict)
    """What the plugin was told of its surroundings, the last of each kind."""

    def remember(self, state: bytes | None, preset: a.LoadPreset | None = None) -> None:
        """This is its state now, or the preset that made it."""
        self.state, self.preset = state, preset
        self.state_time = time.monotonic()

    def copy(self) -> Memory:
        """As it is now."""
        return dataclasses.replace(self, told=dict(self.told))
