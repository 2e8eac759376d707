"""Notes and MIDI on their way to a VST3 processor, through the real engine."""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path

import pytest

from isobooth.host._core import ffi, lib
from isobooth.protocol.events import (
    Midi,
    Midi2,
    NoteChoke,
    NoteEnd,
    NoteExpression,
    NoteOff,
    NoteOn,
    ParamValue,
    Sysex,
)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import dffi
from vst3_echo import CUTOFF, GAIN, METER, PROGRAM, SECRET, EchoBooth, Instance

BAD = lib.IB_STATUS_FLAG_BAD_EVENTS
ON, OFF, DATA, PRESSURE, EXPRESSION = 0, 1, 2, 3, 4
OWN_IDS = 0x40000000
AFTERTOUCH, BEND, PROGRAMS = 128, 129, 130


@pytest.fixture
def booth(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp()) as made:
        yield made
        assert made.fault() == ""
        assert made.faults() == []


def told(booth, *events, **how):
    """The events that the plugin got of these, in short."""
    answer = booth.send(*events, **how)
    assert not answer.flags & BAD
    return short(booth)


def short(booth):
    found = []
    for event in booth.plugin.events():
        note = event.u
        head = (event.type, event.busIndex, event.sampleOffset)
        if event.type == ON:
            found.append((*head, note.noteOn.channel, note.noteOn.pitch, note.noteOn.velocity, note.noteOn.noteId))
        elif event.type == OFF:
            found.append((*head, note.noteOff.channel, note.noteOff.pitch, note.noteOff.velocity, note.noteOff.noteId))
        elif event.type == PRESSURE:
            press = note.polyPressure
            found.append((*head, press.channel, press.pitch, press.pressure, press.noteId))
        elif event.type == EXPRESSION:
            value = note.noteExpressionValue
            found.append((*head, value.typeId, value.noteId, value.value))
        else:
            found.append((*head, note.data.type, bytes(booth.echo.bytes)[: note.data.size]))
    return found


# -- notes in ----------------------------------------------------------------------------------------------------------


def test_a_note_begins_and_ends(booth):
    first = told(booth, NoteOn(key=60, velocity=0.5, note_id=9, channel=3, time=5, live=True))
    assert first == [(ON, 0, 5, 3, 60, 0.5, 9)]
    event = booth.plugin.events()[0]
    assert (event.flags, event.u.noteOn.length, event.u.noteOn.tuning) == (1, 0, 0.0)
    assert told(booth, NoteOff(key=60, velocity=0.25, note_id=9, channel=3, time=7)) == [(OFF, 0, 7, 3, 60, 0.25, 9)]
    assert booth.plugin.events()[0].flags == 0


def test_a_note_without_an_id_gets_one_of_its_own(booth):
    events = told(booth, NoteOn(key=60), NoteOn(key=60), NoteOn(key=61, note_id=OWN_IDS))
    assert [event[-1] for event in events] == [OWN_IDS, OWN_IDS + 1, OWN_IDS + 2]


def test_no_two_sounding_notes_have_one_id(booth):
    ons = told(booth, NoteOn(key=60, note_id=5), NoteOn(key=64, note_id=5))
    assert ons[0][-1] == 5
    assert ons[1][-1] == OWN_IDS
    assert {event[4:] for event in told(booth, NoteOff(key=-1, note_id=5, velocity=0))} == {
        (60, 0.0, 5),
        (64, 0.0, OWN_IDS),
    }
    assert told(booth, NoteOn(key=62, note_id=5))[0][-1] == 5


def test_a_note_off_without_a_note_on_is_left_out(booth):
    assert told(booth, NoteOff(key=60), NoteChoke(key=61), NoteOff(key=-1, channel=-1, port=-1)) == []
    told(booth, NoteOn(key=60))
    assert len(told(booth, NoteOff(key=60), NoteOff(key=60))) == 1


