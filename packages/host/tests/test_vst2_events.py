"""Notes and MIDI to and from a VST2 plugin, through the real engine."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.protocol.events import (
    Midi,
    Midi2,
    NoteChoke,
    NoteExpression,
    NoteOff,
    NoteOn,
    ParamValue,
    Sysex,
)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst2_booth import WitnessBooth


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


@pytest.fixture
def booth(folder):
    with WitnessBooth(folder) as made:
        made.start()
        yield made
        made.stop()
        assert made.faults() == []


def ones(frames=64):
    return np.ones((2, frames), np.float32)


# -- events in --------------------------------------------------------------------------------------------------------


def test_events_come_in_one_list_right_before_their_part(booth):
    events = [
        NoteOn(key=60, velocity=1.0, time=0),
        ParamValue(0, 0.5, time=8),
        NoteOn(key=61, velocity=0.5, time=8),
        NoteOff(key=60, velocity=0.0, time=20),
        NoteOff(key=61, velocity=0.25, time=30),
        ParamValue(0, 0.25, time=30),
    ]
    booth.play(ones(), events)
    assert booth.noted() == [
        (0, 0, b"\x90\x3c\x7f"),
        (1, 0, b"\x90\x3d\x40"),
        (1, 12, b"\x80\x3c\x00"),
        (2, 0, b"\x80\x3d\x20"),
    ]
    assert booth.witness.lists == 3
    assert list(booth.witness.frames[0:3]) == [8, 22, 34]


def test_no_list_where_there_are_no_events(booth):
    booth.play(ones())
    assert booth.witness.lists == 0


@pytest.mark.parametrize(
    ("event", "bytes_in"),
    [
        (Midi(b"\xe3\x01\x02"), [b"\xe3\x01\x02"]),
        (Midi(b"\xc3\x05"), [b"\xc3\x05\x00"]),
        (Midi(b"\xf8"), [b"\xf8\x00\x00"]),
        (Midi2((0x40913C00, 0x80000000)), [b"\x91\x3c\x40"]),
        (Midi2((0x40003C03, 0x80000000)), []),
        (NoteChoke(key=60, channel=2), [b"\x82\x3c\x00"]),
        (NoteOff(key=-1, channel=3), [b"\xb3\x7b\x00"]),
        (NoteExpression("pressure", 0.5, key=60), [b"\xa0\x3c\x40"]),
        (NoteExpression("vibrato", 0.5, key=60), []),
        (Sysex(b"\xf0\x01\x02\xf7"), [b"\xf0\x01\x02\xf7"]),
    ],
)
def test_what_becomes_of_events(booth, event, bytes_in):
    assert not booth.play(ones(), [event]).flags & lib.IB_STATUS_FLAG_BAD_EVENTS
    assert [data for _, _, data in booth.noted()] == bytes_in


def test_all_channels_and_live_events(booth):
    booth.play(ones(), [NoteOff(key=60, channel=-1, live=True, time=7)])
    assert booth.noted() == [(0, 7, bytes([0x80 | channel, 60, 64])) for channel in range(16)]
    booth.play(ones(), [Midi(b"\xb0\x01\x02", live=True)])
    assert booth.witness.events[16].flags == 1


@pytest.mark.parametrize("frames", [1, 64])
def test_more_events_than_one_list_holds(booth, frames):
    count = 1500
    for _ in range(2):
        booth.witness.event_count = 0
        before = booth.witness.processes
        booth.play(
            ones(frames), [Midi(bytes([0xB0, i % 128, i // 128]), time=i * frames // count) for i in range(count)]
        )
        assert [data[1] + 128 * data[2] for _, _, data in booth.noted()] == list(range(count))
        starts = np.cumsum([0, *booth.witness.frames[before : booth.witness.processes]])
        times = [starts[part - before] + time for part, time, _ in booth.noted()]
        assert times == [i * frames // count for i in range(count)]


def test_a_plugin_that_takes_no_events_gets_none(folder):
    with WitnessBooth(folder, "-DBARE") as booth:
        assert booth.plugin.descriptor.note_ports == []
        booth.start()
        assert not booth.play(ones(), [NoteOn(key=60)]).flags & lib.IB_STATUS_FLAG_BAD_EVENTS
        assert booth.witness.lists == 0
        booth.ask(6)  # wantMidi: how old plugins say it
        booth.asked()
        assert [port.direction for port in booth.plugin.descriptor.note_ports] == ["input"]
        booth.play(ones(), [NoteOn(key=60)])
        assert booth.witness.lists == 1
        assert len(booth.plugin.take_notices()) == 1


# -- events out -------------------------------------------------------------------------------------------------------


def test_events_out(booth):
    witness = booth.witness
    for at, (time, data) in enumerate([(3, b"\x90\x3c\x40"), (-5, b"\xb0\x07\x7f"), (9999, b"\xd1\x10\x00")]):
        witness.out_times[at] = time
        witness.out_data[at][0:3] = data
    witness.out_count, witness.out_sysex = 3, 5
    events = booth.play(ones(), [ParamValue(0, 0.5, time=32)]).events
    assert [(event.time, bytes(event.data)[:3]) for event in events if isinstance(event, Midi)] == [
        (0, b"\xb0\x07\x7f"),
        (3, b"\x90\x3c\x40"),
        (31, b"\xd1\x10"),
        (32, b"\xb0\x07\x7f"),
        (35, b"\x90\x3c\x40"),
        (63, b"\xd1\x10"),
    ]
    assert [(event.time, bytes(event.data)) for event in events if isinstance(event, Sysex)] == [
        (1, b"\xf0\x01\x01\x01\x01"),
        (33, b"\xf0\x01\x01\x01\x01"),
    ]


def test_events_that_are_no_midi_are_left_out(folder):
    with WitnessBooth(folder) as booth:
        booth.start()
        booth.witness.out_count = 1
        booth.witness.out_data[0][0:3] = b"\x10\x00\x00"
        assert booth.play(ones()).events == []
        assert booth.faults() == ["it sent an event that is no MIDI message (left out)"]
