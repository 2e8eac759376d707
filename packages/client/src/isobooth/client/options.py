"""How a plugin is loaded: every setting of ``load`` in one checked place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from isobooth.protocol.descriptors import BusInfo
from isobooth.protocol.errors import ArgumentError, ArgumentTypeError

from .licensing import Licensing, check_licensing
from .policies import Limits, RestartPolicy, check_limits, check_restart

OnCrash = Literal["raise", "bypass", "silence"]
Restart = Literal["never", "once", "back-off"]

MOST_SAMPLE_RATE = 10_000_000.0
MOST_BLOCK = 1 << 20
MOST_SLOTS = 64
MOST_CHANNELS = 1024
"""Of a bus."""
_NAMED = {"mono": 1, "stereo": 2, "lcr": 3, "quad": 4}
SLOT_FRAMES = 2048
"""Frames of short blocks that share a slot."""
PIPELINE_FRAMES = 16384
"""Frames that are in flight at most, unless the caller says how many blocks."""
MOST_EVENT_BYTES = 1 << 26


def whole(name: str, value: object, least: int, most: int) -> int:
    """``value`` as an int within bounds. Raises ArgumentTypeError or ArgumentError, naming ``name``."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ArgumentTypeError(f"{name} is {value!r} and must be a whole number")
    number = int(value)
    if not least <= number <= most:
        raise ArgumentError(f"{name} is {number} and must lie in {least} .. {most}")
    return number


def number(name: str, value: object, least: float, most: float) -> float:
    """``value`` as a float within bounds; NaN is outside of any. Raises ArgumentTypeError or ArgumentError."""
    if isinstance(value, bool) or not hasattr(value, "__float__") or isinstance(value, str):
        raise ArgumentTypeError(f"{name} is {value!r} and must be a number")
    try:
        result = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        result = math.inf if value > 0 else -math.inf  # type: ignore[operator]
    if not least <= result <= most or math.isnan(result):
        raise ArgumentError(f"{name} is {result:g} and must lie in {least:g} .. {most:g}")
    return result


def choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """``value`` if it is one of ``allowed``. Raises ArgumentError."""
    if not isinstance(value, str) or value not in allowed:
        raise ArgumentError(f"{name} is {value!r} and must be one of {', '.join(map(repr, allowed))}")
    return value


def channels_of(name: str, layout: str) -> int:
    """Channels of ``mono``, ``stereo``, ``quad``, or of numbers with dots such as ``5.1`` and ``7.1.4``.

    Raises ArgumentError, which names the argument ``name``.
    """
    count = _NAMED.get(layout.lower(), 0)
    parts = layout.split(".")
    if not count and len(parts) > 1 and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        count = sum(map(int, parts))
    if not 0 < count <= MOST_CHANNELS:
        raise ArgumentError(
            f"{name}: {layout!r} does not say how many channels a bus has - write a number, mono, stereo, quad, 5.1,"
            f" 7.1.4 …; set_buses also takes BusRequest(channels=4, layout={layout!r})"
        )
    return count


def _wished(name: str, channels: int | str) -> int:
    return channels_of(name, channels) if isinstance(channels, str) else whole(name, channels, 0, MOST_CHANNELS)


def _slot_frames(block_size: int) -> int:
    """Frames of a slot: as many blocks as make up SLOT_FRAMES, at least one.

    The host cuts a slot into blocks again. What an exchange costs is so shared by several of them.
    """
    return block_size * max(SLOT_FRAMES // block_size, 1)


def _auto_slots(block_size: int) -> int:
    """As many slots as keep the host at work while the client is woken; all together stay in the processor's cache."""
    return min(max(PIPELINE_FRAMES // _slot_frames(block_size), 4), 32)


@dataclass(frozen=True)
class Options:
    """See ``load`` for what each means."""

    sample_rate: float
    block_size: int
    inputs: int
    outputs: int
    slots: int
    event_bytes: int
    denormals: str
    precision: str
    offline: bool
    on_crash: OnCrash
    timeout: float
    load_timeout: float
    in_place: bool
    guard: bool
    restart: RestartPolicy
    limits: Limits
    fade: float
    licensing: Licensing | None
    """None: none at all."""

    @property
    def fade_frames(self) -> int:
        """Frames of a fade; 0 where there is nothing that could stand in for the plugin."""
        return 0 if self.on_crash == "raise" else round(self.fade * self.sample_rate)

    @property
    def slot_frames(self) -> int:
        """Frames of a slot, a multiple of block_size."""
        return _slot_frames(self.block_size)

    def sample_bytes(self, buses: Sequence[BusInfo]) -> int:
        """4 or 8: what the blocks of a plugin with these buses hold."""
        takes = all(bus.supports_float64 for bus in buses) and any(bus.prefers_float64 for bus in buses)
        return 8 if self.precision == "float64" or (self.precision == "auto" and takes) else 4


def check_options(
    *,
    sample_rate: float,
    block_size: int,
    inputs: int | str,
    outputs: int | str,
    slots: int,
    event_bytes: int,
    denormals: str,
    precision: str,
    offline: bool,
    on_crash: str,
    timeout: float,
    load_timeout: float,
    in_place: bool = False,
    guard: bool = False,
    restart: object = "never",
    limits: object = None,
    fade: float = 0.0,
    licensing: object = None,
) -> Options:
    """Check everything. Raises ArgumentError or ArgumentTypeError, which name the argument."""
    crash = choice("on_crash", on_crash, ("raise", "bypass", "silence"))
    return Options(
        sample_rate=number("sample_rate", sample_rate, 1.0, MOST_SAMPLE_RATE),
        block_size=whole("block_size", block_size, 1, MOST_BLOCK),
        inputs=_wished("inputs", inputs),
        outputs=channels_of("outputs", outputs)
        if isinstance(outputs, str)
        else whole("outputs", outputs, 0, MOST_CHANNELS),
        slots=whole("slots", slots, 0, MOST_SLOTS) or _auto_slots(block_size),
        event_bytes=(whole("event_bytes", event_bytes, 64, MOST_EVENT_BYTES) + 63) & ~63,
        denormals=choice("denormals", denormals, ("flush", "keep")),
        precision=choice("precision", precision, ("auto", "float32", "float64")),
        offline=bool(offline),
        on_crash="raise" if crash == "raise" else "bypass" if crash == "bypass" else "silence",
        timeout=number("timeout", timeout, 0.001, 86400.0),
        load_timeout=number("load_timeout", load_timeout, 0.001, 86400.0),
        in_place=bool(in_place),
        guard=bool(guard),
        restart=check_restart(restart),
        limits=check_limits(limits),
        fade=number("fade", fade, 0.0, 1.0),
        licensing=check_licensing(licensing),
    )
