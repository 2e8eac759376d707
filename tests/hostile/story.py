"""The life of one plugin from load to close, and how it went: what every case of the hostile suite goes through."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isobooth.client import IsoboothError, ParamValue, Plugin, PluginCrashed, PluginTimeout, load

BLOCK = 64
BLOCKS = 4
AUDIO = np.random.default_rng(5).uniform(-1, 1, (2, BLOCK)).astype(np.float32)

STEPS = ("load", "process", "parameter", "text", "save state", "load state", "close")
"""In this order, each as far as the one before left a plugin."""


@dataclass(frozen=True)
class Ending:
    """How a story ended: where the first exception came, and what it says."""

    step: str
    """One of STEPS; ``end`` where nothing was wrong."""
    error: IsoboothError | None = None

    @property
    def kind(self) -> str:
        """Name of the exception's class, empty where there was none."""
        return type(self.error).__name__ if self.error is not None else ""

    @property
    def phase(self) -> str:
        """What the exception says that the host was doing."""
        return str(getattr(self.error, "phase", ""))

    @property
    def how(self) -> str:
        """The signal, ``exit 3``, or empty."""
        if not isinstance(self.error, PluginCrashed):
            return ""
        report = self.error.report
        return report.signal_name or f"exit {report.exit_status}"

    @property
    def last_words(self) -> list[str]:
        """What the exception says that the plugin printed last."""
        if isinstance(self.error, PluginCrashed):
            return self.error.report.log
        return self.error.log if isinstance(self.error, PluginTimeout) else []

    def __str__(self) -> str:
        return f"{self.step} | {self.kind} | {self.phase} | {self.how}"


def play(plugin: Plugin, step: str) -> None:
    """Do one step of the story."""
    if step == "process":
        channels = plugin.buses[0].channels if plugin.buses else 0
        for _ in range(BLOCKS):
            plugin.process(AUDIO[:channels] if channels <= 2 else None, frames=None if channels <= 2 else BLOCK)
    elif step == "parameter":
        for parameter in list(plugin.parameters.values())[:1]:
            plugin.process(frames=BLOCK, events=[ParamValue(parameter.id, parameter.range[0], time=3)])
    elif step == "text":
        for parameter in list(plugin.parameters.values())[:1]:
            assert isinstance(parameter.text, str)
    elif step == "save state":
        assert isinstance(plugin.state, bytes)
    elif step == "load state":
        plugin.state = plugin.state


def tell(path: Path, *, timeout: float, load_timeout: float) -> Ending:
    """Load the plugin, play it, change it, save it, close it. The first error ends the story; the plugin is closed."""
    try:
        plugin = load(path, block_size=BLOCK, timeout=timeout, load_timeout=load_timeout)
    except IsoboothError as error:
        return Ending("load", error)
    try:
        for step in STEPS[1:-1]:
            try:
                play(plugin, step)
            except IsoboothError as error:
                return Ending(step, error)
    finally:
        plugin.close()
    return Ending("end")