def test_wildcards_mean_what_sounds(booth):
    told(
        booth,
        NoteOn(key=60, channel=0),
        NoteOn(key=60, channel=1),
        NoteOn(key=62, channel=1),
        NoteOn(key=60, channel=0, port=1),
    )
    offs = told(booth, NoteOff(key=60, channel=-1, velocity=1))
    assert [(event[1], event[3], event[4]) for event in offs] == [(0, 0, 60), (0, 1, 60)]
    chokes = told(booth, NoteChoke(key=-1, channel=-1, port=-1, time=3))
    assert sorted(event[:6] for event in chokes) == [(OFF, 0, 3, 1, 62, 0.0), (OFF, 1, 3, 0, 60, 0.0)]


def test_a_bus_of_one_channel_takes_all(booth):
    assert told(booth, NoteOn(key=60, channel=9, port=1))[0][1:4] == (1, 0, 0)
    assert told(booth, NoteOff(key=60, channel=8, port=1)) == []
    assert told(booth, NoteOff(key=60, channel=9, port=1))[0][1:4] == (1, 0, 0)


class Two(Instance):
    event_inputs = (2,)


class Deaf(Instance):
    event_inputs = ()
    event_outputs = ()


def test_channels_that_a_bus_does_not_have_are_told(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp(), Two) as booth:
        assert told(booth, NoteOn(key=60, channel=1))
        assert booth.send(NoteOn(key=60, channel=2)).flags & BAD
        assert short(booth) == []


def test_a_plugin_without_event_inputs_gets_no_events(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp(), Deaf) as booth:
        bend = Midi(data=bytes([0xE0, 0, 0]))
        assert told(booth, NoteOn(key=60), bend, Sysex(data=b"\xf0\x01\xf7"), NoteOff(key=60)) == []


@pytest.mark.parametrize(
    "event", [NoteOn(key=60, port=2), NoteOff(key=60, port=7), Midi(data=bytes([0xB0, 1, 1]), port=2)]
)
def test_ports_that_are_not_there_are_told(booth, event):
    assert booth.send(event).flags & BAD
    assert short(booth) == []


def test_notes_do_not_fit_into_a_flush(booth):
    assert booth.send(NoteOn(key=60), ParamValue(parameter=CUTOFF, value=0.5), frames=0).flags & BAD
    assert short(booth) == []


@pytest.mark.parametrize(
    ("name", "value", "number", "normal"),
    [
        ("volume", 1.0, 0, 0.25),
        ("volume", 4.0, 0, 1.0),
        ("pan", 0.25, 1, 0.25),
        ("tuning", 0.0, 2, 0.5),
        ("tuning", 12.0, 2, 0.55),
        ("tuning", -120.0, 2, 0.0),
        ("vibrato", 0.5, 3, 0.5),
        ("expression", 0.5, 4, 0.5),
        ("brightness", 0.5, 5, 0.5),
    ],
)
def test_expressions_are_normalised(booth, name, value, number, normal):
    told(booth, NoteOn(key=60, note_id=3), NoteOn(key=61, note_id=4))
    heard = told(booth, NoteExpression(expression=name, value=value, key=60, note_id=3, time=9))
    assert heard == [(EXPRESSION, 0, 9, number, 3, pytest.approx(normal))]


def expression(number, value):
    """An expression by its number, which need not be one that isobooth has a name for."""
    return struct.pack("<IIBBhhhiId", 32, 0, lib.IB_EVENT_NOTE_EXPRESSION, 0, 0, 0, 60, 3, number, value)


@pytest.mark.parametrize(("value", "normal"), [(0.25, 0.25), (7.0, 1.0), (-1.0, 0.0)])
def test_expressions_of_the_plugins_own_are_normalised_already(booth, value, normal):
    told(booth, NoteOn(key=60, note_id=3))
    assert told(booth, expression(100005, value)) == [(EXPRESSION, 0, 0, 100005, 3, normal)]


@pytest.mark.parametrize(("number", "value"), [(7, 0.5), (0xFFFFFFFF, 0.5), (1, math.nan)])
def test_expressions_that_cannot_be_are_told(booth, number, value):
    told(booth, NoteOn(key=60, note_id=3))
    assert booth.send(expression(number, value)).flags & BAD
    assert short(booth) == []


