"""What a restart has to bring back, besides parameters."""

from __future__ import annotations

import dataclasses
import threading
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
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    """Of its own: a snapshot is taken, and a plugin brought back, while a long call has the plugin's."""

    def remember(self, state: bytes | None, preset: a.LoadPreset | None = None) -> None:
        """This is its state now, or the preset that made it."""
        with self._lock:
            self.state, self.preset = state, preset
            self.state_time = time.monotonic()

    def remember_snapshot(self, state: bytes, asked: float) -> bool:
        """The same, of a state that was asked for at that time; False if another has been read or set since."""
        with self._lock:
            if self.state_time > asked:
                return False
            self.state, self.preset, self.state_time = state, None, time.monotonic()
            return True

    def copy(self) -> Memory:
        """As it is now."""
        with self._lock:
            return dataclasses.replace(self, told=dict(self.told), _lock=threading.Lock())
