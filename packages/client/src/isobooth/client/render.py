"""Whole pieces of audio: from a reset, latency compensated, tail appended."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

import numpy as np

from isobooth.protocol.transport import Transport

from .arrays import Array
from .options import number

TAIL_MOST_SECONDS = 10.0
"""Longest tail that ``"auto"`` waits for: some plugins never fall silent."""
SILENCE = 1e-5
"""-100 dB: below this a tail has died away."""
_QUIET_SECONDS = 0.25
_INFINITE = 0xFFFFFFFF


class Renderable(Protocol):
    """A plugin or a chain."""

    @property
    def sample_rate(self) -> float:
        """Hz."""

    @property
    def latency(self) -> int:
        """Frames."""

    @property
    def tail(self) -> int:
        """Frames."""

    def reset(self) -> None:
        """Forget all audio inside."""

    def piece(self, *, waits: bool = False) -> AbstractContextManager[None]:
        """Calls inside belong together, and may wait for a plugin that is brought back."""

    def process(
        self,
        audio: Array | None = None,
        *,
        events: Iterable[Any] | None = None,
        transport: Transport | None = None,
        frames: int | None = None,
    ) -> Array:
        """See Plugin.process."""


def render(
    plugin: Renderable,
    audio: Array | None,
    *,
    events: Iterable[Any] | None,
    transport: Transport | None,
    frames: int | None,
    tail: float | Literal["auto"],
) -> Array:
    """See Plugin.render."""
    if tail != "auto":
        number("tail", tail, 0.0, 86400.0)
    with plugin.piece(waits=True):
        return _render(plugin, audio, events, transport, frames, tail)


def _render(
    plugin: Renderable,
    audio: Array | None,
    events: Iterable[Any] | None,
    transport: Transport | None,
    frames: int | None,
    tail: float | Literal["auto"],
) -> Array:
    plugin.reset()
    body = plugin.process(audio, events=events, transport=transport, frames=frames)
    latency = plugin.latency
    parts = [body]
    if latency:
        parts.append(_silence(plugin, body, latency))
    if tail == "auto":
        parts.append(_auto_tail(plugin, body))
    elif tail:
        parts.append(_silence(plugin, body, round(float(tail) * plugin.sample_rate)))
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    return whole[:, latency:]


def _silence(plugin: Renderable, like: Array, frames: int) -> Array:
    """What comes out when silence goes in."""
    return plugin.process(frames=frames).astype(like.dtype, copy=False)


def _auto_tail(plugin: Renderable, like: Array) -> Array:
    most = round(TAIL_MOST_SECONDS * plugin.sample_rate)
    if 0 < plugin.tail < _INFINITE:
        return _silence(plugin, like, min(plugin.tail, most))
    quiet = max(1, round(_QUIET_SECONDS * plugin.sample_rate))
    parts: list[Array] = []
    while sum(part.shape[1] for part in parts) < most:
        part = _silence(plugin, like, quiet)
        parts.append(part)
        if not np.any(np.abs(part) > SILENCE):
            break
    return np.concatenate(parts, axis=1)
