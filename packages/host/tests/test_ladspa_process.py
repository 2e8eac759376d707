"""The audio thread's part of LADSPA, called through its table of operations."""

import math

import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.ladspa.plugin import load
from packages.host.tests.ladspa_player import Player, activation, build, event, request

IN, OUT, GAIN, STEP, SWITCH, PITCH, RUNS, FRAMES, ACTIVATIONS, FAULTS, LATENCY, NOT_A_NUMBER = range(12)
CONTROL_MOVED = 8
BAD = lib.IB_STATUS_FLAG_BAD_EVENTS


@pytest.fixture(scope="module")
def witness(tmp_path_factory):
    return build("ladspa_witness", tmp_path_factory.mktemp("ladspa"))


@pytest.fixture
def instance(witness):
    found = load(request(witness, "witness"))
    found.activate(activation())
    yield found
    faults = found.values()[FAULTS]
    found.close()
    assert faults == 0


@pytest.fixture
def player(instance):
    found = Player(instance)
    found.start()
    yield found
    found.stop()


def ones(frames=64):
    return np.ones((1, frames), dtype=np.float32)


def test_a_block_without_events_is_one_run(player, instance):
    for count in range(1, 8):
        outcome = player.play(ones(count * 10))
        assert outcome.status == lib.IB_STATUS_OK
        assert (outcome.audio == 1).all()
        values = instance.values()
        assert (values[RUNS], values[FRAMES]) == (count, count * 10)


def test_an_event_at_the_start_does_not_cut_the_block(player, instance):
    assert (player.play(ones(), [event(0, GAIN, 2.0)]).audio == 2).all()
    assert instance.values()[RUNS] == 1


def test_events_take_effect_at_their_frame(player, instance):
    events = [event(10, GAIN, 2.0), event(10, GAIN, 3.0), event(63, GAIN, 0.0)]
    audio = player.play(ones(), events).audio[0]
    assert audio.tolist() == [1.0] * 10 + [3.0] * 53 + [0.0]
    assert instance.values()[RUNS] == 3
    assert instance.values()[GAIN] == 0


def test_values_are_held_within_bounds_and_whole_where_they_have_to_be(player, instance):
    sent = {GAIN: 99.0, STEP: 1.7, SWITCH: 0.3}
    player.play(ones(), [event(0, port, value) for port, value in sent.items()])
    values = instance.values()
    assert [values[GAIN], values[STEP], values[SWITCH]] == [4.0, 2.0, 1.0]
    player.play(ones(), [event(0, GAIN, -1e300), event(0, STEP, 1e300), event(0, SWITCH, -7.0)])
    values = instance.values()
    assert [values[GAIN], values[STEP], values[SWITCH]] == [0.0, 3.0, 0.0]


@pytest.mark.parametrize(
    ("port", "value"),
    [
        (GAIN, math.nan),
        (GAIN, math.inf),
        (GAIN, -math.inf),
        (RUNS, 5.0),
        (IN, 5.0),
        (12, 5.0),
        (0xFFFFFFFF, 5.0),
    ],
)
@pytest.mark.parametrize("mod", [False, True])
def test_events_that_cannot_be_are_flagged_and_left_out(player, instance, port, value, mod):
    outcome = player.play(ones(), [event(5, port, value, mod=mod), event(6, GAIN, 2.0)])
    assert outcome.flags & BAD
    assert outcome.audio[0].tolist() == [1.0] * 6 + [2.0] * 58
    assert instance.values()[RUNS] == 2
    assert not player.play(ones()).flags & BAD


def test_events_that_mean_nothing_here_are_no_fault(player, instance):
    kinds = (lib.IB_EVENT_GESTURE_BEGIN, lib.IB_EVENT_NOTE_ON, lib.IB_EVENT_MIDI2)
    outcome = player.play(ones(), [event(5, GAIN, 2.0, kind=kind) for kind in kinds])
    assert not outcome.flags & BAD
    assert (outcome.audio == 1).all()
    assert instance.values()[RUNS] == 1


