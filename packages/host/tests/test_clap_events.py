"""What a CLAP plugin gets of events and gives back, through the real engine."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.protocol.events import (
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
)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled, dffi, raw

GAIN, MODE, METER, VOICE = 7, 11, 4000000000, 13
CLAP, MIDI, MIDI2, BOTH, MPE = range(5)
"""Note inputs of clap_echo.c by what they take."""


@pytest.fixture
def booth(tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    with Booth(compiled("clap_echo", folder), folder) as made:
        made.start()
        yield made
        made.stop()
        assert made.faults() == []


def silence(booth, frames=64):
    return np.zeros((booth.inputs, frames), np.float32)


def echoed(booth, *events):
    answer = booth.play(silence(booth), events)
    assert answer.status == lib.IB_STATUS_OK
    assert not answer.flags & lib.IB_STATUS_FLAG_BAD_EVENTS
    return answer.events


def refused(booth, *events):
    answer = booth.play(silence(booth), events)
    assert answer.flags & lib.IB_STATUS_FLAG_BAD_EVENTS
    return answer.events


@pytest.mark.parametrize(
    "event",
    [
        NoteOn(60, 0.3, 5, time=3, port=CLAP, channel=2),
        NoteOn(60, 0.0, time=3, port=CLAP),
        NoteOff(0, 0.7, 5, time=63, port=BOTH, channel=15, live=True),
        NoteChoke(127, time=1, port=CLAP),
        NoteOff(-1, 0.5, port=CLAP, channel=-1),
        NoteExpression("tuning", -1.25, key=60, note_id=9, time=4, port=CLAP),
        ParamValue(GAIN, -12.345678901234567, time=60),
        ParamMod(VOICE, 0.125, key=61, note_id=3, time=60),
        GestureBegin(GAIN, time=1),
        GestureEnd(MODE, time=1),
        Midi(b"\x90\x3c\x40", time=7, port=MIDI),
        Midi(b"\xf8", time=7, port=MPE),
        Midi(b"\xe3\x00\x40", time=7, port=BOTH),
        Midi2((0x40903C00, 0x80000000), time=7, port=MIDI2),
        Sysex(b"\xf0" + bytes(range(100)) + b"\xf7", time=9, port=MIDI),
    ],
    ids=repr,
)
def test_an_event_that_a_port_or_parameter_takes_arrives_whole(booth, event):
    (found,) = echoed(booth, event)
    if isinstance(event, (NoteOn, NoteOff, NoteChoke)):
        assert (found.port, found.channel) == (event.port, event.channel)
    wanted = raw(event)[9:] if not isinstance(event, (GestureBegin, GestureEnd)) else None
    assert type(found) is type(event)
    assert found.time == event.time
    if wanted is not None and not event.live:
        assert raw(found)[9:] == wanted


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (NoteOn(60, 0.5, 7, port=MIDI, channel=2), b"\x92\x3c\x40"),
        (NoteOn(60, 0.0, port=MIDI), b"\x90\x3c\x01"),
        (NoteOn(60, 1.0, port=MPE), b"\x90\x3c\x7f"),
        (NoteOff(60, 0.25, port=MIDI, channel=15), b"\x8f\x3c\x20"),
        (NoteChoke(61, port=MIDI), b"\x80\x3d\x00"),
        (NoteChoke(-1, port=MIDI), b"\xb0\x78\x00"),
        (NoteOff(-1, port=MIDI, channel=3), b"\xb3\x7b\x00"),
        (NoteExpression("pressure", 1.0, key=60, port=MIDI), b"\xa0\x3c\x7f"),
        (NoteExpression("pressure", 0.5, port=MIDI, channel=1), b"\xd1\x40\x00"),
        (Midi2((0x40913C00, 0x80000000), port=MIDI), b"\x91\x3c\x40"),
        (Midi2((0x40913C00, 0x00010000), port=MIDI), b"\x91\x3c\x01"),
        (Midi2((0x20B10740,), port=MIDI), b"\xb1\x07\x40"),
        (Midi2((0x40E00000, 0x80000000), port=MIDI), b"\xe0\x00\x40"),
    ],
    ids=repr,
)
def test_a_port_for_midi_1_gets_bytes(booth, event, wanted):
    (found,) = echoed(booth, event)
    assert isinstance(found, Midi)
    assert found.data.ljust(3, b"\0") == wanted


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (NoteOn(60, 1.0, port=MIDI2, channel=2), (0x40923C00, 0xFFFF0000)),
        (NoteOn(60, 0.0, port=MIDI2), (0x40903C00, 0)),
        (NoteOff(60, 0.5, port=MIDI2), (0x40803C00, 0x80000000)),
        (NoteExpression("pressure", 1.0, key=60, port=MIDI2), (0x40A03C00, 0xFFFFFFFF)),
        (NoteExpression("tuning", 0.5, key=60, port=MIDI2), (0x40003C03, 60 << 25 | 1 << 24)),
        (Midi(b"\x90\x3c\x40", port=MIDI2), (0x40903C00, 0x80000000)),
        (Midi(b"\x90\x3c\x7f", port=MIDI2), (0x40903C00, 0xFFFF0000)),
        (Midi(b"\x90\x3c\x00", port=MIDI2), (0x40803C00, 0x80000000)),
        (Midi(b"\xb0\x07\x7f", port=MIDI2), (0x40B00700, 0xFFFFFFFF)),
        (Midi(b"\xe0\x7f\x7f", port=MIDI2), (0x40E00000, 0xFFFFFFFF)),
        (Midi(b"\xe0\x00\x40", port=MIDI2), (0x40E00000, 0x80000000)),
        (Midi(b"\xc5\x09", port=MIDI2), (0x40C50000, 0x09000000)),
        (Midi(b"\xf8", port=MIDI2), (0x10F80000,)),
    ],
    ids=repr,
)
def test_a_port_for_midi_2_gets_packets(booth, event, wanted):
    (found,) = echoed(booth, event)
    assert isinstance(found, Midi2)
    assert found.words == wanted


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (Midi(b"\x92\x3c\x7f", port=CLAP), NoteOn(60, 1.0, channel=2)),
        (Midi(b"\x90\x3c\x00", port=CLAP), NoteOff(60, 64 / 127)),
        (Midi(b"\x81\x3c\x20", port=CLAP), NoteOff(60, 32 / 127, channel=1)),
        (Midi(b"\xa0\x3c\x7f", port=CLAP), NoteExpression("pressure", 1.0, key=60)),
        (Midi(b"\xd0\x7f", port=CLAP), NoteExpression("pressure", 1.0)),
        (Midi(b"\xe0\x00\x00", port=CLAP), NoteExpression("tuning", -2.0)),
        (Midi(b"\xe0\x7f\x7f", port=CLAP), NoteExpression("tuning", 2.0)),
        (Midi(b"\xb0\x78\x00", port=CLAP), NoteChoke(-1)),
        (Midi2((0x40903C00, 0x00010000), port=CLAP), NoteOn(60, 1 / 65535)),
        (Midi2((0x40003C03, 61 << 25), port=CLAP), NoteExpression("tuning", 1.0, key=60)),
    ],
    ids=repr,
)
def test_a_port_for_clap_notes_gets_notes(booth, event, wanted):
    assert echoed(booth, event) == [wanted]


def test_what_a_dialect_cannot_say_is_left_out(booth):
    assert echoed(booth, NoteExpression("vibrato", 0.5, key=60, port=MIDI), Midi(b"\xb0\x07\x40", port=CLAP)) == []
    assert echoed(booth, NoteEnd(60, port=CLAP), Sysex(b"\xf0\x01\xf7", port=CLAP)) == []


def test_every_port_is_addressed_at_once_in_its_own_dialect(booth):
    found = echoed(booth, NoteOff(60, 1.0, port=-1))
    assert [type(event) for event in found] == [NoteOff, Midi, Midi2, NoteOff, Midi]
    assert [event.port for event in found] == [0, 1, 2, 3, 4]


def test_a_channel_of_all_becomes_sixteen_where_there_is_no_word_for_it(booth):
    found = echoed(booth, NoteOff(60, 1.0, port=MIDI, channel=-1))
    assert [event.data[0] for event in found] == list(range(0x80, 0x90))


def test_values_are_brought_into_their_range(booth):
    gain, mode, voice = echoed(booth, ParamValue(GAIN, 99.0), ParamValue(MODE, 1.7), ParamMod(VOICE, -7.0))
    assert (gain.value, mode.value, voice.value) == (12.0, 2.0, -1.0)
    (pan,) = echoed(booth, NoteExpression("pan", 3.0, key=1, port=CLAP))
    assert pan.value == 1.0


def test_addresses_go_only_where_the_parameter_takes_them(booth):
    found = echoed(
        booth,
        ParamValue(VOICE, 0.5, key=60, note_id=4, channel=3, port=1),
        ParamMod(VOICE, 0.5, key=60, note_id=4, channel=3, port=1),
        ParamMod(GAIN, 0.5, key=60, note_id=4),
    )
    addresses = [(e.key, e.note_id, e.channel, e.port) for e in found]
    assert addresses == [(-1, -1, -1, -1), (60, 4, -1, -1), (-1, -1, -1, -1)]


def param(number, value, kind=6):
    return struct.pack("<IIBBhhhIid", 32, 0, kind, 0, -1, -1, -1, number, -1, value)


@pytest.mark.parametrize(
    "event",
    [
        param(8, 0.5),
        param(0xFFFFFFFF, 0.5),
        param(METER, 0.5),
        param(GAIN, float("nan")),
        param(GAIN, float("inf")),
        ParamMod(MODE, 1.0),
        GestureBegin(99),
        NoteOn(60, port=7),
        struct.pack("<IIBBhhhiId", 32, 0, 1, 0, 0, 0, 200, -1, 0, 0.5),
        struct.pack("<IIBBhhhiId", 32, 0, 1, 0, 0, 99, 60, -1, 0, 0.5),
        struct.pack("<IIBBhhhiId", 32, 0, 1, 0, 0, 0, 60, -1, 0, float("nan")),
        struct.pack("<IIBBhhhiId", 32, 0, 5, 0, 0, 0, 60, -1, 77, 0.5),
        struct.pack("<IIBBhhh4sI", 24, 0, 10, 0, 1, -1, -1, b"\x40\x40\x00\x00", 0),
    ],
)
def test_what_makes_no_sense_is_left_out_and_told(booth, event):
    assert refused(booth, event, ParamValue(GAIN, -6.0)) == [ParamValue(GAIN, -6.0)]


def test_a_change_lands_on_its_sample(booth):
    audio = np.ones((booth.inputs, 100), np.float32)
    out = booth.play(audio, [ParamValue(GAIN, -60.0, time=37), ParamValue(GAIN, 0.0, time=70)]).audio
    assert (out[:, :37] == 1).all()
    assert np.allclose(out[:, 37:70], 1e-3)
    assert (out[:, 70:] == 1).all()


def test_a_block_without_frames_flushes_parameters_and_nothing_else(booth):
    answer = booth.play(frames=0, events=[ParamValue(GAIN, -6.0)])
    assert answer.status == lib.IB_STATUS_OK
    assert answer.events == [ParamValue(GAIN, -6.0)]
    assert booth.plugin.values()[GAIN] == -6.0
    answer = booth.play(frames=0, events=[NoteOn(60)])
    assert answer.flags & lib.IB_STATUS_FLAG_BAD_EVENTS


def test_many_events_in_a_block(booth):
    events = [ParamValue(GAIN, -(n % 60) * 1.0, time=n // 8) for n in range(2000)]
    answer = booth.play(silence(booth, 256), events)
    assert answer.flags == 0
    assert answer.events == events


def test_more_output_events_than_there_is_room_for_are_told(booth):
    events = [NoteOn(60, time=0, port=MIDI2)] * 1000 + [Sysex(b"\xf0" + bytes(30000) + b"\xf7", port=MIDI)]
    answer = booth.play(silence(booth), events)
    assert len(answer.events) == 1001
    notes = [NoteOff(-1, 0.5, channel=-1, port=MIDI)] * 300  # each becomes sixteen
    answer = booth.play(silence(booth), notes)
    assert answer.flags & lib.IB_STATUS_FLAG_EVENTS_DROPPED
    assert len(answer.events) == 65536 // 24


def test_transport_is_told_truthfully(booth):
    transport = dffi.new("struct ib_transport *")
    transport.flags = (
        lib.IB_TRANSPORT_PLAYING
        | lib.IB_TRANSPORT_HAS_TEMPO
        | lib.IB_TRANSPORT_HAS_BEATS
        | lib.IB_TRANSPORT_HAS_SIGNATURE
    )
    transport.tempo, transport.tempo_ramp = 97.5, 0.25
    transport.position_beats, transport.position_seconds = 4.5, 9.0
    transport.bar_start_beats, transport.bar_number = 4.0, 1
    transport.signature_numerator, transport.signature_denominator = 7, 8
    booth.play(silence(booth), transport=transport)
    flags = 1 | 2 | 8 | 16
    assert (0, f"song {flags} {9 << 30} 0 97.5 0.25 {4 << 31} 1 7/8") in booth.drain()
    booth.logged.clear()
    transport.flags = lib.IB_TRANSPORT_HAS_TEMPO | lib.IB_TRANSPORT_HAS_SECONDS | lib.IB_TRANSPORT_LOOPING
    transport.tempo = float("nan")
    booth.play(silence(booth), transport=transport)
    assert (0, f"song {4 | 64} 0 {9 << 31} 0 0 0 0 0/0") in booth.drain()
    booth.logged.clear()
    booth.play(silence(booth))
    assert booth.drain() == []


def test_transport_may_change_within_a_block(booth):
    transport = dffi.new("struct ib_transport *")
    transport.flags, transport.tempo = lib.IB_TRANSPORT_HAS_TEMPO, 60.0
    head = struct.pack("<IIBBhhh", 144, 33, lib.IB_EVENT_TRANSPORT, 0, -1, -1, -1)
    assert echoed(booth, head + bytes(dffi.buffer(transport))) == []
    assert (1, "transport 1 at 33: 60") in booth.drain()
