"""Plugins in a row, fed piece by piece: what ``isobooth render`` plays a file through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from isobooth.client import ArgumentError, Plugin, load
from isobooth.client.midi import to_events
from isobooth.client.render import SILENCE, TAIL_MOST_SECONDS
from isobooth.protocol.events import Event

Audio = npt.NDArray[np.float32]

_PIECE_FRAMES = 1 << 16  # that are in memory at once, or a block if that is longer

_INFINITE = 0xFFFFFFFF
_QUIET_SECONDS = 0.25


@dataclass
class Stage:
    """One plugin of the row; of a mono effect, as many instances as there are channels."""

    plugins: list[Plugin]
    inputs: int
    """Channels that the stage takes; 0 for one that makes its own sound."""
    outputs: int
    """Channels that it gives."""

    def process(self, audio: Audio, events: list[Event] | None) -> Audio:
        """Send one piece through."""
        frames = audio.shape[1]
        if self.inputs == 0:
            return self.plugins[0].process(frames=frames, events=events).astype(np.float32, copy=False)
        if len(self.plugins) == 1:
            return self.plugins[0].process(audio, events=events)
        return np.concatenate(
            [one.process(audio[index : index + 1], events=events) for index, one in enumerate(self.plugins)]
        )

    @property
    def latency(self) -> int:
        """Frames."""
        return max(one.latency for one in self.plugins)

    @property
    def tail(self) -> int:
        """Frames."""
        return max(one.tail for one in self.plugins)


@dataclass
class Pipeline:
    """Stages in order. Events go to the first one that takes notes, else to the first."""

    stages: list[Stage]
    sample_rate: float
    events: list[Event] = field(default_factory=list)
    """With times from the start of the audio, in order."""

    def render(self, pieces: Iterable[Audio], tail: float | Literal["auto"]) -> Iterator[Audio]:
        """Yield what comes out, without the frames by which it is late, and with a tail.

        A tail is a number of seconds. ``"auto"`` is what the plugins say; where one says nothing, or that it never
        ends, it lasts until the output is quiet. It never lasts more than TAIL_MOST_SECONDS.
        """
        position, late = 0, -1
        for piece in pieces:
            wet = self._process(piece, position)
            position += piece.shape[1]
            if late < 0:  # some plugins know their latency only now that they have run
                late = self.latency
            yield wet[:, late:]
            late = max(0, late - wet.shape[1])
        late = self.latency if late < 0 else late
        channels = self.stages[0].inputs or 1
        # frames of silence that push the last of the audio out: the latency that was cut off, then the tail
        for wet in self._tail(channels, position, tail):
            yield wet[:, late:]
            late = max(0, late - wet.shape[1])

    @property
    def piece_frames(self) -> int:
        """How long pieces are to be: whole blocks, so that cutting changes nothing."""
        block = self.stages[0].plugins[0].block_size
        return max(1, _PIECE_FRAMES // block) * block

    def play(self, midi: Any) -> None:
        """Take the events of a mido.MidiFile."""
        self.events = sorted(to_events(midi, self.sample_rate), key=lambda event: event.time)

    def nothing(self) -> Audio:
        """Return no frames of the channels that come out."""
        return np.zeros((self.stages[-1].outputs, 0), np.float32)

    @property
    def latency(self) -> int:
        """Frames of all stages together."""
        return sum(one.latency for one in self.stages)

    def _tail(self, channels: int, position: int, tail: float | Literal["auto"]) -> Iterator[Audio]:
        known, until_quiet = self._tail_frames(tail)
        for frames in (self.latency, known):
            for wet in self._silence(channels, position, frames):
                position += wet.shape[1]
                yield wet
        if not until_quiet:
            return
        piece = max(1, round(_QUIET_SECONDS * self.sample_rate))
        left = round(TAIL_MOST_SECONDS * self.sample_rate) - known
        while left > 0:
            wet = self._process(np.zeros((channels, piece), np.float32), position)
            position += piece
            left -= piece
            yield wet
            if not np.any(np.abs(wet) > SILENCE):
                return

    def _tail_frames(self, tail: float | Literal["auto"]) -> tuple[int, bool]:
        """Return the frames that are known to be due, and whether to go on until the output is quiet."""
        if tail != "auto":
            return round(tail * self.sample_rate), False
        most = round(TAIL_MOST_SECONDS * self.sample_rate)
        said = [one.tail for one in self.stages]
        known = sum(frames for frames in said if frames < _INFINITE)
        return min(known, most), any(frames in {0, _INFINITE} for frames in said)

    def _silence(self, channels: int, position: int, frames: int) -> Iterator[Audio]:
        while frames > 0:
            count = min(frames, self.piece_frames)
            yield self._process(np.zeros((channels, count), np.float32), position)
            position += count
            frames -= count

    def _process(self, audio: Audio, position: int) -> Audio:
        player = next((stage for stage in self.stages if stage.plugins[0].descriptor.note_ports), self.stages[0])
        due = self._events_in(position, audio.shape[1])
        for stage in self.stages:
            audio = stage.process(fit(audio, stage), due if stage is player else None)
        return audio

    def _events_in(self, start: int, frames: int) -> list[Event] | None:
        """Return the events of a piece, with times from its start; drops those before."""
        due: list[Event] = []
        while self.events and self.events[0].time < start + frames:
            event = self.events.pop(0)
            due.append(msgspec.structs.replace(event, time=event.time - start))
        return due or None


def fit(audio: Audio, stage: Stage) -> Audio:
    """Give a stage the channels that it takes: one channel is repeated, the rest has to fit."""
    if stage.inputs == 0 or audio.shape[0] == stage.inputs:
        return audio
    if audio.shape[0] == 1:
        return np.repeat(audio, stage.inputs, axis=0)
    raise ArgumentError(
        f"{stage.plugins[0].name} takes {stage.inputs} channels, but {audio.shape[0]} arrive - put a plugin between"
        " that turns the one into the other, or render a file with other channels"
    )


def load_stage(locator: str, channels: int, stack: ExitStack, **options: Any) -> Stage:
    """Load a plugin for audio of so many channels; ``stack`` closes it. Raises what ``load`` raises."""
    first = stack.enter_context(load(locator, **options))
    inputs, outputs = _main_channels(first, "input"), _main_channels(first, "output")
    if outputs == 0:
        raise ArgumentError(f"{first.name} has no audio output, so that nothing would come out")
    if inputs != 1 or outputs != 1 or channels == 1:
        return Stage([first], inputs, outputs)
    others = [stack.enter_context(load(first.descriptor, **options)) for _ in range(channels - 1)]
    return Stage([first, *others], channels, channels)


def _main_channels(plugin: Plugin, direction: Literal["input", "output"]) -> int:
    """Return the channels of a plugin's first main bus, of all buses if it names no main one, or 0."""
    mains = [bus.channels for bus in plugin.buses if bus.direction == direction and bus.is_main]
    return mains[0] if mains else plugin.descriptor.channels(direction)
