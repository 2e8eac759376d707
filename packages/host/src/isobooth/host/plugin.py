"""What a format implements: the seam between the booth and the plugin formats.

A format is a package ``isobooth.host.formats.<name>`` whose module ``plugin`` has two functions::

    def scan(path: str, report: ScanReport) -> None
    def load(request: LoadRequest) -> PluginInstance

Everything here runs on the process's main thread, the one thread that a plugin ever sees as its main thread. What the
audio thread runs is C: the table of operations that ``PluginInstance.operations`` returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from isobooth.protocol.descriptors import BusInfo, PluginDescriptor

from ._core import ffi, lib
from .abilities import Abilities
from .licensing.line import Terms

if TYPE_CHECKING:
    from ._core import CData
else:
    CData = ffi.CData

__all__ = ["Activation", "CData", "LoadRequest", "Operations", "PluginInstance", "phase"]


@contextmanager
def phase(number: int) -> Iterator[None]:
    """Say what this thread does for the plugin (IB_PHASE_*), so that a crash can be told from where it happened.

    At its end, what the plugin has done to the process (locale, rounding, signals, folder …) is undone.
    """
    before = lib.ib_phase_set(number)
    try:
        yield
    finally:
        lib.ib_contain_restore()
        lib.ib_phase_set(before)


@dataclass(frozen=True)
class LoadRequest:
    """Which plugin to load, and what is known of how it will be used."""

    path: str
    """As the user gave it; empty for formats that need none."""
    plugin_id: str
    """Which plugin of the file; empty for the only or first one."""
    sample_rate: float
    """Hz; already true while the plugin is instantiated."""
    block_size: int
    """Longest block in frames that is planned."""
    inputs: int
    """Wished number of main input channels, 0 for the plugin's own."""
    outputs: int
    mailbox: CData
    """``struct ib_mailbox *`` for the callbacks of this instance."""
    licensing: Terms | None = None
    """What there is for a plugin that asks about licences; None: nothing."""


@dataclass(frozen=True)
class Activation:
    """How a plugin is to be made ready. Frames of a block are in [min_frames, max_frames]."""

    sample_rate: float
    min_frames: int
    max_frames: int
    sample_bytes: int
    """4 or 8: what the planes of a block hold."""
    offline: bool
    in_place: bool = False
    """Ports that name each other as partners share planes: the plugin finds its input where its output goes."""


@dataclass(frozen=True)
class Operations:
    """The C side of an active plugin. Both pointers stay valid until ``deactivate`` returns."""

    table: CData
    """``const struct ib_operations *``"""
    plugin: CData
    """``void *`` that every operation gets."""


class PluginInstance(Abilities, Protocol):
    """One plugin in this process. All methods run on the main thread.

    An instance inherits Abilities, which answers for what only some plugins can do.

    Order: (describe, values, state …) activate -> operations -> [blocks on the audio thread] -> deactivate … close.
    While active, the audio thread may be inside the operations; ``activate`` and ``deactivate`` are only called while
    it is parked.
    """

    descriptor: PluginDescriptor
    """Buses, note ports and parameters included; replaced by ``describe``."""

    warnings: list[str]
    """What was odd about the plugin, for the client's log."""

    def activate(self, activation: Activation) -> None:
        """Make ready. Raises PluginError with the plugin's reason."""

    def operations(self) -> Operations:
        """The C side, between activate and deactivate."""

    def deactivate(self) -> None:
        """Undo activate."""

    def latency(self) -> int:
        """Frames; what is known now."""

    def tail(self) -> int:
        """Frames, or IB_TAIL_INFINITE."""

    def describe(self) -> PluginDescriptor:
        """Ask the plugin again what it is, and keep the answer as ``descriptor``."""

    def values(self) -> dict[int, float]:
        """Current value of every parameter, in its own unit."""

    def value_to_text(self, param_id: int, value: float) -> str:
        """As the plugin would write it. Raises ParameterError for an unknown id."""

    def text_to_value(self, param_id: int, text: str) -> float:
        """As the plugin understands it. Raises ParameterError where it does not."""

    def save_state(self) -> bytes:
        """The plugin's state. Raises StateError."""

    def load_state(self, data: bytes) -> None:
        """Restore. Raises StateError; the plugin then is as it was, as far as it can be."""

    def set_offline(self, offline: bool) -> None:
        """Tell the plugin whether somebody listens in real time, where the format has a way."""

    def buses(self) -> list[BusInfo]:
        """Buses as they are now."""

    def poll_fds(self) -> list[tuple[int, int]]:
        """(descriptor, poll events) that the main thread is to watch for the plugin."""

    def on_fd(self, fd: int, events: int) -> None:
        """One of them is ready."""

    def next_timer(self) -> float | None:
        """time.monotonic() at which on_timers is due, or None."""

    def on_timers(self) -> None:
        """Run the timers that are due."""

    def on_asked(self, asked: int) -> int:
        """Do what only the format can do for IB_ASK_* bits (CALLBACK, TIMERS …).

        Returns the bits that the session is to deal with.
        """

    def close(self) -> None:
        """Deactivate if need be, destroy the instance, unload the library. A second call does nothing."""