def test_pressure_is_polyphonic_pressure(booth):
    told(booth, NoteOn(key=60, note_id=3, channel=2), NoteOn(key=61, channel=2), NoteOn(key=62))
    heard = told(booth, NoteExpression(expression="pressure", value=0.5, channel=2))
    assert heard == [(PRESSURE, 0, 0, 2, 60, 0.5, 3), (PRESSURE, 0, 0, 2, 61, 0.5, OWN_IDS)]


def test_an_expression_of_no_sounding_note_is_left_out(booth):
    assert told(booth, NoteExpression(expression="pan", value=0.5, key=60)) == []


def test_note_ends_are_for_plugins_to_say(booth):
    told(booth, NoteOn(key=60))
    assert told(booth, NoteEnd(key=60)) == []


def test_a_reset_ends_what_sounds(booth):
    told(booth, NoteOn(key=60), NoteOn(key=62, note_id=8, channel=4))
    events = told(booth, NoteOn(key=60, note_id=9), flags=lib.IB_BLOCK_RESET)
    assert [(event[0], event[3], event[4]) for event in events] == [(OFF, 0, 60), (OFF, 4, 62), (ON, 0, 60)]
    assert told(booth, NoteOff(key=62, channel=4)) == []


def test_an_activation_begins_in_silence(booth):
    told(booth, NoteOn(key=60))
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    booth.begin()
    assert told(booth, NoteOff(key=60)) == []


def test_more_notes_than_can_sound_are_told(booth):
    for channel in range(8):
        told(booth, *(NoteOn(key=key, channel=channel) for key in range(128)))
    assert booth.send(NoteOn(key=0, channel=9)).flags & BAD
    assert len(told(booth, NoteOff(key=-1, channel=-1))) == 1024
    assert len(told(booth, NoteOn(key=0, channel=9))) == 1


def test_beats_of_events_follow_the_song(booth):
    transport = dffi.new("struct ib_transport *")
    transport.flags = lib.IB_TRANSPORT_PLAYING | lib.IB_TRANSPORT_HAS_TEMPO | lib.IB_TRANSPORT_HAS_BEATS
    transport.tempo, transport.position_beats = 120.0, 8.0
    told(booth, NoteOn(key=60), NoteOn(key=61, time=48), transport=transport)
    assert [event.ppqPosition for event in booth.plugin.events()] == pytest.approx([8.0, 8.002])


# -- MIDI in -----------------------------------------------------------------------------------------------------------


def midi(*data, **how):
    return Midi(data=bytes(data), **how)


def test_bytes_of_notes_become_notes(booth):
    assert told(booth, midi(0x93, 60, 127, time=4))[0][:6] == (ON, 0, 4, 3, 60, 1.0)
    assert told(booth, midi(0xA3, 60, 127))[0][:6] == (PRESSURE, 0, 0, 3, 60, 1.0)
    assert told(booth, midi(0x83, 60, 0))[0][:6] == (OFF, 0, 0, 3, 60, 0.0)
    told(booth, midi(0x90, 61, 1))
    assert told(booth, midi(0x90, 61, 0))[0][:5] == (OFF, 0, 0, 0, 61)


def test_controllers_become_parameters(booth):
    booth.plugin.map(74, CUTOFF, channel=2)
    booth.plugin.map(AFTERTOUCH, SECRET, channel=2)
    booth.plugin.map(BEND, GAIN, channel=2)
    answer = booth.send(midi(0xB2, 74, 127, time=1), midi(0xD2, 0, time=2), midi(0xE2, 0x7F, 0x7F, time=3))
    assert booth.plugin.points() == [(CUTOFF, 1, 1.0), (SECRET, 2, 0.0), (GAIN, 3, 1.0)]
    assert [(event.parameter, event.value, event.time) for event in answer.events] == [
        (CUTOFF, 1.0, 1),
        (GAIN, 12.0, 3),
    ]
    assert booth.plugin.heard() == {CUTOFF: 1.0, SECRET: 0.0, GAIN: 1.0}
    booth.send(midi(0xE2, 0, 0x40))
    assert booth.plugin.points() == [(GAIN, 0, 8192 / 16383)]


@pytest.mark.parametrize(("program", "normal"), [(0, 0.0), (3, 0.75), (4, 1.0), (127, 1.0)])
def test_programs_are_steps(booth, program, normal):
    booth.plugin.map(PROGRAMS, PROGRAM)
    booth.send(midi(0xC0, program))
    assert booth.plugin.points() == [(PROGRAM, 0, normal)]


