"""Events to bytes and back."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.protocol import layout
from isobooth.protocol.errors import ArgumentError, ArgumentTypeError
from isobooth.protocol.events import (
    EXPRESSIONS,
    GestureBegin,
    GestureEnd,
    Midi,
    Midi2,
    NoteChoke,
    NoteEnd,
    NoteExpression,
    NoteOff,
    NoteOn,
    ParamMod,
    ParamValue,
    Sysex,
    decode_events,
    encode_event,
    encode_events,
    midi_length,
    ump_words,
)

TIMES = st.integers(0, 2**32 - 1)
KEYS, WILD_KEYS = st.integers(0, 127), st.integers(-1, 127)
UNIT = st.floats(0, 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
WORD = st.integers(0, 2**32 - 1)
PLACE = {"time": TIMES, "port": st.integers(-1, 32767), "channel": st.integers(-1, 15), "live": st.booleans()}
MIDI_PLACE = {"time": TIMES, "port": st.integers(-1, 32767), "live": st.booleans()}
NOTE_ID = st.integers(-1, 2**31 - 1)


def midi_bytes(status):
    return st.tuples(*[KEYS] * (midi_length(status) - 1)).map(lambda data: bytes([status, *data]))


def packets(word):
    return st.tuples(*[WORD] * (ump_words(word) - 1)).map(lambda rest: (word, *rest))


EVENTS = st.one_of(
    st.builds(NoteOn, KEYS, UNIT, NOTE_ID, **PLACE),
    st.builds(NoteOff, WILD_KEYS, UNIT, NOTE_ID, **PLACE),
    st.builds(NoteChoke, WILD_KEYS, NOTE_ID, **PLACE),
    st.builds(NoteEnd, WILD_KEYS, NOTE_ID, **PLACE),
    st.builds(NoteExpression, st.sampled_from(EXPRESSIONS), FINITE, WILD_KEYS, NOTE_ID, **PLACE),
    st.builds(ParamValue, WORD, FINITE, WILD_KEYS, NOTE_ID, **PLACE),
    st.builds(ParamMod, WORD, FINITE, WILD_KEYS, NOTE_ID, **PLACE),
    st.builds(GestureBegin, WORD, time=TIMES, live=st.booleans()),
    st.builds(GestureEnd, WORD, time=TIMES, live=st.booleans()),
    st.builds(Midi, st.integers(0x80, 0xFF).filter(lambda s: s != 0xF0).flatmap(midi_bytes), **MIDI_PLACE),
    st.builds(Midi2, WORD.flatmap(packets), **MIDI_PLACE),
    st.builds(Sysex, st.binary(max_size=99).map(lambda data: b"\xf0" + data + b"\xf7"), **MIDI_PLACE),
)


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=20))
def test_round_trip(events):
    times, encoded = encode_events(events, int)
    expected = sorted(events, key=lambda event: event.time)
    assert times == [event.time for event in expected]
    assert decode_events(b"".join(encoded), times) == expected


@settings(deadline=None)
@given(EVENTS)
def test_bytes_are_those_of_the_layout(event):
    data = encode_event(event, int)
    assert len(data) % 8 == 0
    head = layout.ffi().from_buffer("struct ib_event *", data)
    assert head.size == len(data)
    assert head.time == 0
    assert head.flags == event.live
    constants = layout.constants()
    name = {"Midi": "MIDI", "Midi2": "MIDI2"}.get(type(event).__name__) or "".join(
        f"_{letter}" if letter.isupper() else letter.upper() for letter in type(event).__name__
    ).strip("_")
    assert head.type == constants[f"IB_EVENT_{name}"]
    if isinstance(event, (NoteOn, NoteOff)):
        note = layout.ffi().from_buffer("struct ib_event_note *", data)
        assert (note.head.key, note.head.channel, note.head.port) == (event.key, event.channel, event.port)
        assert (note.note_id, note.value) == (event.note_id, event.velocity)
    if isinstance(event, (ParamValue, ParamMod)):
        param = layout.ffi().from_buffer("struct ib_event_param *", data)
        assert (param.param_id, param.value, param.note_id) == (event.parameter, event.value, event.note_id)
    if isinstance(event, Sysex):
        sysex = layout.ffi().from_buffer("struct ib_event_sysex *", data)
        assert sysex.length == len(event.data)
        assert data[24 : 24 + sysex.length] == event.data


def test_every_kind_of_the_header_is_known_here():
    from isobooth.protocol import events

    for name, value in layout.constants().items():
        if name.startswith("IB_EVENT_") and not name.startswith("IB_EVENT_FLAG"):
            assert getattr(events, name.removeprefix("IB_EVENT_")) == value
        if name.startswith("IB_EXPRESSION_"):
            assert EXPRESSIONS[value] == name.removeprefix("IB_EXPRESSION_").lower()


WRONG_VALUES = [
    NoteOn(128), NoteOn(-1), NoteOn(60, 1.01), NoteOn(60, float("nan")), NoteOn(60, channel=16), NoteOn(60, port=32768),
    NoteOn(60, time=-1), NoteOn(60, time=1.5), NoteOn(60, time=True), NoteOn(60, note_id=-2), NoteOn(60, note_id=2**31),
    NoteOff(-2),
    NoteExpression("", 0), NoteExpression("pan", float("nan")), NoteExpression("pan", float("-inf")),
    ParamValue(1, float("nan")), ParamValue(1, float("inf")), ParamMod(1, float("nan")), ParamValue(1, 0, key=200),
    Midi(b""), Midi(b"\x7f"), Midi(b"\xf0\x01\xf7"), Midi(b"\x90\x40"), Midi(b"\xc0\x40\x40"), Midi(b"\x90\x40\x80"),
    Midi2(()), Midi2((0x40000000,)), Midi2((0, 0)), Sysex(b"\xf0"), Sysex(b"\xf7\xf0"),
    Sysex(b"\xf0" + bytes(2**24) + b"\xf7"),
]  # fmt: skip
WRONG_TYPES = [
    NoteOn("C"), NoteOn(60, "f"), NoteOn(60, note_id=1.5), NoteOn(None), Midi("\x90"), Midi([144, 1, 1]), Midi2(7),
    Midi2(b"abcd"),
    Midi2(("a",)), Sysex(3), ParamValue(1, "x"), ParamValue(1, None), None, 3, "note", {}, b"\x90\x40\x40",
    [NoteOn(60)],
]  # fmt: skip


@pytest.mark.parametrize("event", WRONG_VALUES, ids=lambda event: repr(event)[:60])
def test_wrong_values(event):
    with pytest.raises(ArgumentError):
        encode_event(event, int)


@pytest.mark.parametrize("event", WRONG_TYPES, ids=lambda event: repr(event)[:60])
def test_wrong_types(event):
    with pytest.raises((ArgumentTypeError, ArgumentError)):
        encode_event(event, int)


@settings(deadline=None)
@given(st.binary(max_size=400).map(lambda data: data + bytes(-len(data) % 8)))
def test_types_that_are_unknown_are_left_out(data):
    """Whole events of any type, whatever is in them."""
    size = 144 + len(data)
    for kind in (0, 13, 14, 255):
        event = struct.pack("<IIBBhhh", size, 5, kind, 0, 0, 0, 0) + bytes(size - 16)
        known = encode_event(NoteOn(60), int)
        assert decode_events(event + known) == [NoteOn(60)]


@settings(deadline=None)
@given(st.integers(1, 12), st.binary(min_size=144, max_size=144), st.integers(0, 2**32 - 1))
def test_contents_of_any_kind_decode(kind, content, time):
    """What a plugin wrote into an event of the right size is shown, not judged."""
    event = struct.pack("<IIB", 144, time, kind) + content[9:]
    if kind == 12:
        event = event[:16] + struct.pack("<I", 100) + event[20:]
    (found,) = decode_events(event)
    assert found.time == time


@pytest.mark.parametrize(("status", "length"), [
    (0x80, 3), (0x9F, 3), (0xB0, 3), (0xC0, 2), (0xDF, 2), (0xE0, 3), (0xF1, 2), (0xF2, 3), (0xF3, 2), (0xF6, 1),
    (0xF8, 1), (0xFF, 1),
])  # fmt: skip
def test_lengths_of_midi_messages(status, length):
    assert midi_length(status) == length


@pytest.mark.parametrize(("kind", "words"), list(enumerate([1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4])))
def test_words_of_universal_packets(kind, words):
    assert ump_words(kind << 28 | 0x0FFFFFFF) == words
