"""What a VST3 processor gets in a block, and what becomes of its answer, through the real engine."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.protocol.events import ParamValue

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import dffi
from vst3_echo import ALL_REQUIREMENTS, BOTH, CUTOFF, EchoBooth, Instance

PLAYING, CYCLE, RECORDING, SYSTEM_TIME, MUSIC, TEMPO = 2, 4, 8, 0x100, 0x200, 0x400
BAR, CYCLE_VALID, SIGNATURE, CLOCK, CONTINUOUS = 0x800, 0x1000, 0x2000, 0x8000, 0x20000


@pytest.fixture
def booth(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp()) as made:
        yield made
        assert made.fault() == ""
        assert made.faults() == []


def transport(**fields):
    made = dffi.new("struct ib_transport *")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


# -- audio -------------------------------------------------------------------------------------------------------------


def test_every_bus_is_there_with_its_channels(booth):
    audio = np.zeros((3, 64), np.float32)
    audio[0], audio[2] = 0.25, 0.75
    answer = booth.play(audio)
    echo = booth.echo
    assert answer.status == lib.IB_STATUS_OK
    assert (echo.samples, echo.input_count, echo.output_count) == (64, 2, 1)
    assert (echo.sample_size, echo.mode) == (0, 0)
    assert [(echo.inputs[i].channels, echo.inputs[i].nulls, echo.inputs[i].first) for i in (0, 1)] == [
        (2, 0, 0.25),
        (1, 0, 0.75),
    ]
    assert (echo.outputs[0].channels, echo.outputs[0].nulls) == (2, 0)


def test_what_the_plugin_writes_comes_back(booth):
    booth.echo.level = 0.5
    answer = booth.play(np.ones((3, 256), np.float32))
    assert (answer.audio == 0.5).all()
    assert answer.constant_mask == 0


def test_double_precision_and_offline(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp(), sample_bytes=8, offline=True, rate=96000.0) as booth:
        booth.echo.level = 1 / 3
        answer = booth.play(np.full((3, 10), 0.1))
        assert (booth.echo.sample_size, booth.echo.mode, booth.echo.inputs[0].first) == (1, 2, 0.1)
        assert (answer.audio == 1 / 3).all()
        assert booth.echo.context.sampleRate == 96000.0
        assert booth.fault() == ""


class Apart(Instance):
    """A side chain and a second output that are in no block."""

    inputs = ((2, BOTH), (2, 0))
    outputs = ((1, 0), (2, BOTH), (3, 0))


def test_buses_that_are_in_no_block_are_silent_and_thrown_away(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp(), Apart) as booth:
        booth.echo.level = 0.5
        booth.echo.out_silence = 1
        answer = booth.play(np.ones((2, 256), np.float32))
        echo = booth.echo
        assert answer.audio.shape == (2, 256)
        assert (answer.audio == 0.5).all()
        assert [(echo.inputs[i].channels, echo.inputs[i].silence) for i in (0, 1)] == [(2, 0), (2, 3)]
        assert [(echo.outputs[i].channels, echo.outputs[i].nulls) for i in range(3)] == [(1, 0), (2, 0), (3, 0)]
        booth.play(np.ones((2, 256), np.float32))
        assert echo.inputs[1].first == 0.0
        assert booth.fault() == ""


def test_only_true_silence_is_flagged(booth):
    audio = np.zeros((3, 64), np.float32)
    audio[1] = 0.5  # constant, but not silent
    booth.play(audio, constant_mask=0b111)
    assert [booth.echo.inputs[i].silence for i in (0, 1)] == [0b01, 0b1]
    booth.play(audio, constant_mask=0b010)
    assert [booth.echo.inputs[i].silence for i in (0, 1)] == [0, 0]


def test_silent_outputs_are_constant(booth):
    booth.echo.out_silence = 0b10
    assert booth.send().constant_mask == 0b10
    booth.echo.out_silence = 0xFF  # of channels that are not there
    assert booth.send().constant_mask == 0b11


def test_silence_that_is_none_is_not_believed(booth):
    booth.echo.level, booth.echo.out_silence = 0.5, 3
    answer = booth.send()
    assert answer.constant_mask == 0
    assert (answer.audio == 0.5).all()
    assert ["silent" in line for line in booth.faults()] == [True]
    booth.logged.clear()


@pytest.mark.parametrize("result", [1, 2, 3, 4, -1])
def test_output_of_a_block_that_failed_is_silence(booth, result):
    booth.echo.level, booth.echo.result = 1.0, result
    answer = booth.send()
    assert answer.status == lib.IB_STATUS_PLUGIN_ERROR
    assert not answer.audio.any()
    booth.echo.result = 0
    assert booth.send().status == lib.IB_STATUS_OK
    assert ["process()" in line for line in booth.faults()] == [True]
    booth.logged.clear()


# -- life --------------------------------------------------------------------------------------------------------------


def switches(booth):
    return list(booth.echo.switches)[: booth.echo.switch_count]


def test_processing_is_switched_once_around_blocks(booth):
    booth.send()
    booth.send()
    lib.ib_engine_park(booth.engine)
    assert switches(booth) == [1, 0]


def test_a_reset_stops_and_starts(booth):
    booth.send()
    booth.send(flags=lib.IB_BLOCK_RESET)
    assert switches(booth) == [1, 0, 1]
    assert booth.echo.calls == 2


@pytest.mark.parametrize(("result", "lines"), [(0, 0), (3, 0), (1, 1), (-1, 1)])
def test_a_plugin_that_will_not_switch_processes_all_the_same(tmp_path_factory, result, lines):
    class Unwilling(Instance):
        def __init__(self, request):
            super().__init__(request)
            self.echo.processing_result = result

    with EchoBooth(tmp_path_factory.getbasetemp(), Unwilling) as booth:
        assert booth.send().status == lib.IB_STATUS_OK
        assert len(booth.faults()) == lines


def test_a_flush_has_no_frames_and_no_buses(booth):
    answer = booth.send(ParamValue(parameter=CUTOFF, value=0.5), frames=0)
    echo = booth.echo
    assert answer.status == lib.IB_STATUS_OK
    assert (echo.calls, echo.samples, echo.input_count, echo.output_count) == (1, 0, 0, 0)
    assert booth.plugin.points() == [(CUTOFF, 0, 0.5)]
    assert booth.plugin.wants() == lib.IB_VST3_WANT_HEARD
    booth.send(frames=0)
    assert echo.calls == 1  # nothing to say


# -- the process context -----------------------------------------------------------------------------------------------


def test_without_a_transport_only_the_running_time_holds(booth):
    for _ in range(2):
        booth.send(frames=100)
    context = booth.echo.context
    assert context.state == CONTINUOUS
    assert (context.sampleRate, context.continousTimeSamples, context.projectTimeSamples) == (48000.0, 100, 0)
    assert (context.tempo, context.timeSigNumerator, context.timeSigDenominator) == (120.0, 4, 4)


def test_the_transport_is_told_truthfully(booth):
    booth.plugin.vst3.requirements = ALL_REQUIREMENTS
    flags = lib.IB_TRANSPORT_PLAYING | lib.IB_TRANSPORT_RECORDING | lib.IB_TRANSPORT_LOOPING
    flags |= lib.IB_TRANSPORT_HAS_TEMPO | lib.IB_TRANSPORT_HAS_BEATS | lib.IB_TRANSPORT_HAS_SIGNATURE
    booth.send(
        transport=transport(
            flags=flags | lib.IB_TRANSPORT_HAS_SYSTEM_TIME,
            position_samples=48000,
            position_beats=2.25,
            tempo=60.0,
            bar_start_beats=1.5,
            signature_numerator=3,
            signature_denominator=8,
            loop_start_beats=1.0,
            loop_end_beats=9.0,
            system_time_ns=123456789,
        )
    )
    context = booth.echo.context
    assert context.state == (
        PLAYING | CYCLE | RECORDING | SYSTEM_TIME | MUSIC | TEMPO | BAR | CYCLE_VALID | SIGNATURE | CLOCK | CONTINUOUS
    )
    assert (context.projectTimeSamples, context.projectTimeMusic, context.barPositionMusic) == (48000, 2.25, 1.5)
    assert (context.cycleStartMusic, context.cycleEndMusic, context.tempo) == (1.0, 9.0, 60.0)
    assert (context.timeSigNumerator, context.timeSigDenominator, context.systemTime) == (3, 8, 123456789)
    assert context.samplesToNextClock == 0  # 2.25 beats are 54 clocks
    assert context.frameRate.framesPerSecond == 0


def test_numbers_that_are_none_are_not_told(booth):
    flags = lib.IB_TRANSPORT_HAS_TEMPO | lib.IB_TRANSPORT_HAS_BEATS | lib.IB_TRANSPORT_HAS_SIGNATURE
    booth.send(transport=transport(flags=flags, tempo=math.nan, position_beats=math.inf))
    context = booth.echo.context
    assert context.state == CONTINUOUS
    assert (context.tempo, context.projectTimeMusic, context.timeSigDenominator) == (120.0, 0.0, 4)


def test_the_next_clock_is_told_to_those_who_ask(booth):
    flags = lib.IB_TRANSPORT_PLAYING | lib.IB_TRANSPORT_HAS_TEMPO | lib.IB_TRANSPORT_HAS_BEATS
    said = transport(flags=flags, tempo=60.0, position_beats=0.5 / 24)
    booth.plugin.vst3.requirements = ALL_REQUIREMENTS
    booth.send(transport=said)
    assert booth.echo.context.samplesToNextClock == 1000
    booth.plugin.vst3.requirements = 0
    booth.send(transport=said)
    assert not booth.echo.context.state & CLOCK
    assert booth.echo.context.projectTimeMusic == 0.5 / 24


# -- bounds ------------------------------------------------------------------------------------------------------------


def test_buses_past_every_bound_are_refused(booth):
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    many = ffi.new("int32_t[]", [1] * 2000)
    flags = ffi.new("uint8_t[]", 2000)
    vst3 = booth.plugin.vst3
    assert lib.ib_vst3_set_buses(vst3, 1, lib.IB_VST3_MOST_BUSES + 1, many, flags) == -1
    assert lib.ib_vst3_set_buses(vst3, 0, 2, ffi.new("int32_t[]", [1024, 1]), flags) == -1
    assert lib.ib_vst3_set_event_buses(vst3, 1, lib.IB_VST3_MOST_EVENT_BUSES + 1, many) == -1
    assert lib.ib_vst3_set_buses(vst3, 0, 1, ffi.new("int32_t[]", [-5]), flags) == 0
