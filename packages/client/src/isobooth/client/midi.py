"""mido's messages and files as events. mido itself is only needed by whoever has such objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from isobooth.protocol.errors import ArgumentTypeError
from isobooth.protocol.events import Event, Midi, Sysex

from .options import number


def to_events(events: Iterable[Any], sample_rate: float) -> list[Event]:
    """Events from isobooth's own, mido messages or (bytes, seconds) pairs, in any mixture; or from a mido.MidiFile.

    The times of mido messages are seconds from the start of the audio; a MidiFile is played from its beginning, with
    its own tempo changes. Meta messages are left out. Raises ArgumentTypeError for anything else.
    """
    if hasattr(events, "ticks_per_beat") and hasattr(events, "tracks"):
        return _from_file(events, sample_rate)
    try:
        items = list(events)
    except TypeError as error:
        raise ArgumentTypeError(f"events is {type(events).__name__} and must be a list of events") from error
    found: list[Event] = []
    for item in items:
        if isinstance(item, Event):
            found.append(item)
        else:
            found.extend(_from_other(item, sample_rate))
    return found


def _from_file(file: Any, sample_rate: float) -> list[Event]:
    found: list[Event] = []
    seconds = 0.0
    for message in file:  # a MidiFile yields messages with the seconds since the one before
        seconds += message.time
        if not message.is_meta:
            found.append(_make(bytes(message.bytes()), _frame(seconds, sample_rate)))
    return found


def _from_other(item: Any, sample_rate: float) -> list[Event]:
    if hasattr(item, "is_meta") and hasattr(item, "bytes"):
        return [] if item.is_meta else [_make(bytes(item.bytes()), _frame(item.time, sample_rate))]
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], (bytes, bytearray)):
        return [_make(bytes(item[0]), _frame(item[1], sample_rate))]
    raise ArgumentTypeError(
        f"{item!r} is no event: take NoteOn, ParamValue … of isobooth.client, mido messages, or (bytes, seconds)"
    )


def _frame(seconds: Any, sample_rate: float) -> int:
    return round(number("the time of a message in seconds", seconds, 0.0, 1e9) * sample_rate)


def _make(data: bytes, time: int) -> Event:
    return Sysex(data, time=time) if data[:1] == b"\xf0" else Midi(data, time=time)
