"""Events that a VST3 processor gives, through the real engine."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from isobooth.protocol.events import NoteExpression, NoteOff, NoteOn, Sysex

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import dffi
from vst3_echo import EchoBooth, effi

ON, OFF, DATA, PRESSURE, EXPRESSION, TEXT, CHORD, SCALE, CONTROLLER = 0, 1, 2, 3, 4, 5, 6, 7, 65535


@pytest.fixture
def booth(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp()) as made:
        yield made
        assert made.fault() == ""
        assert made.faults() == []


def sounding(booth, note):
    """Begin a note; the id that the plugin knows it by."""
    booth.send(note)
    return booth.plugin.events()[0].u.noteOn.noteId


def test_notes_come_out(booth):
    booth.plugin.say_events(
        (ON, "noteOn", {"channel": 2, "pitch": 60, "velocity": 0.5, "noteId": 7}, 0, 9),
        (OFF, "noteOff", {"channel": 2, "pitch": 60, "velocity": 0.25, "noteId": 7}, 0, 3),
        (PRESSURE, "polyPressure", {"channel": 1, "pitch": 61, "pressure": 0.75, "noteId": -1}, 0, 20),
    )
    assert booth.send().events == [
        NoteOff(key=60, channel=2, velocity=0.25, note_id=7, time=3),
        NoteOn(key=60, channel=2, velocity=0.5, note_id=7, time=9),
        NoteExpression(expression="pressure", value=0.75, key=61, channel=1, time=20),
    ]
    assert booth.echo.taken == 3


def test_ids_of_the_hosts_own_making_stay_with_the_host(booth):
    mine = sounding(booth, NoteOn(key=60, channel=5))
    booth.plugin.say_events(
        (EXPRESSION, "noteExpressionValue", {"typeId": 2, "noteId": mine, "value": 0.55}, 0, 0),
        (EXPRESSION, "noteExpressionValue", {"typeId": 0, "noteId": 44, "value": 0.25}, 0, 1),
        (ON, "noteOn", {"channel": 5, "pitch": 72, "velocity": 1.0, "noteId": mine}, 0, 2),
    )
    first, second, third = booth.send().events
    assert (first.expression, first.key, first.channel, first.note_id) == ("tuning", 60, 5, -1)
    assert first.value == pytest.approx(12.0)
    assert (second.expression, second.value, second.key, second.note_id) == ("volume", 1.0, -1, 44)
    assert third.note_id == -1


def test_controllers_come_out_as_midi(booth):
    def said(number, value, value2=0, channel=3):
        fields = {"controlNumber": number, "channel": channel, "value": value, "value2": value2}
        return (CONTROLLER, "midiCCOut", fields, 0, 0)

    booth.plugin.say_events(
        said(74, 100),
        said(128, 50),
        said(129, 1, 64),
        said(130, 9),
        said(131, 60, 70),
        said(132, 5),
        said(133, 6),
        said(134, 7, 8),
        said(136, 0, channel=-1),
        said(137, 0),
    )
    assert [event.data for event in booth.send().events] == [
        bytes([0xB3, 74, 100]),
        bytes([0xD3, 50]),
        bytes([0xE3, 1, 64]),
        bytes([0xC3, 9]),
        bytes([0xA3, 60, 70]),
        bytes([0xF1, 5]),
        bytes([0xF3, 6]),
        bytes([0xF2, 7, 8]),
        bytes([0xF6]),
        bytes([0xFA]),
    ]


def test_sysex_comes_out(booth):
    data = dffi.from_buffer(b"\xf0\x7e\x01\x02\xf7")
    booth.plugin.say_events((DATA, "data", {"size": 5, "type": 0}, 0, 2))
    booth.echo.out_events[0].u.data.bytes = effi.cast("uint8_t *", int(dffi.cast("uintptr_t", data)))
    assert booth.send().events == [Sysex(data=b"\xf0\x7e\x01\x02\xf7", time=2)]


@pytest.mark.parametrize(
    "event",
    [
        (CHORD, "chord", {"root": 0}, 0, 0),
        (SCALE, "scale", {"root": 0}, 0, 0),
        (TEXT, "noteExpressionText", {"textLen": 0}, 0, 0),
        (CONTROLLER, "midiCCOut", {"controlNumber": 135}, 0, 0),
        (DATA, "data", {"size": 5, "type": 9}, 0, 0),
        (777, "data", {"size": 5, "type": 9}, 0, 0),
    ],
)
def test_what_there_is_no_word_for_is_left_out_with_a_line_for_debugging(booth, event):
    booth.plugin.say_events(event, event)
    assert booth.send().events == []
    assert [level for level, _ in booth.drain()] == [0]


@pytest.mark.parametrize(
    "event",
    [
        (ON, "noteOn", {"pitch": 128}, 0, 0),
        (ON, "noteOn", {"pitch": -1}, 0, 0),
        (ON, "noteOn", {"channel": 16}, 0, 0),
        (ON, "noteOn", {"velocity": math.nan}, 0, 0),
        (ON, "noteOn", {}, 1, 0),
        (ON, "noteOn", {}, -1, 0),
        (EXPRESSION, "noteExpressionValue", {"noteId": 3, "value": math.nan}, 0, 0),
        (EXPRESSION, "noteExpressionValue", {"noteId": -1, "value": 0.5}, 0, 0),
        (CONTROLLER, "midiCCOut", {"controlNumber": 1, "channel": 16}, 0, 0),
        (DATA, "data", {"size": 5, "type": 0}, 0, 0),
    ],
)
def test_malformed_events_are_refused_with_one_line(booth, event):
    booth.plugin.say_events(event, event)
    assert booth.send().events == []
    assert booth.echo.taken == 0
    assert len(booth.faults()) == 1
    booth.logged.clear()


@pytest.mark.parametrize(("offset", "time"), [(-5, 0), (64, 63), (1 << 30, 63)])
def test_times_are_held_inside_the_block(booth, offset, time):
    booth.plugin.say_events((ON, "noteOn", {"pitch": 60, "velocity": 7.0, "noteId": -1}, 0, offset))
    assert booth.send().events == [NoteOn(key=60, velocity=1.0, time=time)]
    assert len(booth.faults()) == 1
    booth.logged.clear()
