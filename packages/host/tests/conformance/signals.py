"""What goes in, and how to look at what comes out."""

from __future__ import annotations

import numpy as np

from isobooth.client import NoteOff, NoteOn, Plugin


def noise(plugin: Plugin, frames: int, *, seed: int = 5, level: float = 0.5, everywhere: bool = False) -> np.ndarray:
    """Noise for the main input bus, or for all; the same each time."""
    buses = [bus for bus in plugin.buses if bus.direction == "input" and (everywhere or bus.is_main)]
    channels = sum(bus.channels for bus in buses)
    return np.random.default_rng(seed).uniform(-level, level, (channels, frames)).astype(np.float32)


def play(plugin: Plugin, frames: int = 4800, *, seed: int = 5, **more) -> np.ndarray:
    """What a plugin makes of noise, an instrument of two notes."""
    audio = noise(plugin, frames, seed=seed)
    if not len(audio):
        more.setdefault("events", [NoteOn(key=60, time=10), NoteOff(key=60, time=frames * 2 // 3)])
        return plugin.process(frames=frames, outputs="all", **more)
    return plugin.process(audio, outputs="all", **more)


def settable(plugin: Plugin) -> list:
    """Parameters that the user can set, but for those that switch the plugin off or on to another program."""
    return [p for p in plugin.parameters.values() if not (p.is_output or p.info.is_hidden)]
