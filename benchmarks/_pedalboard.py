"""pedalboard, where it is installed: a host in this process that plays VST3."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from benchmarks import _plugins

if TYPE_CHECKING:
    from benchmarks._direct import Audio


def installed() -> str | None:
    """Return its version, or None with a line that says that it is left out."""
    try:
        import pedalboard
    except ImportError:
        print("left out: pedalboard is not installed (pip install pedalboard)")
        return None
    return str(pedalboard.__version__)


class Pedalboard:
    """The VST3 of the same sound as a plugin, played by pedalboard."""

    def __init__(self, plugin: _plugins.Measured) -> None:
        import pedalboard

        path = _plugins.find("vst3", plugin.same)
        self._plugin: Any = pedalboard.load_plugin(str(path))

    def run(self, dry: Audio, block: int, sample_rate: float) -> float:
        """The first two channels through it; the seconds it took."""
        start = time.perf_counter()
        self._plugin.process(dry[:2], sample_rate, buffer_size=block, reset=False)
        return time.perf_counter() - start


def can(plugin: _plugins.Measured) -> bool:
    """Say whether there is a VST3 of the same sound."""
    return bool(plugin.same) and _plugins.find("vst3", plugin.same) is not None
