"""Events as Python objects, and their bytes in a block.

Times are frames from the start of the array or block that the events go with. Keys are MIDI key numbers, velocities run
from 0 to 1, parameter values are in the parameter's own unit. -1 as port, channel, key or note id addresses all.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable

import msgspec

from .errors import ArgumentError, ArgumentTypeError

_HEAD = struct.Struct("<IIBBhhh")
_FLAGS_AT = 9
_NOTE = struct.Struct("<IIBBhhhiId")
_PARAM = struct.Struct("<IIBBhhhIid")
_MIDI = struct.Struct("<IIBBhhh4sI")
_MIDI2 = struct.Struct("<IIBBhhh4I")
_SYSEX = struct.Struct("<IIBBhhhII")

NOTE_ON, NOTE_OFF, NOTE_CHOKE, NOTE_END, NOTE_EXPRESSION = 1, 2, 3, 4, 5
PARAM_VALUE, PARAM_MOD, GESTURE_BEGIN, GESTURE_END = 6, 7, 8, 9
MIDI, MIDI2, SYSEX, TRANSPORT = 10, 11, 12, 13

EXPRESSIONS = ("volume", "pan", "tuning", "vibrato", "expression", "brightness", "pressure")
"""Names of IB_EXPRESSION_* in order."""

SYSEX_MOST_BYTES = 1 << 24
"""Longest sysex message, in bytes."""


class _Addressed(msgspec.Struct, frozen=True, kw_only=True):
    time: int = 0
    port: int = 0
    channel: int = 0
    live: bool = False


class _Wild(msgspec.Struct, frozen=True, kw_only=True):
    time: int = 0
    port: int = -1
    channel: int = -1
    live: bool = False


class NoteOn(_Addressed, frozen=True):
    """Start a note. A velocity of 0 is a very soft note, not an end."""

    key: int
    velocity: float = 0.8
    note_id: int = -1


class NoteOff(_Addressed, frozen=True):
    """Release a note."""

    key: int
    velocity: float = 0.5
    note_id: int = -1


class NoteChoke(_Addressed, frozen=True):
    """Silence a note at once."""

    key: int
    note_id: int = -1


class NoteEnd(_Addressed, frozen=True):
    """The plugin says that a note has died away. Plugins send it; they do not take it."""

    key: int
    note_id: int = -1


class NoteExpression(_Addressed, frozen=True):
    """Bend one note.

    ``expression`` is one of EXPRESSIONS: volume 0..4, pan 0..1, tuning -120..120 semitones, others 0..1.
    """

    expression: str
    value: float
    key: int = -1
    note_id: int = -1


class ParamValue(_Wild, frozen=True):
    """Set a parameter, named by its name, identifier or id."""

    parameter: str | int
    value: float
    key: int = -1
    note_id: int = -1


class ParamMod(_Wild, frozen=True):
    """Offset a parameter by ``value`` in its own unit without changing what is saved."""

    parameter: str | int
    value: float
    key: int = -1
    note_id: int = -1


class GestureBegin(_Addressed, frozen=True):
    """A hand takes hold of a parameter."""

    parameter: str | int


class GestureEnd(_Addressed, frozen=True):
    """The hand lets go."""

    parameter: str | int


class Midi(_Addressed, frozen=True):
    """One MIDI 1.0 message of 1 to 3 bytes."""

    data: bytes


class Midi2(_Addressed, frozen=True):
    """One Universal MIDI Packet of 1 to 4 32-bit words."""

    words: tuple[int, ...]


class Sysex(_Addressed, frozen=True):
    """One system exclusive message, from F0 to F7."""

    data: bytes


Event = (
    NoteOn
    | NoteOff
    | NoteChoke
    | NoteEnd
    | NoteExpression
    | ParamValue
    | ParamMod
    | GestureBegin
    | GestureEnd
    | Midi
    | Midi2
    | Sysex
)
"""Anything that may stand in a list of events."""

_NOTES: dict[type, int] = {NoteOn: NOTE_ON, NoteOff: NOTE_OFF, NoteChoke: NOTE_CHOKE, NoteEnd: NOTE_END}
_PARAMS: dict[type, int] = {ParamValue: PARAM_VALUE, ParamMod: PARAM_MOD}
_GESTURES: dict[type, int] = {GestureBegin: GESTURE_BEGIN, GestureEnd: GESTURE_END}


def _check_range(event: object, name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ArgumentError(f"{event}: {name} is {value!r} and must lie in {least:g} .. {most:g}")


def _check_common(event: Event) -> None:
    if type(event.time) is not int or event.time < 0:
        raise ArgumentError(f"{event}: time is {event.time!r} and must be a whole number of frames, 0 or more")
    _check_range(event, "port", event.port, -1, 32767)
    _check_range(event, "channel", event.channel, -1, 15)
    _check_range(event, "key", getattr(event, "key", -1), 0 if isinstance(event, NoteOn) else -1, 127)
    _check_range(event, "note_id", getattr(event, "note_id", -1), -1, 2**31 - 1)


def encode_event(event: Event, resolve: Callable[[str | int], int]) -> bytes:
    """The bytes of one event as in an event area, with time 0 in its head.

    ``resolve`` turns a parameter's name, identifier or id into its id. Raises ArgumentError for values that cannot be
    and ArgumentTypeError for what is no event.
    """
    try:
        return _encode(event, resolve)
    except (struct.error, TypeError, AttributeError) as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentTypeError(f"{event!r} is no event: {error}") from error


def _encode(event: Event, resolve: Callable[[str | int], int]) -> bytes:
    _check_common(event)
    kind = type(event)
    flags = 1 if event.live else 0
    if isinstance(event, (NoteOn, NoteOff, NoteChoke, NoteEnd)):
        velocity = getattr(event, "velocity", 0.0)
        _check_range(event, "velocity", velocity, 0, 1)
        return _NOTE.pack(32, 0, _NOTES[kind], flags, event.port, event.channel, event.key, event.note_id, 0, velocity)
    if isinstance(event, NoteExpression):
        return _encode_expression(event, flags)
    if isinstance(event, (ParamValue, ParamMod)):
        if not math.isfinite(event.value):
            raise ArgumentError(f"{event}: the value must be a finite number")
        number = resolve(event.parameter)
        head = (32, 0, _PARAMS[kind], flags, event.port, event.channel, event.key)
        return _PARAM.pack(*head, number, event.note_id, event.value)
    if isinstance(event, (GestureBegin, GestureEnd)):
        return _PARAM.pack(32, 0, _GESTURES[kind], flags, -1, -1, -1, resolve(event.parameter), -1, 0.0)
    return _encode_midi(event, flags)


def _encode_expression(event: NoteExpression, flags: int) -> bytes:
    if event.expression not in EXPRESSIONS:
        raise ArgumentError(f"{event}: expression must be one of {', '.join(EXPRESSIONS)}")
    if not math.isfinite(event.value):
        raise ArgumentError(f"{event}: the value must be a finite number")
    number = EXPRESSIONS.index(event.expression)
    head = (32, 0, NOTE_EXPRESSION, flags, event.port, event.channel, event.key)
    return _NOTE.pack(*head, event.note_id, number, event.value)


def _check_bytes(event: Event, data: object) -> None:
    if not isinstance(data, (bytes, bytearray)):
        raise ArgumentTypeError(f"{type(event).__name__}: data is {type(data).__name__} and must be bytes")


def _encode_midi(event: Event, flags: int) -> bytes:
    if isinstance(event, Midi):
        _check_bytes(event, event.data)
        if not 1 <= len(event.data) <= 3 or event.data[0] < 0x80 or event.data[0] == 0xF0:
            raise ArgumentError(f"{event}: a MIDI message has 1 to 3 bytes, the first from 80 to FF and not F0 (Sysex)")
        due = midi_length(event.data[0])
        if len(event.data) != due or max(event.data[1:], default=0) > 0x7F:
            raise ArgumentError(f"{event}: begun by {event.data[0]:02X}, it has {due} bytes, the others below 80")
        return _MIDI.pack(24, 0, MIDI, flags, event.port, -1, -1, bytes(event.data).ljust(4, b"\0"), 0)
    if isinstance(event, Midi2):
        if not isinstance(event.words, (tuple, list)):
            raise ArgumentTypeError(f"{event}: words is {type(event.words).__name__} and must be a tuple of numbers")
        if not event.words or len(event.words) != ump_words(event.words[0]):
            raise ArgumentError(f"{event}: a Universal MIDI Packet has 1 to 4 words, as many as its first one says")
        words = (*event.words, 0, 0, 0)[:4]
        return _MIDI2.pack(32, 0, MIDI2, flags, event.port, -1, -1, *words)
    if isinstance(event, Sysex):
        _check_bytes(event, event.data)
        length = len(event.data)
        if not 2 <= length <= SYSEX_MOST_BYTES or event.data[0] != 0xF0 or event.data[-1] != 0xF7:
            raise ArgumentError(
                f"a sysex message runs from F0 to F7 and has at most {SYSEX_MOST_BYTES} bytes; got {length}"
            )
        padded = (length + 7) & ~7
        head = _SYSEX.pack(24 + padded, 0, SYSEX, flags, event.port, -1, -1, length, 0)
        return head + bytes(event.data).ljust(padded, b"\0")
    raise ArgumentTypeError(f"{event!r} is no event")


def encode_events(events: Iterable[Event], resolve: Callable[[str | int], int]) -> tuple[list[int], list[bytes]]:
    """Times and bytes of events, sorted by time; events of one time keep their order.

    Raises what encode_event raises.
    """
    pairs = [(event, encode_event(event, resolve)) for event in events]
    pairs.sort(key=lambda pair: pair[0].time)
    return [event.time for event, _ in pairs], [data for _, data in pairs]


def decode_events(area: bytes, times: Iterable[int] | None = None) -> list[Event]:
    """The events of an area that has been checked (ib_event_next in events.h).

    ``times`` replaces the times in the heads. Transport events and events of types unknown here are left out.
    """
    found: list[Event] = []
    moments = iter(times) if times is not None else None
    at = 0
    while at + _HEAD.size <= len(area):
        size, time, kind, *_ = _HEAD.unpack_from(area, at)
        if moments is not None:
            time = next(moments)
        event = _decode(area, at, kind, time)
        if event is not None:
            found.append(event)
        at += max(size, _HEAD.size)
    return found


def _decode(area: bytes, at: int, kind: int, time: int) -> Event | None:
    live = bool(area[at + _FLAGS_AT] & 1)
    if NOTE_ON <= kind <= NOTE_EXPRESSION:
        return _decode_note(area, at, kind, time, live=live)
    if PARAM_VALUE <= kind <= GESTURE_END:
        *_, port, channel, key, number, note_id, value = _PARAM.unpack_from(area, at)
        if kind == GESTURE_BEGIN:
            return GestureBegin(number, time=time, live=live)
        if kind == GESTURE_END:
            return GestureEnd(number, time=time, live=live)
        made = ParamValue if kind == PARAM_VALUE else ParamMod
        return made(number, value, key=key, note_id=note_id, port=port, channel=channel, time=time, live=live)
    if kind == MIDI:
        *_, port, _channel, _key, data, _reserved = _MIDI.unpack_from(area, at)
        return Midi(data[: midi_length(data[0])], port=port, time=time, live=live)
    if kind == MIDI2:
        *_, port, _channel, _key, w0, w1, w2, w3 = _MIDI2.unpack_from(area, at)
        return Midi2((w0, w1, w2, w3)[: ump_words(w0)], port=port, time=time, live=live)
    if kind == SYSEX:
        *_, port, _channel, _key, length, _reserved = _SYSEX.unpack_from(area, at)
        return Sysex(bytes(area[at + _SYSEX.size : at + _SYSEX.size + length]), port=port, time=time, live=live)
    return None


def _decode_note(area: bytes, at: int, kind: int, time: int, *, live: bool) -> Event:
    _size, _time, _kind, _flags, port, channel, key, note_id, expression, value = _NOTE.unpack_from(area, at)
    if kind == NOTE_EXPRESSION:
        name = EXPRESSIONS[expression] if expression < len(EXPRESSIONS) else f"expression {expression}"
        return NoteExpression(name, value, key=key, note_id=note_id, port=port, channel=channel, time=time, live=live)
    if kind == NOTE_ON:
        return NoteOn(key, value, note_id, port=port, channel=channel, time=time, live=live)
    if kind == NOTE_OFF:
        return NoteOff(key, value, note_id, port=port, channel=channel, time=time, live=live)
    made = NoteChoke if kind == NOTE_CHOKE else NoteEnd
    return made(key, note_id, port=port, channel=channel, time=time, live=live)


def midi_length(status: int) -> int:
    """Bytes of the MIDI 1.0 message that begins with this status byte (MIDI 1.0, table of messages)."""
    if status >= 0xF0:
        return {0xF1: 2, 0xF2: 3, 0xF3: 2}.get(status, 1)
    return 2 if status & 0xE0 == 0xC0 else 3


def ump_words(word: int) -> int:
    """32-bit words of the Universal MIDI Packet that begins with this word (MIDI 2.0 UMP, message types)."""
    return (1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4)[word >> 28 & 15]