def test_what_is_mapped_to_nothing_is_left_out_with_one_line_for_debugging(booth):
    told(booth, midi(0xB0, 1, 1), midi(0xC0, 1), midi(0xE0, 1, 1), midi(0xF8), midi(0xB0, 2, 2))
    assert booth.plugin.points() == []
    assert [level for level, text in booth.drain() if "MIDI" in text] == [0]


def test_a_map_to_nowhere_is_told(booth):
    booth.plugin.map(1, 999)
    told(booth, midi(0xB0, 1, 1), midi(0xB0, 1, 2))
    assert len(booth.faults()) == 1
    booth.logged.clear()


def test_entries_that_are_not_there_are_ignored(booth):
    for place in ((2, 0, 0), (0, 16, 0), (0, 0, 131), (1 << 31, 1 << 31, 1 << 31)):
        lib.ib_vst3_midi_map_set(booth.plugin.vst3, *place, CUTOFF)


@pytest.mark.parametrize("controller", [120, 123])
def test_panic_ends_the_notes_of_a_channel(booth, controller):
    told(booth, NoteOn(key=60, channel=1), NoteOn(key=61, channel=1), NoteOn(key=62, channel=2))
    assert [event[4] for event in told(booth, midi(0xB1, controller, 0))] == [60, 61]


@pytest.mark.parametrize("data", [b"\x40\x00\x00", b"\xf0\x01\x02", b"\xf7"])
def test_bytes_that_are_no_message_are_told(booth, data):
    head = dffi.new("struct ib_event_midi *")
    head.head.size, head.head.type = 24, lib.IB_EVENT_MIDI
    dffi.memmove(dffi.addressof(head, "data"), data, len(data))
    assert booth.send(bytes(dffi.buffer(head))).flags & BAD


def test_packets_keep_all_their_bits(booth):
    booth.plugin.map(7, CUTOFF)
    booth.plugin.map(BEND, SECRET)
    booth.send(Midi2(words=(0x40B00700, 0x80000001)), Midi2(words=(0x40E00000, 0xFFFFFFFF)))
    assert booth.plugin.points() == [(CUTOFF, 0, 0x80000001 / 0xFFFFFFFF), (SECRET, 0, 1.0)]
    note = told(booth, Midi2(words=(0x40903C00, 0x80010000)))[0]
    assert note[:5] == (ON, 0, 0, 0, 60)
    assert note[5] == pytest.approx(0x8001 / 65535)
    booth.send(Midi2(words=(0x20B00740,)), Midi2(words=(0x10F80000,)), Midi2(words=(0x40600000, 0)))
    assert booth.plugin.points() == [(CUTOFF, 0, 64 / 127)]


def test_per_note_controllers_are_expressions_where_the_plugin_has_them(booth):
    pan, breath = (0x40000000 | kind << 20 | 60 << 8 | index for kind, index in ((0, 10), (1, 200)))
    told(booth, NoteOn(key=60, note_id=1))
    events = (Midi2(words=(pan, 0xFFFFFFFF)), Midi2(words=(breath, 0)))
    assert told(booth, *events) == []
    bits = 1 << (256 + 10) | 1 << 200
    lib.ib_vst3_note_controllers_set(
        booth.plugin.vst3, ffi.new("uint64_t[]", [bits >> at & 0xFFFFFFFFFFFFFFFF for at in range(0, 512, 64)])
    )
    assert told(booth, *events) == [(EXPRESSION, 0, 0, 202010, 1, 1.0), (EXPRESSION, 0, 0, 201200, 1, 0.0)]


def test_sysex_is_data(booth):
    data = bytes([0xF0, *range(20), 0xF7])
    assert told(booth, Sysex(data=data, time=6, port=1)) == [(DATA, 1, 6, 0, data)]


def test_a_read_only_parameter_is_no_target_of_midi(booth):
    booth.plugin.map(1, METER)
    told(booth, midi(0xB0, 1, 1))
    assert booth.plugin.points() == []
    assert len(booth.faults()) == 1
    booth.logged.clear()
