"""Several plugins one after the other, played as one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, MutableSequence
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from isobooth.protocol.errors import ArgumentError, ArgumentTypeError
from isobooth.protocol.transport import Transport

from .arrays import Array, check_out
from .plugin import Plugin
from .render import render

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_INFINITE = 0xFFFFFFFF


class Chain(MutableSequence[Plugin]):
    """A list of plugins of one sample rate through which audio goes in order.

    Stages may be added, removed, replaced and bypassed between two calls of ``process``. Closing the chain closes the
    plugins that are in it. Where one channel meets a plugin that takes several, it is repeated.
    """

    def __init__(self, plugins: Iterable[Plugin] = ()) -> None:
        self._plugins: list[Plugin] = []
        self._bypassed: list[Plugin] = []
        for plugin in plugins:
            self.append(plugin)

    # -- list ---------------------------------------------------------------------------------------------------------

    def _check(self, plugin: Plugin) -> Plugin:
        if not isinstance(plugin, Plugin):
            raise ArgumentTypeError(f"a chain holds plugins, not {type(plugin).__name__}")
        if any(plugin is other for other in self._plugins):
            raise ArgumentError(f"{plugin.name} is in the chain already: load it a second time to use it twice")
        if self._plugins and plugin.sample_rate != self.sample_rate:
            raise ArgumentError(
                f"{plugin.name} runs at {plugin.sample_rate:g} Hz, the chain at {self.sample_rate:g} Hz"
                " - load it with the chain's sample_rate"
            )
        return plugin

    @overload
    def __getitem__(self, index: int) -> Plugin: ...
    @overload
    def __getitem__(self, index: slice) -> MutableSequence[Plugin]: ...
    def __getitem__(self, index: int | slice) -> Plugin | MutableSequence[Plugin]:
        """A stage, or a list of stages."""
        return self._plugins[index]

    def __setitem__(self, index: Any, plugin: Any) -> None:
        """Replace a stage; the plugin that was there is not closed."""
        if isinstance(index, slice):
            raise ArgumentTypeError("replace the stages of a chain one by one")
        self._plugins[index] = self._check(plugin)
        self._forget_strangers()

    def __delitem__(self, index: int | slice) -> None:
        """Take stages out; their plugins are not closed."""
        del self._plugins[index]
        self._forget_strangers()

    def _forget_strangers(self) -> None:
        """A plugin that comes back later comes back playing."""
        self._bypassed = [plugin for plugin in self._bypassed if any(plugin is other for other in self._plugins)]

    def insert(self, index: int, value: Plugin) -> None:
        """Put a plugin before the stage ``index``."""
        self._plugins.insert(index, self._check(value))

    def __len__(self) -> int:
        return len(self._plugins)

    def __repr__(self) -> str:
        return f"<chain: {' > '.join(plugin.name for plugin in self._plugins) or 'empty'}>"

    # -- audio --------------------------------------------------------------------------------------------------------

    def bypass(self, stage: int | Plugin, bypassed: bool = True) -> None:
        """Leave a stage out, or take it in again. What it holds inside stands still meanwhile."""
        plugin = self._plugins[stage] if isinstance(stage, int) else stage
        if not any(plugin is other for other in self._plugins):
            raise ArgumentError(f"{plugin.name} is not in the chain")
        self._bypassed = [other for other in self._bypassed if other is not plugin]
        if bypassed:
            self._bypassed.append(plugin)

    def _active(self) -> list[Plugin]:
        return [plugin for plugin in self._plugins if not any(plugin is other for other in self._bypassed)]

    @property
    def sample_rate(self) -> float:
        """Hz. Raises ArgumentError for an empty chain."""
        if not self._plugins:
            raise ArgumentError("the chain is empty: add a plugin first")
        return self._plugins[0].sample_rate

    @property
    def latency(self) -> int:
        """Frames by which the output is late: the sum over the stages."""
        return sum(plugin.latency for plugin in self._active())

    @property
    def tail(self) -> int:
        """Frames that go on sounding after the input has ended: the sum of the stages; 2**32 - 1 if one never ends."""
        tails = [plugin.tail for plugin in self._active()]
        return _INFINITE if _INFINITE in tails else min(sum(tails), _INFINITE)

    def reset(self) -> None:
        """Reset every stage."""
        for plugin in self._plugins:
            plugin.reset()

    @contextlib.contextmanager
    def piece(self, *, waits: bool = False) -> Iterator[None]:
        """Calls inside belong together, as Plugin.piece."""
        with contextlib.ExitStack() as stack:
            for plugin in self._plugins:
                stack.enter_context(plugin.piece(waits=waits))
            yield

    def process(
        self,
        audio: Array | None = None,
        *,
        events: Iterable[Any] | None = None,
        transport: Transport | None = None,
        frames: int | None = None,
        out: Array | None = None,
    ) -> Array:
        """Audio through all stages, as Plugin.process. ``events`` go to the first stage, ``transport`` to all.

        ``out`` takes what the last stage gives.
        """
        stages = self._active()
        if not stages:
            if audio is None:
                raise ArgumentError("an empty chain makes no sound: hand over audio, or add a plugin")
            if out is None:
                return audio.copy()
            out = check_out(out, audio, np.atleast_2d(audio).shape[:2])
            np.copyto(out, audio)
            return out
        sound = audio if audio is None else _fit(audio, stages[0])
        last = len(stages) - 1
        sound = stages[0].process(sound, events=events, transport=transport, frames=frames, out=None if last else out)
        for place, plugin in enumerate(stages[1:], start=1):
            sound = plugin.process(_fit(sound, plugin), transport=transport, out=out if place == last else None)
        return sound

    def render(
        self,
        audio: Array | None = None,
        *,
        events: Iterable[Any] | None = None,
        transport: Transport | None = None,
        frames: int | None = None,
        tail: float | Literal["auto"] = 0.0,
    ) -> Array:
        """Audio through all stages as a whole, from a reset, latency compensated: as Plugin.render."""
        return render(self, audio, events=events, transport=transport, frames=frames, tail=tail)

    # -- life ---------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close every plugin in the chain."""
        for plugin in self._plugins:
            plugin.close()

    def __enter__(self) -> Self:
        """The chain itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close every plugin in the chain."""
        self.close()


def _fit(audio: Array, plugin: Plugin) -> Array:
    """One channel, repeated for a plugin whose main input has several."""
    if not isinstance(audio, np.ndarray):
        return audio  # Plugin.process says what is wrong with it
    mains = [bus.channels for bus in plugin.buses if bus.direction == "input" and bus.is_main]
    if mains and mains[0] > 1 and (audio.ndim == 1 or audio.shape[0] == 1):
        return np.repeat(np.atleast_2d(audio), mains[0], axis=0)
    return audio
