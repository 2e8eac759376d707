"""What a VST2 plugin gets and gives while it processes, through the real engine."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.protocol.errors import PluginError
from isobooth.protocol.events import (
    GestureBegin,
    GestureEnd,
    NoteOn,
    ParamMod,
    ParamValue,
)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import dffi
from vst2_booth import WitnessBooth

OPEN, RATE, SIZE, MAINS, EVENTS, START, STOP, PRECISION = 0, 10, 11, 12, 25, 71, 72, 77
REALTIME, OFFLINE = 2, 4


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


# -- life -------------------------------------------------------------------------------------------------------------


def test_the_order_of_calls(folder):
    with WitnessBooth(folder, "-DDOUBLE") as booth:
        witness = booth.witness
        life = (OPEN, RATE, SIZE, MAINS, START, STOP, PRECISION)

        def said():
            calls = zip(booth.calls(), witness.values[0 : witness.opcode_count], strict=True)
            return [(opcode, value) for opcode, value in calls if opcode in life]

        assert said() == [(OPEN, 0), (RATE, 48000), (SIZE, 256)]
        booth.start(rate=44100.0, frames=300)
        booth.play(ones())
        booth.stop()
        assert said()[3:] == [
            (RATE, 44100), (SIZE, 300), (PRECISION, 0), (MAINS, 1), (START, 0), (STOP, 0), (MAINS, 0)
        ]  # fmt: skip


def test_rate_and_block_size_are_known_inside_of_the_entry(booth):
    witness = booth.witness
    assert (witness.entry_version, witness.entry_rate, witness.entry_block, witness.entry_id) == (2400, 48000, 256, 0)


def test_start_and_stop_come_on_the_audio_thread(folder):
    with WitnessBooth(folder) as booth:
        booth.start()
        booth.stop()
        calls = booth.calls()
        levels = {opcode: booth.witness.on_audio[calls.index(opcode)] for opcode in (OPEN, MAINS, START, STOP)}
        assert levels == {OPEN: 1, MAINS: 1, START: REALTIME, STOP: REALTIME}


def test_reset_switches_off_and_on_between_two_blocks(booth):
    booth.play(ones())
    before = booth.witness.opcode_count
    booth.play(ones(), flags=lib.IB_BLOCK_RESET)
    assert booth.calls(since=before) == [STOP, MAINS, MAINS, START]
    assert list(booth.witness.values[before + 1 : before + 3]) == [0, 1]


# -- audio ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("-DADDS",), ("-DBARE",)])
def test_audio_goes_through_separate_buffers(folder, flags):
    with WitnessBooth(folder, *flags) as booth:
        booth.start()
        for _ in range(2):  # what adds finds zeros each time
            answer = booth.play(ones(), [ParamValue(0, 0.5)])
            assert (answer.audio == 0.5).all()
        assert not booth.witness.shared
        assert answer.latency == 32


def test_double_precision(folder):
    with WitnessBooth(folder, "-DDOUBLE") as booth:
        assert all(bus.supports_float64 for bus in booth.plugin.descriptor.buses)
        booth.start(sample_bytes=8)
        answer = booth.play(np.full((2, 5), 1 / 3), [ParamValue(0, 0.5)])
        assert answer.audio.dtype == np.float64
        assert (answer.audio == 1 / 6).all()


def test_a_plugin_of_float32_refuses_float64(folder):
    with WitnessBooth(folder) as booth, pytest.raises(PluginError, match="'Witness' takes float32 alone"):
        booth.start(sample_bytes=8)


# -- parameters -------------------------------------------------------------------------------------------------------


def test_a_block_is_cut_at_its_parameter_events(booth):
    events = [ParamValue(0, 0.25, time=10), ParamValue(1, 0.5, time=10), ParamValue(0, 0.75, time=40)]
    answer = booth.play(ones(), [ParamValue(0, 1.0), *events])
    assert list(booth.witness.frames[0:4]) == [10, 30, 24, 0]
    assert list(booth.witness.gains[0:3]) == [1.0, 0.25, 0.75]
    assert (answer.audio[0] == np.repeat([1.0, 0.25, 0.75], [10, 30, 24]).astype(np.float32)).all()
    assert booth.plugin.values()[1] == 0.5


def test_values_that_cannot_be_are_held_or_flagged(booth):
    assert not booth.play(ones(), [ParamValue(0, 7.0)]).flags & lib.IB_STATUS_FLAG_BAD_EVENTS
    assert booth.witness.set_values[0] == 1.0
    event = struct.pack("<IIBBhhhIid", 32, 0, lib.IB_EVENT_PARAM_VALUE, 0, -1, -1, -1, 0, -1, float("nan"))
    for wrong in (event, ParamValue(4, 0.5), ParamValue(2**31, 0.5)):
        assert booth.play(ones(), [wrong]).flags & lib.IB_STATUS_FLAG_BAD_EVENTS
    assert booth.witness.set_values[0] == 1.0


def test_modulation_is_not_known_to_vst2(booth):
    booth.play(ones(), [ParamMod(0, 0.5)])
    assert booth.calls().count(EVENTS) == 0
    assert booth.witness.set_values[0] == 0.0
    assert not any(info.is_modulatable for info in booth.plugin.descriptor.parameters)


def test_soft_bypass_is_a_parameter(booth):
    info = next(info for info in booth.plugin.descriptor.parameters if info.is_bypass)
    assert info.id == lib.IB_VST2_BYPASS
    booth.play(ones(), [ParamValue(info.id, 1.0, time=5)])
    assert booth.witness.bypass == 1
    assert booth.plugin.values()[info.id] == 1.0
    assert list(booth.witness.frames[0:2]) == [5, 59]
    assert booth.plugin.value_to_text(info.id, 1.0) == "On"
    assert booth.plugin.text_to_value(info.id, "off") == 0.0


def test_parameters_can_be_flushed_without_audio(booth):
    answer = booth.play(frames=0, events=[ParamValue(1, 0.125), NoteOn(key=60)])
    assert answer.status == lib.IB_STATUS_OK
    assert booth.plugin.values()[1] == 0.125
    assert booth.witness.processes == 0


# -- what the plugin changes ------------------------------------------------------------------------------------------


def test_automation_comes_out_with_its_gestures(booth):
    booth.witness.automate_inside = 2
    events = booth.play(ones()).events
    assert [type(event) for event in events] == [GestureBegin, ParamValue, GestureEnd]
    assert [event.parameter for event in events] == [1, 1, 1]
    assert events[1].value == 0.25


def test_what_the_client_sets_is_not_echoed(booth):
    booth.witness.echoes = 1
    assert booth.play(ones(), [ParamValue(0, 0.5, time=3), ParamValue(1, 0.25, time=3)]).events == []


def test_automation_from_another_thread(booth):
    booth.ask_in_thread(lib.VST2_HOST_AUTOMATE, 1, 0.5)
    events = booth.play(ones()).events + booth.told()  # idle flushes may have been quicker
    assert [(event.parameter, event.value) for event in events] == [(1, 0.5)] * 100


def test_automation_while_it_is_off(folder):
    with WitnessBooth(folder) as booth:
        booth.ask(0, 1, opt=0.5)
        assert booth.asked() & lib.IB_ASK_PARAM_VALUES
        booth.start()
        assert booth.play(ones()).events == []


def test_changes_that_cannot_be_are_ignored_with_a_word(folder):
    with WitnessBooth(folder) as booth:
        booth.start()
        for index, value in ((99, 0.5), (-1, 0.5), (0, float("nan")), (0, float("inf"))):
            booth.ask(0, index, opt=value)
        assert booth.play(ones()).events == []
        assert sorted(booth.faults()) == [
            "it changed a parameter that it does not have (ignored)",
            "it gave a parameter a value that is no number (ignored)",
        ]


def test_more_edits_than_there_is_room_for(folder):
    with WitnessBooth(folder) as booth:
        for _ in range(lib.IB_VST2_MOST_EDITS + 10):
            booth.ask(0, 1, opt=0.5)
        assert booth.asked() & lib.IB_ASK_PARAM_VALUES
        assert "faster than the client can be told" in booth.faults()[0]


# -- time -------------------------------------------------------------------------------------------------------------


def transport(**fields):
    made = dffi.new("struct ib_transport *")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_without_a_transport_only_position_and_rate_are_known(booth):
    booth.play(ones())
    time = booth.witness.times[0]
    assert (time.flags, time.sample_pos, time.sample_rate, time.tempo) == (0, 0.0, 48000.0, 120.0)
    booth.play(ones(), [ParamValue(0, 0.5, time=32)])
    assert booth.witness.times[2].sample_pos == booth.witness.times[1].sample_pos + 32


def test_a_transport_is_told_with_flags_for_what_is_known(booth):
    playing, tempo, beats, signature = (
        lib.IB_TRANSPORT_PLAYING, lib.IB_TRANSPORT_HAS_TEMPO, lib.IB_TRANSPORT_HAS_BEATS,
        lib.IB_TRANSPORT_HAS_SIGNATURE,
    )  # fmt: skip
    song = transport(
        flags=playing | tempo | beats | signature | lib.IB_TRANSPORT_LOOPING, position_samples=24000,
        position_beats=1.0, tempo=120.0, bar_start_beats=0.0, signature_numerator=3, signature_denominator=4,
        loop_start_beats=0.0, loop_end_beats=4.0,
    )  # fmt: skip
    booth.play(ones(), [ParamValue(0, 0.5, time=32)], transport=song)
    first, second = booth.witness.times[0:2]
    assert first.flags == 1 | 2 | 4 | 512 | 1024 | 2048 | 4096 | 8192 | 32768
    assert (first.sample_pos, first.beats, first.tempo) == (24000.0, 1.0, 120.0)
    assert (first.numerator, first.denominator, first.cycle_end, first.frames_to_clock) == (3, 4, 4.0, 0)
    assert not second.flags & 1  # nothing has jumped
    assert second.sample_pos == 24032.0
    assert second.beats == pytest.approx(1.0 + 32 / 24000)
    assert second.frames_to_clock == -32
    booth.play(ones(), transport=transport(flags=tempo, tempo=90.0, position_samples=24064))
    third = booth.witness.times[2]
    assert third.flags == 1 | 1024  # it has stopped
    assert (third.tempo, third.beats) == (90.0, 0.0)


def test_the_process_level(folder):
    with WitnessBooth(folder) as booth:
        booth.start()
        booth.play(ones())
        assert booth.witness.level == REALTIME
        booth.play(ones(), flags=lib.IB_BLOCK_OFFLINE)
        assert booth.witness.level == OFFLINE
        booth.plugin.set_offline(True)
        booth.play(ones())
        assert booth.witness.level == OFFLINE
        assert booth.ask(23) == 1


# -- other channels ---------------------------------------------------------------------------------------------------


def test_more_channels_in_the_middle_of_processing_harm_nobody(folder):
    with WitnessBooth(folder) as booth:
        booth.start()
        booth.witness.effect.outputs = 40
        booth.witness.effect.inputs = 30
        assert (booth.play(ones()).audio == 1.0).all()
        assert booth.asked() & lib.IB_ASK_BUSES
        booth.stop()
        with pytest.raises(PluginError, match="has changed its buses"):
            booth.plugin.activate(booth.activation)
        assert booth.plugin.describe().channels("output") == 40
        booth.start()
        assert booth.play(np.ones((30, 64), np.float32)).audio.shape == (40, 64)