def test_modulation_adds_to_the_value_and_is_no_part_of_it(player, instance):
    audio = player.play(ones(), [event(0, GAIN, 1.5), event(8, GAIN, 0.25, mod=True)]).audio[0]
    assert audio.tolist() == [1.5] * 8 + [1.75] * 56
    assert instance.values()[GAIN] == 1.5
    assert (player.play(ones(), [event(0, GAIN, 2.0)]).audio == 2.25).all()
    assert (player.play(ones(), [event(0, GAIN, 100.0, mod=True)]).audio == 4).all()
    assert (player.play(ones(), [event(0, GAIN, 0.0, mod=True)]).audio == 2).all()


def test_a_flush_sets_values_without_running(player, instance):
    assert player.flush([event(0, GAIN, 3.0), event(0, 99, 1.0)]) & BAD
    assert instance.values()[RUNS] == 0
    assert instance.values()[GAIN] == 3
    assert (player.play(ones()).audio == 3).all()


def test_a_reset_forgets_the_past_and_keeps_the_values(player, instance):
    player.play(ones(4), [event(0, SWITCH, 1.0), event(0, GAIN, 2.0)])
    assert player.play(ones(1)).audio[0, 0] == 10
    player.reset()
    assert player.play(ones(1)).audio[0, 0] == 2
    assert instance.values()[ACTIVATIONS] == 2


def test_control_outputs_are_told_when_they_change(player):
    def told(outcome):
        return {port: value for _, port, value in outcome.events}

    first = player.play(ones(40))
    assert {time for time, _, _ in first.events} == {39}
    assert math.isnan(told(first).pop(NOT_A_NUMBER))
    assert {k: v for k, v in told(first).items() if k != NOT_A_NUMBER} == {RUNS: 1, FRAMES: 40, ACTIVATIONS: 1}
    assert told(player.play(ones(40))) == {RUNS: 2}
    assert told(player.play(ones(30), [event(10, GAIN, 2.0)])) == {RUNS: 4, FRAMES: 20}


def test_control_outputs_that_find_no_room_are_counted_and_told_later(instance):
    player = Player(instance, event_bytes=40)
    player.start()
    first = player.play(ones())
    assert len(first.events) == 1
    assert first.dropped == 1
    told = {port for outcome in (first, *(player.play(ones()) for _ in range(20))) for _, port, _ in outcome.events}
    assert told == {RUNS}  # it changes every time and comes first
    player.capacity = 4096
    del player.area
    player.area = ffi.new("uint8_t[]", 4096)
    assert {port for _, port, _ in player.play(ones()).events} == {RUNS, FRAMES, ACTIVATIONS, NOT_A_NUMBER}
    player.stop()


def test_latency_is_read_after_the_run(player, instance):
    assert instance.latency() == 0
    assert player.play(ones(), [event(0, STEP, 2.0)]).latency == 200
    assert instance.latency() == 200
    assert player.play(ones(), [event(5, STEP, 3.0)]).latency == 300
    info = next(p for p in instance.descriptor.parameters if p.id == LATENCY)
    assert (info.is_output, info.unit, info.is_automatable) == (True, "samples", False)


@pytest.mark.parametrize("label", ["no_activate", "no_deactivate"])
def test_functions_that_a_plugin_does_not_have_are_not_called(witness, label):
    instance = load(request(witness, label))
    instance.activate(activation())
    player = Player(instance)
    player.start()
    player.reset()
    player.play(ones())
    player.reset()
    player.stop()
    assert instance.values()[ACTIVATIONS] == (0 if label == "no_activate" else 2)
    instance.close()


def test_parameters_keep_their_place_in_memory(player, instance):
    for _ in range(3):
        player.play(ones(), [event(3, GAIN, 2.0)])
    player.reset()
    player.play(ones())
    assert not int(instance.values()[FAULTS]) & CONTROL_MOVED


def test_many_events_in_a_block(player, instance):
    events = [event(i, GAIN, (i % 5) * 0.5) for i in range(256) for _ in range(2)]
    audio = player.play(ones(256), events).audio[0]
    assert audio.tolist() == [(i % 5) * 0.5 for i in range(256)]
    assert instance.values()[RUNS] == 256
