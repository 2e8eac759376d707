"""What goes to a plugin with its blocks: events of the call at hand, and changes that wait for the next block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from isobooth.protocol.errors import ArgumentError
from isobooth.protocol.events import Event, ParamValue, encode_events

from .midi import to_events
from .parameters import Parameters


class Performer(Protocol):
    """What a player needs of its plugin."""

    parameters: Parameters

    @property
    def known(self) -> dict[int, float]:
        """Values by parameter id, as far as they are known."""

    def learn(self, values: dict[int, float], *, by_plugin: bool) -> None:
        """Parameters have these values now."""


class Outgoing:
    """Encodes events; keeps those that no block had room for."""

    def __init__(self, performer: Performer, sample_rate: float) -> None:
        self._performer = performer
        self._sample_rate = sample_rate
        self.pending: list[bytes] = []
        """Encoded parameter changes for the next block."""

    def id_of(self, parameter: str | int) -> int:
        """Id of a parameter. Raises ParameterError."""
        return self._performer.parameters.id_of(parameter)

    def convert(self, events: Iterable[Any] | None) -> list[Event] | None:
        """Events of the user as our own, so that they can be gone through more than once."""
        return None if events is None else to_events(events, self._sample_rate)

    def encode(
        self, events: list[Event] | None, frames: int, *, most_bytes: int | None = None
    ) -> tuple[list[int], list[bytes]]:
        """Times and bytes of the events of a call, waiting changes first. None may be longer than ``most_bytes``."""
        waiting = len(self.pending)  # what other threads set meanwhile goes behind these, into the next block
        times, encoded = [0] * waiting, self.pending[:waiting]
        if events:
            more_times, more = self._encode(events, frames)
            longest = max(map(len, more), default=0)
            if most_bytes is not None and longest > most_bytes:
                raise ArgumentError(
                    f"an event of {longest} bytes never fits a block that has room for {most_bytes}: load with a larger"
                    " event_bytes, or use process()"
                )
            times += more_times
            encoded += more
        del self.pending[:waiting]
        return times, encoded

    def _encode(self, events: list[Event], frames: int) -> tuple[list[int], list[bytes]]:
        for event in events:
            if isinstance(event.time, int) and event.time >= max(frames, 1):
                raise ArgumentError(f"{event} lies behind the end of the audio, which has {frames} frames")
        id_of = self._performer.parameters.id_of
        ids: dict[str | int, int] = {}

        def resolve(key: str | int) -> int:
            """Each name is looked up once, however many events bear it."""
            number = ids.get(key) if type(key) is not bool else None
            if number is None:
                number = ids[key] = id_of(key)
            return number

        times, encoded = encode_events(events, resolve)
        set_values = {
            ids[event.parameter]: event.value
            for event in sorted(events, key=lambda event: event.time)
            if isinstance(event, ParamValue) and event.key == event.note_id == -1
        }
        self._performer.learn(set_values, by_plugin=False)
        return times, encoded

    def keep(self, encoded: list[bytes]) -> None:
        """Events that no block had room for: the next block carries them, at its start."""
        self.pending[:0] = encoded
